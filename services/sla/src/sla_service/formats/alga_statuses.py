"""Pauses of Alga PSA: its statuses and settings become a status map and the pauses of files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sla_service.domain.agreement import CATEGORIES_THAT_PAUSE
from slaclock.foreign.findings import Findings, Place
from slaclock.foreign.tables import Row, Unusable
from slaclock.terms import DEFAULTS, normal

__all__ = ["AWAITING", "Pauses", "read_pauses"]

AWAITING: Final = "awaiting_client"
"""Alga PSA's response state, as the word of a status."""
_MOST: Final = 1000
_ENDED: Final = frozenset({"resolved", "closed", "cancelled"})
_CUSTOMER: Final = "waiting_on_customer"


@dataclass(frozen=True, slots=True)
class Pauses:
    """What stops clocks.

    Attributes:
        categories: that pause every clock of every policy, in their usual order.
        statuses: categories by the tenant's words.
    """

    categories: tuple[str, ...]
    statuses: Mapping[str, str]


def read_pauses(
    settings: list[Row], pausing: list[Row], named: list[Row], findings: Findings
) -> Pauses:
    """From `sla_settings`, `status_sla_pause_config` and `statuses`."""
    pauses = {}
    for row in pausing:
        try:
            pauses[row.text("status_id")] = row.flag("pauses_sla", default=False)
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
    found: dict[str, str] = {}
    if _waits(settings, findings):
        found[AWAITING] = _CUSTOMER
    spelled = {normal(one): one for one in found}
    for status_id, name, closed, row in _words(pausing, named, findings):
        category = _category(name, closed=closed, pauses=pauses.get(status_id, False))
        same = spelled.get(normal(name))
        if same is not None and found[same] != category:
            findings.left(
                row.place,
                "name",
                name,
                f"means {found[same]} in another row, and {category} here; a word has one meaning",
                "give one of the two statuses a name of its own",
                "import.status-twice",
            )
        elif same is None and len(found) >= _MOST:
            findings.left(
                row.place,
                "name",
                name,
                f"is beyond the {_MOST} statuses of a status map",
                "export the statuses of tickets only",
                "import.too-many",
            )
        elif same is None:
            found[name] = category
            spelled[normal(name)] = name
    used = set(found.values())
    return Pauses(tuple(one for one in CATEGORIES_THAT_PAUSE if one in used), found)


def _waits(settings: list[Row], findings: Findings) -> bool:
    """Whether waiting for the client pauses; without a row it does, as in Alga PSA."""
    waits, place = True, Place(table="sla_settings")
    for row in settings[:1]:
        place = row.place
        try:
            waits = row.flag("pause_on_awaiting_client", default=True)
        except Unusable as wrong:
            findings.left(place, *wrong.fault)
    if waits:
        findings.noted(
            place,
            "pause_on_awaiting_client",
            "true",
            "depends on the response state of a ticket, which is no status here",
            f"report {AWAITING!r} as the status while the client is awaited; the proposed "
            f"status map says that it means {_CUSTOMER}",
            "import.awaiting-client",
        )
    return waits


def _words(
    pausing: list[Row], named: list[Row], findings: Findings
) -> list[tuple[str, str, bool, Row]]:
    """Id, word, whether it is closed, and row of each status."""
    found: list[tuple[str, str, bool, Row]] = []
    for row in named:
        try:
            kind = row.text("item_type") or row.text("status_type") or "ticket"
            if kind == "ticket":
                name = row.text("name") or row.text("status_id")
                closed = row.flag("is_closed", default=False)
                found.append((row.text("status_id"), name[:200].strip(), closed, row))
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
    known = {one[0] for one in found}
    for row in pausing:
        try:
            status_id = row.text("status_id")
        except Unusable:
            continue  # told when its flag was read
        if status_id and status_id not in known:
            found.append((status_id, status_id, False, row))
            findings.noted(
                row.place,
                "status_id",
                status_id,
                "has no row in statuses, so its id stands for its name",
                "export statuses (status_id, name, is_closed, item_type), too",
                "import.status-unnamed",
            )
    return [one for one in found if one[1]]


def _category(name: str, *, closed: bool, pauses: bool) -> str:
    """What a status means: what pauses in Alga PSA pauses here, and nothing else does."""
    known = DEFAULTS.get(normal(name))
    usual = None if known is None else known.value
    if closed:
        return usual if usual in _ENDED else "closed"
    if pauses:
        return usual if usual in CATEGORIES_THAT_PAUSE else "on_hold"
    return "open"
