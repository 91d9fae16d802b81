from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from sla_service.api import annexes
from sla_service.api.annexes import MOST_AT_ONCE, Busy, Press, _chosen
from sla_service.domain.annex.annex import annex_of
from sla_service.domain.annex.blocks import Annex
from sla_service.domain.commerce import ContractNews
from sla_service.domain.file import read_agreement
from sla_service.domain.snapshot import SealedCalendar, assemble
from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from slaclock.auth.roles import Role
from slaclock.business_time import PACKAGED
from slaclock.contracts.canonical import sha256_hex
from slaclock.contracts.instants import parse_instant
from slaclock.store import Pool
from slaclock.testing.serving import Served

from ..commerce import accepted_quote

SLA = "/sla/v1"
OF_VERSION = f"{SLA}/slas/gold/versions/1/annex"
OF_CONTRACT = f"{SLA}/contracts/c1/annex"
AT = "2026-03-01T00:00:00Z"


def sealed(document: dict[str, Any]) -> bytes:
    calendars = {
        name: SealedCalendar.inline(one, sla_id="gold", name=name, files=PACKAGED)
        for name, one in document["calendars"].items()
    }
    at = parse_instant(AT)
    return assemble(read_agreement(document), calendars, version=1, effective_from=at).body


def news(**more: Any) -> ContractNews:
    return accepted_quote(parse_instant(AT), **more)


async def test_annexes_are_read_in_the_format_that_is_liked(
    served: Served, pool: Pool, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    done = await admin.post(f"{SLA}/slas/gold/publish", json={"sla": gold, "effective_from": AT})
    async with beginner(pool)({"acme"}) as work:
        await bind(work, [news()])
    viewer = await served.client(role=Role.VIEWER)
    page = await viewer.get(OF_VERSION)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert done.json()["hash"] in page.text
    assert page.headers["Content-Disposition"] == 'inline; filename="annex-gold-v1.html"'
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert page.headers["ETag"] == f'"{sha256_hex(page.content)}"'
    known = {"If-None-Match": page.headers["ETag"]}
    assert (await viewer.get(OF_VERSION, headers=known)).status_code == 304

    file = await viewer.get(OF_VERSION, headers={"Accept": "application/pdf, text/html;q=0.5"})
    assert (file.status_code, file.headers["Content-Type"]) == (200, "application/pdf")
    assert file.content.startswith(b"%PDF-")
    html = {"Accept": "text/html"}
    asked = await viewer.get(OF_VERSION, params={"format": "pdf"}, headers=html)
    assert asked.content == file.content
    assert (await viewer.get(OF_VERSION, headers={"Accept": "text/*"})).content == page.content
    refused = await viewer.get(OF_VERSION, headers={"Accept": "text/csv, text/html;q=0"})
    assert (refused.status_code, refused.json()["code"]) == (406, "annex.not-acceptable")
    assert (await viewer.get(OF_VERSION, params={"format": "doc"})).status_code == 422
    missing = await viewer.get(f"{SLA}/slas/gold/versions/9/annex")
    assert (missing.status_code, missing.json()["code"]) == (404, "sla-version.not-found")
    stranger = await served.client(tenant="other")
    assert (await stranger.get(OF_VERSION)).status_code == 404


async def test_a_contract_has_the_annex_of_what_binds_it_then(
    served: Served, pool: Pool, gold: dict[str, Any]
) -> None:
    admin = await served.client()
    await admin.post(f"{SLA}/slas/gold/publish", json={"sla": gold, "effective_from": AT})
    second = {"sla": {**gold, "name": "Gold Ελλάδα"}, "effective_from": AT}
    await admin.post(f"{SLA}/slas/gold/publish", json=second)
    june, september = map(parse_instant, ("2026-06-01T00:00:00Z", "2026-09-01T00:00:00Z"))
    order = news(
        sla_version=1,
        cause_kind="change_order",
        cause_id="co1",
        event_id="e2",
        effective_from=june,
        mode="from_start",
    )
    end = news(
        sla_id=None, customer_id=None, cause_kind="ended", cause_id="e3", event_id="e3",
        effective_from=september, happened_at=june,
    )  # fmt: skip
    async with beginner(pool)({"acme"}) as work:
        await bind(work, [news(), order, end])
    viewer = await served.client(role=Role.VIEWER)
    march = await viewer.get(OF_CONTRACT, params={"at": "2026-03-02T00:00:00Z"})
    july = await viewer.get(OF_CONTRACT, params={"at": "2026-07-02T00:00:00Z"})
    assert "Gold Ελλάδα" in march.text
    assert "accepted quote <code>q1</code>" in march.text
    assert "Gold Ελλάδα" not in july.text
    assert "approved change order <code>co1</code>" in july.text
    assert "approved change order <code>co1</code> takes its place" in march.text
    assert "until Monday, 1 June 2026, 00:00 UTC" in march.text
    assert "then the contract ends (<code>e3</code>)" in july.text
    assert "are measured by this agreement anew" in july.text
    same = await viewer.get(OF_CONTRACT, params={"at": "2026-08-02T00:00:00Z"})
    assert same.content == july.content
    for at in ("2026-02-02T00:00:00Z", "2026-10-02T00:00:00Z"):
        nothing = await viewer.get(OF_CONTRACT, params={"at": at})
        assert (nothing.status_code, nothing.json()["code"]) == (404, "contract.nothing-in-force")
    assert (await viewer.get(f"{SLA}/contracts/c9/annex")).json()["code"] == "contract.not-found"


async def test_a_tenant_may_not_take_the_press_for_itself(
    gold: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, done = threading.Event(), threading.Event()

    def slow(_: Annex) -> bytes:
        begun.set()
        assert done.wait(30)
        return b"%PDF-"

    monkeypatch.setattr(annexes, "pdf_of", slow)
    press, made = Press(), annex_of(sealed(gold), tenant="acme", release="1")
    asked = [asyncio.create_task(press.print("acme", made)) for _ in range(MOST_AT_ONCE)]
    await asyncio.to_thread(begun.wait, 30)
    with pytest.raises(Busy):
        await press.print("acme", made)
    other = asyncio.create_task(press.print("other", made))
    done.set()
    assert await asyncio.gather(*asked, other) == [b"%PDF-"] * (MOST_AT_ONCE + 1)
    assert await press.print("acme", made) == b"%PDF-"


@pytest.mark.parametrize(
    ("accept", "format_"),
    [
        pytest.param("*/*", "html", id="anything"),
        pytest.param("application/*;q=0.9, text/html;q=0.8", "pdf", id="by weight"),
        pytest.param("text/html;q=0, */*", "pdf", id="anything but"),
        pytest.param("TEXT/HTML ; level=1 ; q=0.3", "html", id="with other parameters"),
        pytest.param("application/pdf;q=nonsense, text/html", "html", id="a weight that is none"),
    ],
)
def test_what_is_liked_best(accept: str, format_: str) -> None:
    assert _chosen(None, accept) == format_
