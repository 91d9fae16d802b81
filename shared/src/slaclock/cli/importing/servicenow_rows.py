"""Rows of a ServiceNow audit log: from text to values, or every reason why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from slaclock.cli.importing.facts import Rejected
from slaclock.cli.importing.local_time import Local, instant_of
from slaclock.contracts.faults import shown
from slaclock.contracts.instants import EARLIEST, LATEST
from slaclock.contracts.statuses import DEFAULT_STATUSES

__all__ = ["OPTIONAL", "REQUIRED", "Faulty", "Row", "read_row"]

REQUIRED: Final = ("number", "incident_state", "opened_at", "sys_updated_at", "priority")
OPTIONAL: Final = ("assigned_to", "assignment_group", "category", "made_sla")

MISSING: Final = frozenset({"", "?"})
"""How the log writes that nothing is known."""

LONGEST: Final = 200
"""Characters of an id."""

_DAY_FIRST: Final = re.compile(r"(\d\d)-(\d\d)-(\d{4}) (\d\d):(\d\d)(?::(\d\d))?", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)(?::(\d\d))?", re.ASCII)
_PRIORITY: Final = re.compile(r"([1-5])(?: - .+)?", re.ASCII)

T = TypeVar("T")


class _Wrong(ValueError):  # noqa: N818 - what is wrong with a value; never leaves this module
    """A value that cannot be taken; the text says why and what would do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One change of an incident.

    Attributes:
        line: of the file.
        number: the incident.
        state: ServiceNow's own word.
        priority: P1 to P5; None where the log does not know.
        opened: when the incident was opened.
        updated: when it changed into what the row says.
        assignee, group, category: None where the log does not know.
        made_sla: ServiceNow's verdict so far.
    """

    line: int
    number: str
    state: str
    priority: str | None
    opened: Local
    updated: Local
    assignee: str | None
    group: str | None
    category: str | None
    made_sla: bool | None


@dataclass(frozen=True, slots=True)
class Faulty:
    """A row that cannot be taken.

    Attributes:
        number: its incident, where that can be read.
        rejected: every reason.
    """

    number: str | None
    rejected: tuple[Rejected, ...]


def read_row(line: int, raw: Mapping[str, str], where: ZoneInfo) -> Row | Faulty:
    """The values of a row.

    Args:
        line: of the file.
        raw: text by column; optional columns may be absent.
        where: the zone in which its times are written.
    """
    faults: list[Rejected] = []

    def take(column: str, parse: Callable[[str], T]) -> T | None:
        text = raw.get(column, "").strip()
        try:
            return parse("" if text in MISSING else text)
        except _Wrong as wrong:
            faults.append(Rejected(line, column, shown(raw.get(column)), str(wrong)))
            return None

    number = take("number", _number)
    state = take("incident_state", _state)
    priority = take("priority", _priority)
    opened = take("opened_at", lambda text: _instant(text, where))
    updated = take("sys_updated_at", lambda text: _instant(text, where))
    assignee = take("assigned_to", _name)
    group = take("assignment_group", _name)
    category = take("category", _name)
    made_sla = take("made_sla", _verdict)
    if faults or number is None or state is None or opened is None or updated is None:
        return Faulty(number, tuple(faults))
    return Row(line, number, state, priority, opened, updated, assignee, group, category, made_sla)


def _number(text: str) -> str:
    name = _name(text)
    if name is None:
        raise _Wrong("is missing; every row names its incident")
    return name


def _name(text: str) -> str | None:
    if len(text) > LONGEST:
        raise _Wrong(f"has {len(text)} characters; at most {LONGEST} are kept")
    if "\x00" in text:
        raise _Wrong("holds the character NUL; remove it")
    return text or None


def _state(text: str) -> str:
    if not text:
        raise _Wrong("is missing; every row says the incident's state")
    if text not in DEFAULT_STATUSES:
        raise _Wrong(
            "is no state whose meaning is known; use ServiceNow's own, such as New, Active, "
            "Awaiting User Info, Resolved or Closed"
        )
    return text


def _priority(text: str) -> str | None:
    if not text:
        return None
    found = _PRIORITY.fullmatch(text)
    if found is None:
        raise _Wrong("is no priority; write 1 - Critical, 2 - High, 3 - Moderate or 4 - Low")
    return f"P{found[1]}"


def _instant(text: str, where: ZoneInfo) -> Local:
    if not text:
        raise _Wrong("is missing; write DD-MM-YYYY HH:MM")
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, hour, minute, second = found.groups(default="0")
    elif found := _YEAR_FIRST.fullmatch(text):
        year, month, day, hour, minute, second = found.groups(default="0")
    else:
        raise _Wrong("is no date and time; write DD-MM-YYYY HH:MM, day first")
    try:
        local = datetime(  # noqa: DTZ001 - local time; its zone comes next
            int(year), int(month), int(day), int(hour), int(minute), int(second)
        )
        found_at = instant_of(local, where)
    except (ValueError, OverflowError) as error:
        raise _Wrong(f"does not exist ({error}); write DD-MM-YYYY HH:MM, day first") from error
    if not EARLIEST <= found_at.at <= LATEST:
        raise _Wrong("lies outside 1970 to 2200")
    return found_at


def _verdict(text: str) -> bool | None:
    match text.upper():
        case "":
            return None
        case "TRUE":
            return True
        case "FALSE":
            return False
        case _:
            raise _Wrong("is neither TRUE nor FALSE")
