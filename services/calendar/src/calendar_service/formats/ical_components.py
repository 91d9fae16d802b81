"""The components of an iCalendar file that matter here: calendars, events, time zones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from calendar_service.formats.ical_lines import LONGEST_VALUE, Line, content_lines
from slaclock.foreign.findings import Findings, Place, UnusableFile

__all__ = ["CalendarFile", "Component", "read_components"]

MOST_EVENTS: Final = 5_000
MOST_ZONES: Final = 200
MOST_CHANGES: Final = 1_000
"""Parts of one time zone."""
DEEPEST: Final = 8
_PARTS_OF_ZONES: Final = frozenset({"STANDARD", "DAYLIGHT"})
_READ: Final[dict[str, frozenset[str]]] = {
    "VCALENDAR": frozenset({"X-WR-TIMEZONE", "X-WR-CALNAME", "NAME", "METHOD", "CALSCALE"}),
    "VEVENT": frozenset(
        {
            "UID",
            "DTSTART",
            "DTEND",
            "DURATION",
            "RRULE",
            "RDATE",
            "EXDATE",
            "EXRULE",
            "RECURRENCE-ID",
            "STATUS",
            "TRANSP",
            "SUMMARY",
            "SEQUENCE",
            "X-MICROSOFT-CDO-ALLDAYEVENT",
        }
    ),
    "VTIMEZONE": frozenset({"TZID", "X-LIC-LOCATION"}),
    "STANDARD": frozenset({"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"}),
}
_OURS: Final = "X-SLACLOCK-"


@dataclass(slots=True)
class Component:
    """A component: its properties in the order of the file, and the parts of a time zone."""

    name: str
    line: int
    properties: list[Line] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)

    def one(self, name: str) -> Line | None:
        """The last property of that name."""
        found = None
        for line in self.properties:
            if line.name == name:
                found = line
        return found

    def every(self, name: str) -> Iterator[Line]:
        """All properties of that name."""
        return (line for line in self.properties if line.name == name)

    def text(self, name: str) -> str:
        """The value of a property, stripped; empty where there is none."""
        line = self.one(name)
        return "" if line is None else line.value.strip()


@dataclass(slots=True)
class CalendarFile:
    """All calendars of a file together."""

    calendars: list[Component] = field(default_factory=list)
    events: list[Component] = field(default_factory=list)
    zones: list[Component] = field(default_factory=list)


def read_components(text: str, findings: Findings) -> CalendarFile:
    """The file's calendars, events and zones; to-dos, alarms and unknown components are skipped.

    Raises:
        UnusableFile: no iCalendar file, cut off, too deep, or with too many events.
    """
    file, stack = CalendarFile(), list[Component]()
    for line in content_lines(text):
        if isinstance(line, tuple):
            _no_line(*line, stack, findings)
        elif line.name == "BEGIN":
            _begin(line, stack, file)
        elif line.name == "END":
            _end(line, stack)
        elif not stack:
            raise _no_calendar(line.name)
        elif _is_read(stack[-1].name, line.name):
            _keep(line, stack[-1])
    if stack:
        raise UnusableFile.because(
            "file",
            f"{stack[-1].name} begun in line {stack[-1].line}",
            "is cut off: this component does not end",
            "download it again, whole",
            "import.truncated",
        )
    if not file.calendars:
        raise _no_calendar(text[:40])
    return file


def _no_line(number: int, text: str, stack: list[Component], findings: Findings) -> None:
    if not stack:
        raise _no_calendar(text)
    findings.noted(
        Place(line=number),
        stack[-1].name,
        text,
        "is no content line and is passed over",
        "write NAME:value, or begin the line with a space if it continues the one before",
        "import.line",
    )


def _begin(line: Line, stack: list[Component], file: CalendarFile) -> None:
    name = line.value.strip().upper()
    if not stack and name != "VCALENDAR":
        raise _no_calendar(f"BEGIN:{name}"[:60])
    if len(stack) >= DEEPEST:
        raise UnusableFile.because(
            name[:60],
            f"line {line.number}",
            f"lies more than {DEEPEST} components deep",
            "export the calendar again; no software nests them so",
            "import.too-deep",
        )
    component = Component(name, line.number)
    outer = stack[-1] if stack else None
    stack.append(component)
    if name == "VCALENDAR" and outer is None:
        _add(file.calendars, component, MOST_ZONES, "calendars")
    elif outer is not None and outer.name == "VCALENDAR" and name == "VEVENT":
        _add(file.events, component, MOST_EVENTS, "events")
    elif outer is not None and outer.name == "VCALENDAR" and name == "VTIMEZONE":
        _add(file.zones, component, MOST_ZONES, "time zones")
    elif outer is not None and outer.name == "VTIMEZONE" and name in _PARTS_OF_ZONES:
        _add(outer.parts, component, MOST_CHANGES, "parts of a time zone")


def _add(listed: list[Component], component: Component, most: int, what: str) -> None:
    if len(listed) >= most:
        raise UnusableFile.because(
            component.name,
            f"more than {most} {what}",
            "are too many",
            "export fewer years, or one calendar at a time",
            "import.too-many",
        )
    listed.append(component)


def _end(line: Line, stack: list[Component]) -> None:
    name = line.value.strip().upper()
    if not stack or stack[-1].name != name:
        begun = stack[-1].name if stack else "nothing"
        raise UnusableFile.because(
            "END",
            f"{name[:60]} in line {line.number}",
            f"ends what was not begun there ({begun} was)",
            "download it again, whole",
            "import.truncated",
        )
    stack.pop()


def _is_read(component: str, name: str) -> bool:
    known = _READ.get("STANDARD" if component in _PARTS_OF_ZONES else component, frozenset())
    return name in known or (name.startswith(_OURS) and component in {"VEVENT", "VCALENDAR"})


def _keep(line: Line, component: Component) -> None:
    if len(line.value) > LONGEST_VALUE:
        raise UnusableFile.because(
            f"{component.name}.{line.name}",
            f"{len(line.value)} characters in line {line.number}",
            f"has more than {LONGEST_VALUE} characters",
            "export fewer years, or write several lines",
            "import.line-too-long",
        )
    component.properties.append(line)


def _no_calendar(found: str) -> UnusableFile:
    return UnusableFile.because(
        "file",
        found,
        "is no iCalendar file",
        "send a file that begins with BEGIN:VCALENDAR",
        "import.not-icalendar",
    )
