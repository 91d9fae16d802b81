"""One alarm clock a ticket, on a real Temporal server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError

from slaclock.embedded.sockets import free_port
from slaclock.embedded.temporal import TemporalServer
from slaclock.testing.waiting import eventually
from ticket_clock_service.handlers.temporal import activity as activity_module
from ticket_clock_service.handlers.temporal import workflow as workflow_module
from ticket_clock_service.handlers.temporal.alarm import TemporalAlarm
from ticket_clock_service.handlers.temporal.wire import workflow_id
from ticket_clock_service.timer_ports import Change

from .tickets import Row, Tickets, now, soon

State = Callable[[str], Awaitable[dict[str, Any]]]


@pytest.fixture(scope="module")
def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """One server for all: each test has a tenant and a task queue of its own."""
    directory = tmp_path_factory.mktemp("temporal")
    log = directory / "temporal.log"
    server = TemporalServer(directory / "temporal.db", port=free_port(), log=log)
    server.start()
    yield server
    server.kill()


Handle = WorkflowHandle[Any, Any]


@pytest.fixture
def handle(client: Client, tickets: Tickets) -> Handle:
    """Of the ticket `T`."""
    return client.get_workflow_handle(workflow_id(tickets.tenant, "T"))


async def run_of(handle: Handle) -> tuple[str | None, WorkflowExecutionStatus | None]:
    found = await handle.describe()
    return found.run_id, found.status


async def test_wakes_at_each_instant_and_no_sooner(alarm: TemporalAlarm, tickets: Tickets) -> None:
    instants = [soon(1.0), soon(2.5)]
    tickets.put("T", *instants)
    await alarm.arm([tickets.arming("T", "start")])
    await eventually(lambda: tickets.fired("T") == instants)
    assert all(due <= at for _, due, at in tickets.judged)
    assert all((at - due).total_seconds() < 3 for _, due, at in tickets.judged)


async def test_what_is_overdue_wakes_at_once(alarm: TemporalAlarm, tickets: Tickets) -> None:
    tickets.put("T", soon(-3600))
    await alarm.arm([tickets.arming("T", "start")])
    await eventually(lambda: len(tickets.fired("T")) == 1)


async def test_arming_twice_is_arming_once(
    alarm: TemporalAlarm, tickets: Tickets, handle: Handle
) -> None:
    tickets.put("T", soon(1.5))
    await alarm.arm([tickets.arming("T", "start")] * 3)
    first, _ = await run_of(handle)
    await alarm.arm([tickets.arming("T", "start"), tickets.arming("T")])
    assert await run_of(handle) == (first, WorkflowExecutionStatus.RUNNING)
    await eventually(lambda: tickets.woken)
    assert tickets.woken == [("T", 1, "judged")]


async def test_another_instant_needs_no_other_workflow(
    alarm: TemporalAlarm, tickets: Tickets, handle: Handle, state: State
) -> None:
    tickets.put("T", soon(3600))
    await alarm.arm([tickets.arming("T", "start")])
    before = await run_of(handle)
    tickets.put("T", earlier := soon(0.5))
    await alarm.arm([tickets.arming("T")])
    await eventually(lambda: tickets.fired("T") == [earlier])
    assert await run_of(handle) == before
    assert (await state("T"))["fired_count"] == 1


async def test_a_paused_ticket_is_left_alone_until_it_goes_on(
    alarm: TemporalAlarm, tickets: Tickets, state: State
) -> None:
    tickets.put("T", soon(1.0))
    await alarm.arm([tickets.arming("T", "start")])
    tickets.put("T")
    await alarm.arm([tickets.arming("T", "pause")])

    async def paused() -> bool:
        return bool((await state("T"))["paused"])

    await eventually(paused)
    found = await state("T")
    assert (found["status"], found["next_wake"], found["remaining_seconds"]) == (
        "paused",
        None,
        None,
    )
    tickets.put("T", due := soon(1.5))
    await alarm.arm([tickets.arming("T", "resume")])
    await eventually(lambda: tickets.fired("T") == [due])
    assert [result for _, _, result in tickets.woken] == ["judged"]
    assert (await state("T"))["status"] == "running"


@pytest.mark.parametrize(
    ("change", "result"), [("complete_resolution", "completed"), ("cancel", "cancelled")]
)
async def test_what_is_over_ends_and_may_begin_anew(
    alarm: TemporalAlarm, tickets: Tickets, handle: Handle, change: Change, result: str
) -> None:
    tickets.put("T", soon(3600))
    await alarm.arm([tickets.arming("T", "start")])
    tickets.put("T", closed=True)
    await alarm.arm([tickets.arming("T", change)])
    assert await handle.result() == result
    first, status = await run_of(handle)
    assert status is WorkflowExecutionStatus.COMPLETED

    await alarm.arm([tickets.arming("T", change)])  # told again: nothing begins
    assert await run_of(handle) == (first, status)

    tickets.put("T", due := soon(1.2))
    await alarm.arm([tickets.arming("T", "start")])
    await eventually(lambda: tickets.fired("T") == [due])
    again, _ = await run_of(handle)
    assert again != first


async def test_a_ticket_that_was_never_armed_needs_no_end(
    alarm: TemporalAlarm, tickets: Tickets, handle: Handle
) -> None:
    tickets.put("T", closed=True)
    await alarm.arm([tickets.arming("T", "cancel")])
    with pytest.raises(RPCError, match="not found"):
        await handle.describe()


async def test_old_news_is_passed_over(
    alarm: TemporalAlarm, tickets: Tickets, state: State
) -> None:
    tickets.put("T", soon(0.5))
    old = tickets.arming("T")
    tickets.put("T", soon(3600))
    await alarm.arm([tickets.arming("T", "start")])
    await alarm.arm([old])
    assert (await state("T"))["revision"] == 2
    assert tickets.woken == []


async def test_of_one_revision_the_last_word_counts(alarm: TemporalAlarm, tickets: Tickets) -> None:
    """A row may get another instant without another revision, as at the end of an import."""
    tickets.put("T", soon(3600))
    await alarm.arm([tickets.arming("T", "start")])
    revision = tickets.rows["T"].revision
    tickets.put("T", due := soon(0.2))
    tickets.rows["T"] = Row(revision, tickets.rows["T"].due)
    await alarm.arm([tickets.arming("T")])
    await eventually(lambda: tickets.fired("T") == [due])


async def test_a_lost_signal_is_learnt_at_the_next_wake_up(
    alarm: TemporalAlarm, tickets: Tickets
) -> None:
    tickets.put("T", soon(0.7))
    await alarm.arm([tickets.arming("T", "start")])
    tickets.put("T", later := soon(2.0))  # nobody tells the workflow
    await eventually(lambda: tickets.fired("T") == [later])
    assert [result for _, _, result in tickets.woken] == ["early", "judged"]


async def test_a_ticket_that_is_gone_ends_its_workflow(
    alarm: TemporalAlarm, tickets: Tickets, handle: Handle
) -> None:
    tickets.put("T", soon(0.3))
    await alarm.arm([tickets.arming("T", "start")])
    del tickets.rows["T"]
    assert await handle.result() == "running"
    assert tickets.woken == [("T", 1, "gone")]


async def test_waiting_for_facts_leaves_no_history(
    alarm: TemporalAlarm, tickets: Tickets, handle: Handle
) -> None:
    tickets.put("T", due := soon(-1))
    tickets.held = True
    await alarm.arm([tickets.arming("T", "start")])
    await eventually(lambda: len(tickets.woken) >= 2)
    length = (await handle.describe()).history_length
    await eventually(lambda: len(tickets.woken) >= 4)
    assert (await handle.describe()).history_length == length
    tickets.held = False
    await eventually(lambda: tickets.fired("T") == [due])


async def test_a_database_that_is_away_only_delays(alarm: TemporalAlarm, tickets: Tickets) -> None:
    tickets.put("T", due := soon(0.1))
    tickets.away = ConnectionRefusedError("no database")
    await alarm.arm([tickets.arming("T", "start")])
    await eventually(lambda: now() > due)
    tickets.away = None
    await eventually(lambda: tickets.fired("T") == [due])


async def test_a_restored_database_is_believed(
    alarm: TemporalAlarm, tickets: Tickets, monkeypatch: pytest.MonkeyPatch, state: State
) -> None:
    monkeypatch.setattr(activity_module, "BEHIND", timedelta(milliseconds=100))
    tickets.put("T", soon(3600))
    for _ in range(4):
        tickets.put("T", soon(0.5))
    await alarm.arm([tickets.arming("T", "start")])
    tickets.rows["T"] = Row(2, (due := soon(1.5),))
    await eventually(lambda: tickets.fired("T") == [due])
    assert (await state("T"))["revision"] == 3


async def test_get_state_tells_operators_how_it_stands(
    alarm: TemporalAlarm, tickets: Tickets, state: State
) -> None:
    tickets.put("T", soon(0.1), soon(3600))
    await alarm.arm([tickets.arming("T", "start")])
    await eventually(lambda: len(tickets.judged) == 1)
    tickets.put("T", soon(1800))
    await alarm.arm([tickets.arming("T", "complete_response")])

    async def told() -> dict[str, Any] | None:
        found = await state("T")
        return found if found["response_completed"] else None

    found = await eventually(told)
    assert found is not None
    assert found | {"as_of": "", "next_wake": "", "remaining_seconds": 0, "fired": []} == {
        "tenant": tickets.tenant,
        "ticket_id": "T",
        "revision": 3,
        "status": "running",
        "paused": False,
        "response_completed": True,
        "as_of": "",
        "next_wake": "",
        "remaining_seconds": 0,
        "fired_count": 1,
        "fired": [],
    }
    assert 1700 < found["remaining_seconds"] <= 1800
    assert [one["result"] for one in found["fired"]] == ["judged"]


async def test_an_answer_that_asks_back_pauses(
    alarm: TemporalAlarm, tickets: Tickets, state: State
) -> None:
    tickets.put("T", soon(3600))
    await alarm.arm([tickets.arming("T", "start")])
    tickets.put("T")
    await alarm.arm([tickets.arming("T", "complete_response")])

    async def status(wanted: str) -> bool:
        found = await state("T")
        return bool(found["response_completed"] and found["status"] == wanted)

    await eventually(lambda: status("paused"))
    tickets.put("T", soon(3600))
    await alarm.arm([tickets.arming("T", "rearm")])
    await eventually(lambda: status("running"))


async def test_many_signals_continue_as_new_and_lose_nothing(
    alarm: TemporalAlarm,
    tickets: Tickets,
    handle: Handle,
    state: State,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workflow_module, "SIGNALS_A_RUN", 10)
    tickets.put("T", soon(0.1), soon(3600))
    await alarm.arm([tickets.arming("T", "start")])
    await eventually(lambda: len(tickets.judged) == 1)
    first, _ = await run_of(handle)
    for _ in range(12):
        tickets.put("T", soon(3600))
        await alarm.arm([tickets.arming("T")])

    async def current() -> bool:
        return bool((await state("T"))["revision"] == 14)

    await eventually(current)
    assert (await run_of(handle))[0] != first
    assert (await state("T"))["fired_count"] == 1


@pytest.mark.parametrize(
    ("tenant", "ticket", "name"),
    [
        pytest.param("acme", "INC-1", "sla-ticket-acme-INC-1", id="plain"),
        pytest.param("a-b", "c", "sla-ticket-a_b-c", id="a tenant with a hyphen"),
        pytest.param("a", "b-c", "sla-ticket-a-b-c", id="is not another tenant's ticket"),
    ],
)
def test_ids(tenant: str, ticket: str, name: str) -> None:
    assert workflow_id(tenant, ticket) == name
