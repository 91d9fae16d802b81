"""How an annex says things: amounts, instants, points of a clock, names of metrics."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

from sla_service.domain.annex.blocks import Run, Text, code, data, text
from slaclock.contracts.instants import parse_instant

__all__ = [
    "CATEGORIES",
    "METRICS",
    "WEEKDAYS",
    "amount",
    "conditions",
    "day",
    "day_of_year",
    "duration",
    "enumerated",
    "instant",
    "on_the_wall",
    "percentage",
    "priority",
    "recipient",
    "span",
    "threshold",
    "visible",
]

METRICS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "first_response": "First response",
        "next_reply": "Next reply",
        "periodic_update": "Periodic update",
        "resolution": "Resolution",
    }
)
CATEGORIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "waiting_on_customer": "waiting on the customer",
        "waiting_on_third_party": "waiting on a third party",
        "on_hold": "on hold",
    }
)
WEEKDAYS: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_CHANNELS: Final[Mapping[str, str]] = MappingProxyType(
    {"email": "e-mail to", "log": "log entry", "webhook": "webhook"}
)
_MINUTE: Final = 60_000_000
_TO: Final = "\u2013"
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def visible(content: str) -> str:
    """*content* with every character that nobody would see, or that turns others, written out.

    A contract must not read otherwise than it computes: `U+202E` and its like are shown.
    """
    if content.isprintable() and content.isascii():
        return content
    return "".join(
        f"⟨U+{ord(one):04X}⟩" if unicodedata.category(one) in _UNSEEN else one for one in content
    )


def amount(microseconds: int) -> str:
    """An amount of time of 0 or more, such as `2 h 30 min`; seconds only where there are some."""
    minutes, rest = divmod(microseconds, _MINUTE)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest / 1_000_000:.6f}".rstrip("0").rstrip(".")
    parts = [
        f"{hours:,} h" if hours else "",
        f"{minutes} min" if minutes else "",
        f"{seconds} s" if rest else "",
    ]
    return " ".join(filter(None, parts)) or "0 min"


def duration(minutes: int) -> str:
    """The same of whole minutes."""
    return amount(minutes * _MINUTE)


def day(of: date) -> str:
    """A date with its weekday."""
    return f"{WEEKDAYS[of.weekday()]}, {of.day} {_MONTHS[of.month - 1]} {of.year}"


def day_of_year(of: date) -> str:
    """A date of every year."""
    return f"{of.day} {_MONTHS[of.month - 1]}"


def instant(written: str) -> str:
    """An RFC 3339 instant in words, in UTC."""
    return f"{on_the_wall(parse_instant(written))} UTC"


def on_the_wall(at: datetime) -> str:
    """Date and time of day as *at* has them; seconds only where there are some."""
    finer = at.second or at.microsecond
    clock = at.time().isoformat("auto" if finer else "minutes")
    return f"{day(at.date())}, {clock}"


def span(start: str, end: str) -> str:
    """From one time of day to another one."""
    return f"{start}{_TO}{end}"


def percentage(written: str) -> str:
    """A decimal text with two places as a percentage."""
    return f"{written} %"


def priority(name: str | None, *, alone: bool) -> Text:
    """A priority, or whom the fallback is for.

    Args:
        name: None is the fallback.
        alone: no other priority is named.
    """
    if name is not None:
        return (data(name),)
    return text("every priority" if alone else "all others, also without a priority")


def enumerated(items: Sequence[str | Run | Text], last: str = "and") -> Text:
    """`a, b and c`."""
    if not items:
        return ()
    found: list[str | Run | Text] = []
    for index, item in enumerate(items):
        if index:
            found.append(f" {last} " if index == len(items) - 1 else ", ")
        found.append(item)
    return text(*found)


def threshold(written: str) -> str:
    """When a rule acts."""
    kind, _, number = written.partition(":")
    many = int(number)
    match kind:
        case "percent" if many == 100:
            return "at the breach (100 % of the target)"
        case "percent":
            return f"at {many:,} % of the target"
        case "before_due":
            return f"{duration(many)} before it is due"
        case _:
            return f"{duration(many)} after it was due"


def recipient(who: Mapping[str, Any]) -> Text:
    """Somebody to tell: an address of a channel, or a role, person or group."""
    if "channel" in who:
        channel = _CHANNELS.get(who["channel"], who["channel"])
        return text(f"{channel} ", code(who["to"]))
    return enumerated([text(f"{kind} ", data(name)) for kind, name in who.items()])


def conditions(asked: Mapping[str, Any]) -> list[Text]:
    """What a ticket must carry, one text for each field."""
    found = [
        text(f"{field}: ", _values(asked[field]))
        for field in ("priority", "customer", "group")
        if field in asked
    ]
    named = asked.get("attributes", {})
    return found + [text("attribute ", data(name), ": ", _values(named[name])) for name in named]


def _values(listed: Iterable[str]) -> Text:
    return enumerated([data(one) for one in listed], "or")
