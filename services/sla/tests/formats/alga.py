"""The least export of Alga PSA, and what came of one."""

from __future__ import annotations

from typing import Any

from sla_service.formats.found import Policies

POLICY = {"sla_policy_id": "p", "policy_name": "P"}
TARGET = {"target_id": "t", "sla_policy_id": "p", "priority_id": "High"} | {
    "response_time_minutes": 60,
    "is_24x7": True,
}


def export(**changed: Any) -> dict[str, Any]:
    """The least export, with tables of one's own."""
    return {"sla_policies": [POLICY], "sla_policy_targets": [TARGET], **changed}


def files(found: Policies) -> dict[str, Any]:
    return {one.sla_id: one.document for one in found.slas}


def codes(found: Policies, *, taken: bool) -> list[str]:
    return [one.fault.code for one in found.findings if one.taken is taken]
