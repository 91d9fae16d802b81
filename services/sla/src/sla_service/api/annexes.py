"""Contract annexes: what a version says, in words, as HTML and as PDF."""

from __future__ import annotations

import asyncio
from collections import Counter
from importlib.metadata import version as release_of
from typing import Annotated, Any, Final, Literal, TypeAlias

from fastapi import APIRouter, Header, Query, Response

from sla_service.api.parts import Parts
from sla_service.domain.annex.annex import annex_of
from sla_service.domain.annex.blocks import Annex
from sla_service.typesetting.html import headers_of, html_of
from sla_service.typesetting.pdf import pdf_of
from sla_service.usecases.annexes import Basis, basis_of_contract, basis_of_version
from sla_service.usecases.verify import Tampered
from slaclock.auth import ByViewer
from slaclock.contracts.canonical import sha256_hex
from slaclock.contracts.instants import Instant
from slaclock.errors import Fault, Refusal
from slaclock.http import IdInPath, IfNoneMatch, NotFound, VersionInPath, etag, is_known
from slaclock.http.static import SECURITY
from slaclock.service import Late

__all__ = ["annex_routes"]

Format: TypeAlias = Literal["html", "pdf"]
MEDIA: Final[dict[str, Format]] = {"text/html": "html", "application/pdf": "pdf"}
"""Where an asker likes both as much, the first one."""

MOST_AT_ONCE: Final = 4
"""PDFs of one tenant that are being set or wait for it."""

Wanted = Annotated[
    Format | None, Query(alias="format", description="wins over Accept; html where neither says")
]
Accept = Annotated[str | None, Header(max_length=1000)]
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "the annex; ETag is of its bytes",
        "content": {
            "text/html": {"schema": {"type": "string"}},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    304: {"description": "unchanged"},
}


class Busy(Refusal):
    """The tenant has asked for enough at once."""

    code = "annex.busy"
    status = 429


class Press:
    """Sets one PDF after the other: a very long one takes hundreds of megabytes meanwhile."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(1)
        self._asked: Counter[str] = Counter()

    async def print(self, tenant: str, annex: Annex) -> bytes:
        """The PDF.

        Raises:
            Busy: *tenant* waits for `MOST_AT_ONCE` others.
        """
        if self._asked[tenant] >= MOST_AT_ONCE:
            raise Busy(
                f"{MOST_AT_ONCE} PDFs are being set already; ask again when one is done, or take "
                "the HTML"
            )
        self._asked[tenant] += 1
        try:
            async with self._free:
                return await asyncio.to_thread(pdf_of, annex)
        finally:
            self._asked[tenant] -= 1
            self._asked += Counter()  # forgets those who wait for nothing


class NotAcceptable(Refusal):
    """The asker takes neither of the two formats."""

    code = "annex.not-acceptable"
    status = 406


def annex_routes(parts: Late[Parts]) -> APIRouter:
    """Reading only."""
    router = APIRouter(tags=["annexes"])
    press = Press()

    async def answer(
        tenant: str, basis: Basis, wanted: Format, if_none_match: str | None
    ) -> Response:
        annex = await asyncio.to_thread(
            annex_of,
            basis.original,
            tenant=tenant,
            release=release_of("slaclock"),
            entry=basis.entry,
            successor=basis.successor,
        )
        body = await press.print(tenant, annex) if wanted == "pdf" else html_of(annex)
        headers = _headers(annex, wanted) | {"ETag": etag(sha256_hex(body))}
        if is_known(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers)

    @router.get(
        "/slas/{sla_id}/versions/{version}/annex",
        summary="What a version says, in words: a contract annex as HTML or PDF",
        response_class=Response,
        responses=_ANSWERS,
    )
    async def of_version(  # noqa: PLR0913, PLR0917 - a request has many parts
        who: ByViewer,
        sla_id: IdInPath,
        version: VersionInPath,
        wanted: Wanted = None,
        accept: Accept = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """Made from the snapshot alone: the same bytes each time, by the same release."""
        chosen = _chosen(wanted, accept)
        now = parts.now()
        async with now.begin({who.tenant}) as work:
            found = await basis_of_version(work, now.desk, who.tenant, sla_id, version)
        if found is None:
            raise NotFound("sla-version", f"{sla_id} {version}")
        if isinstance(found, Tampered):
            raise found.refusal
        return await answer(who.tenant, found, chosen, if_none_match)

    @router.get(
        "/contracts/{contract_id:path}/annex",
        summary="The annex of what binds a contract at an instant, as HTML or PDF",
        response_class=Response,
        responses=_ANSWERS,
    )
    async def of_contract(  # noqa: PLR0913, PLR0917 - a request has many parts
        who: ByViewer,
        contract_id: IdInPath,
        at: Instant | None = None,
        wanted: Wanted = None,
        accept: Accept = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """Made from the pinned snapshot and the contract's entry; `at` null: now."""
        chosen = _chosen(wanted, accept)
        now = parts.now()
        async with now.begin({who.tenant}) as work:
            found = await basis_of_contract(work, now.desk, who.tenant, contract_id, at)
        if found is None:
            raise NotFound("contract", contract_id)
        if isinstance(found, Tampered):
            raise found.refusal
        return await answer(who.tenant, found, chosen, if_none_match)

    return router


def _headers(annex: Annex, wanted: Format) -> dict[str, str]:
    common = {
        "Cache-Control": "private, no-cache",
        "Vary": "Accept, Authorization",
        "Content-Disposition": f'inline; filename="{annex.name}.{wanted}"',
    }
    if wanted == "pdf":
        return (
            SECURITY
            | common
            | {
                "Content-Type": "application/pdf",
                "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            }
        )
    return SECURITY | common | headers_of(annex) | {"Content-Type": "text/html; charset=utf-8"}


def _chosen(wanted: Format | None, accept: str | None) -> Format:
    """The format to answer.

    Raises:
        NotAcceptable: *accept* lists neither of them.
    """
    if wanted is not None:
        return wanted
    liked = _liked(accept or "*/*")
    best = max(MEDIA, key=lambda media: liked[media])
    if liked[best] > 0:
        return MEDIA[best]
    message, remedy = "names neither format", f"accept {' or '.join(MEDIA)}, or say ?format="
    raise NotAcceptable(faults=[Fault("Accept", accept, message, remedy, NotAcceptable.code)])


def _liked(accept: str) -> dict[str, float]:
    """How much an asker likes each format, 0 to 1; the most specific range counts (RFC 9110)."""
    ranges: dict[str, float] = {}
    for one in accept.lower().split(","):
        name, *parameters = (part.strip() for part in one.split(";"))
        ranges[name] = next((_quality(it) for it in parameters if it.startswith("q=")), 1.0)
    return {
        media: next((ranges[one] for one in (media, f"{media.partition('/')[0]}/*", "*/*")
                     if one in ranges), 0.0)
        for media in MEDIA
    }  # fmt: skip


def _quality(parameter: str) -> float:
    try:
        return min(max(float(parameter[2:]), 0.0), 1.0)
    except ValueError:
        return 0.0
