"""Facts, terms, agreements and a small ticket-clock in memory, for tests that read as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from slaclock.business_time import BusinessCalendar
from slaclock.contracts.canonical import canonical, content_hash
from slaclock.contracts.instants import from_us, rfc3339, to_us
from slaclock.terms import Entry
from ticket_clock_service.domain.agreement import Agreement, Metric
from ticket_clock_service.domain.changes import Change, changes
from ticket_clock_service.domain.clock import Clock
from ticket_clock_service.domain.codec import picture_bytes, picture_of
from ticket_clock_service.domain.fact import AnyFact, fact_of
from ticket_clock_service.domain.fold import (
    advanced,
    advancing,
    continues,
    fold,
    judged,
    next_due,
    refolded,
    steps,
)
from ticket_clock_service.domain.ledger import Difference, Ledger, difference
from ticket_clock_service.domain.picture import BLANK, Picture
from ticket_clock_service.domain.rulebook import Rulebook

MINUTE = 60_000_000
HOUR = 60 * MINUTE
RESPONSE = Metric.FIRST_RESPONSE
RESOLUTION = Metric.RESOLUTION

Snapshot = dict[str, Any]


# --- instants -----------------------------------------------------------------------------------


def at(text: str, zone: str = "UTC", *, fold: int = 0) -> int:
    """Microseconds of a wall-clock time such as `2026-03-02 09:00` (seconds may follow)."""
    return to_us(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold))


def mon(time: str) -> int:
    """A time of Monday, 2 March 2026, in UTC, which is London's time then."""
    return at(f"2026-03-02 {time}")


def tue(time: str) -> int:
    return at(f"2026-03-03 {time}")


def fri(time: str) -> int:
    return at(f"2026-03-06 {time}")


def sat(time: str) -> int:
    return at(f"2026-03-07 {time}")


def next_mon(time: str) -> int:
    return at(f"2026-03-09 {time}")


def clocked(instant: int | None) -> str | None:
    """An instant as tables write it: `Mon 09:00`, with seconds where there are any."""
    if instant is None:
        return None
    found = from_us(instant)
    text = f"{found:%a %H:%M}"
    rest = found.second * 1_000_000 + found.microsecond
    return f"{text}+{rest}µs" if rest else text


# --- what was agreed ----------------------------------------------------------------------------


def weekdays(start: str, end: str) -> list[dict[str, Any]]:
    return [{"weekday": day, "start": start, "end": end} for day in range(5)]


def calendar(zone: str = "Europe/London", start: str = "09:00", end: str = "17:00") -> Snapshot:
    return {"timezone": zone, "windows": weekdays(start, end)}


OFFICE = calendar()


def sla(
    *targets: tuple[str, str | None, int, str],
    sla_id: str = "gold",
    version: int = 1,
    calendars: Mapping[str, Snapshot] | None = None,
    **rules: Any,
) -> Snapshot:
    """An SLA snapshot; targets are (metric, priority, minutes, calendar)."""
    named = {"office": OFFICE, **(calendars or {})}
    return {
        "schema": "slaclock.sla/1",
        "sla_id": sla_id,
        "version": version,
        "calendars": {name: {"hash": content_hash(body)} for name, body in named.items()},
        "calendar_snapshots": {content_hash(body): body for body in named.values()},
        "targets": [
            {"metric": metric, "priority": priority, "minutes": minutes, "calendar": name}
            for metric, priority, minutes, name in targets
        ],
        **rules,
    }


GOLD = sla(
    ("first_response", None, 60, "office"),
    ("resolution", "P1", 120, "24x7"),
    ("resolution", "P2", 240, "office"),
    ("resolution", None, 480, "office"),
)
"""One office hour to respond; two hours for P1, four office hours for P2, eight for the rest."""


@cache
def _calendar(content: bytes) -> BusinessCalendar:
    import orjson  # noqa: PLC0415  only here

    return BusinessCalendar.from_snapshot(orjson.loads(content))


def agreement(snapshot: Snapshot) -> Agreement:
    return Agreement.from_snapshot(
        content_hash(snapshot), snapshot, lambda body: _calendar(canonical(body))
    )


LONG_AGO = "1970-01-01T00:00:00Z"


def entry(kind: str, since: int | str = LONG_AGO, recorded: int = 1, **body: Any) -> Entry:
    """An entry of the terms. `sla=` a snapshot names its agreement."""
    snapshot = body.pop("sla", None)
    if snapshot is not None:
        body["agreement"] = content_hash(snapshot)
    if isinstance(since, int):
        since = rfc3339(from_us(since))
    until = body.get("effective_to")
    if isinstance(until, int):
        body["effective_to"] = rfc3339(from_us(until))
    body.setdefault("entry_id", f"{kind}-{recorded}")
    return Entry.from_body(kind, {"effective_from": since, **body}, recorded=recorded)


def default(snapshot: Snapshot | None, since: int | str = LONG_AGO, **body: Any) -> Entry:
    return entry("default", since, sla=snapshot, **body)


def statuses(since: int | str = LONG_AGO, recorded: int = 1, **names: str) -> Entry:
    return entry("status_map", since, recorded, statuses=names)


def rulebook(*entries: Entry, slas: Iterable[Snapshot] = (GOLD,), ready: bool = True) -> Rulebook:
    """Terms made of *entries*; of GOLD as default where there are none."""
    found = [agreement(snapshot) for snapshot in slas]
    timeline = entries or (default(GOLD),)
    return Rulebook.of(timeline, {one.digest: one for one in found}, ready=ready)


def under(snapshot: Snapshot, *entries: Entry) -> Rulebook:
    """Terms whose default is *snapshot* for ever."""
    return rulebook(default(snapshot), *entries, slas=[snapshot])


# --- what happened ------------------------------------------------------------------------------


def _fact(kind: str, instant: int, data: Mapping[str, Any], **envelope: Any) -> AnyFact:
    name = f"{kind} {rfc3339(from_us(instant))} {sorted(data.items(), key=str)}"
    envelope.setdefault("id", name)
    envelope.setdefault("source", "desk")
    return fact_of(f"sla.ticket.{kind}", data, at=instant, **envelope)


_ENVELOPE = ("id", "source", "sequence", "imported")


def _split(fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    envelope = {name: fields.pop(name) for name in _ENVELOPE if name in fields}
    return fields, envelope


def opened(instant: int, status: str = "open", **fields: Any) -> AnyFact:
    data, envelope = _split({"status": status, **fields})
    return _fact("opened", instant, data, **envelope)


def updated(instant: int, **fields: Any) -> AnyFact:
    data, envelope = _split(fields)
    return _fact("updated", instant, {"changes": data}, **envelope)


def status(instant: int, word: str, **fields: Any) -> AnyFact:
    return updated(instant, status=word, **fields)


def waits(instant: int, **fields: Any) -> AnyFact:
    return status(instant, "pending", **fields)


def goes_on(instant: int, **fields: Any) -> AnyFact:
    return status(instant, "open", **fields)


def resolved(instant: int, **fields: Any) -> AnyFact:
    return status(instant, "resolved", **fields)


def replied(
    instant: int, author: str = "agent", *, public: bool = True, **envelope: Any
) -> AnyFact:
    return _fact("replied", instant, {"author": author, "public": public}, **envelope)


def deleted(instant: int, reason: str = "deleted", **envelope: Any) -> AnyFact:
    return _fact("deleted", instant, {"reason": reason}, **envelope)


# --- what is asked ------------------------------------------------------------------------------


def clock(picture: Picture, metric: Metric = RESOLUTION, cycle: str | None = None) -> Clock:
    """The present clock of a metric, or the one of a cycle."""
    found = [one for one in (*picture.past, *picture.clocks) if one.metric is metric]
    return next(one for one in reversed(found) if cycle is None or one.cycle == cycle)


def crossed(one: Clock) -> dict[str, str | None]:
    """Thresholds with the instants at which they were crossed, under whatever terms."""
    return {crossing.threshold: clocked(crossing.at) for crossing in one.crossings}


def told(one: Clock) -> list[tuple[str, str | None, str | None, str]]:
    """Crossings as tables write them."""
    return [
        (
            crossing.threshold.removeprefix("percent:"),
            crossing.priority,
            clocked(crossing.at),
            "passed over" if crossing.passed_over else "",
        )
        for crossing in one.crossings
    ]


def spelled(picture: Picture) -> bytes:
    """The bytes of a picture, of which it can be made again."""
    found = picture_bytes(picture)
    assert picture_of(found) == picture
    return found


@dataclass
class Desk:
    """A ticket-clock in memory: keeps facts, ledger and picture, and remembers what it published.

    It stores bytes, as the real one does, and refuses to keep a promise twice.
    """

    rules: Rulebook
    facts: dict[tuple[str, str], AnyFact] = field(default_factory=dict)
    stored: bytes | None = None
    ledger: Ledger = field(default_factory=Ledger)
    published: list[Change] = field(default_factory=list)
    judged_to: int = 0
    next_due: int | None = None

    def report(self, *facts: AnyFact, now: int | None = None) -> list[Change]:
        """A batch of facts arrives at *now* (when the last of them happened if not given)."""
        fresh = [fact for fact in facts if fact.key not in self.facts]
        fresh = list({fact.key: fact for fact in fresh}.values())
        self.facts |= {fact.key: fact for fact in fresh}
        now = max(fact.at for fact in facts) if now is None else now
        before = self.picture
        if not fresh:
            return []
        if continues(before or BLANK, fresh):
            pictures = [step.picture for step in steps(before or BLANK, fresh, self.rules)]
        else:
            pictures = [refolded(self.facts.values(), self.rules, before)]
        return self._tell(before, pictures, pictures[-1], now)

    def wake(self, now: int) -> list[Change]:
        """The due loop looks at the ticket at *now*."""
        before = self.picture
        assert before is not None
        pictures = [step.picture for step in advancing(before, self.rules, now)]
        picture = pictures[-1] if pictures else before
        self.judged_to = max(self.judged_to, now)
        return self._tell(before, pictures, judged(picture, self.rules, now), now)

    def learn(self, rules: Rulebook, now: int) -> list[Change]:
        """New terms are known."""
        self.rules = rules
        picture = refolded(self.facts.values(), rules, self.picture)
        return self._tell(self.picture, [picture], picture, now)

    def wake_until(self, now: int) -> list[Change]:
        """The due loop looks at every instant that it has to, up to *now*."""
        found = []
        while (due := self.next_due) is not None and due <= now:
            found += self.wake(due)
        return found

    @property
    def picture(self) -> Picture | None:
        return None if self.stored is None else picture_of(self.stored)

    def _tell(
        self, before: Picture | None, pictures: Sequence[Picture], announce: Picture, now: int
    ) -> list[Change]:
        picture = pictures[-1] if pictures else before
        assert picture is not None
        until = max(self.ledger.horizon, now, self.judged_to)
        standing = judged(advanced(picture, self.rules, until), self.rules, until)
        told = difference(self.ledger, announce=announce, standing=standing, noticed_at=now)
        found = list(changes(before, pictures, standing, told, self.ledger))
        self._check(told)
        self.ledger = self.ledger.after(told)
        self.stored = picture_bytes(picture)
        self.next_due = next_due(announce, self.rules)
        self.published += found
        return found

    def _check(self, told: Difference) -> None:
        for one in told.announced:
            assert one.key not in self.ledger.standing, "told twice"
        for one in told.retracted:
            assert one.key in self.ledger.standing, "taken back, but never told"


def words(found: Iterable[Change]) -> list[str]:
    """Changes as tables write them: `resolution paused Mon 10:00`."""
    return [
        " ".join(
            str(part)
            for part in (
                one.clock.metric.value,
                one.kind.value,
                *((one.announcement.key.threshold,) if one.announcement else ()),
                clocked(one.at),
            )
        )
        for one in found
    ]


def standing(desk: Desk) -> set[tuple[str, str, str, int]]:
    """What stands in the ledger: (metric, cycle, threshold, instant)."""
    return {
        (key.metric.value, key.cycle, key.threshold, one.crossed_at)
        for key, one in desk.ledger.standing.items()
    }


def view(facts: Iterable[AnyFact], rules: Rulebook, instant: int) -> Picture:
    """The fold of *facts*, judged at an instant."""
    return fold(facts, rules, instant)
