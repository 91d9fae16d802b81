from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import nats.errors
import orjson
import pytest
from nats.aio.client import Client

from slaclock.errors import Fault, Refusal
from slaclock.messaging.asking import AT_ONCE, Declined, NoAnswer, ask, responding
from slaclock.messaging.topology import BUSINESS_TIME, SLA_SEAL, Ask
from slaclock.testing.bus import Bus

Eventually = Callable[..., Awaitable[Any]]
MIB = 1024 * 1024


class Echo:
    """Answers what it is asked, or does what the question says."""

    def __init__(self, name: str = "a") -> None:
        self.name = name
        self.heard: list[tuple[str, bytes]] = []
        self.hold = asyncio.Event()
        self.hold.set()

    async def __call__(self, tenant: str, body: bytes) -> bytes:
        self.heard.append((tenant, body))
        await self.hold.wait()
        match body:
            case b"refuse":
                fault = Fault("start", 1, "is wrong", "write another", "field.wrong")
                raise Refusal(faults=[fault], code="echo.refused", status=422)
            case b"fail":
                raise ZeroDivisionError("a fault of ours")
            case b"outage":
                raise ConnectionRefusedError("the database is away")
            case b"huge":
                return b"x" * MIB
            case _:
                return orjson.dumps({"by": self.name, "tenant": tenant, "size": len(body)})


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def connected(bus: Bus, identity: str, stack: AsyncExitStack) -> Client:
    client = await bus.connect(identity)
    stack.push_async_callback(client.close)
    return client


async def replica(bus: Bus, echo: Echo, stack: AsyncExitStack) -> Client:
    client = await connected(bus, "calendar", stack)
    await stack.enter_async_context(responding(client, BUSINESS_TIME, echo))
    await client.flush()
    return client


@pytest.mark.parametrize(
    "identity", ["sla", "ticket-clock", "dashboard", "acme.helpdesk", "acme.planning"]
)
async def test_services_and_the_tenants_own_systems_may_ask(
    nats_server: Bus, stack: AsyncExitStack, identity: str
) -> None:
    echo = Echo()
    await replica(nats_server, echo, stack)
    asker = await connected(nats_server, identity, stack)
    answer = orjson.loads(await ask(asker, BUSINESS_TIME, "acme", b"question"))
    assert answer == {"by": "a", "tenant": "acme", "size": 8}


async def test_one_of_two_replicas_answers_and_both_take_part(
    nats_server: Bus, stack: AsyncExitStack
) -> None:
    echoes = [Echo("a"), Echo("b")]
    for echo in echoes:
        await replica(nats_server, echo, stack)
    asker = await connected(nats_server, "sla", stack)
    answers = await asyncio.gather(
        *(ask(asker, BUSINESS_TIME, "acme", b"%d" % number) for number in range(60))
    )
    heard = [len(echo.heard) for echo in echoes]
    assert sum(heard) == len(answers) == 60
    assert min(heard) > 0
    assert {orjson.loads(one)["by"] for one in answers} == {"a", "b"}


@pytest.mark.parametrize(
    ("question", "code", "status"),
    [
        pytest.param(b"refuse", "echo.refused", 422, id="a refusal"),
        pytest.param(b"fail", "internal", 500, id="a fault of ours"),
        pytest.param(b"outage", "unavailable", 503, id="the database is away"),
        pytest.param(b"huge", "answer.too-large", 413, id="an answer that does not fit"),
    ],
)
async def test_what_goes_wrong_is_answered_too(
    nats_server: Bus, stack: AsyncExitStack, question: bytes, code: str, status: int
) -> None:
    await replica(nats_server, Echo(), stack)
    asker = await connected(nats_server, "sla", stack)
    with pytest.raises(Declined) as refused:
        await ask(asker, BUSINESS_TIME, "acme", question)
    assert (refused.value.code, refused.value.status) == (code, status)
    assert "a fault of ours" not in str(refused.value)


async def test_too_large_a_question_is_refused_by_both_sides(
    nats_server: Bus, stack: AsyncExitStack
) -> None:
    echo = Echo()
    await replica(nats_server, echo, stack)
    asker = await connected(nats_server, "sla", stack)
    with pytest.raises(Refusal, match="65536 fit"):
        await ask(asker, BUSINESS_TIME, "acme", b"x" * 65_537)
    reply = await asker.request(BUSINESS_TIME.subject("acme"), b"x" * 900_000, timeout=5)
    assert orjson.loads(reply.data)["code"] == "body.too-large"
    assert echo.heard == []


async def test_a_service_that_is_away_is_told_of_at_once(
    nats_server: Bus, stack: AsyncExitStack
) -> None:
    asker = await connected(nats_server, "sla", stack)
    began = asyncio.get_running_loop().time()
    with pytest.raises(NoAnswer, match="no calendar service answers") as told:
        await ask(asker, BUSINESS_TIME, "acme", b"question", patience=30)
    assert told.value.status == 503
    assert asyncio.get_running_loop().time() - began < 10


async def test_a_slow_service_is_waited_for_so_long_and_no_longer(
    nats_server: Bus, stack: AsyncExitStack
) -> None:
    echo = Echo()
    echo.hold.clear()
    await replica(nats_server, echo, stack)
    asker = await connected(nats_server, "sla", stack)
    with pytest.raises(NoAnswer, match="within"):
        await ask(asker, BUSINESS_TIME, "acme", b"question", patience=0.2)
    echo.hold.set()


async def test_a_busy_replica_says_so_and_what_it_has_begun_it_ends(
    nats_server: Bus, stack: AsyncExitStack, eventually: Eventually
) -> None:
    echo = Echo()
    echo.hold.clear()
    client = await connected(nats_server, "calendar", stack)
    asker = await connected(nats_server, "sla", stack)
    async with responding(client, BUSINESS_TIME, echo):
        await client.flush()
        questions = [
            asyncio.create_task(ask(asker, BUSINESS_TIME, "acme", b"q", patience=30))
            for _ in range(AT_ONCE)
        ]
        await eventually(lambda: len(echo.heard) == AT_ONCE)
        with pytest.raises(Declined, match="busy"):
            await ask(asker, BUSINESS_TIME, "acme", b"one more")
        asyncio.get_running_loop().call_later(0.2, echo.hold.set)
    assert len(await asyncio.gather(*questions)) == AT_ONCE


async def test_it_answers_again_when_the_broker_comes_back(
    nats_server: Bus, stack: AsyncExitStack, eventually: Eventually
) -> None:
    await replica(nats_server, Echo(), stack)
    asker = await connected(nats_server, "sla", stack)
    nats_server.kill()
    nats_server.start()

    async def answered() -> bool:
        try:
            return bool(await ask(asker, BUSINESS_TIME, "acme", b"question", patience=1))
        except (NoAnswer, nats.errors.Error):
            return False

    await eventually(answered)


@pytest.mark.parametrize(
    ("identity", "tenant", "about"),
    [
        pytest.param("acme.helpdesk", "globex", BUSINESS_TIME, id="about another tenant"),
        pytest.param("acme.helpdesk", "*", BUSINESS_TIME, id="about all tenants"),
        pytest.param("provisioner", "acme", BUSINESS_TIME, id="the deploy job"),
        pytest.param("acme.helpdesk", "acme", SLA_SEAL, id="drafts are no outsider's business"),
        pytest.param("dashboard", "acme", SLA_SEAL, id="nor another service's"),
    ],
)
async def test_others_may_not_ask(
    nats_server: Bus, stack: AsyncExitStack, identity: str, tenant: str, about: Ask
) -> None:
    echo = Echo()
    client = await connected(nats_server, about.service, stack)
    await stack.enter_async_context(responding(client, about, echo))
    asker = await connected(nats_server, identity, stack)
    with pytest.raises(NoAnswer):
        await ask(asker, about, tenant, b"question", patience=0.5)
    assert echo.heard == []


async def test_only_the_calendar_answers(
    nats_server: Bus, stack: AsyncExitStack, eventually: Eventually
) -> None:
    await replica(nats_server, Echo(), stack)
    refused: list[str] = []
    imposter = await connected(nats_server, "sla", stack)

    async def keep(error: Exception) -> None:
        refused.append(str(error))

    imposter._error_cb = keep
    await imposter.subscribe(BUSINESS_TIME.subject("*"), queue="calendar")
    await imposter.flush()
    await eventually(lambda: any("permissions violation" in one for one in refused))


async def test_answers_do_not_travel_where_other_tenants_listen(
    nats_server: Bus, stack: AsyncExitStack
) -> None:
    """The ordinary inbox is open to all outsiders (ADR 7): there is the reason, and no answer."""
    echo = Echo()
    await replica(nats_server, echo, stack)
    spy = await connected(nats_server, "globex.helpdesk", stack)
    seen = await spy.subscribe("_INBOX.>")
    await spy.flush()
    asker = await connected(nats_server, "acme.helpdesk", stack)
    ordinary = asker.new_inbox().replace("_INBOX_acme_helpdesk", "_INBOX")
    mine = await asker.subscribe(ordinary)
    await asker.publish(BUSINESS_TIME.subject("acme"), b"question", reply=ordinary)
    told = orjson.loads((await mine.next_msg(5)).data)
    assert told["code"] == "reply.not-private"
    assert "_INBOX_acme_helpdesk" in told["errors"][0]["remedy"]
    assert orjson.loads((await seen.next_msg(5)).data)["code"] == "reply.not-private"
    assert echo.heard == []


@pytest.mark.parametrize(
    ("reply", "answered"),
    [
        pytest.param("_INBOX_globex_helpdesk.x", True, id="another tenant's inbox"),
        pytest.param("sla.quote.accepted.v1.globex", False, id="a stream"),
    ],
)
async def test_nobody_lets_the_calendar_write_for_him(
    topology: Bus, stack: AsyncExitStack, nats_admin: Client, reply: str, answered: bool
) -> None:
    """The broker lets a responder write wherever it was asked to; so it looks where that is."""
    echo = Echo()
    await replica(topology, echo, stack)
    watched = await nats_admin.subscribe(reply)
    await nats_admin.flush()
    asker = await connected(topology, "acme.helpdesk", stack)
    await asker.publish(BUSINESS_TIME.subject("acme"), b"question", reply=reply)
    await ask(asker, BUSINESS_TIME, "acme", b"behind it")
    assert [body for _, body in echo.heard] == [b"behind it"]
    await nats_admin.flush()  # what the broker has for us comes before its answer to this
    assert watched.pending_msgs == int(answered)
    state = (await nats_admin.jetstream().stream_info("COMMERCE")).state
    assert state.messages == 0


async def test_a_question_without_a_reply_subject_is_nothing(
    nats_server: Bus, stack: AsyncExitStack
) -> None:
    echo = Echo()
    await replica(nats_server, echo, stack)
    asker = await connected(nats_server, "sla", stack)
    await asker.publish(BUSINESS_TIME.subject("acme"), b"into the air")
    await ask(asker, BUSINESS_TIME, "acme", b"question")
    assert [body for _, body in echo.heard] == [b"question"]
