"""What a file may say and a version carries, but this release of the platform does not act on.

When a service learns to act on one of these, its lines here go, with the sentence in
`docs/sla-file.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sla_service.domain.agreement import Agreement
from sla_service.domain.finding import Finding
from sla_service.domain.rule import Rule

__all__ = ["CODE", "unheeded"]

CODE: Final = "sla.not-yet-acted-on"
_REMEDY: Final = "publish it if that is what you want for now, or remove it"


def unheeded(agreement: Agreement) -> Iterator[Finding]:
    """A warning for everything of *agreement* that is carried and has no effect yet."""
    for index, rule in enumerate(agreement.escalations):
        yield from _of_rule(rule, f"escalations[{index}]")
    for index, credit in enumerate(agreement.credits):
        yield _of(f"credits[{index}]", credit.credit_id, "no credit is assessed")
    if agreement.agreement_type == "underpinning":
        yield _of(
            "agreement_type",
            agreement.agreement_type,
            "it can be bound to nothing, and no clock runs by it",
        )


def _of_rule(rule: Rule, path: str) -> Iterator[Finding]:
    conditions = rule.conditions
    for name in (*conditions.fields, *(("attributes",) if conditions.attributes else ())):
        if name != "priority":
            yield _of(
                f"{path}.conditions.{name}",
                conditions.document()[name],
                "the rule does not act at all: what it asks of tickets cannot be judged",
            )
    if rule.recipients:
        told = "only addresses in deliver are told" if rule.deliver else "nobody is told"
        found = [one.document() for one in rule.recipients]
        yield _of(f"{path}.recipients", found, told)
    acts = [act.kind for act in rule.actions if act.kind != "notify"]
    if acts:
        yield _of(f"{path}.actions", acts, "none of these is done")
    if rule.level is not None:
        yield _of(f"{path}.level", rule.level, "levels are not told apart; the threshold decides")
    if rule.repeat is not None:
        yield _of(f"{path}.repeat", rule.repeat.document(), "the rule acts once")
    at_once = "people are told at any hour"
    if rule.quiet_hours is not None:
        yield _of(f"{path}.quiet_hours", rule.quiet_hours.document(), at_once)
    if rule.delivery_calendar is not None:
        yield _of(f"{path}.delivery_calendar", rule.delivery_calendar, at_once)


def _of(path: str, value: object, effect: str) -> Finding:
    message = f"is carried in the version but not acted on by this release: {effect}"
    return Finding("warning", CODE, path, value, message, _REMEDY)
