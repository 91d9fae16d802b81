"""What reading a foreign file gives: documents, and everything that did not come in as it stood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slaclock.errors import Fault, Refusal

__all__ = ["CalendarFound", "Finding", "Findings", "Place", "Preview", "SetFound", "UnusableFile"]


class UnusableFile(Refusal):
    """Nothing of the file can be taken; the code says why."""

    code = "import.unusable"

    @classmethod
    def because(
        cls, field: str, value: object, message: str, remedy: str, code: str
    ) -> UnusableFile:
        """With one fault, whose code is the refusal's."""
        return cls(faults=[Fault(field, value, message, remedy, code)], code=code)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands.

    Attributes:
        line: of a text file, from 1.
        table: of an export of tables.
        row: the row's or event's own id.
    """

    line: int | None = None
    table: str | None = None
    row: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing of a file that did not come in, or not quite as it stood.

    Attributes:
        fault: which field of its row or event, why, and what to do about it.
        taken: whether it came in all the same.
    """

    place: Place
    fault: Fault
    taken: bool


@dataclass(slots=True)
class Findings:
    """Collects findings; beyond the first `most` they are counted only."""

    most: int = 500
    found: list[Finding] = field(default_factory=list)
    left_out: int = 0
    total: int = 0

    def left(self, place: Place, *fault: Any) -> None:
        """Something was left out; *fault* is field, value, message, remedy, code."""
        self.left_out += 1
        self._keep(Finding(place, Fault(*fault), taken=False))

    def noted(self, place: Place, *fault: Any) -> None:
        """Something was taken, not quite as it stood; *fault* as in `left`."""
        self._keep(Finding(place, Fault(*fault), taken=True))

    def take(self, others: Iterable[Finding]) -> None:
        """Findings of a part that was read elsewhere."""
        for one in others:
            self.left_out += not one.taken
            self._keep(one)

    def _keep(self, finding: Finding) -> None:
        self.total += 1
        if len(self.found) < self.most:
            self.found.append(finding)


@dataclass(frozen=True, slots=True)
class CalendarFound:
    """A calendar of a file: the id that it proposes, and a draft document.

    Attributes:
        source: its id in the file; empty where files name none.
    """

    calendar_id: str
    document: Mapping[str, Any]
    source: str = ""


@dataclass(frozen=True, slots=True)
class SetFound:
    """A holiday set of a file: the id that it proposes, and its document."""

    set_id: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come in.

    Attributes:
        format: ``icalendar``, ``alga`` or ``zendesk``.
        holidays: for any calendar, as a draft carries them.
        calendars: whole ones.
        sets: holidays that many of these calendars share.
        timezone: that the holidays were read in; None where each calendar says its own.
        counts: how many of what was read, taken and left out.
    """

    format: str
    holidays: tuple[Mapping[str, Any], ...] = ()
    calendars: tuple[CalendarFound, ...] = ()
    sets: tuple[SetFound, ...] = ()
    findings: tuple[Finding, ...] = ()
    timezone: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
