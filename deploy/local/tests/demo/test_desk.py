"""The help desk that does not exist: the same seed tells the same stories, and they are likely."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from slaclock.cli.importing.facts import message_of
from slaclock.contracts.registry import decode_ticket_event
from slaclock_local.demo.desk import Desk, Shift

NOW = datetime(2026, 3, 30, 10, 0, tzinfo=UTC)
SEED = 2026


def desk(seed: int = SEED) -> Desk:
    return Desk(Random(seed), first=1)


def test_the_same_seed_and_instant_give_the_same_facts() -> None:
    assert desk().history(NOW, days=14, tickets=50) == desk().history(NOW, days=14, tickets=50)
    assert desk().history(NOW, days=14, tickets=50) != desk(7).history(NOW, days=14, tickets=50)


def test_history_lies_in_the_past_and_in_order() -> None:
    facts = desk().history(NOW, days=14, tickets=200)
    instants = [fact.at for fact in facts]
    assert instants == sorted(instants)
    assert instants[-1] < NOW
    assert NOW - timedelta(days=18) < instants[0]


def test_every_fact_is_an_event_that_the_platform_takes() -> None:
    for fact in desk().history(NOW, days=14, tickets=100):
        message = message_of(fact, tenant="demo", run_id="run")
        event = decode_ticket_event(message.body, message.subject)
        assert (event.subject, event.origin) == (fact.ticket_id, "import")


def test_identities_are_unique() -> None:
    facts = desk().history(NOW, days=14, tickets=300)
    assert len({fact.id for fact in facts}) == len(facts)


def test_priorities_pauses_and_reopenings_all_happen() -> None:
    facts = desk().history(NOW, days=14, tickets=400)
    opened = Counter(fact.data["priority"] for fact in facts if fact.kind == "sla.ticket.opened")
    assert set(opened) == {"P1", "P2", "P3", "P4"}
    assert opened["P3"] > opened["P1"]
    statuses = Counter(fact.data.get("changes", {}).get("status") for fact in facts)
    assert statuses["waiting_on_customer"] > 30
    assert statuses["resolved"] > statuses["waiting_on_customer"]


def test_deadlines_come_within_the_next_minutes() -> None:
    facts = desk().soon_due(NOW)
    assert len({fact.ticket_id for fact in facts}) == 16
    assert all(fact.at < NOW for fact in facts)


@pytest.mark.parametrize("seed", range(5))
def test_a_shift_only_does_what_a_desk_can_do(seed: int) -> None:
    random = Random(seed)
    shift = Shift(Desk(random, first=1), random)
    known: set[str] = set()
    for second in range(200):
        for fact in shift.happens(NOW + timedelta(seconds=second)):
            if fact.kind == "sla.ticket.opened":
                known.add(fact.ticket_id)
            assert fact.ticket_id in known
            assert fact.at == NOW + timedelta(seconds=second)
    assert len(known) > 10
