"""Each fault of an SLA file is named by its path, with a code and a remedy."""

from __future__ import annotations

from typing import Any

import pytest

from sla_service.domain.file import read_file

from .definitions import put


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
