from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla_service.domain.agreement import InlineCalendar, PublishedCalendar
from sla_service.domain.file import read_file
from sla_service.domain.finding import Finding
from sla_service.domain.linter import CATALOGUE, as_markdown, lint
from sla_service.domain.snapshot import SealedCalendar
from slaclock.business_time import PACKAGED, seal
from slaclock.contracts.canonical import content_hash

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROOT = Path(__file__).parents[4]
EVERY_KEY = json.loads((ROOT / "examples" / "sla-every-key.json").read_text(encoding="utf-8"))
Document = dict[str, Any]
KNOWN = {PublishedCalendar("uk", 1)}
_OFFICE = seal(EVERY_KEY["calendars"]["office"], calendar_id="uk", version=1)
RETIRED = SealedCalendar(_OFFICE, content_hash(_OFFICE), "uk", 1, retired=True)


def sound() -> Document:
    """A file in which the linter finds nothing."""
    document: Document = copy.deepcopy(EVERY_KEY)
    del document["metrics"]
    document["targets"][3]["priority"] = None
    return document


def findings_of(document: Document, at: datetime = AT) -> tuple[Finding, ...]:
    reading = read_file(document, known=KNOWN)
    sealed = {
        name: SealedCalendar.inline(
            document["calendars"][name], sla_id="platinum", name=name, files=PACKAGED
        )
        if isinstance(calendar, InlineCalendar)
        else RETIRED
        for name, calendar in reading.agreement.calendars.items()
    }
    broken = {fault.field.partition(".")[0].partition("[")[0] for fault in reading.faults}
    return lint(reading.agreement, sealed, at, faulty=broken)


def target(document: Document, index: int, **changes: Any) -> Any:
    document["targets"][index] |= changes


def rule(document: Document, index: int, **changes: Any) -> Any:
    document["escalations"][index] |= changes


def credit(document: Document, **changes: Any) -> None:
    document["credits"][0] |= changes


def credits_of_answers(document: Document) -> None:
    document["targets"] = [one for one in document["targets"] if one["metric"] != "next_reply"]
    credit(document, metric="next_reply")


def fine_hours(document: Document, minutes: int, *more: str) -> None:
    """The calendar of the first target opens for a minute, 672 times a week."""
    document["calendars"]["office"] = {
        "timezone": "Europe/London",
        "windows": [
            {"weekday": day, "start": f"{hour:02}:{minute:02}", "end": f"{hour:02}:{minute + 1:02}"}
            for day in range(7)
            for hour in range(24)
            for minute in (0, 15, 30, 45)
        ],
    }
    document["targets"] = [
        {"metric": "resolution", "priority": None, "calendar": "office", "minutes": minutes}
    ]
    document["thresholds"]["resolution"] += more


def tiers(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"below": below, "percent": percent} for below, percent in pairs]


CASES: list[Any] = [
    pytest.param(
        lambda it: fine_hours(it, 5_256_000),
        "sla.calendar-too-fine",
        "targets[0]",
        id="five million opening hours before the deadline",
    ),
    pytest.param(
        lambda it: fine_hours(it, 60_000, "percent:900"),
        "sla.calendar-too-fine",
        "targets[0]",
        id="the same before a later point",
    ),
    pytest.param(
        lambda it: target(it, 0, minutes=300),
        "sla.response-longer-than-resolution",
        "targets[0].minutes",
        id="response after resolution, on one calendar",
    ),
    pytest.param(
        lambda it: (
            target(it, 1, minutes=2400, calendar="office")
            or target(it, 5, minutes=60, calendar="24x7")
        ),
        "sla.response-longer-than-resolution",
        "targets[1].minutes",
        id="response after resolution, whatever the hour",
    ),
    pytest.param(
        lambda it: target(it, 0, minutes=60, calendar="office"),
        "sla.response-sometimes-longer",
        "targets[0].minutes",
        id="response after resolution at night",
    ),
    pytest.param(
        lambda it: target(it, 2, minutes=500),
        "sla.interval-longer-than-resolution",
        "targets[2].minutes",
        id="a reply due after the resolution",
    ),
    pytest.param(
        lambda it: target(it, 5, minutes=400_000),
        "sla.target-beyond-horizon",
        "targets[5].minutes",
        id="years of office hours",
    ),
    pytest.param(
        lambda it: target(it, 5, priority="P3"),
        "sla.priority-missing",
        "targets",
        id="no fallback",
    ),
    pytest.param(
        lambda it: it["calendars"].update(spare=it["calendars"]["office"]),
        "sla.calendar-unused",
        "calendars.spare",
        id="a calendar that nobody uses",
    ),
    pytest.param(
        lambda it: target(it, 0, minutes=5),
        "sla.threshold-before-start",
        "thresholds.first_response[0]",
        id="a warning before the beginning",
    ),
    pytest.param(
        lambda it: it["thresholds"]["resolution"].append("percent:9999"),
        "sla.threshold-unreachable",
        "thresholds.resolution[5]",
        id="a hundred times the target",
    ),
    pytest.param(
        lambda it: it["thresholds"]["resolution"].append("before_due:60"),
        "sla.threshold-same-point",
        "thresholds.resolution[5]",
        id="a quarter of 240 minutes is 60",
    ),
    pytest.param(
        lambda it: (
            it.update(targets=[one for one in it["targets"] if one["metric"] != "next_reply"])
            or it["thresholds"].update(next_reply=["percent:100"])
        ),
        "sla.metric-without-target",
        "thresholds.next_reply",
        id="thresholds of nothing",
    ),
    pytest.param(
        lambda it: it["pause"]["resolution"].append("on_hold"),
        "sla.pause-hides-breach",
        "pause.resolution",
        id="paused by all waiting",
    ),
    pytest.param(
        lambda it: it.update(metrics={"next_reply": {"starts": ["agent_reply"]}}),
        "sla.clock-ends-as-it-starts",
        "metrics.next_reply",
        id="begun and fulfilled by one message",
    ),
    pytest.param(
        lambda it: it.update(metrics={"resolution": {"fulfils": ["agent_reply"]}}),
        "sla.clock-outlives-ticket",
        "metrics.resolution.fulfils",
        id="a resolution that resolving does not end",
    ),
    pytest.param(
        lambda it: it["reopen"].update(next_reply="resume"),
        "sla.reopen-cannot-resume",
        "reopen.next_reply",
        id="a reply that is resumed",
    ),
    pytest.param(
        lambda it: it["reopen"].update(first_response="resume"),
        "sla.reopen-response",
        "reopen.first_response",
        id="a second first response",
    ),
    pytest.param(
        lambda it: rule(it, 2, recipients=[], actions=[{"kind": "notify"}]),
        "sla.rule-without-recipient",
        "escalations[2]",
        id="a level that tells nobody",
    ),
    pytest.param(
        lambda it: rule(it, 1, recipients=[{"role": "duty"}]) or it["roles"].update(duty={}),
        "sla.rule-without-recipient",
        "escalations[1]",
        id="a role that nobody has",
    ),
    pytest.param(
        lambda it: rule(it, 2, recipients=[{"role": "manger"}]),
        "sla.role-unknown",
        "escalations[2].recipients[0].role",
        id="a role misspelt",
    ),
    pytest.param(
        lambda it: rule(it, 2, level=3),
        "sla.level-gap",
        "escalations[2].level",
        id="levels 1 and 3",
    ),
    pytest.param(
        lambda it: rule(it, 1, threshold="percent:150"),
        "sla.level-order",
        "escalations[2].threshold",
        id="level 2 before level 1",
    ),
    pytest.param(
        lambda it: it["escalations"].append(it["escalations"][0] | {"rule_id": "again"}),
        "sla.rule-repeated",
        "escalations[3]",
        id="the same under another id",
    ),
    pytest.param(
        lambda it: rule(it, 1, repeat={"every": 1, "at_most": 100}),
        "sla.repeat-too-often",
        "escalations[1].repeat",
        id="every minute",
    ),
    pytest.param(
        lambda it: credit(it, tiers=tiers(("95.00", "5.00"), ("95", "10.00"))),
        "sla.credit-tiers-overlap",
        "credits[0].tiers",
        id="two tiers of one value",
    ),
    pytest.param(
        lambda it: credit(it, tiers=tiers(("95.00", "10.00"), ("90.00", "5.00"))),
        "sla.credit-pays-more-for-better",
        "credits[0].tiers",
        id="worse service is cheaper",
    ),
    pytest.param(
        lambda it: credit(it, tiers=tiers(("95.00", "5.00"), ("90.00", "5.00"))),
        "sla.credit-pays-more-for-better",
        "credits[0].tiers",
        id="worse service costs the same",
    ),
    pytest.param(
        lambda it: credit(it, cap="7.50"),
        "sla.credit-cap-below-tier",
        "credits[0].cap",
        id="a cap below a tier",
    ),
    pytest.param(
        credits_of_answers,
        "sla.credit-without-target",
        "credits[0].metric",
        id="paid for what is not promised",
    ),
    pytest.param(
        lambda it: it["credits"].append(it["credits"][0] | {"credit_id": "again"}),
        "sla.credit-twice",
        "credits[1]",
        id="paid twice",
    ),
    pytest.param(
        lambda it: (
            it["roles"]["manager"]["kpis"].append({"metric": "next_reply"})
            or it.update(targets=[one for one in it["targets"] if one["metric"] != "next_reply"])
        ),
        "sla.kpi-without-metric",
        "roles.manager.kpis[1].metric",
        id="a KPI of what is not promised",
    ),
    pytest.param(
        lambda it: it["roles"]["manager"].pop("recipients"),
        "sla.role-without-recipients",
        "roles.manager.recipients",
        id="nobody is manager",
    ),
    pytest.param(
        lambda it: it["calendars"]["office"].update(
            holidays=[{"date": "2025-12-25", "name": "Christmas Day"}]
        ),
        "sla.calendar-holidays-end",
        "calendars.office",
        id="holidays of last year",
    ),
    pytest.param(
        lambda it: it["calendars"].update(office={"calendar_id": "uk", "version": 1}),
        "sla.calendar-retired",
        "calendars.office",
        id="a version of a calendar that went out of use",
    ),
]


def test_a_sound_file_has_no_finding() -> None:
    assert findings_of(sound()) == ()


@pytest.mark.parametrize(("spoil", "code", "path"), CASES)
def test_a_finding_names_its_place(
    spoil: Callable[[Document], object], code: str, path: str
) -> None:
    # given a sound file with one thing in it that is hardly meant
    document = sound()
    spoil(document)

    # when
    assert read_file(document, known=KNOWN).faults == ()
    found = [one for one in findings_of(document) if one.code == code]

    # then
    assert [one.path for one in found] == [path]
    assert all(one.message and one.remedy for one in found)


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


def test_every_check_is_tried() -> None:
    assert {case.values[1] for case in CASES} == {check.code for check in CATALOGUE}


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


def test_all_findings_come_at_once_and_parts_with_faults_are_not_judged() -> None:
    document = sound()
    credit(document, cap="7.50")
    target(document, 0, minutes=300)
    document["reopen"]["next_reply"] = "resume"
    assert {one.code for one in findings_of(document)} == {
        "sla.response-longer-than-resolution",
        "sla.credit-cap-below-tier",
        "sla.reopen-cannot-resume",
    }
    document["targets"][2]["minutes"] = "soon"
    assert {one.code for one in findings_of(document)} == {"sla.credit-cap-below-tier"}


def test_codes_are_unique_and_the_page_is_made_from_the_catalogue() -> None:
    """Remedy: write what `sla_service.domain.linter.as_markdown` answers."""
    codes = [check.code for check in CATALOGUE]
    assert len(codes) == len(set(codes))
    page = (ROOT / "docs" / "sla-linter.md").read_text(encoding="utf-8")
    assert page == as_markdown()


SECTIONS = [key for key in EVERY_KEY if key not in {"schema", "calendars"}]
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, 0, 1, 7, 10**6, "P1", "office", "24x7", "percent:90", "resume", "5.00", [], {}, True]
)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_the_linter_judges_whatever_can_be_read(data: st.DataObject) -> None:
    """Values of a file change places: no finding is lost to an exception."""
    document = sound()
    for _ in range(data.draw(st.integers(1, 4))):
        holder: Any = document
        key: Any = data.draw(st.sampled_from(SECTIONS))
        while isinstance(holder.get(key) if isinstance(holder, dict) else holder[key], dict | list):
            inner = holder[key]
            keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
            if not keys or data.draw(st.booleans(), label="stop here"):
                break
            holder, key = inner, data.draw(st.sampled_from(keys))
        holder[key] = data.draw(VALUES)
        if key not in document and holder is document:
            break
    for finding in findings_of(document):
        assert finding.severity in {"error", "warning"}
        assert finding.path
