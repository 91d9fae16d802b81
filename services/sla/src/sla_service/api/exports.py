"""Everything of a tenant in one document, streamed."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime

import orjson
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from sla_service.api.export_schemas import (
    SCHEMA,
    ExportedDraft,
    ExportedEntry,
    ExportedWaiting,
    ExportOut,
)
from sla_service.api.import_schemas import ZendeskPolicyOut
from sla_service.api.parts import Parts
from sla_service.api.schemas import VersionOut
from sla_service.api.terms_schemas import EntryOut
from sla_service.formats.zendesk_export import written_policy
from sla_service.usecases.exporting import Export, SlaKept, VersionKept
from sla_service.usecases.verify import read_kept
from slaclock.auth import ByManager, ByViewer
from slaclock.contracts.instants import rfc3339
from slaclock.http import IdInPath, NotFound, VersionInPath
from slaclock.service import Late

__all__ = ["export_routes"]


def export_routes(parts: Late[Parts]) -> APIRouter:
    """Everything, and one version in another's words."""
    router = APIRouter(tags=["export"])

    @router.get(
        "/export",
        response_class=StreamingResponse,
        responses={200: {"model": ExportOut}},
        summary="Everything of the tenant: terms, contracts, SLAs with versions and drafts",
    )
    async def export(who: ByManager) -> StreamingResponse:
        """Versions carry their snapshots. A document without `counts` at its end is cut off."""
        now = parts.now()
        source = Export(now.begin, now.desk, who.tenant)
        as_of = await source.now()  # where the database is away, this says so
        body = _Writer(source).written(as_of)
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(body, media_type="application/json", headers=headers)

    @router.get(
        "/slas/{sla_id}/versions/{version}/zendesk",
        summary="A version as Zendesk takes policies, and what Zendesk has no words for",
    )
    async def zendesk(who: ByViewer, sla_id: IdInPath, version: VersionInPath) -> ZendeskPolicyOut:
        now = parts.now()
        found = await read_kept(now.begin, now.desk, who.tenant, sla_id, version)
        if found is None:
            raise NotFound("sla-version", f"{sla_id} {version}")
        return ZendeskPolicyOut.of(written_policy(orjson.loads(found[1])))

    return router


class _Writer:
    """Writes the document while it is read; holds one version at a time."""

    def __init__(self, source: Export) -> None:
        self._source = source
        self._counts: Counter[str] = Counter()

    async def written(self, as_of: datetime) -> AsyncIterator[bytes]:
        """The document's bytes; `counts` last."""
        head = {"schema": SCHEMA, "tenant": self._source.tenant, "as_of": rfc3339(as_of)}
        yield orjson.dumps(head)[:-1]
        for name, items in (
            ("terms", self._terms()),
            ("contracts", self._contracts()),
            ("waiting", self._waiting()),
            ("slas", self._slas()),
        ):
            yield b',"%s":[' % name.encode()
            async for piece in items:
                yield piece
            yield b"]"
        names = ("terms", "contracts", "entries", "waiting", "slas", "drafts", "versions")
        counts = {name: self._counts[name] for name in (*names, "tampered")}
        yield b',"counts":' + orjson.dumps(counts) + b"}"

    def _after(self, name: str) -> bytes:
        """What stands before the next of its kind."""
        self._counts[name] += 1
        return b"" if self._counts[name] == 1 else b","

    async def _terms(self) -> AsyncIterator[bytes]:
        for entry in await self._source.terms():
            yield self._after("terms") + _json(EntryOut.of(entry))

    async def _contracts(self) -> AsyncIterator[bytes]:
        async for one in self._source.contracts():
            self._counts["entries"] += len(one.entries)
            entries = b",".join(_json(ExportedEntry.of(entry)) for entry in one.entries)
            named = orjson.dumps({"contract_id": one.contract_id})[:-1]
            yield self._after("contracts") + named + b',"entries":[' + entries + b"]}"

    async def _waiting(self) -> AsyncIterator[bytes]:
        for one in await self._source.waiting():
            yield self._after("waiting") + _json(ExportedWaiting.of(one))

    async def _slas(self) -> AsyncIterator[bytes]:
        async for one in self._source.slas():
            yield self._after("slas") + self._sla(one)
            first = True
            async for version in self._versions(one.sla_id):
                yield version if first else b"," + version
                first = False
            yield b"]}"

    def _sla(self, one: SlaKept) -> bytes:
        draft = b"null"
        if one.draft is not None:
            self._counts["drafts"] += 1
            draft = _json(ExportedDraft.of(one.draft))
        named = orjson.dumps({"sla_id": one.sla_id})[:-1]
        return named + b',"draft":' + draft + b',"versions":['

    async def _versions(self, sla_id: str) -> AsyncIterator[bytes]:
        found: AsyncIterable[VersionKept] = self._source.versions(sla_id)
        async for one in found:
            self._counts["versions"] += 1
            self._counts["tampered"] += one.snapshot is None
            known = _json(VersionOut.of(one.version))[:-1]
            yield known + b',"snapshot":' + (one.snapshot or b"null") + b"}"


def _json(model: BaseModel) -> bytes:
    return model.model_dump_json().encode()
