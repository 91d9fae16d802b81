"""Everything that the linter can find, each in a file that is sound but for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sla_service.domain.file import read_file
from sla_service.domain.linter import CATALOGUE

from .linting import (
    KNOWN,
    Document,
    credit,
    credits_of_answers,
    findings_of,
    fine_hours,
    rule,
    sound,
    target,
    tiers,
)

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


def test_every_check_is_tried() -> None:
    assert {case.values[1] for case in CASES} == {check.code for check in CATALOGUE}
