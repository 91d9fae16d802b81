"""Who is told of what, and what else is done; roles and what they answer for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sla_service.domain.annex.blocks import (
    Block,
    Cell,
    Paragraph,
    Table,
    Text,
    code,
    data,
    lines,
    text,
)
from sla_service.domain.annex.words import (
    METRICS,
    conditions,
    duration,
    percentage,
    recipient,
    threshold,
)

__all__ = ["escalations", "roles"]


def escalations(snapshot: Mapping[str, Any]) -> list[Block]:
    """The rules by level, those outside of any order last."""
    rules = snapshot.get("escalations", ())
    if not rules:
        return [Paragraph(text("No escalation is agreed."))]
    ordered = sorted(rules, key=lambda rule: (rule.get("level") is None, rule.get("level") or 0))
    rows = [
        (
            lines(str(rule["level"]) if rule.get("level") else "—"),
            (text(code(rule["rule_id"])),),
            lines(threshold(rule["threshold"])),
            tuple(_tickets(rule)),
            tuple(_told(rule)) or lines(),
            tuple(_more(rule)) or lines(),
        )
        for rule in ordered
    ]
    heads = {"Level": 2, "Rule": 3, "When": 5, "Clocks and tickets": 5, "Who is told": 8}
    return [
        Paragraph(
            text(
                "A rule acts when a clock that it is about is announced at its point. Level 1 is"
                " told first. After a correction, what had been sent is withdrawn or corrected."
            )
        ),
        Table.of("Escalation by level", heads | {"What else": 7}, rows),
    ]


def _tickets(rule: Mapping[str, Any]) -> Iterator[Text]:
    metric = rule.get("metric")
    yield text("every metric" if metric is None else METRICS[metric].lower())
    if rule.get("priority") is not None:
        yield text("priority: ", data(rule["priority"]))
    yield from conditions(rule.get("conditions", {}))


def _told(rule: Mapping[str, Any]) -> Iterator[Text]:
    for one in (*rule.get("deliver", ()), *rule.get("recipients", ())):
        yield recipient(one)


def _more(rule: Mapping[str, Any]) -> Iterator[Text]:
    for act in rule.get("actions", ()):
        match act:
            case {"kind": "notify"}:
                continue
            case {"kind": "reassign", "person": who}:
                yield text("the ticket goes to person ", data(who))
            case {"kind": "reassign", "group": who}:
                yield text("the ticket goes to group ", data(who))
            case {"kind": "raise_priority", "to": to}:
                yield text("its priority becomes ", data(to))
            case {"kind": "webhook", "to": to}:
                yield text("a call of ", code(to))
            case _:
                yield text(code(act))
    if repeat := rule.get("repeat"):
        times = f"{repeat['at_most']:,} time" + ("s" if repeat["at_most"] > 1 else "")
        every = duration(repeat["every"])
        yield text(f"again every {every} of business time until acknowledged, at most {times}")
    if quiet := rule.get("quiet_hours"):
        span = f"nobody is told from {quiet['from']} to {quiet['to']} in "
        yield text(span, code(quiet["timezone"]))
    if rule.get("delivery_calendar") is not None:
        yield text("people are told while ", data(rule["delivery_calendar"]), " is open")


def roles(snapshot: Mapping[str, Any]) -> list[Block]:
    """Who stands behind each role, and the figures that each answers for."""
    named = snapshot.get("roles", {})
    if not named:
        return [Paragraph(text("No roles are agreed, and no figures that anybody answers for."))]
    rows: list[tuple[Cell, ...]] = [
        ((text(data(name)),), tuple(recipient(one) for one in role["recipients"]) or lines())
        for name, role in named.items()
    ]
    kpis = [
        (
            (text(data(kpi["role"])),),
            lines(f"{METRICS[kpi['metric']]}: compliance"),
            lines("every" if kpi["priority"] is None else text(data(kpi["priority"]))),
            lines(f"at least {percentage(kpi['target'])}"),
            lines(f"each {kpi['period']}"),
            (text(code(kpi["kpi_id"])),),
        )
        for kpi in snapshot.get("kpi_templates", ())
    ]
    heads = {"Role": 2, "Figure": 4, "Priority": 2, "Goal": 3, "Period": 2, "Name of the KPI": 4}
    return [
        Table.of("Roles", {"Role": 3, "Who": 9}, rows),
        Table.of("Key performance indicators", heads, kpis),
    ]
