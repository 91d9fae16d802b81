"""When requests are repeated, and when they queue."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from slaclock.client import ApiDenied, ApiRefusal, ApiUnreachable, InvalidInput, SlaClient
from slaclock.client.pacing import retry_after

TICKET = {"ticket_id": "A", "revision": 1, "as_of": "2026-03-02T09:30:00Z"}


class Platform:
    """Gives its answers one after the other, the last one for ever."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked_at = list(answers), list[float]()

    def __call__(self, _: httpx.Request) -> httpx.Response:
        self.asked_at.append(asyncio.get_running_loop().time())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self) -> SlaClient:
        return SlaClient("http://sla.example", "key", transport=httpx.MockTransport(self))


def busy(retry: str, status: int = 429) -> httpx.Response:
    return httpx.Response(status, headers={"Retry-After": retry}, json={"detail": "too fast"})


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was slept, without sleeping."""
    slept: list[float] = []

    async def at_once(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", at_once)
    return slept


async def test_pauses_grow(pauses: list[float]) -> None:
    platform = Platform(httpx.ConnectError("refused"))
    async with platform.client() as client:
        with pytest.raises(ApiUnreachable, match="refused"):
            await client.ticket("A")

    assert len(platform.asked_at) == 4
    for slept, longest in zip(pauses, (0.2, 0.4, 0.8), strict=True):
        assert longest / 2 <= slept <= longest


@pytest.mark.parametrize("status", [429, 503])
async def test_a_wish_to_be_left_alone_is_respected(pauses: list[float], status: int) -> None:
    platform = Platform(busy("7", status), httpx.Response(200, json=TICKET))
    async with platform.client() as client:
        await client.ticket("A")
    (slept,) = pauses
    assert 6.9 <= slept <= 7.7


async def test_other_requests_queue_too() -> None:
    platform = Platform(busy("1"), httpx.Response(200, json=TICKET))
    async with platform.client() as client:
        first = asyncio.create_task(client.ticket("A"))
        while not platform.asked_at:
            await asyncio.sleep(0)
        await asyncio.gather(first, *(client.ticket("A") for _ in range(3)))
    told, *later = platform.asked_at
    assert len(later) == 4
    assert min(later) - told >= 1


async def test_a_long_wait_is_left_to_the_caller(pauses: list[float]) -> None:
    platform = Platform(busy("3600"))
    async with platform.client() as client:
        with pytest.raises(ApiUnreachable, match="too fast") as caught:
            await client.ticket("A")
    assert (caught.value.retry_after, pauses) == (timedelta(hours=1), [])


@pytest.mark.parametrize("status", [401, 403])
async def test_a_credential_that_does_not_do_is_told_at_once(
    pauses: list[float], status: int
) -> None:
    problem = {"code": "credential.unknown", "detail": "no such key"}
    platform = Platform(httpx.Response(status, json=problem))
    async with platform.client() as client:
        with pytest.raises(ApiDenied, match="no such key") as caught:
            await client.ticket("A")
    assert (caught.value.status, caught.value.code) == (status, "credential.unknown")
    assert isinstance(caught.value, ApiRefusal)
    assert (len(platform.asked_at), pauses) == (1, [])


async def test_something_else_than_json() -> None:
    async with Platform(httpx.Response(200, text="<html>")).client() as client:
        with pytest.raises(ApiUnreachable, match="else than JSON"):
            await client.ticket("A")


def test_retry_after_may_be_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < (retry_after(busy(soon)) or 0) <= 90
    assert retry_after(busy("Wed, 21 Oct 2015 07:28:00 GMT")) == 0
    assert retry_after(busy("Wed, 21 Oct 2015 07:28:00 -0000")) == 0


@pytest.mark.parametrize("said", ["", "soon", "-1", "²", "1.5", "Wed, 99 Oct 2015 07:28:00 GMT"])
def test_what_cannot_be_read_is_no_wish(said: str) -> None:
    assert retry_after(httpx.Response(429, headers={b"Retry-After": said.encode()})) is None


@pytest.mark.parametrize(
    ("url", "key", "fields"),
    [
        pytest.param("127.0.0.1:8080", "key", ["url"], id="no scheme"),
        pytest.param("localhost", "key", ["url"], id="no scheme, a name"),
        pytest.param("http://", "key", ["url"], id="no server"),
        pytest.param("http://a:b:c", "key", ["url"], id="no port"),
        pytest.param("ftp://x", "", ["url", "api_key"], id="both"),
        pytest.param("http://x", "a key\n", ["api_key"], id="a line's end"),
        pytest.param("http://x", "schlüssel", ["api_key"], id="no ASCII"),
    ],
)
def test_where_and_who_must_be_possible(url: str, key: str, fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        SlaClient(url, key)
    assert [one.field for one in caught.value.faults] == fields
    assert not key or key not in str(caught.value)


async def test_days_in_order() -> None:
    platform = Platform(httpx.Response(200, json={}))
    async with platform.client() as client:
        with pytest.raises(InvalidInput, match="swap the two"):
            await client.compliance(
                metric="resolution", begin=date(2026, 2, 2), end=date(2026, 2, 1)
            )
        await client.compliance(metric="resolution", begin=date(2026, 2, 2), end=date(2026, 2, 2))
    assert len(platform.asked_at) == 1


@pytest.mark.parametrize(
    ("ticket_id", "known", "fields"),
    [
        pytest.param("", None, ["ticket_id"], id="empty"),
        pytest.param("x" * 201, None, ["ticket_id"], id="too long"),
        pytest.param("a\x00", None, ["ticket_id"], id="NUL"),
        pytest.param("a\ud800", None, ["ticket_id"], id="half a pair"),
        pytest.param(7, None, ["ticket_id"], id="a number"),
        pytest.param("A", datetime(2026, 3, 2), ["as_known_at"], id="no zone"),  # noqa: DTZ001 - the point
        pytest.param("", "now", ["ticket_id", "as_known_at"], id="everything at once"),
    ],
)
async def test_what_cannot_have_an_answer_is_not_sent(
    ticket_id: object, known: object, fields: list[str]
) -> None:
    platform = Platform(httpx.Response(200, json=TICKET))
    async with platform.client() as client:
        with pytest.raises(InvalidInput) as caught:
            await client.ticket(ticket_id, as_known_at=known)  # type: ignore[arg-type]
        assert [one.field for one in caught.value.faults] == fields
        assert all(one.message and one.remedy for one in caught.value.faults)
        with pytest.raises(ValueError, match="write one of active, paused"):
            await anext(client.tickets(state="open"))
    assert platform.asked_at == []
