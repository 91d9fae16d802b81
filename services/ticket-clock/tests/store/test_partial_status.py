"""A status is never refused: what is missing is a fault with a remedy beside what is known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeAlias

import asyncpg
import pytest

from slaclock.errors import Refusal
from ticket_clock_service.usecases import reconcile
from ticket_clock_service.usecases.answers import Answers
from ticket_clock_service.usecases.rulebooks import Rulebooks

from ..desk import Desk, ago, opened, sla, status

Admin: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def unknown_status(desk: Desk, admin: Admin) -> None:
    await desk.publish(sla())
    at = ago(await desk.now(), minutes=5)
    await desk.take(opened("INC-1", at), status("INC-1", at + timedelta(minutes=1), "odd"))


async def unbound(desk: Desk, admin: Admin) -> None:
    await desk.take(opened("INC-1", ago(await desk.now(), minutes=5)))


async def pending(desk: Desk, admin: Admin) -> None:
    """The entry names an agreement that has not arrived."""
    missing = "ab" * 32
    await desk.learn(desk.entry("acme", "default", "default", agreement=missing))
    await desk.take(opened("INC-1", ago(await desk.now(), minutes=5)))


async def damaged(desk: Desk, admin: Admin) -> None:
    await desk.publish(sla())
    await desk.take(opened("INC-1", ago(await desk.now(), minutes=5)))
    await admin.execute("ALTER TABLE snapshot DISABLE TRIGGER ALL")
    await admin.execute("UPDATE snapshot SET body = set_byte(body, 5, 65)")
    desk.rulebooks = Rulebooks()  # as after a restart


async def faulted(desk: Desk, admin: Admin) -> None:
    await desk.publish(sla())
    at = ago(await desk.now(), minutes=5)
    await desk.take(opened("INC-1", at))

    def failing(*_: object) -> None:
        raise ZeroDivisionError("odd figures")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconcile, "reconciled", failing)
        await desk.take(status("INC-1", at + timedelta(minutes=1), "waiting_on_customer"))


@pytest.mark.parametrize(
    ("given", "code", "clocks", "binding"),
    [
        pytest.param(unknown_status, "fact.unknown-status", 2, "default", id="an unknown status"),
        pytest.param(unbound, "ticket.unbound", 0, "none", id="nothing binds it"),
        pytest.param(pending, "agreement.missing", 0, "pending", id="its terms have not arrived"),
        pytest.param(damaged, "snapshot.tampered", 0, "default", id="a damaged snapshot"),
        pytest.param(faulted, "ticket.faulted", 2, "default", id="its fold has failed"),
    ],
)
async def test_what_is_known_is_answered(
    desk: Desk, admin: Admin, given: Any, code: str, clocks: int, binding: str
) -> None:
    await given(desk, admin)
    found = await desk.status("INC-1")
    assert (found["status"], found["category"], found["priority"]) == ("open", "open", "P2")
    assert (len(found["clocks"]), found["binding"]["reason"]) == (clocks, binding)
    (fault,) = found["faults"]
    assert fault["code"] == code
    assert fault["message"]
    assert fault["remedy"]
    assert set(fault) == {"code", "field", "value", "message", "remedy"}
    assert (found.get("terms") == "pending") is (code == "agreement.missing")


async def test_while_terms_are_being_read_the_status_says_so(desk: Desk) -> None:
    await desk.publish(sla())
    await desk.take(opened("INC-1", ago(await desk.now(), minutes=5)))
    desk.terms_ready = False
    found = await desk.status("INC-1")
    assert (found["terms"], len(found["clocks"])) == ("pending", 2)


async def test_a_deadline_is_not_explained_by_damaged_terms(desk: Desk, admin: Admin) -> None:
    await damaged(desk, admin)
    async with desk._begin({"acme"}) as work:
        found = Answers(work, desk.rulebooks, "acme")
        with pytest.raises(Refusal) as refused:
            await found.history("INC-1")
    assert refused.value.code == "snapshot.tampered"
