"""What an SLA file says, and what it leaves to defaults."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sla_service.domain.file import read_agreement
from sla_service.domain.snapshot import SealedCalendar, assemble, content_of
from sla_service.domain.unheeded import CODE, unheeded
from slaclock.business_time import PACKAGED

from .definitions import FILE

AT = datetime(2026, 3, 1, tzinfo=UTC)


class Release:
    """The zones under a name that no upgrade changes."""

    version = "2026.6"
    names = staticmethod(PACKAGED.names)
    read = staticmethod(PACKAGED.read)


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
