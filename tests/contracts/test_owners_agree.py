"""Which OLA measures a ticket: sla and ticket-clock answer the same, as do they of its SLA."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final, cast

from hypothesis import given
from hypothesis import strategies as st

from sla_service.domain.applying import Asked
from sla_service.domain.contract import ContractEntry, Mode, Pin
from sla_service.domain.terms import TermsEntry, Wanted
from sla_service.ports import Desk, Work
from sla_service.usecases.applies import Verdicts, what_applies
from slaclock.contracts.canonical import canonical, sha256_hex
from slaclock.contracts.instants import to_us
from ticket_clock_service.domain.agreement import Agreement
from ticket_clock_service.domain.attributes import Attributes
from ticket_clock_service.domain.rulebook import Rulebook

DAY: Final = timedelta(days=1)
START: Final = datetime(2026, 3, 1, tzinfo=UTC)


def published(sla_id: str, **more: str) -> tuple[Pin, dict[str, Any], bytes]:
    document: dict[str, Any] = {
        "schema": "slaclock.sla/1",
        "sla_id": sla_id,
        "version": 1,
        "calendars": {},
        "calendar_snapshots": {},
        "targets": [{"metric": "resolution", "priority": None, "minutes": 60, "calendar": "24x7"}],
        **more,
    }
    body = canonical(document)
    return Pin(sla_id, 1, sha256_hex(body)), document, body


VERSIONS: Final = [
    published("gold"),
    published("silver"),
    published("of-network", agreement_type="ola", group="network"),
    published("of-storage", agreement_type="ola", group="storage"),
]
GROUPS: Final = {pin.hash: one["group"] for pin, one, _ in VERSIONS if "group" in one}
AGREEMENTS: Final = {
    pin.hash: Agreement.from_snapshot(pin.hash, document, lambda _: cast("Any", None))
    for pin, document, _ in VERSIONS
}
PINS: Final = [pin for pin, _, _ in VERSIONS]


class Kept:
    """The terms of a tenant without contracts, and its versions."""

    def __init__(self, told: Sequence[TermsEntry]) -> None:
        self._told = told

    async def contracts_about(self, *_: object) -> Sequence[ContractEntry]:
        return ()

    async def terms(self, _: str) -> Sequence[TermsEntry]:
        return self._told

    async def owner_groups(self, _: str) -> Mapping[str, str]:
        return GROUPS

    async def snapshot(self, _: str, sla_id: str, __: int) -> tuple[str, bytes]:
        return next((pin.hash, body) for pin, _, body in VERSIONS if pin.sla_id == sla_id)


services, groups = st.sampled_from(["mail", None]), st.sampled_from(["network", "storage", None])
instants = st.integers(0, 6).map(lambda days: START + days * DAY)
MODES: Final[tuple[Mode, ...]] = ("keep", "from_effective_instant", "from_start")
modes = st.sampled_from(MODES)
pins = st.sampled_from([*PINS, None])


@st.composite
def wishes(draw: st.DrawFn) -> Wanted:
    """Anything that the timeline can hold, also what nobody may add any more."""
    fields = {"service": draw(services), "group": draw(groups)}
    match = {name: value for name, value in fields.items() if value is not None}
    at, mode, pin = draw(instants), draw(modes), draw(pins)
    return Wanted("assignment" if match else "default", at, mode, pin, match=match or None)


@given(
    wanted=st.lists(wishes(), max_size=8),
    service=services,
    group=groups,
    opened=instants,
    later=st.integers(0, 4),
)
def test_both_sides_answer_the_same(
    wanted: list[Wanted], service: str | None, group: str | None, opened: datetime, later: int
) -> None:
    told = [
        TermsEntry("acme", number, one, START + timedelta(seconds=number), "admin")
        for number, one in enumerate(wanted, 1)
    ]
    at = opened + later * DAY
    kept = Kept(told)
    asked = Asked(service=service, group=group)
    found = asyncio.run(
        what_applies(cast("Work", kept), cast("Desk", kept), "acme", asked, opened, at)
    )
    assert isinstance(found, Verdicts)
    book = Rulebook.of([one.entry for one in told], AGREEMENTS)
    ticket = Attributes(service=service, group=group)
    since, now = to_us(opened), to_us(at)
    assert found.binding == book.binding(ticket, opened=since, now=now)
    measured = book.owner_binding(ticket, opened=since, now=now)
    owner = found.owner or SimpleNamespace(rival=None)
    entry = None if owner.rival is None else owner.rival.candidate.entry
    assert (entry and entry.agreement) == measured.agreement
    assert (entry and entry.entry_id) == measured.entry_id
    assert found.binding.agreement not in GROUPS
