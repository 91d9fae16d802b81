"""Vectors that hold together: what one answers, another asks on; and the ends of the range."""

from __future__ import annotations

import random
from typing import Any, Final

from tests.conformance.writing import MINUTE_US, Vectors, us

from slaclock.business_time import zone_of
from slaclock.testing.calendars import hours

__all__ = ["add_ends", "add_laws"]

DAY_US: Final = 86_400_000_000
LAST: Final = "2200-01-01T00:00"
UTC_ZONE: Final = {"name": "UTC", "transitions": [[0, 0]], "tail": "UTC0"}
CALENDARS: Final[tuple[tuple[str, str, tuple[str, ...], dict[str, Any]], ...]] = (
    ("office", "Europe/London", ("Mon-Fri 09:00-12:30", "Mon-Fri 13:00-17:30"), {}),
    (
        "nights",
        "America/New_York",
        ("Mon-Sun 22:00-06:00",),
        {"holidays": [{"date": "2026-11-01"}]},
    ),
    (
        "shifts",
        "Australia/Lord_Howe",
        ("Mon-Sun 22:00-06:00", "Mon-Sun 06:00-14:00"),
        {
            "holiday_rule": "shift",
            "holidays": [
                {"date": "2026-04-05", "name": "one of two"},
                {"date": "2024-02-29", "recurrence": "yearly", "from": "12:00"},
            ],
        },
    ),
    (
        "special days",
        "Pacific/Apia",
        ("Mon-Sat 08:00-16:00",),
        {
            "holidays": [{"date": "2026-06-01", "recurrence": "yearly"}],
            "overrides": [
                {"date": "2026-06-01", "windows": [{"start": "20:00", "end": "04:00"}]},
                {"date": "2026-06-03", "windows": []},
            ],
        },
    ),
    ("always", "UTC", ("Mon-Sun 00:00-24:00",), {}),
    ("always, on a wall", "Antarctica/Troll", ("Mon-Sun 00:00-24:00",), {}),
)


def add_laws(found: Vectors, seed: int) -> None:
    """Sums that split, signs that turn, ways there and back."""
    for name, zone, texts, keys in CALENDARS:
        snapshot = {"timezone": zone, "windows": hours(*texts), "zone": zone_of(zone)} | keys
        calendar = found.calendar(f"law/{name}", snapshot)
        draw = random.Random(f"{seed} {name}")
        for number in range(3):
            one, two, three = sorted(
                draw.randrange(us("2026-01-01T00:00"), us("2026-12-31T00:00")) for _ in range(3)
            )
            title, minutes = f"law/{name}/{number}", draw.randrange(1, 6000)
            found.ask(f"{title}/first part", calendar, "elapsed", one, end=two)
            found.ask(f"{title}/second part", calendar, "elapsed", two, end=three)
            found.ask(f"{title}/both parts", calendar, "elapsed", one, end=three)
            found.ask(f"{title}/turned round", calendar, "elapsed", three, end=one)
            found.ask(f"{title}/truncated", calendar, "minutes", one, end=three)
            found.ask(f"{title}/truncated toward zero", calendar, "minutes", three, end=one)
            there = found.ask(f"{title}/there", calendar, "add", one, minutes=minutes)
            reached = us(there["expect"])
            found.ask(f"{title}/undone", calendar, "elapsed", one, end=reached)
            found.ask(f"{title}/back", calendar, "add", reached, minutes=-minutes)
            for op in ("next", "previous"):
                once = us(found.ask(f"{title}/{op}", calendar, op, two)["expect"])
                found.ask(f"{title}/{op} again", calendar, op, once)


def add_ends(found: Vectors) -> None:
    """The ends of the range, calendars that end before, and which refusal comes first."""
    base = {"timezone": "UTC", "zone": UTC_ZONE}
    whole = found.calendar("end/always", base | {"windows": hours("Mon-Sun 00:00-24:00")})
    office = found.calendar("end/office", base | {"windows": hours("Mon-Fri 09:00-17:00")})
    hour = [{"start": "09:00", "end": "10:00"}]
    early, late, last_year = (
        found.calendar(
            f"end/one hour of {day[:4]}",
            base | {"windows": [], "overrides": [{"date": day, "windows": hour}]},
        )
        for day in ("1975-03-03", "2190-03-02", "2199-06-03")
    )
    first, last = us("1970-01-01T00:00"), us(LAST)
    for name, at, near in (
        ("before 1970", first - 1, us("1970-01-05T09:30")),
        ("1970", first, us("1970-01-05T09:30")),
        ("2200", last, us("2199-12-27T09:30")),
        ("after 2200", last + 1, us("2199-12-27T09:30")),
    ):
        for calendar in (whole, office, early if near < us("2000-01-01T00:00") else late):
            title = f"{calendar}/{name}"
            found.ask(f"{title}/elapsed to", calendar, "elapsed", near, end=at)
            found.ask(f"{title}/elapsed from", calendar, "elapsed", at, end=near)
            found.ask(f"{title}/is_open", calendar, "is_open", at)
            found.ask(f"{title}/next", calendar, "next", at)
            found.ask(f"{title}/previous", calendar, "previous", at)
            found.ask(f"{title}/nothing", calendar, "add", at, minutes=0)
            _ask_both_ways(found, title, calendar, near)
    for calendar, inside in (
        (early, us("1975-03-03T09:30")),
        (late, us("2190-03-02T09:30")),
        (last_year, us("2199-06-03T09:30")),
    ):
        forward = calendar != early
        for minutes in (30, 31) if forward else (-30, -31):
            found.ask(f"{calendar}/{minutes} minutes", calendar, "add", inside, minutes=minutes)
        op, day = ("next", DAY_US) if forward else ("previous", -DAY_US)
        found.ask(f"{calendar}/nothing more", calendar, op, inside + day)
        found.ask(f"{calendar}/before or after", calendar, op, inside - day)
    found.ask("end/to the last", whole, "add", last - MINUTE_US, minutes=1)
    found.ask("end/to the first", whole, "add", first + MINUTE_US, minutes=-1)
    found.ask("end/the last evening", office, "next", us("2199-12-31T17:00"))
    found.ask("end/the first morning", office, "previous", us("1970-01-01T08:59"))


def _ask_both_ways(found: Vectors, title: str, calendar: str, near: int) -> None:
    """Amounts that fit, that need a search, and that leave the range whatever is open."""
    for amount in (MINUTE_US + 1, -MINUTE_US - 1):
        found.ask(f"{title}/{amount} µs", calendar, "add", near, microseconds=amount)
    for minutes in (1_000_000_000, -1_000_000_000):
        found.ask(f"{title}/{minutes} minutes", calendar, "add", near, minutes=minutes)
