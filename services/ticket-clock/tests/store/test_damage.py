"""Whatever is spoilt of what is stored, verification names it, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from slaclock.contracts.instants import rfc3339
from slaclock.store.pool import _prepare
from ticket_clock_service.store.work import PgWork
from ticket_clock_service.usecases.verifying import verified, verified_tenant

from ..desk import Desk, ago, opened, sla, status

TOLD = "announcement of percent:50 of resolution, cycle first"


@dataclass(frozen=True, slots=True)
class Damage:
    """Somebody who may do anything to the database has done this.

    Attributes:
        statement: what was done.
        findings: `what` of all that must be found: of INC-1, or of no ticket (`*`).
    """

    statement: str
    findings: tuple[str, ...]


FACT = "fact F of S (SHA-256)"
DAMAGE = {
    # facts
    "a byte of a fact's data": Damage(
        "UPDATE fact SET data = jsonb_set(data, '{priority}', '\"P9\"') WHERE ticket_id = 'INC-1'",
        (FACT, "clocks (SHA-256)"),
    ),
    "the instant of a fact": Damage(
        "UPDATE fact SET at_us = at_us - 60000000 WHERE ticket_id = 'INC-1'",
        (FACT, "clocks (SHA-256)", f"instant of the {TOLD}", "next instant"),
    ),
    "the order of a fact": Damage(
        "UPDATE fact SET sequence = sequence + 1 WHERE ticket_id = 'INC-1'",
        (FACT, "clocks (SHA-256)"),
    ),
    "a fact that cannot be read": Damage(
        "UPDATE fact SET kind = 'replied', data = '{}' WHERE ticket_id = 'INC-1'", (FACT, "fold")
    ),
    "the name of a fact": Damage(
        "UPDATE fact SET event_id = event_id || 'x' WHERE ticket_id = 'INC-1'",
        ("key of fact F of S", "clocks (SHA-256)"),
    ),
    "the key of a fact": Damage(
        "UPDATE fact SET fact_key = sha256('x') WHERE ticket_id = 'INC-1'", ("key of fact F of S",)
    ),
    "the hash of a fact": Damage(
        "UPDATE fact SET content_hash = sha256('x') WHERE ticket_id = 'INC-1'", (FACT,)
    ),
    "a fact is gone": Damage(
        "DELETE FROM fact WHERE ticket_id = 'INC-1'",
        ("number of facts", "clocks (SHA-256)", "open", "state", TOLD, "next instant"),
    ),
    "the count of facts": Damage(
        "UPDATE ticket SET fact_count = 2 WHERE ticket_id = 'INC-1'", ("number of facts",)
    ),
    # the row
    "a byte of the state": Damage(
        "UPDATE ticket SET state = convert_to(replace(convert_from(state, 'UTF8'), 'P2', 'P3'), 'UTF8') WHERE ticket_id = 'INC-1'",
        ("clocks (SHA-256)",),
    ),
    "a byte of the state that nobody reads": Damage(
        "UPDATE ticket SET state = convert_to(replace(convert_from(state, 'UTF8'), '{', '{ '), 'UTF8') WHERE ticket_id = 'INC-1'",
        ("picture", "clocks (SHA-256)"),
    ),
    "a state that is no JSON": Damage(
        "UPDATE ticket SET state = convert_to(replace(convert_from(state, 'UTF8'), '}', ''), 'UTF8') WHERE ticket_id = 'INC-1'",
        ("picture", "clocks (SHA-256)"),
    ),
    "a state without a part": Damage(
        "UPDATE ticket SET state = convert_to(replace(convert_from(state, 'UTF8'), 'clocks', 'klocks'), 'UTF8') WHERE ticket_id = 'INC-1'",
        ("picture", "clocks (SHA-256)"),
    ),
    "a state that says nothing": Damage(
        "UPDATE ticket SET state = convert_to(substring(convert_from(state, 'UTF8'), '.\"fold\":[0-9]+') || '}', 'UTF8')"
        " WHERE ticket_id = 'INC-1'",
        ("picture", "clocks (SHA-256)"),
    ),
    "no state": Damage(
        "UPDATE ticket SET state = NULL WHERE ticket_id = 'INC-1'", ("clocks (SHA-256)",)
    ),
    "the state of another release": Damage(
        "UPDATE ticket SET fold_version = 0, state = '{\"fold\": 0}' WHERE ticket_id = 'INC-1'",
        ("picture",),
    ),
    "the number of the fold": Damage(
        "UPDATE ticket SET fold_version = 0 WHERE ticket_id = 'INC-1'", ("fold version",)
    ),
    "terms that nobody has told": Damage(
        "UPDATE ticket SET terms_revision = 99 WHERE ticket_id = 'INC-1'", ("terms revision",)
    ),
    "a ticket that seems closed": Damage(
        "UPDATE ticket SET is_open = false, clock_state = 'closed' WHERE ticket_id = 'INC-1'",
        ("open", "state"),
    ),
    "nobody will look at it": Damage(
        "UPDATE ticket SET next_due_at = NULL WHERE ticket_id = 'INC-1'", ("next instant",)
    ),
    "somebody will look at it too late": Damage(
        "UPDATE ticket SET next_due_at = next_due_at + interval '1 second' WHERE ticket_id = 'INC-1'",
        ("next instant",),
    ),
    "too early": Damage(
        "UPDATE ticket SET next_due_at = next_due_at - interval '1 second' WHERE ticket_id = 'INC-1'",
        ("next instant",),
    ),
    "a row is gone": Damage("DELETE FROM ticket WHERE ticket_id = 'INC-1'", ("ticket",)),
    "a revision is gone": Damage(
        "DELETE FROM revision WHERE ticket_id = 'INC-1'", ("revisions", "seal of the audit")
    ),
    "what the audit says": Damage(
        "UPDATE revision SET changes = jsonb_set(changes, '{0,at}', '\"1999-12-31T00:00:00Z\"')"
        " WHERE ticket_id = 'INC-1' AND revision = 1",
        ("seal of revision 1",),
    ),
    "who did it": Damage(
        'UPDATE revision SET because = \'{"actor": "somebody else"}\''
        " WHERE ticket_id = 'INC-1' AND revision = 1",
        ("seal of revision 1",),
    ),
    "when the audit was written": Damage(
        "UPDATE revision SET recorded_at = recorded_at - interval '1 microsecond'"
        " WHERE ticket_id = 'INC-1' AND revision = 2",
        ("seal of revision 2",),
    ),
    "a seal": Damage(
        "UPDATE revision SET seal = sha256('x') WHERE ticket_id = 'INC-1' AND revision = 1",
        ("seal of revision 1", "seal of revision 2"),
    ),
    "a seal is gone": Damage(
        "UPDATE revision SET seal = NULL WHERE ticket_id = 'INC-1' AND revision = 2",
        ("seal of revision 2",),
    ),
    "the last seal": Damage(
        "UPDATE ticket SET seal = NULL WHERE ticket_id = 'INC-1'", ("seal of the audit",)
    ),
    "a revision too many": Damage(
        "UPDATE ticket SET revision = revision + 1 WHERE ticket_id = 'INC-1'", ("revisions",)
    ),
    # the ledger
    "an announcement is gone": Damage(
        "DELETE FROM announcement WHERE ticket_id = 'INC-1'",
        (TOLD, "next instant"),
    ),
    "an announcement seems taken back": Damage(
        "UPDATE announcement SET retracted_at = announced_at WHERE ticket_id = 'INC-1'",
        (TOLD, "next instant"),
    ),
    "the instant of an announcement": Damage(
        "UPDATE announcement SET crossed_us = crossed_us - 1 WHERE ticket_id = 'INC-1'",
        (f"instant of the {TOLD}", "next instant"),
    ),
    "the number of an announcement": Damage(
        "UPDATE announcement SET n = 2 WHERE ticket_id = 'INC-1'",
        (f"name of the {TOLD}", "announcements of percent:50 of resolution, cycle first"),
    ),
    "the threshold of an announcement": Damage(
        "UPDATE announcement SET threshold = 'percent:90' WHERE ticket_id = 'INC-1'",
        (
            "name of the announcement of percent:90 of resolution, cycle first",
            "announcement of percent:90 of resolution, cycle first",
            TOLD,
        ),
    ),
    "an announcement of nothing": Damage(
        "INSERT INTO announcement SELECT tenant_id, 'INC-2', announcement_id, metric, cycle,"
        " agreement, priority, threshold, n, crossed_us, flags, announced_at, retracted_at"
        " FROM announcement WHERE ticket_id = 'INC-1'",
        (f"INC-2 name of the {TOLD}", f"INC-2 {TOLD}"),
    ),
    # what all tickets rest on
    "a byte of a snapshot": Damage(
        "UPDATE snapshot SET body = set_byte(body, 5, 65)", ("* snapshot H (SHA-256)",)
    ),
    "a snapshot is gone": Damage("DELETE FROM snapshot", ("snapshot H", "INC-2 snapshot H")),
    "a byte of the terms": Damage(
        "UPDATE terms SET body = jsonb_set(body, '{mode}', '\"from_start\"')",
        ("* terms entry E (SHA-256)",),
    ),
    "the kind of an entry": Damage(
        "UPDATE terms SET kind = 'contract'", ("* kind of terms entry E",)
    ),
    "an entry is gone": Damage("DELETE FROM terms", ("* number of terms entries",)),
    "an entry out of the middle": Damage(
        "UPDATE terms SET terms_revision = 7", ("* number of terms entries",) * 2
    ),
}


@pytest.fixture
async def anybody(
    admin: asyncpg.Connection[asyncpg.Record],
) -> asyncpg.Connection[asyncpg.Record]:
    """May do anything, past every trigger, and reads as the service does."""
    await _prepare(admin)
    await admin.execute("SET session_replication_role = replica")
    return admin


ONE = sla(targets=[{"metric": "resolution", "priority": None, "minutes": 240, "calendar": "24x7"}])


async def two_tickets(desk: Desk) -> None:
    """One that has crossed half of its target, and one that waits."""
    await desk.publish(ONE)
    now = await desk.now()
    await desk.take(
        opened("INC-1", ago(now, minutes=150)),
        opened("INC-2", ago(now, minutes=150)),
        status("INC-2", ago(now, minutes=149), "waiting_on_customer"),
    )
    await desk.judge()


async def found(desk: Desk, connection: asyncpg.Connection[Any]) -> list[str]:
    """All findings, without names that differ from run to run."""
    work = PgWork(connection, desk.parking)
    tickets = await work.page("acme", None, "", 100)
    everything = [
        *await verified_tenant(work, "acme"),
        *(await verified(work, desk.rulebooks, "acme", tickets)).findings,
    ]
    return [_spelled(one) for one in everything]


def _spelled(one: dict[str, Any]) -> str:
    what = re.sub(r"""fact ['"].*['"] of '/desk'""", "fact F of S", one["what"])
    what = re.sub(r"[0-9a-f]{64}", "H", what)
    what = re.sub(r"entry '.*'", "entry E", what)
    whose = {None: "* ", "INC-1": ""}.get(one["ticket_id"], f"{one['ticket_id']} ")
    return f"{whose}{what}"


async def test_each_kind_of_damage_is_named(
    desk: Desk, anybody: asyncpg.Connection[asyncpg.Record]
) -> None:
    await two_tickets(desk)
    assert await found(desk, anybody) == []
    named = {}
    for name, spoilt in DAMAGE.items():
        undone = anybody.transaction()
        await undone.start()
        touched = await anybody.execute(spoilt.statement)
        assert not touched.endswith(" 0"), name
        named[name] = sorted(await found(desk, anybody))
        await undone.rollback()
    assert named == {name: sorted(one.findings) for name, one in DAMAGE.items()}
    assert await found(desk, anybody) == []


async def test_what_the_row_says_is_put_right(
    desk: Desk, anybody: asyncpg.Connection[asyncpg.Record]
) -> None:
    """Also where nothing else about the ticket is wrong."""
    await two_tickets(desk)
    before = (await desk.rows("SELECT * FROM ticket WHERE ticket_id = 'INC-1'"))[0]
    await anybody.execute(
        "UPDATE ticket SET is_open = false, clock_state = 'closed', next_due_at = NULL"
        " WHERE ticket_id = 'INC-1'"
    )
    await desk.reconciler.rebuild([("acme", "INC-1")])
    await desk.judge()
    assert (await desk.rows("SELECT * FROM ticket WHERE ticket_id = 'INC-1'"))[0] == before
    assert await found(desk, anybody) == []


async def test_a_lost_announcement_is_told_again_under_its_old_name(
    desk: Desk, anybody: asyncpg.Connection[asyncpg.Record]
) -> None:
    """So that whoever has acted upon it knows it already."""
    await two_tickets(desk)
    (told,) = [one["id"] for one in await desk.events(ticket="INC-1") if _is_half(one)]
    await anybody.execute("DELETE FROM announcement WHERE ticket_id = 'INC-1'")
    await desk.reconciler.rebuild([("acme", "INC-1")])
    await desk.judge()
    assert [one["id"] for one in await desk.events(ticket="INC-1") if _is_half(one)] == [told] * 2
    assert await found(desk, anybody) == []


def _is_half(event: dict[str, Any]) -> bool:
    data = event["data"]
    return (data["metric"], data["change"]["threshold"]) == ("resolution", "percent:50")


async def test_what_is_about_to_be_told_is_no_finding(
    desk: Desk, anybody: asyncpg.Connection[asyncpg.Record]
) -> None:
    """Between a batch of facts and the due loop, and while an import holds its tickets."""
    await desk.publish(ONE)
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=150)))
    assert await found(desk, anybody) == []
    await desk.take(opened("INC-2", ago(now, minutes=150), origin="import", run="r"))
    await desk.judge()
    assert await found(desk, anybody) == []
    await desk.end_import("r")
    assert await found(desk, anybody) == []
    due = (await desk.rows("SELECT max(next_due_at) AS at FROM ticket"))[0]["at"]
    assert rfc3339(due) > rfc3339(now)
