"""Composes the annex of a version, or of a contract that pins it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sla_service.domain.annex.blocks import (
    Annex,
    Block,
    Facts,
    Notice,
    Paragraph,
    Section,
    Table,
    Text,
    code,
    data,
    lines,
    text,
)
from sla_service.domain.annex.definitions import definitions
from sla_service.domain.annex.escalating import escalations, roles
from sla_service.domain.annex.hours import calendars, hours
from sla_service.domain.annex.levels import clocks, levels, warnings
from sla_service.domain.annex.money import credit_sections, credits_before
from sla_service.domain.annex.parties import parties, signatures, titles
from sla_service.domain.annex.proof import proof
from sla_service.domain.annex.words import METRICS
from sla_service.domain.contract import ContractEntry
from sla_service.domain.finding import Finding
from sla_service.domain.original import agreement_of
from sla_service.domain.unheeded import unheeded
from slaclock.contracts.canonical import canonical, sha256_hex

__all__ = ["annex_of"]

_SAID: Final = frozenset(
    {
        "schema",
        "sla_id",
        "name",
        "targets",
        "pause",
        "reopen",
        "thresholds",
        "escalations",
        "metrics",
        "credits",
        "roles",
        "kpi_templates",
        "agreement_type",
        "group",
        "vendor",
        "version",
        "effective_from",
        "calendars",
        "calendar_snapshots",
    }
)
_ITEM: Final = re.compile(r"(targets|escalations|credits)\[([0-9]+)\]")
_SECTIONS: Final[Mapping[str, int]] = MappingProxyType(
    {"agreement_type": 1, "targets": 2, "metrics": 4, "escalations": 6, "credits": 7, "roles": 8}
)
_SEE_BELOW: Final = Notice(
    text(
        "Parts of this section are agreed and not yet done by the platform: section 10 names them."
    )
)
_IN_A_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def annex_of(
    original: bytes,
    *,
    tenant: str,
    release: str,
    entry: ContractEntry | None = None,
    successor: ContractEntry | None = None,
) -> Annex:
    """The annex: a pure function of its arguments.

    Args:
        original: canonical bytes of the version's snapshot.
        tenant: whose SLA it is.
        release: of the platform that is said to act on it.
        entry: of the contract that pins it, as its course has it; None for the version alone.
        successor: the entry that is known to take its place.
    """
    snapshot: dict[str, Any] = json.loads(original)
    hashed = sha256_hex(original)
    title, subtitle, running = titles(snapshot, entry)
    agreement = agreement_of(snapshot)
    later = None if agreement is None else tuple(unheeded(agreement))
    sections = (
        _Plan("Parties and validity", parties(tenant, snapshot, hashed, entry, successor)),
        _Plan("Service levels", levels(snapshot)),
        _Plan("Definitions", definitions()),
        _Plan("Clocks", clocks(snapshot)),
        _Plan("Warnings and breach", warnings(snapshot)),
        _Plan("Escalation", escalations(snapshot)),
        _Plan("Service credits", credits_before(snapshot), credit_sections(snapshot, 7)),
        _Plan("Roles and key performance indicators", roles(snapshot)),
        _Plan("Calendars", hours(snapshot), calendars(snapshot, 9)),
        _Plan("Agreed, and not yet done by the platform", _not_yet(snapshot, later, release)),
        _Plan("Identity, and how to check it", proof(snapshot, hashed)),
        _Plan("Signatures", [signatures(tenant, snapshot, entry)]),
    )
    return Annex(
        title=title,
        subtitle=subtitle,
        running=running,
        hash=hashed,
        name=_file_name(snapshot, hashed, entry),
        dated=snapshot["effective_from"],
        sections=tuple(_numbered(sections, later or ())),
        original=original,
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """A section that has no number yet."""

    title: str
    blocks: list[Block]
    parts: Iterable[Section] = ()


def _numbered(sections: Iterable[_Plan], later: Iterable[Finding]) -> Iterator[Section]:
    """The sections, each with a notice first where part of it is not acted on."""
    concerned = {_SECTIONS.get(re.split(r"[.\[]", one.path, maxsplit=1)[0]) for one in later}
    for number, plan in enumerate(sections, start=1):
        blocks = [_SEE_BELOW, *plan.blocks] if number in concerned else plan.blocks
        yield Section(str(number), plan.title, tuple(blocks), tuple(plan.parts))


def _not_yet(
    snapshot: Mapping[str, Any], later: Sequence[Finding] | None, release: str
) -> list[Block]:
    """What the release does not act on (*later*), and what the annex has no words for."""
    found: list[Block] = []
    if later is None:
        found.append(
            Notice(
                text(
                    f"slaclock {release} cannot tell which parts of this version it acts on: ask"
                    " the provider."
                )
            )
        )
    elif later:
        rows = [
            (
                lines(_part(snapshot, one.path), code(one.path)),
                (text(code(_written(one.value))),),
                lines(one.message.partition("release: ")[2]),
            )
            for one in later
        ]
        heads = {"Where in the snapshot": 4, "What it says": 4, "What happens until then": 4}
        found += [
            Notice(
                text(
                    f"The parties have agreed on what follows, but slaclock {release}, which made"
                    " this document, does not carry it out yet. Until it does, people have to."
                )
            ),
            Table.of("Carried, not acted on", heads, rows),
        ]
    else:
        found.append(Paragraph(text(f"slaclock {release} acts on every part of this version.")))
    if further := sorted(snapshot.keys() - _SAID):
        told = tuple((key, lines(code(_written(snapshot[key])))) for key in further)
        found += [
            Notice(text("The snapshot also says what this document has no words for:")),
            Facts(told),
        ]
    return found


def _part(snapshot: Mapping[str, Any], path: str) -> Text:
    """What *path* is about, as the sections before call it."""
    found = _ITEM.match(path)
    if found is None:
        return text(path.partition(".")[0].replace("_", " "))
    kind, item = found[1], snapshot[found[1]][int(found[2])]
    match kind:
        case "escalations":
            return text("rule ", data(item["rule_id"]))
        case "credits":
            return text("credit ", data(item["credit_id"]))
        case _:
            return text("target of ", METRICS[item["metric"]].lower())


def _written(value: object) -> str:
    return value if isinstance(value, str) else canonical(value).decode()


def _file_name(snapshot: Mapping[str, Any], hashed: str, entry: ContractEntry | None) -> str:
    """Plain characters only: ids may hold anything."""
    named = f"{snapshot['sla_id']}-v{snapshot['version']}"
    if entry is not None:
        named = f"{entry.contract_id}-{named}"
    return f"annex-{named if _IN_A_NAME.fullmatch(named) else hashed[:12]}"
