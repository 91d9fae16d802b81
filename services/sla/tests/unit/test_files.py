from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from sla_service.domain.agreement import PublishedCalendar
from sla_service.domain.file import InvalidAgreement, named_calendars, read_agreement

from .definitions import put

Fault = tuple[str, str]


def faults_of(document: Any, **more: Any) -> list[Fault]:
    found: Sequence[Any] = ()
    try:
        read_agreement(document, **more)
    except InvalidAgreement as invalid:
        found = invalid.faults
    assert all(fault.message and fault.remedy for fault in found)
    return sorted((fault.field, fault.code) for fault in found)


def test_the_least_form_is_read_with_every_default(gold: dict[str, Any]) -> None:
    for key in ("name", "pause", "reopen", "thresholds", "escalations"):
        del gold[key]
    document = read_agreement(gold).document()
    assert document == {
        "schema": "slaclock.sla/1",
        "sla_id": "gold",
        "name": "gold",
        "targets": gold["targets"],
        "pause": {
            "first_response": ["waiting_on_customer"],
            "resolution": ["waiting_on_customer"],
        },
        "reopen": {"first_response": "keep", "resolution": "resume"},
        "thresholds": ["percent:50", "percent:75", "percent:90", "percent:100"],
        "escalations": [],
    }


def test_what_the_file_says_wins_over_defaults(gold: dict[str, Any]) -> None:
    gold["pause"] = {"resolution": []}
    gold["reopen"] = {"first_response": "restart"}
    document = read_agreement(gold).document()
    assert document["pause"] == {"first_response": ["waiting_on_customer"], "resolution": []}
    assert document["reopen"] == {"first_response": "restart", "resolution": "resume"}
    assert document["escalations"][0]["priority"] is None


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        pytest.param("schema", "slaclock.sla/2", ("schema", "sla.value-unknown"), id="schema"),
        pytest.param("schema", ..., ("schema", "sla.field-missing"), id="no schema"),
        pytest.param("sla_id", "", ("sla_id", "sla.text-length"), id="empty id"),
        pytest.param("sla_id", "a/b", ("sla_id", "sla.id-unusable"), id="id with a slash"),
        pytest.param("sla_id", 7, ("sla_id", "sla.field-type"), id="id is a number"),
        pytest.param("name", "x\ny", ("name", "sla.text-unclean"), id="name of two lines"),
        pytest.param("target", [], ("target", "sla.field-unknown"), id="misspelt key"),
        pytest.param("targets", [], ("targets", "sla.list-empty"), id="no target"),
        pytest.param("targets", {}, ("targets", "sla.field-type"), id="targets is no list"),
        pytest.param(
            "targets.0.metric",
            "speed",
            ("targets[0].metric", "sla.value-unknown"),
            id="an unknown metric",
        ),
        pytest.param(
            "targets.0.minutes", 0, ("targets[0].minutes", "sla.number-bounds"), id="no time"
        ),
        pytest.param(
            "targets.0.minutes", 2.5, ("targets[0].minutes", "sla.field-type"), id="a fraction"
        ),
        pytest.param(
            "targets.0.minutes", True, ("targets[0].minutes", "sla.field-type"), id="true"
        ),
        pytest.param(
            "targets.0.minutes",
            ...,
            ("targets[0].minutes", "sla.field-missing"),
            id="no minutes",
        ),
        pytest.param(
            "targets.1.calendar",
            "ofice",
            ("targets[1].calendar", "sla.value-unknown"),
            id="a calendar that is not there",
        ),
        pytest.param(
            "targets.0.priority", None, ("targets[1]", "sla.target-duplicate"), id="two fallbacks"
        ),
        pytest.param(
            "targets.0.prio", "P1", ("targets[0].prio", "sla.field-unknown"), id="misspelt inside"
        ),
        pytest.param(
            "calendars.24x7",
            {"timezone": "UTC", "windows": []},
            ("calendars.24x7", "sla.calendar-reserved"),
            id="a reserved name",
        ),
        pytest.param(
            "calendars.office.timezone",
            "Mars/Olympus",
            ("calendars.office.timezone", "calendar.timezone"),
            id="an unknown zone",
        ),
        pytest.param(
            "calendars.office.window",
            [],
            ("calendars.office.window", "calendar.unknown-key"),
            id="a misspelt key of a calendar",
        ),
        pytest.param(
            "calendars.other",
            {"calendar_id": "uk"},
            ("calendars.other.version", "sla.field-missing"),
            id="a reference without version",
        ),
        pytest.param(
            "calendars.other",
            {"calendar_id": "uk", "version": 2},
            ("calendars.other", "sla.calendar-unknown"),
            id="a version that has not arrived",
        ),
        pytest.param(
            "pause.resolution",
            ["resolved"],
            ("pause.resolution[0]", "sla.value-unknown"),
            id="paused by the end",
        ),
        pytest.param(
            "pause.first_respons", [], ("pause.first_respons", "sla.field-unknown"), id="pause key"
        ),
        pytest.param(
            "reopen.resolution", "again", ("reopen.resolution", "sla.value-unknown"), id="reopen"
        ),
        pytest.param("thresholds.0", "50%", ("thresholds[0]", "sla.threshold-malformed"), id="50%"),
        pytest.param(
            "thresholds.0", "percent:0", ("thresholds[0]", "sla.threshold-malformed"), id="0 %"
        ),
        pytest.param(
            "thresholds.0",
            "percent:75",
            ("thresholds[1]", "sla.threshold-duplicate"),
            id="75 % twice",
        ),
        pytest.param(
            "escalations.0.threshold",
            "percent:80",
            ("escalations[0].threshold", "sla.rule-threshold-unlisted"),
            id="a threshold that is not announced",
        ),
        pytest.param(
            "escalations.0.metric",
            "first_response",
            ("escalations[0]", "sla.rule-unmatched"),
            id="a metric without target",
        ),
        pytest.param(
            "escalations.0.deliver",
            [],
            ("escalations[0].deliver", "sla.list-empty"),
            id="nobody is told",
        ),
        pytest.param(
            "escalations.0.deliver.0.channel",
            "pager",
            ("escalations[0].deliver[0].channel", "sla.value-unknown"),
            id="an unknown channel",
        ),
        pytest.param(
            "escalations.0.deliver.0.to",
            "http://sink.example/x",
            ("escalations[0].deliver[0].to", "sla.webhook-address"),
            id="a webhook without TLS",
        ),
        pytest.param(
            "escalations.0.deliver.0",
            {"channel": "email", "to": "duty"},
            ("escalations[0].deliver[0].to", "sla.email-address"),
            id="not an e-mail address",
        ),
    ],
)
def test_one_fault_is_named_by_its_path(
    gold: dict[str, Any], path: str, value: Any, expected: Fault
) -> None:
    assert faults_of(put(gold, path, value)) == [expected]


def test_all_faults_come_at_once(gold: dict[str, Any]) -> None:
    gold["target"] = gold.pop("targets")
    gold["calendars"]["office"]["windows"][0]["start"] = "9"
    gold["thresholds"] = ["half"]
    gold["escalations"][0]["deliver"][0]["to"] = "https://127.0.0.1/"
    assert faults_of(gold) == [
        ("calendars.office.windows[0].start", "calendar.time"),
        ("escalations[0].deliver[0].to", "sla.webhook-address"),
        ("escalations[0].threshold", "sla.rule-threshold-unlisted"),
        ("target", "sla.field-unknown"),
        ("targets", "sla.field-missing"),
        ("thresholds[0]", "sla.threshold-malformed"),
    ]


@pytest.mark.parametrize("document", [None, [], "gold", 7], ids=str)
def test_a_file_is_an_object(document: Any) -> None:
    assert faults_of(document) == [("", "sla.field-type")]


def test_two_rules_have_two_ids(gold: dict[str, Any]) -> None:
    gold["escalations"] *= 2
    assert faults_of(gold) == [("escalations[1].rule_id", "sla.rule-duplicate")]


def test_a_rule_may_wait_for_the_breach_though_it_is_not_listed(gold: dict[str, Any]) -> None:
    gold["thresholds"] = []
    gold["escalations"][0]["threshold"] = "percent:100"
    assert faults_of(gold) == []


def test_the_address_names_the_sla(gold: dict[str, Any]) -> None:
    assert faults_of(gold, expected_id="silver") == [("sla_id", "sla.id-mismatch")]


def test_published_calendars_are_named_before_they_are_read(gold: dict[str, Any]) -> None:
    uk = PublishedCalendar("uk", 3)
    gold["calendars"] = {
        "office": {"calendar_id": "uk", "version": 3},
        "bad": {"calendar_id": 3, "version": "x"},
        "inline": {"calendar_id": "mine", "timezone": "UTC", "windows": []},
    }
    assert named_calendars(gold) == {uk}
    assert named_calendars({"calendars": 3}) == frozenset()
    del gold["calendars"]["bad"], gold["calendars"]["inline"]
    assert read_agreement(gold, known=[uk]).calendars == {"office": uk}
