"""Whose agreement it is, from when on, and what a contract adds to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from sla_service.domain.annex.blocks import (
    Block,
    Cell,
    Facts,
    Paragraph,
    Signatures,
    Text,
    code,
    data,
    lines,
    text,
)
from sla_service.domain.annex.words import instant
from sla_service.domain.contract import ContractEntry
from slaclock.contracts.instants import rfc3339

__all__ = ["KINDS", "parties", "signatures", "titles"]

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sla": "Service level agreement",
        "ola": "Operational level agreement",
        "underpinning": "Underpinning contract",
    }
)
_CAUSES: Final[Mapping[str, str]] = MappingProxyType(
    {"quote": "accepted quote ", "change_order": "approved change order ", "ended": "end "}
)
_MODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "keep": "keep the agreement under which they were opened",
        "from_effective_instant": "follow this agreement from the instant at which it takes effect"
        " on; the time that they have used until then stays used",
        "from_start": "are measured by this agreement anew, from the instant at which each of their"
        " clocks began",
    }
)


def titles(snapshot: Mapping[str, Any], entry: ContractEntry | None) -> tuple[str, str, str]:
    """Title, subtitle and what every page says at its head."""
    kind = KINDS[snapshot.get("agreement_type", "sla")]
    named = f"{snapshot['name']}, version {snapshot['version']}"
    if entry is None:
        return (
            f"{kind}: {snapshot['name']}",
            f"Contract annex · version {snapshot['version']}",
            named,
        )
    title = f"Annex to contract {entry.contract_id}: service levels"
    return title, f"{kind} {named}", f"Contract {entry.contract_id} · {named}"


def parties(
    tenant: str,
    snapshot: Mapping[str, Any],
    hashed: str,
    entry: ContractEntry | None,
    successor: ContractEntry | None,
) -> list[Block]:
    """The first section."""
    kind = snapshot.get("agreement_type", "sla")
    rows: list[tuple[str, Cell]] = [
        (
            "Agreement",
            lines(text(data(snapshot["name"]), " (", code(snapshot["sla_id"]), ")")),
        ),
        ("Version", lines(str(snapshot["version"]))),
        ("Kind", lines(KINDS[kind])),
        ("Provider", lines(text("tenant ", code(tenant)))),
        *_other_side(snapshot, entry),
    ]
    if entry is not None:
        rows += _of_contract(entry, successor)
    rows += [
        ("Effective from, as published", lines(instant(snapshot["effective_from"]))),
        ("Snapshot (SHA-256)", lines(code(hashed))),
    ]
    return [Facts(tuple(rows)), *_sentences(entry)]


def _other_side(
    snapshot: Mapping[str, Any], entry: ContractEntry | None
) -> Iterator[tuple[str, Cell]]:
    kind = snapshot.get("agreement_type", "sla")
    if kind == "ola":
        yield "Group", lines(text(data(snapshot["group"]), ", which promises this to the provider"))
    elif kind == "underpinning":
        yield (
            "Vendor",
            lines(text(data(snapshot["vendor"]), ", who promises this to the provider")),
        )
    if entry is not None:
        yield "Customer", lines(code(entry.customer_id))
    elif kind == "sla":
        yield "Customer", lines("of each contract that names this version by its hash")


def _of_contract(
    entry: ContractEntry, successor: ContractEntry | None
) -> Iterator[tuple[str, Cell]]:
    yield "Contract", lines(code(entry.contract_id))
    yield (
        "In force",
        lines(
            f"from {instant(rfc3339(entry.effective_from))}",
            *_end(entry, successor),
        ),
    )
    yield "By", lines(text(_CAUSES[entry.cause_kind], code(entry.cause_id)))
    yield (
        "Agreed on",
        lines(text(f"{instant(rfc3339(entry.happened_at))}, as ", code(entry.source), " reports")),
    )
    yield "Tickets open then", lines(_MODES[entry.mode])
    yield "Entry of its history", lines(code(entry.entry_id))


def _end(entry: ContractEntry, successor: ContractEntry | None) -> Iterator[Text]:
    if successor is None:
        until = entry.effective_to
        yield text(
            "without an end that is agreed now"
            if until is None
            else f"until {instant(rfc3339(until))}, that instant excluded"
        )
        return
    yield text(f"until {instant(rfc3339(successor.effective_from))}, that instant excluded")
    if successor.cause_kind == "ended":
        yield text("then the contract ends (", code(successor.cause_id), ")")
    else:
        cause = _CAUSES[successor.cause_kind]
        yield text(f"then {cause}", code(successor.cause_id), " takes its place")


def _sentences(entry: ContractEntry | None) -> Iterator[Block]:
    yield Paragraph(
        text(
            "This document puts the snapshot of the agreement into words. The snapshot is the"
            " agreement: where the two differ, the snapshot decides. Section 11 says how anybody"
            " can check, without the provider, that it is the one which is named here."
        )
    )
    yield Paragraph(
        text(
            "A published version never changes; other words are another version with another hash."
            " A contract that names this version keeps it, whatever is published later",
            "."
            if entry is None
            else ", until its time is over, a change order gives it another one, or it is ended.",
        )
    )


def signatures(tenant: str, snapshot: Mapping[str, Any], entry: ContractEntry | None) -> Signatures:
    """Who signs."""
    other = snapshot.get("group") or snapshot.get("vendor")
    if other is None:
        other = "the customer" if entry is None else entry.customer_id
    return Signatures((f"For the provider ({tenant})", f"For {other}"))
