"""The oracle on escalations: each announcement acted upon once, and taken back where it must be."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from .evidence import Evidence
from .findings import EARLY, LOST, TWICE, UNEXPLAINED, Finding, us
from .trace import Trace

Row = Mapping[str, Any]
Effect = tuple[str, str, str]
"""(rule, channel, recipient)."""

ANNOUNCING = ("sla.clock.threshold_crossed.", "sla.clock.breached.")
SILENT = {"historical", "passed_over", "superseded"}


def effects(
    trace: Trace, names: Mapping[tuple[str, str], str], evidence: Evidence
) -> Iterator[Finding]:
    """Compare escalations and deliveries with the ledger.

    Args:
        trace: its agreements say what is ordered.
        names: of agreements, by tenant and hash.
        evidence: what is there.
    """
    ledger = {
        (row["tenant_id"], str(row["announcement_id"])): row for row in evidence.tables["ledger"]
    }
    heard = {
        (row["tenant_id"], str(row["announcement_id"])): row for row in evidence.tables["heard"]
    }
    called_off, silenced, instants = _called_off(evidence), *_as_announced(evidence)
    orders = {
        (tenant.name, file["sla_id"]): _orders(file)
        for tenant in trace.tenants.values()
        for file, _ in tenant.files
    }
    raised: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in evidence.tables["effects"]:
        raised[row["tenant_id"], str(row["announcement_id"])].append(row)
    deliveries: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in evidence.tables["deliveries"]:
        deliveries[str(row["escalation_id"])][row["kind"]] = row
    for key in {*heard, *raised} - set(ledger):
        yield Finding(UNEXPLAINED, "escalations", key[0], f"nobody announced {key[1]}")
    for key, told in ledger.items():
        yield from _heard(key, told, heard.get(key))
        wanted = orders[key[0], names.get((key[0], told["agreement"]), "")][told["threshold"]]
        found = Counter((r["rule_id"], r["channel"], r["recipient"]) for r in raised[key])
        for effect in {*wanted, *found}:
            if found[effect] != wanted[effect]:
                kind = LOST if found[effect] < wanted[effect] else TWICE
                text = f"{told['ticket_id']} {told['threshold']}: {effect} {found[effect]} times"
                yield Finding(kind, "escalations", key[0], text)
        quiet = key in silenced
        is_off = (key[0], told["ticket_id"], told["metric"], told["cycle"]) in called_off
        for row in raised[key]:
            if us(row["raised_at"]) <= instants.get(key, 0):
                text = f"{told['ticket_id']} {told['threshold']} escalated before its instant"
                yield Finding(EARLY, "escalations", key[0], text)
            said = deliveries[str(row["escalation_id"])]
            wrong = _wrong(told, row, said, quiet=quiet, is_off=is_off)
            if wrong:
                states = {kind: one["state"] for kind, one in said.items()}
                text = (
                    f"{told['ticket_id']} {told['threshold']} is {row['state']} {states}: {wrong}"
                )
                kind = LOST if "not" in wrong else UNEXPLAINED
                yield Finding(kind, "escalations", key[0], text)


def _heard(key: tuple[str, str], told: Row, heard: Row | None) -> Iterator[Finding]:
    """The inbox holds what the ledger holds."""
    name = f"{told['ticket_id']} {told['threshold']} n {told['n']}"
    if heard is None or heard["told"] is None:
        yield Finding(LOST, "escalations", key[0], f"{name} was not heard")
    elif (heard["retraction"] is not None) != (told["retracted_at"] is not None):
        lost = heard["retraction"] is None
        kind = LOST if lost else UNEXPLAINED
        yield Finding(kind, "escalations", key[0], f"{name}: its retraction was not heard alike")


def _wrong(  # noqa: C901, PLR0911 - one line for each thing that may be wrong
    told: Row, row: Row, said: Mapping[str, Row], *, quiet: bool, is_off: bool
) -> str:
    """What is wrong with an effect and its deliveries; nothing if all is well."""
    state, notice, correction = row["state"], said.get("notice"), said.get("correction")
    if quiet or state == "silent":
        return "" if quiet and state == "silent" and not said else "silence out of place"
    if notice is None:
        return "its notice was not planned"
    settled = all(one["state"] in {"delivered", "withdrawn"} for one in said.values())
    if not settled:
        return "it was not brought to an end"
    if told["retracted_at"] is not None:
        if state != "withdrawn":
            return "it was not withdrawn"
        if notice["state"] == "delivered" and correction is None:
            return "who was told was not corrected"
        if notice["state"] == "withdrawn" and correction is not None and not notice["doubtful"]:
            return "nobody was told, and yet it was corrected"
        return ""
    if correction is not None:
        return "it stands, and yet it was corrected"
    if state == "delivered" and notice["state"] == "delivered":
        return ""
    if state == "withdrawn" and is_off and notice["state"] == "withdrawn":
        return ""
    return "it stands and was not delivered"


def _orders(file: Mapping[str, Any]) -> Mapping[str, Counter[Effect]]:
    """What an SLA orders, by threshold."""
    found: dict[str, Counter[Effect]] = defaultdict(Counter)
    for rule in file["escalations"]:
        for one in rule["deliver"]:
            found[rule["threshold"]][rule["rule_id"], one["channel"], one["to"]] += 1
    return found


def _as_announced(
    evidence: Evidence,
) -> tuple[set[tuple[str, str]], dict[tuple[str, str], int]]:
    """Announcements that nobody is to be told of, and the instants that each one named."""
    silenced, instants = set(), {}
    for message in evidence.streams["CLOCK"]:
        if not message.subject.startswith(ANNOUNCING):
            continue
        event = json.loads(message.body)
        change = event["data"]["change"]
        key = event["tenant"], change["announcement_id"]
        instants[key] = us(datetime.fromisoformat(change["crossed_at"]))
        if any(change["flags"].get(name) for name in SILENT):
            silenced.add(key)
    return silenced, instants


def _called_off(evidence: Evidence) -> set[tuple[str, str, str, str]]:
    """Clocks that a deletion, merging or cancellation ended at some time."""
    found = set()
    for message in evidence.streams["CLOCK"]:
        if message.subject.startswith("sla.clock.cancelled."):
            event = json.loads(message.body)
            data = event["data"]
            found.add((event["tenant"], data["ticket_id"], data["metric"], data["cycle"]))
    return found
