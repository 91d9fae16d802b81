"""Incidents of a ServiceNow audit log become facts about tickets. Pure: rows in, facts out.

One row of the log is one change of an incident. The log names the state after each change but not
the moment's other side: there are no replies in it, so the first sign of work on an incident
stands for the first reply.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from slaclock.cli.importing.facts import Fact, Tally
from slaclock.cli.importing.local_time import Local, Resolution
from slaclock.cli.importing.servicenow_rows import Faulty, Row
from slaclock.contracts.canonical import uuid_of

__all__ = ["Known", "facts", "step"]

SOURCE: Final = "/import/servicenow"
NEW: Final = "New"
CLOSED: Final = "Closed"

Kind = Literal["opened", "updated", "replied"]


@dataclass(frozen=True, slots=True)
class Known:
    """An incident as the rows so far describe it.

    Attributes:
        ordinal: rows of the incident so far, the bad ones too, so that ids stay the same when a
            bad row is repaired.
        fields: values as last told; None before the first good row.
        answered: whether somebody has shown a reaction.
    """

    ordinal: int = 0
    fields: dict[str, Any] | None = None
    answered: bool = False


def step(known: Known, row: Row) -> tuple[Known, tuple[Fact, ...]]:
    """What *row* tells beyond what is *known* of its incident.

    The first row opens the ticket, as new, at its own `opened_at`. Every row tells the values that
    it changes at `sys_updated_at`. The first row whose state is not New is the first reply, unless
    it closes the incident.
    """
    ordinal = known.ordinal + 1
    told: list[Fact] = []
    fields = {
        "priority": row.priority,
        "status": row.state,
        "assignee": row.assignee,
        "group": row.group,
        "category": row.category,
    }
    before = known.fields
    if before is None:
        before = {**fields, "status": NEW}
        told.append(_fact(row, "opened", ordinal, before))
    changes = {name: value for name, value in fields.items() if value != before[name]}
    if changes:
        told.append(_fact(row, "updated", ordinal, {"changes": changes}))
    moved = row.state != NEW and not known.answered
    if moved and row.state != CLOSED:
        reply = {"author": "agent", "person": row.assignee, "public": True}
        told.append(_fact(row, "replied", ordinal, reply))
    return Known(ordinal, fields, known.answered or moved), tuple(told)


def facts(rows: Iterable[Row | Faulty], tally: Tally) -> Iterator[Fact]:
    """The facts of all rows, in their order; *tally* is complete when they have been drawn."""
    incidents: dict[str, Known] = {}
    for row in rows:
        tally.rows += 1
        known = incidents.get(row.number, Known()) if row.number else Known()
        if isinstance(row, Faulty):
            tally.rejected.extend(row.rejected)
            if row.number:
                incidents[row.number] = replace(known, ordinal=known.ordinal + 1)
            continue
        incidents[row.number], told = step(known, row)
        tally.tickets.setdefault(row.number)
        if row.made_sla is not None:
            tally.verdicts[row.number] = row.made_sla
        for local in (row.updated, *([row.opened] if known.fields is None else [])):
            _count(local, tally)
        yield from told


def _fact(row: Row, kind: Kind, ordinal: int, data: dict[str, Any]) -> Fact:
    """Within a minute the order of the file decides: `sequence` follows the rows."""
    local, sequence = row.updated, 2 * ordinal
    if kind == "opened":
        local, sequence = row.opened, 0
    elif kind == "replied":
        sequence += 1
    return Fact(
        kind=f"sla.ticket.{kind}",
        source=SOURCE,
        id=str(uuid_of("servicenow", row.number, ordinal, kind)),
        ticket_id=row.number,
        at=local.at,
        sequence=sequence,
        data={"ticket_id": row.number, **data},
    )


def _count(local: Local, tally: Tally) -> None:
    tally.repeated_hour += local.resolution is Resolution.REPEATED
    tally.skipped_hour += local.resolution is Resolution.SKIPPED
