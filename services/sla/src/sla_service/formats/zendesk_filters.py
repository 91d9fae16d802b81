"""Filters of Zendesk's policies as terms that would find the same tickets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sla_service.formats.found import Proposal
from slaclock.contracts.faults import shown
from slaclock.foreign.findings import Findings
from slaclock.foreign.tables import Row

__all__ = ["proposals_of"]

_IS: Final = ("is", "includes")
_MOST: Final = 200
_GROUP: Final = "group_id"
_ORGANISATION: Final = "organization_id"


def proposals_of(row: Row, sla_id: str, findings: Findings) -> Iterator[Proposal]:
    """What of a policy's filter can be said as assignments, contracts or the default.

    A filter without conditions is the default. Conditions on the group become assignments, those
    on the organisation contracts; as soon as anything else is asked for, nothing is proposed: an
    assignment that finds other tickets than the filter would be worse than none.

    Args:
        row: the policy.
        sla_id: of the SLA that was made of it.
        findings: get the conditions that cannot be said.
    """
    found = row.values.get("filter") or {}
    every, some = (_conditions(found, key) for key in ("all", "any"))
    if every is None or some is None:
        _tell(row, findings, "filter", found, "is not lists of conditions in all and any")
        return
    if not every and not some:
        yield Proposal("default", {"sla_id": sla_id})
        return
    listed = [*(("all", one) for one in every), *(("any", one) for one in some)]
    unsaid = [(key, one) for key, one in listed if not _can_be_said(one)]
    for key, one in unsaid:
        _tell(
            row,
            findings,
            f"filter.{key}",
            " ".join(str(shown(str(one.get(name)))) for name in ("field", "operator", "value")),
            "cannot be asked of a ticket here",
        )
    if unsaid:
        return
    if len(every) + bool(some) > 1:  # both together narrow, and an entry asks for one thing
        _tell(row, findings, "filter", len(listed), "asks for several things at once")
        return
    for one in (*every, *some):
        yield _proposal(str(one["field"]), one["value"], sla_id)
    if any(one["field"] == _ORGANISATION for one in (*every, *some)):
        findings.noted(
            row.place,
            "filter",
            _ORGANISATION,
            "binds an organisation: here a contract does, from a quote on",
            "publish sla.quote.accepted for each proposed contract",
            "import.client-policy",
        )


def _proposal(name: str, value: object, sla_id: str) -> Proposal:
    if name == _GROUP:
        return Proposal("assignment", {"match": {"group": str(value)}, "sla_id": sla_id})
    return Proposal("contract", {"customer_id": str(value), "sla_id": sla_id})


def _conditions(found: object, key: str) -> list[Mapping[str, Any]] | None:
    listed = found.get(key) if isinstance(found, dict) else None
    if listed is None and isinstance(found, dict):
        return []
    if not isinstance(listed, list) or len(listed) > _MOST:
        return None
    return listed if all(isinstance(one, dict) for one in listed) else None


def _can_be_said(condition: Mapping[str, Any]) -> bool:
    value = condition.get("value")
    return (
        condition.get("field") in (_GROUP, _ORGANISATION)
        and condition.get("operator") in _IS
        and isinstance(value, str | int)
        and not isinstance(value, bool)
        and 0 < len(str(value)) <= 200
    )


def _tell(row: Row, findings: Findings, name: str, value: object, message: str) -> None:
    findings.left(
        row.place,
        name,
        shown(value),
        f"{message}, so nothing is proposed for this policy",
        "assign the SLA by group, category or service, or by a contract",
        "import.filter",
    )
