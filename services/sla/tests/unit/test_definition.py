from __future__ import annotations

import copy
import json
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_service.domain.file import InvalidAgreement, read_agreement, read_file
from sla_service.domain.snapshot import SealedCalendar, assemble, content_of
from sla_service.domain.unheeded import CODE, unheeded
from slaclock.business_time import PACKAGED

EVERY_KEY = Path(__file__).parents[4] / "examples" / "sla-every-key.json"
AT = datetime(2026, 3, 1, tzinfo=UTC)


class Release:
    """The zones under a name that no upgrade changes."""

    version = "2026.6"
    names = staticmethod(PACKAGED.names)
    read = staticmethod(PACKAGED.read)


def put(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of *document* with *value* at *path*; ... removes it."""
    copied = copy.deepcopy(document)
    holder: Any = copied
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parents:
        holder = holder[part]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return copied


FILE: dict[str, Any] = {
    "schema": "slaclock.sla/1",
    "sla_id": "gold",
    "name": "Gold",
    "calendars": {
        "office": {
            "timezone": "UTC",
            "windows": [{"weekday": 0, "start": "09:00", "end": "17:30"}],
        }
    },
    "targets": [
        {"metric": "resolution", "priority": "P1", "minutes": 240, "calendar": "24x7"},
        {"metric": "resolution", "priority": None, "minutes": 2400, "calendar": "office"},
        {"metric": "first_response", "priority": None, "minutes": 60, "calendar": "office"},
    ],
    "pause": {"resolution": ["waiting_on_customer", "on_hold"]},
    "reopen": {"resolution": "restart"},
    "thresholds": ["percent:50", "before_due:60", "percent:90", "percent:100"],
    "escalations": [
        {
            "rule_id": "r1",
            "threshold": "percent:90",
            "metric": "resolution",
            "priority": "P1",
            "deliver": [
                {"channel": "webhook", "to": "https://sink.example/x"},
                {"channel": "log", "to": "ops"},
            ],
        }
    ],
}
LEAST = {key: FILE[key] for key in ("schema", "sla_id", "targets", "calendars")}


@pytest.mark.parametrize(
    ("document", "name", "content"),
    [
        pytest.param(
            FILE,
            "10262f62950bd6ca044e3b09d5641852c32acb75d33f3d10ab8bb1cee717dc65",
            "32168add9491f7c7e9226404d630e93cd48c49f7e4c05acf998addaf642377dd",
            id="every key of the least form",
        ),
        pytest.param(
            LEAST,
            "56e92fe199ab0cffb78dd9a04bd0d546ab30a48fd3f4adcb528cb18eabf6bfbb",
            "60973dd4a4fee187dbd4597f38f9fe43a9095f918e8f77ebb4d0a6cc109031a1",
            id="what cannot be left out",
        ),
    ],
)
def test_files_without_later_keys_keep_their_hash(
    document: dict[str, Any], name: str, content: str
) -> None:
    """As recorded before the later keys came: contracts name snapshots by these."""
    agreement = read_agreement(document)
    sealed = {
        key: SealedCalendar.inline(one, sla_id="gold", name=key, files=Release())
        for key, one in document["calendars"].items()
    }
    assert assemble(agreement, sealed, version=1, effective_from=AT).hash == name
    assert content_of(agreement, sealed) == content


def test_a_file_with_every_key_is_read_with_its_defaults(platinum: dict[str, Any]) -> None:
    document = read_agreement(platinum).document()
    assert document["thresholds"] == {
        "first_response": ["before_due:5", "percent:100"],
        "next_reply": ["percent:50", "percent:75", "percent:90", "percent:100"],
        "periodic_update": ["percent:50", "percent:75", "percent:90", "percent:100"],
        "resolution": platinum["thresholds"]["resolution"],
    }
    assert document["metrics"]["next_reply"] == {
        "starts": ["customer_reply"],
        "fulfils": ["agent_reply", "resolved"],
    }
    assert document["metrics"]["first_response"] == platinum["metrics"]["first_response"]
    assert document["reopen"]["periodic_update"] == "restart"
    assert document["pause"]["next_reply"] == ["waiting_on_customer"]
    warn, lead, manager = document["escalations"]
    assert warn.keys() == {"rule_id", "threshold", "metric", "priority", "deliver"}
    asked = platinum["escalations"][1]
    assert {key: lead[key] for key in asked} == asked
    assert (manager["deliver"], manager["level"]) == ([], 2)
    assert (document["agreement_type"], document["group"]) == ("ola", "service-desk")
    assert document["credits"] == platinum["credits"]


def test_publication_generates_kpis_for_each_role(platinum: dict[str, Any]) -> None:
    found = read_agreement(platinum).document()["kpi_templates"]
    assert [one["kpi_id"] for one in found] == [
        "duty.first_response.month",
        "duty.next_reply.month",
        "duty.periodic_update.month",
        "duty.resolution.month",
        "manager.resolution.P1.quarter",
    ]
    assert found[-1] == {
        "kpi_id": "manager.resolution.P1.quarter",
        "role": "manager",
        "measure": "compliance",
        "metric": "resolution",
        "target": "97.50",
        "period": "quarter",
        "priority": "P1",
    }


def test_amounts_are_decimals_of_two_places_whatever_their_order(platinum: dict[str, Any]) -> None:
    first = read_agreement(platinum).document()
    platinum["credits"][0]["tiers"] = [
        {"below": "90", "percent": "10.0"},
        {"below": "95", "percent": "5"},
    ]
    assert read_agreement(platinum).document() == first


def test_what_every_agreement_does_need_not_be_said(gold: dict[str, Any]) -> None:
    silent = read_agreement(gold).document()
    gold["metrics"] = {"resolution": {"starts": ["opened"], "fulfils": ["resolved"]}}
    assert read_agreement(gold).document() == silent


@pytest.mark.parametrize(
    ("path", "value", "field", "code"),
    [
        pytest.param("metrics.speed", {}, "metrics.speed", "sla.field-unknown", id="metric"),
        pytest.param(
            "metrics.first_response.starts",
            ["opened", "opened"],
            "metrics.first_response.starts[1]",
            "sla.value-duplicate",
            id="a moment twice",
        ),
        pytest.param(
            "metrics.first_response.fulfils",
            ["email"],
            "metrics.first_response.fulfils[0]",
            "sla.value-unknown",
            id="an unknown moment",
        ),
        pytest.param(
            "metrics.first_response.fulfils",
            [],
            "metrics.first_response.fulfils",
            "sla.list-empty",
            id="never fulfilled",
        ),
        pytest.param(
            "thresholds.resolution.3",
            "percent:0",
            "thresholds.resolution[3]",
            "sla.threshold-malformed",
            id="a threshold of one metric",
        ),
        pytest.param(
            "escalations.1.level", 0, "escalations[1].level", "sla.number-bounds", id="level 0"
        ),
        pytest.param(
            "escalations.1.conditions.customers",
            ["acme"],
            "escalations[1].conditions.customers",
            "sla.field-unknown",
            id="a misspelt condition",
        ),
        pytest.param(
            "escalations.1.conditions.group",
            "l1",
            "escalations[1].conditions.group",
            "sla.field-type",
            id="a condition is a list",
        ),
        pytest.param(
            "escalations.1.conditions.attributes.site",
            [],
            "escalations[1].conditions.attributes.site",
            "sla.list-empty",
            id="no value fulfils it",
        ),
        pytest.param(
            "escalations.1.recipients.0",
            {"role": "duty", "person": "u1"},
            "escalations[1].recipients[0]",
            "sla.recipient-unclear",
            id="two in one",
        ),
        pytest.param(
            "escalations.1.recipients.1",
            {"role": "duty"},
            "escalations[1].recipients[1]",
            "sla.value-duplicate",
            id="told twice",
        ),
        pytest.param(
            "escalations.2.recipients.1.to",
            "head",
            "escalations[2].recipients[1].to",
            "sla.email-address",
            id="not an e-mail address",
        ),
        pytest.param(
            "escalations.1.actions.1",
            {"kind": "reassign"},
            "escalations[1].actions[1]",
            "sla.action-unclear",
            id="reassign to nobody",
        ),
        pytest.param(
            "escalations.1.actions.0",
            {"kind": "shout"},
            "escalations[1].actions[0].kind",
            "sla.value-unknown",
            id="an unknown action",
        ),
        pytest.param(
            "escalations.2.actions.2.to",
            "http://hooks.example.com/",
            "escalations[2].actions[2].to",
            "sla.webhook-address",
            id="a webhook without TLS",
        ),
        pytest.param(
            "escalations.1.repeat.at_most",
            ...,
            "escalations[1].repeat.at_most",
            "sla.field-missing",
            id="repeated for ever",
        ),
        pytest.param(
            "escalations.1.repeat.every",
            0,
            "escalations[1].repeat.every",
            "sla.number-bounds",
            id="repeated without pause",
        ),
        pytest.param(
            "escalations.1.quiet_hours.timezone",
            "Mars/Olympus",
            "escalations[1].quiet_hours.timezone",
            "sla.timezone-unknown",
            id="an unknown zone",
        ),
        pytest.param(
            "escalations.1.quiet_hours.timezone",
            [],
            "escalations[1].quiet_hours.timezone",
            "sla.timezone-unknown",
            id="a zone is a text",
        ),
        pytest.param(
            "escalations.1.quiet_hours.to",
            "24:00",
            "escalations[1].quiet_hours.to",
            "sla.time-malformed",
            id="not a time of day",
        ),
        pytest.param(
            "escalations.1.quiet_hours.to",
            "22:00",
            "escalations[1].quiet_hours",
            "sla.quiet-hours-empty",
            id="quiet hours of no length",
        ),
        pytest.param(
            "escalations.1.delivery_calendar",
            "office",
            "escalations[1].delivery_calendar",
            "sla.rule-quiet-twice",
            id="both kinds of quiet",
        ),
        pytest.param(
            "escalations.2.delivery_calendar",
            "ofice",
            "escalations[2].delivery_calendar",
            "sla.value-unknown",
            id="an unknown calendar",
        ),
        pytest.param(
            "escalations.1.conditions.priority",
            [],
            "escalations[1].conditions.priority",
            "sla.list-empty",
            id="no priority",
        ),
        pytest.param(
            "credits.0.tiers.0.percent",
            5.0,
            "credits[0].tiers[0].percent",
            "sla.decimal-malformed",
            id="a float",
        ),
        pytest.param(
            "credits.0.tiers.0.percent",
            "5.001",
            "credits[0].tiers[0].percent",
            "sla.decimal-malformed",
            id="three places",
        ),
        pytest.param(
            "credits.0.tiers.0.below",
            "100.01",
            "credits[0].tiers[0].below",
            "sla.number-bounds",
            id="more than all",
        ),
        pytest.param(
            "credits.0.period", "week", "credits[0].period", "sla.value-unknown", id="a week"
        ),
        pytest.param(
            "credits.0.tiers", [], "credits[0].tiers", "sla.list-empty", id="without tiers"
        ),
        pytest.param(
            "credits.0.exclusions.0",
            {},
            "credits[0].exclusions[0]",
            "sla.credit-excludes-all",
            id="all is excluded",
        ),
        pytest.param("roles.Duty", {}, "roles.Duty", "sla.role-name", id="a role's name"),
        pytest.param(
            "roles.manager.kpis.0.metric",
            ...,
            "roles.manager.kpis[0].metric",
            "sla.field-missing",
            id="a KPI of nothing",
        ),
        pytest.param(
            "roles.manager.kpis.0.target",
            97.5,
            "roles.manager.kpis[0].target",
            "sla.decimal-malformed",
            id="a float as goal",
        ),
        pytest.param("group", ..., "group", "sla.field-missing", id="an OLA of nobody"),
        pytest.param("vendor", "isp", "vendor", "sla.holder-unexpected", id="vendor of an OLA"),
        pytest.param(
            "agreement_type", "xla", "agreement_type", "sla.value-unknown", id="agreement type"
        ),
    ],
)
def test_one_fault_is_named_by_its_path(
    platinum: dict[str, Any], path: str, value: Any, field: str, code: str
) -> None:
    faults = read_file(put(platinum, path, value)).faults
    assert [(fault.field, fault.code) for fault in faults] == [(field, code)]
    assert all(fault.message and fault.remedy for fault in faults)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("escalations.1.conditions.priority", ["P9"], id="in conditions, with others"),
        pytest.param("escalations.0.priority", "P7", id="in the rule"),
    ],
)
def test_a_fallback_target_may_set_off_rules_of_any_priority(
    platinum: dict[str, Any], path: str, value: Any
) -> None:
    assert read_file(put(platinum, path, value)).faults == ()


def test_conditions_that_contradict_the_rule_never_match(platinum: dict[str, Any]) -> None:
    platinum["escalations"][1]["priority"] = "P3"
    faults = read_file(platinum).faults
    assert [(one.field, one.code) for one in faults] == [("escalations[1]", "sla.rule-unmatched")]


def test_what_is_carried_but_not_acted_on_is_named(platinum: dict[str, Any]) -> None:
    found = list(unheeded(read_agreement(platinum)))
    assert {(one.severity, one.code) for one in found} == {("warning", CODE)}
    assert [one.path for one in found] == [
        "escalations[1].conditions.customer",
        "escalations[1].conditions.group",
        "escalations[1].conditions.attributes",
        "escalations[1].recipients",
        "escalations[1].actions",
        "escalations[1].level",
        "escalations[1].repeat",
        "escalations[1].quiet_hours",
        "escalations[2].recipients",
        "escalations[2].actions",
        "escalations[2].level",
        "escalations[2].delivery_calendar",
        "credits[0]",
    ]


def test_nothing_of_the_least_form_is_left_without_effect(gold: dict[str, Any]) -> None:
    assert list(unheeded(read_agreement(gold))) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
KEYS = [*json.loads(json.dumps(FILE)), "metrics", "credits", "roles", "agreement_type", "group"]


def paths(value: Any, at: str = "") -> list[str]:
    """Every path inside a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, one in inner:
        path = f"{at}.{key}" if at else str(key)
        found.append(path)
        if isinstance(one, dict | list):
            found += paths(one, path)
    return found


@given(document=JSON | st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_document_is_an_agreement_or_has_faults(document: Any) -> None:
    faults = read_file(document).faults
    with pytest.raises(InvalidAgreement) if faults else nullcontext() as caught:
        read_agreement(document)
    assert caught is None or caught.value.faults == faults


@given(data=st.data())
def test_a_file_with_anything_in_any_place_is_read(data: st.DataObject) -> None:
    document = json.loads(EVERY_KEY.read_text(encoding="utf-8"))
    path = data.draw(st.sampled_from(paths(document)))
    changed = put(document, path, data.draw(JSON))
    reading = read_file(changed)
    if not reading.faults:
        again = reading.agreement.document()
        assert json.loads(json.dumps(again)) == again
    for fault in reading.faults:
        assert fault.code
        assert fault.remedy
