"""Vectors around changes of the clock: of real zones, and of rules that few zones have."""

from __future__ import annotations

import random
from typing import Any, Final

from tests.conformance.writing import Vectors, us

from slaclock.business_time import zone_of
from slaclock.testing.calendars import AWKWARD_ZONES, hours
from slaclock.testing.differential import KINDS, Change, calendar_around, changes_of

__all__ = ["add_rules", "add_zones"]

HOUR_US: Final = 3_600_000_000
ZONES: Final = (
    *AWKWARD_ZONES,
    "Africa/Monrovia",
    "America/Asuncion",
    "America/Caracas",
    "Asia/Beirut",
    "Asia/Pyongyang",
    "Asia/Singapore",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Pacific/Kwajalein",
)
RULES: Final = (
    ("julian days", "XXX3YYY,J60/0,J300/0", [[0, -10800]], "2024-03-01T03:00"),
    ("days from 0", "XXX3YYY,59/0,299/0", [[0, -10800]], "2024-02-29T03:00"),
    ("days from 0, common year", "XXX3YYY,59/0,299/0", [[0, -10800]], "2023-03-01T03:00"),
    ("no rule written", "EST5EDT", [[0, -18000]], "2026-11-01T06:00"),
    ("hours beyond a day", "EET-2EEST,M3.4.4/50,M10.4.4/50", [[0, 7200]], "2026-03-28T00:00"),
    ("hours before a day", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", [[0, -7200]], "2026-03-29T01:00"),
    ("offsets with seconds", "AAA1:02:03BBB,M1.1.1,M12.5.6", [[0, -3723]], "2026-12-26T02:02"),
    ("summer all year", "EST5EDT,0/0,J365/25", [[0, -14400]], "2026-01-01T05:00"),
    ("the winter is the exception", "IST-1GMT0,M10.5.0,M3.5.0/1", [[0, 3600]], "2100-03-28T01:00"),
    ("no change", "<+0545>-5:45", [[0, 19800], [504901800, 20700]], "1985-12-31T18:30"),
    (
        "a list cut short: its last offset holds until the rule's next change",
        "GMT0BST,M3.5.0/1,M10.5.0",
        [[0, 3600], [57722400, 0], [69818400, 3600]],
        "1972-03-26T01:00",
    ),
    (
        "a list that ends against the rule",
        "GMT0BST,M3.5.0/1,M10.5.0",
        [[0, 0], [1767225600, 3600]],
        "2026-01-01T00:00",
    ),
)
"""Name, tail, transitions, and an instant at which the clock changes or might be thought to."""


def add_zones(found: Vectors, seed: int) -> None:
    """For each zone a change that tzdata lists and one that a rule makes, as far as it has any."""
    turn = 0
    for name in ZONES:
        changes, draw = changes_of(name), random.Random(f"{seed} {name}")
        for listed in (True, False):
            some = [change for change in changes if change.listed == listed]
            if not some:
                continue
            change, kind = draw.choice(some), KINDS[turn % len(KINDS)]
            turn += 1
            title = f"zone/{name}/{change.second}/{kind}"
            snapshot = calendar_around(kind, change, draw)
            snapshot |= {"timezone": name, "zone": zone_of(name)}
            _ask_around(found, title, snapshot, change, draw)


def add_rules(found: Vectors, seed: int) -> None:
    """Rules that only a snapshot of its own can bring."""
    for name, tail, transitions, at in RULES:
        zone = {"name": "Test/Zone", "transitions": transitions, "tail": tail}
        windows = hours("Mon-Sun 00:30-01:45", "Mon-Sun 02:00-06:00", "Mon-Sun 22:30-00:15")
        snapshot = {"timezone": "Test/Zone", "windows": windows, "zone": zone}
        change = Change(us(at) // 1_000_000, 0, 3600, listed=False)
        _ask_around(found, f"rule/{name}", snapshot, change, random.Random(f"{seed} {name}"))


def _ask_around(
    found: Vectors, title: str, snapshot: dict[str, Any], change: Change, draw: random.Random
) -> None:
    calendar = found.calendar(title, snapshot)
    at = change.second * 1_000_000
    before, after = max(at - draw.randrange(30 * HOUR_US), 0), at + draw.randrange(30 * HOUR_US)
    found.ask(f"{title}/over it", calendar, "elapsed", before, end=after)
    found.ask(f"{title}/two hours", calendar, "elapsed", max(at - HOUR_US, 0), end=at + HOUR_US)
    found.ask(f"{title}/whole minutes", calendar, "minutes", after, end=before)
    for name, instant in (("at it", at), ("just before it", at - 1), ("later", after)):
        found.ask(f"{title}/open {name}", calendar, "is_open", max(instant, 0))
    found.ask(f"{title}/next", calendar, "next", max(at - 1, 0))
    found.ask(f"{title}/previous", calendar, "previous", at)
    found.ask(f"{title}/add", calendar, "add", before, minutes=draw.randrange(1, 900))
    found.ask(f"{title}/take away", calendar, "add", after, minutes=-draw.randrange(1, 300))
