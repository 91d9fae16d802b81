"""What is wrong with one stored ticket: everything about it, against a new fold of its facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from slaclock.contracts.canonical import sha256_hex
from slaclock.contracts.instants import rfc3339, rfc3339_of_us, to_us
from ticket_clock_service.domain.clock import Crossing
from ticket_clock_service.domain.codec import fold_in, picture_bytes
from ticket_clock_service.domain.fold import advanced, judged, next_due, refolded
from ticket_clock_service.domain.ledger import Announcement, Key, Ledger, key_of
from ticket_clock_service.domain.picture import BLANK, FOLD_VERSION, Picture
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.ports import Ticket
from ticket_clock_service.usecases.facts import content_of
from ticket_clock_service.usecases.facts import key_of as key_of_fact
from ticket_clock_service.usecases.stored import stored_fact
from ticket_clock_service.usecases.writing import clock_state

__all__ = ["Case", "Finding", "damage", "finding"]

Finding = dict[str, Any]
"""`ticket_id` (None for what is of no ticket), `what` differs, `stored`, `folded`."""

SOON: Final = timedelta(seconds=2)
"""A ticket that is looked at within it is about to be put right."""

_REBUILD: Final = "run slaclock rebuild"


@dataclass(frozen=True, slots=True)
class Case:
    """A stored ticket beside what is known of it.

    Attributes:
        picture: None where what is stored cannot be read.
        facts: as stored, with their keys and hashes.
        told: the ledger's rows with the names under which they are stored; `ledger` the same.
        revisions: how many there are, and the number of the last.
        rulebook: None if the ticket is behind its terms, or these cannot be computed with.
        terms_revision: how far the tenant's terms have come.
        now: the database's clock.
    """

    ticket: Ticket
    picture: Picture | None
    facts: Sequence[Mapping[str, Any]]
    told: Sequence[tuple[UUID, Announcement]]
    ledger: Ledger
    revisions: tuple[int, int]
    rulebook: Rulebook | None
    terms_revision: int
    now: datetime


def finding(ticket: Ticket | None, what: str, stored: object, folded: object) -> Finding:
    """A difference, as it is reported."""
    name = None if ticket is None else ticket.ticket_id
    return {"ticket_id": name, "what": what, "stored": stored, "folded": folded}


def damage(case: Case) -> Iterator[Finding]:
    """Everything about a ticket that is not as it was written, or not as its facts say."""
    ticket = case.ticket
    if ticket.fault is not None:
        yield finding(ticket, "fold", ticket.fault, "faulted")
    yield from _rows(case)
    yield from _names(case)
    if (older := _older(ticket)) is not None:
        yield finding(ticket, "picture", f"of fold {older}", _REBUILD)
        return
    if case.picture is None and ticket.state is not None:
        yield finding(ticket, "picture", "cannot be read", _REBUILD)
    if case.rulebook is None or ticket.fault is not None:
        return
    try:
        facts = [stored_fact(row) for row in case.facts]
        folded = refolded(facts, case.rulebook, case.picture)
        yield from _derived(case, folded, case.rulebook)
    except Exception as error:  # noqa: BLE001  spoilt rows fail anywhere; the others are compared
        yield finding(ticket, "fold", None, f"{type(error).__name__}: {error}"[:500])


def _older(ticket: Ticket) -> object:
    """The fold that made what is stored, if that is another one; None too if it cannot be read."""
    try:
        version = None if ticket.state is None else fold_in(ticket.state)
    except ValueError:
        return None
    return None if version == FOLD_VERSION else version


def _rows(case: Case) -> Iterator[Finding]:
    """Facts that are not what was reported; facts and revisions that are missing."""
    ticket = case.ticket
    if len(case.facts) != ticket.fact_count:
        yield finding(ticket, "number of facts", ticket.fact_count, len(case.facts))
    for row in case.facts:
        name = f"fact {row['event_id']!r} of {row['source']!r}"
        found = content_of(row["kind"], row["at_us"], row["sequence"], row["data"])
        if found != bytes(row["content_hash"]):
            stored = bytes(row["content_hash"]).hex()
            yield finding(ticket, f"{name} (SHA-256)", stored, found.hex())
        key = key_of_fact(row["source"], row["event_id"])
        if key != bytes(row["fact_key"]):
            yield finding(ticket, f"key of {name}", bytes(row["fact_key"]).hex(), key.hex())
    kept, last = case.revisions
    if not kept == last == ticket.revision:
        yield finding(ticket, "revisions", ticket.revision, f"{kept} kept, the last is {last}")
    if ticket.terms_revision > case.terms_revision:
        yield finding(ticket, "terms revision", ticket.terms_revision, case.terms_revision)


def _names(case: Case) -> Iterator[Finding]:
    """Announcements under a name that is not theirs, and those that are missing between others."""
    numbers: dict[Key, list[int]] = defaultdict(list)
    for name, one in case.told:
        numbers[one.key].append(one.n)
        right = one.id(*case.ticket.key)
        if name != right:
            what = f"name of the announcement of {_named(one.key)}"
            yield finding(case.ticket, what, str(name), str(right))
    for key, found in numbers.items():
        if (expected := list(range(1, len(found) + 1))) != sorted(found):
            what = f"announcements of {_named(key)}"
            yield finding(case.ticket, what, sorted(found), expected)


def _derived(case: Case, folded: Picture, rulebook: Rulebook) -> Iterator[Finding]:
    """What was made of the facts: clocks, the row's columns, announcements, the next instant."""
    ticket, right = case.ticket, picture_bytes(folded)
    stored = ticket.state or picture_bytes(BLANK)
    if stored != right:
        yield finding(ticket, "clocks (SHA-256)", sha256_hex(stored), sha256_hex(right))
    columns = {
        "fold version": (ticket.fold_version, FOLD_VERSION),
        "open": (ticket.is_open, folded.running),
        "state": (ticket.clock_state, clock_state(folded)),
    }
    for name, (was, is_) in columns.items():
        if was != is_:
            yield finding(ticket, name, was, is_)
    yield from _announcements(case, folded, rulebook)
    yield from _waking(case, folded, rulebook)


def _announcements(case: Case, folded: Picture, rulebook: Rulebook) -> Iterator[Finding]:
    """Those that no crossing bears out, those of another instant, and crossings untold."""
    ticket, now = case.ticket, to_us(case.now)
    until = max(case.ledger.horizon, now)
    crossed = _crossings(folded, rulebook, until)
    for key, told in case.ledger.standing.items():
        what = f"announcement of {_named(key)}"
        if key not in crossed:
            yield finding(ticket, what, "stands", "not crossed")
        elif crossed[key].at != told.crossed_at:
            right = rfc3339_of_us(crossed[key].at)
            yield finding(ticket, f"instant of the {what}", rfc3339_of_us(told.crossed_at), right)
    if _is_looked_at(case):
        return
    for key, crossing in crossed.items():
        if key not in case.ledger.standing and crossing.at < now:
            at = rfc3339_of_us(crossing.at)
            yield finding(ticket, f"announcement of {_named(key)}", None, f"crossed {at}")


def _waking(case: Case, folded: Picture, rulebook: Rulebook) -> Iterator[Finding]:
    """A row that is not looked at when the next thing comes due.

    What a batch of facts wrote names the next crossing after the last fact; what the due loop
    wrote the next after all that has been told.
    """
    if _is_looked_at(case):
        return
    horizon = case.ledger.horizon
    seen = judged(advanced(folded, rulebook, horizon), rulebook, horizon)
    expected = {next_due(view, rulebook) for view in (folded, seen)}
    stored = case.ticket.next_due_at
    if (None if stored is None else to_us(stored)) not in expected:
        due = min((at for at in expected if at is not None), default=None)
        yield finding(
            case.ticket,
            "next instant",
            None if stored is None else rfc3339(stored),
            None if due is None else rfc3339_of_us(due),
        )


def _is_looked_at(case: Case) -> bool:
    """Whether the ticket is held by its import, or about to be judged: nothing is missing yet."""
    due = case.ticket.next_due_at
    return case.ticket.importing_until is not None or (due is not None and due <= case.now + SOON)


def _crossings(folded: Picture, rulebook: Rulebook, until: int) -> dict[Key, Crossing]:
    view = judged(advanced(folded, rulebook, until), rulebook, until)
    return {
        key_of(clock, crossing): crossing
        for clock in (*view.past, *view.clocks)
        for crossing in clock.crossings
    }


def _named(key: Key) -> str:
    return f"{key.threshold} of {key.metric.value}, cycle {key.cycle}"
