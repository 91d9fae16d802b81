"""The readers of other services take a version that says more than they act on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard_service.domain.agreement import read_agreement as read_by_dashboard
from escalation_service.domain.announcement import Crossing
from escalation_service.domain.publication import publication
from escalation_service.domain.rule import Agreement as Orders
from escalation_service.domain.rule import read_rules
from sla_service.domain.course import COURSES as PROMISED
from sla_service.domain.file import read_agreement
from sla_service.domain.snapshot import SealedCalendar, Snapshot, assemble
from slaclock.business_time import PACKAGED, BusinessCalendar
from slaclock.contracts.canonical import canonical
from ticket_clock_service.domain.agreement import COURSES, Metric, Reopen
from ticket_clock_service.domain.agreement import Agreement as Clocks

AT = datetime(2026, 3, 1, tzinfo=UTC)
EVERY_KEY = Path(__file__).parents[2] / "examples" / "sla-every-key.json"


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    document = json.loads(EVERY_KEY.read_text(encoding="utf-8"))
    calendars = {
        name: SealedCalendar.inline(one, sla_id="platinum", name=name, files=PACKAGED)
        for name, one in document["calendars"].items()
    }
    return assemble(read_agreement(document), calendars, version=1, effective_from=AT)


def crossing(threshold: str, **more: Any) -> Crossing:
    return Crossing("INC-1", "resolution", "first", threshold, 1, "0" * 64, **more)


def test_ticket_clock_runs_the_clocks_that_it_knows(snapshot: Snapshot) -> None:
    found = Clocks.from_snapshot(
        snapshot.hash, json.loads(snapshot.body), BusinessCalendar.from_snapshot
    )
    response = found.target(Metric.FIRST_RESPONSE, "P1")
    resolution = found.target(Metric.RESOLUTION, "P3")
    assert response is not None
    assert resolution is not None
    assert [mark.threshold for mark in response.marks] == ["before_due:5", "percent:100"]
    assert [mark.threshold for mark in resolution.marks][-2:] == ["after_due:600", "percent:150"]
    assert set(map(str, found.rules[Metric.RESOLUTION].pauses)) == {
        "waiting_on_customer",
        "waiting_on_third_party",
    }
    assert found.rules[Metric.NEXT_REPLY].reopen is Reopen.RESTART


def test_both_services_begin_and_fulfil_clocks_by_the_same_defaults() -> None:
    promised = {
        metric: (set(course.starts), set(course.fulfils)) for metric, course in PROMISED.items()
    }
    measured = {
        metric.value: (set(course.begins), set(course.ends)) for metric, course in COURSES.items()
    }
    assert promised == measured


def test_escalation_keeps_the_rules_and_acts_on_addresses_only(snapshot: Snapshot) -> None:
    kept = publication(
        tenant="acme",
        name=snapshot.hash,
        sla_id="platinum",
        version=1,
        effective_from=AT,
        snapshot=json.loads(snapshot.body),
    )
    orders = Orders(read_rules(list(kept.rules)))
    told = [action.to for _, action in orders.ordered_by(crossing("percent:75"))]
    assert told == ["service-desk@example.com"]
    for threshold in ("percent:90", "percent:100"):
        assert list(orders.ordered_by(crossing(threshold, priority="P1"))) == []


def test_the_dashboard_finds_its_calendars(snapshot: Snapshot) -> None:
    found = read_by_dashboard("acme", snapshot.hash, "platinum", 1, json.loads(snapshot.body))
    target = found.target("next_reply", "P2")
    assert target is not None
    assert target.calendar in found.calendars


def test_the_snapshot_is_canonical(snapshot: Snapshot) -> None:
    assert canonical(json.loads(snapshot.body)) == snapshot.body
