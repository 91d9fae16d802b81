"""How far something may go before the linter finds it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sla_service.domain.file import read_file

from .linting import KNOWN, Document, credit, findings_of, fine_hours, rule, sound, target, tiers

HOOK = {"kind": "webhook", "to": "https://hooks.example.com/sla"}
NEARLY: list[Any] = [
    pytest.param(
        lambda it: target(it, 0, minutes=240),
        "sla.response-longer-than-resolution",
        id="a response as long as the resolution",
    ),
    pytest.param(
        lambda it: target(it, 0, minutes=60, calendar="office"),
        "sla.response-longer-than-resolution",
        id="a response that is longer at night only",
    ),
    pytest.param(
        lambda it: target(it, 0, minutes=240, calendar="24x7"),
        "sla.response-sometimes-longer",
        id="both on one calendar",
    ),
    pytest.param(
        lambda it: target(it, 2, minutes=240),
        "sla.interval-longer-than-resolution",
        id="a reply as long as the resolution",
    ),
    pytest.param(
        lambda it: target(it, 4, minutes=366 * 1440),
        "sla.target-beyond-horizon",
        id="a leap year around the clock, to the minute",
    ),
    pytest.param(
        lambda it: target(it, 0, minutes=6),
        "sla.threshold-before-start",
        id="a warning a minute after the beginning",
    ),
    pytest.param(
        lambda it: (
            target(it, 5, minutes=400_000)
            or it["thresholds"].update(resolution=["percent:75", "percent:90", "percent:100"])
        ),
        "sla.threshold-unreachable",
        id="points up to the target, however far",
    ),
    pytest.param(
        lambda it: fine_hours(it, 41_666),
        "sla.calendar-too-fine",
        id="250,000 opening hours before six times the target",
    ),
    pytest.param(
        lambda it: it["pause"].update(resolution=["waiting_on_customer", "on_hold"]),
        "sla.pause-hides-breach",
        id="a third party's time counts",
    ),
    pytest.param(
        lambda it: rule(it, 1, recipients=[{"role": "nobody we know"}]),
        "sla.rule-without-recipient",
        id="a role that is not described",
    ),
    pytest.param(
        lambda it: rule(it, 2, deliver=[], recipients=[], actions=[HOOK]),
        "sla.rule-without-recipient",
        id="a rule that tells no people",
    ),
    pytest.param(lambda it: rule(it, 2, level=1), "sla.level-gap", id="two rules of level 1"),
    pytest.param(
        lambda it: rule(it, 1, threshold="percent:100"),
        "sla.level-order",
        id="two levels at one point",
    ),
    pytest.param(
        lambda it: rule(it, 1, repeat={"every": 4, "at_most": 10}),
        "sla.repeat-too-often",
        id="every four minutes, ten times",
    ),
    pytest.param(
        lambda it: rule(it, 1, repeat={"every": 5, "at_most": 100}),
        "sla.repeat-too-often",
        id="a hundred times, every five minutes",
    ),
    pytest.param(
        lambda it: credit(it, cap="10.00"), "sla.credit-cap-below-tier", id="a cap of the last tier"
    ),
    pytest.param(
        lambda it: credit(it, tiers=tiers(("95.00", "5.00"), ("94.99", "5.01"))),
        "sla.credit-pays-more-for-better",
        id="a little more for a little worse",
    ),
    pytest.param(
        lambda it: it["credits"].append(
            it["credits"][0] | {"credit_id": "again", "period": "quarter"}
        ),
        "sla.credit-twice",
        id="paid by another period",
    ),
]


@pytest.mark.parametrize(("change", "code"), NEARLY)
def test_what_is_only_nearly_so_is_not_found(
    change: Callable[[Document], object], code: str
) -> None:
    document = sound()
    change(document)
    assert read_file(document, known=KNOWN).faults == ()
    assert code not in {one.code for one in findings_of(document)}


def test_a_minute_more_than_a_year_is_beyond_the_horizon() -> None:
    document = sound()
    target(document, 4, minutes=366 * 1440 + 1)
    assert "sla.target-beyond-horizon" in {one.code for one in findings_of(document)}


def test_an_opening_more_than_may_be_is_too_fine() -> None:
    document = sound()
    fine_hours(document, 250_001)
    document["thresholds"]["resolution"] = ["percent:75", "percent:90", "percent:100"]
    (found,) = (one for one in findings_of(document) if one.code == "sla.calendar-too-fine")
    assert "250001 opening hours" in found.message


@pytest.mark.parametrize(
    ("at", "found"),
    [
        pytest.param(datetime(2026, 7, 4, 23, 59, tzinfo=UTC), False, id="180 days before the end"),
        pytest.param(datetime(2026, 7, 5, tzinfo=UTC), True, id="a day later"),
    ],
)
def test_holidays_are_known_for_half_a_year(at: datetime, found: bool) -> None:
    document = sound()
    document["calendars"]["office"]["holidays"] = [{"date": "2026-12-25", "name": "Christmas Day"}]
    codes = {one.code for one in findings_of(document, at)}
    assert ("sla.calendar-holidays-end" in codes) == found


def test_a_calendar_with_a_horizon_tells_how_far_it_reaches() -> None:
    document = sound()
    document["calendars"]["office"] |= {
        "holidays": [{"date": "2025-12-25", "name": "Christmas Day"}],
    }
    assert findings_of(document, datetime(2025, 3, 1, tzinfo=UTC)) == ()
    yearly = sound()
    yearly["calendars"]["office"]["holidays"] = [
        {"date": "2020-12-25", "name": "Christmas Day", "recurrence": "yearly"}
    ]
    assert findings_of(yearly) == ()
