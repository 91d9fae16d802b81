"""What the clocks of a ticket must say: the oracle's own fold, written after docs/clocks.md.

It knows nothing of the services: facts in their order, one after the other, and the thresholds that
were left behind between two of them. Instants and amounts are microseconds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .business import MINUTE, Hours

STATUSES = {
    "open": "open",
    "waiting_on_customer": "waiting_on_customer",
    "on_hold": "on_hold",
    "resolved": "resolved",
    "closed": "closed",
    "cancelled": "cancelled",
}
"""What the trace's statuses mean; others mean nothing, so their facts have no effect."""

ENDS = {"resolved", "closed", "cancelled"}
BEGINS = {
    "first_response": {"opened"},
    "next_reply": {"asked"},
    "periodic_update": {"opened", "answered"},
    "resolution": {"opened"},
}
ANSWERED = {"first_response", "next_reply", "periodic_update"}
REOPEN = {
    "first_response": "keep",
    "next_reply": "restart",
    "periodic_update": "restart",
    "resolution": "resume",
}


class Told(NamedTuple):
    """One fact, as the help desk tells it."""

    at: int
    sequence: int
    source: str
    id: str
    kind: str
    data: Mapping[str, Any]


class Mark(NamedTuple):
    """A threshold: its place in business time, and the same but not before the start."""

    threshold: str
    rank: int
    amount: int


@dataclass(frozen=True, slots=True)
class Row:
    """A target of an SLA."""

    priority: str | None
    amount: int
    hours: Hours
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Sla:
    """What an SLA file says, with its calendars stepped through.

    Attributes:
        name: its id.
        since: from when on it is the tenant's default.
        rows: by metric and priority; None is the fallback.
        pauses: categories by metric.
    """

    name: str
    since: int
    rows: Mapping[tuple[str, str | None], Row]
    pauses: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, file: Mapping[str, Any], since: int, hours: Mapping[str, Hours]) -> Sla:
        rows = {}
        for target in file["targets"]:
            metric, amount = target["metric"], target["minutes"] * MINUTE
            places = {name: _rank(name, amount) for name in (*file["thresholds"], "percent:100")}
            marks = sorted(
                (Mark(name, rank, max(rank, 0)) for name, rank in places.items()),
                key=lambda mark: (mark.rank, mark.threshold),
            )
            row = Row(target["priority"], amount, hours[target["calendar"]], tuple(marks))
            rows[metric, target["priority"]] = row
        pauses = {
            metric: frozenset(file.get("pause", {}).get(metric, ["waiting_on_customer"]))
            for metric in BEGINS
        }
        return cls(file["sla_id"], since, rows, pauses)

    def row(self, metric: str, priority: str | None) -> Row:
        return self.rows.get((metric, priority)) or self.rows[metric, None]


def _rank(threshold: str, target: int) -> int:
    kind, _, number = threshold.partition(":")
    if kind == "percent":
        return -(-target * int(number) // 100)
    return target + int(number) * MINUTE * (1 if kind == "after_due" else -1)


class Crossing(NamedTuple):
    """Which threshold of which clock: the key under which it is told, n apart."""

    metric: str
    cycle: str
    sla: str
    priority: str | None
    threshold: str


@dataclass(slots=True)
class Run:
    """One cycle of one clock."""

    metric: str
    cycle: str
    sla: Sla
    row: Row
    opened: int
    aimed: int
    runs_from: int | None
    elapsed: int = 0
    is_open: bool = True
    cancelled: bool = False
    by_reply: bool = False
    crossings: dict[Crossing, tuple[int, bool]] = field(default_factory=dict)

    def key(self, threshold: str) -> Crossing:
        return Crossing(self.metric, self.cycle, self.sla.name, self.row.priority, threshold)

    def cross(self, before: int) -> None:
        """Everything that was left behind before an instant; of several at once one speaks."""
        new: list[tuple[int, Mark]] = []
        for mark in self.row.marks:
            if self.key(mark.threshold) in self.crossings:
                continue
            due = self._due(mark)
            if due is None or due >= before:
                break
            new.append((due, mark))
        highest = {due: mark.rank for due, mark in new}
        for due, mark in new:
            self.crossings[self.key(mark.threshold)] = due, mark.rank < highest[due]

    def next_due(self) -> int | None:
        """When the next threshold is left behind if nothing happens."""
        for mark in self.row.marks:
            if self.key(mark.threshold) not in self.crossings:
                return self._due(mark)
        return None

    def _due(self, mark: Mark) -> int | None:
        if mark.amount < self.elapsed:
            return self.aimed
        if self.runs_from is None:
            return None
        return self.row.hours.add(self.runs_from, mark.amount - self.elapsed)

    def stand(self, at: int) -> None:
        if self.runs_from is not None:
            self.elapsed += self.row.hours.elapsed(self.runs_from, at)
        self.runs_from = None

    def go(self, at: int) -> None:
        if self.runs_from is None:
            self.runs_from = at

    def aim(self, priority: str | None, at: int) -> None:
        row = self.sla.row(self.metric, priority)
        if row is self.row:
            return
        running = self.runs_from is not None
        self.stand(at)
        self.row, self.aimed = row, at
        if running:
            self.runs_from = at

    def end(self, at: int, *, cancelled: bool = False, by_reply: bool = False) -> None:
        self.stand(at)
        self.is_open, self.cancelled, self.by_reply = False, cancelled, by_reply
        self.cross(at + 1)

    def follow(self, category: str, at: int) -> None:
        if category in ENDS:
            self.end(at, cancelled=category == "cancelled")
        elif category in self.sla.pauses[self.metric]:
            self.stand(at)
        else:
            self.go(at)

    @property
    def outcome(self) -> str:
        if self.key("percent:100") in self.crossings:
            return "breached"
        if self.is_open:
            return "pending"
        return "cancelled" if self.cancelled else "met"


class Walk:
    """A ticket, walked through fact by fact.

    Args:
        slas: the tenant's defaults by time, the first from the beginning.
    """

    def __init__(self, slas: Sequence[Sla]) -> None:
        self._slas = slas
        self._phase = "unknown"
        self._ever_opened = False
        self._priority: str | None = None
        self._category = "open"
        self._early: list[Told] = []
        self._unanswered = False
        self._now: dict[str, Run] = {}
        self.past: list[Run] = []

    @property
    def runs(self) -> list[Run]:
        return [*self.past, *self._now.values()]

    @property
    def crossings(self) -> dict[Crossing, tuple[int, bool]]:
        return {key: found for run in self.runs for key, found in run.crossings.items()}

    def hear(self, fact: Told) -> None:
        if self._phase == "deleted" and fact.kind != "opened":
            return
        fields = fact.data.get("changes", fact.data)
        if fields.get("status") is not None and fields["status"] not in STATUSES:
            return
        if self._phase == "open":
            for run in self._now.values():
                run.cross(fact.at)
            self._apply(fact, fact.at)
        elif fact.kind == "opened":
            self._open(fact)
        elif fact.kind == "deleted":
            self._phase, self._early = "deleted", []
        else:
            self._early.append(fact)

    def judge(self, at: int) -> None:
        """Cross what time alone has crossed before *at*."""
        for run in self._now.values():
            run.cross(at)

    def _open(self, fact: Told) -> None:
        self.past += self._now.values()
        self._now = {}
        cycle = name_of(fact) if self._ever_opened else "first"
        self._phase, self._ever_opened, self._unanswered = "open", True, False
        self._priority = fact.data.get("priority")
        self._category = STATUSES[fact.data["status"]]
        for metric, moments in BEGINS.items():
            if "opened" in moments:
                self._begin(metric, cycle, fact.at)
        early, self._early = self._early, []
        for one in early:
            self._apply(one, fact.at)

    def _begin(self, metric: str, cycle: str, at: int) -> None:
        if metric in self._now:
            self.past.append(self._now[metric])
        sla = next(sla for sla in reversed(self._slas) if sla.since <= at)
        row = sla.row(metric, self._priority)
        run = self._now[metric] = Run(metric, cycle, sla, row, at, at, at)
        run.follow(self._category, at)

    def _begin_at(self, moment: str, fact: Told, at: int) -> None:
        for metric, moments in BEGINS.items():
            is_open = metric in self._now and self._now[metric].is_open
            if moment in moments and not is_open:
                self._begin(metric, name_of(fact), at)

    def _apply(self, fact: Told, at: int) -> None:
        match fact.kind:
            case "opened":
                self._update({k: v for k, v in fact.data.items() if v is not None}, fact, at)
            case "updated":
                self._update(fact.data["changes"], fact, at)
            case "replied" if fact.data["public"]:
                self._reply(fact, at)
            case "deleted":
                for run in self._now.values():
                    if run.is_open:
                        run.end(at, cancelled=True)
                self._phase = "deleted"

    def _update(self, changes: Mapping[str, Any], fact: Told, at: int) -> None:
        was, category = self._category, self._category
        if changes.get("status") is not None:
            category = STATUSES[changes["status"]]
        priority = changes.get("priority", self._priority)
        turned, retargeted = category != was, priority != self._priority
        self._category, self._priority = category, priority
        reopens = was in ENDS and category not in ENDS
        for metric, run in list(self._now.items()):
            if run.is_open:
                if retargeted:
                    run.aim(priority, at)
                if turned:
                    run.follow(category, at)
            elif reopens:
                self._reopen(metric, run, fact, at)
        if reopens and self._unanswered:
            self._unanswered = False
            self._begin_at("asked", fact, at)

    def _reopen(self, metric: str, run: Run, fact: Told, at: int) -> None:
        if "opened" not in BEGINS[metric] and run.by_reply:
            return
        if REOPEN[metric] == "restart":
            self._begin(metric, name_of(fact), at)
        elif REOPEN[metric] == "resume":
            run.is_open, run.cancelled = True, False
            run.go(at)
            run.aim(self._priority, at)
            run.follow(self._category, at)

    def _reply(self, fact: Told, at: int) -> None:
        answered = fact.data["author"] == "agent"
        if answered:
            for metric, run in self._now.items():
                if run.is_open and metric in ANSWERED:
                    run.end(at, by_reply=True)
        if self._category in ENDS:
            self._unanswered = not answered
        else:
            self._begin_at("answered" if answered else "asked", fact, at)


def name_of(fact: Told) -> str:
    """The name of the cycle that a fact begins."""
    text = json.dumps([fact.source, fact.id], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def walked(facts: Iterable[Told], slas: Sequence[Sla], judged_at: int) -> Walk:
    """The clocks of a ticket after *facts*, in whatever order they are given."""
    walk = Walk(slas)
    for fact in sorted(facts, key=lambda one: (one.at, one.sequence, one.source, one.id)):
        walk.hear(fact)
    walk.judge(judged_at)
    return walk
