"""A service as a process: up while its parts are away, polite when it is told to stop."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from slaclock.service import find, serve
from slaclock.service.serving import CannotListen, bind
from slaclock.service.spec import ServiceSpec, UnknownService, discover
from slaclock.testing.waiting import eventually

SAMPLE = Path(__file__).with_name("sample_service.py")


class Running:
    """A process of the sample service, and where it answers."""

    def __init__(self, *arguments: str) -> None:
        sock = bind("127.0.0.1", 0)
        sock.listen()
        self.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        self.process = subprocess.Popen(
            [sys.executable, SAMPLE, str(sock.fileno()), *arguments],
            pass_fds=[sock.fileno()],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        sock.close()

    async def wait(self) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as client:
            return await client.get("/sample/health/ready")


@pytest.fixture
def run() -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(*arguments: str) -> Running:
        started.append(Running(*arguments))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate(timeout=30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_service_is_up_while_its_database_is_away(
    run: Callable[..., Running], number: signal.Signals
) -> None:
    running = run()

    answer = await running.wait()
    assert (answer.status_code, answer.json()) == (503, {"waiting_for": ["database"]})

    running.process.send_signal(number)
    out, log = running.process.communicate(timeout=30)
    assert running.process.returncode == 0
    assert out == b"the end\n", "the process goes on to its own end, nothing else is on stdout"
    lines = [json.loads(line) for line in log.splitlines()]
    assert all(line["service"] == "sample" for line in lines)
    assert any(line["event"] == "part_failed" for line in lines)


async def test_a_service_runs_in_a_forked_child(run: Callable[..., Running]) -> None:
    running = run("fork")
    await running.wait()

    # the terminal's Ctrl-C reaches parent and child; the child ends by itself
    children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children")
    child = int(children.read_text().split()[0])
    subprocess.run(["kill", "-TERM", str(child)], check=True)

    out, _ = running.process.communicate(timeout=30)
    assert running.process.returncode == 0
    assert out == b"the end\n"


async def test_what_is_under_way_is_finished(run: Callable[..., Running]) -> None:
    running = run()
    await running.wait()

    async with httpx.AsyncClient(base_url=running.url, timeout=30) as client:
        answer = asyncio.create_task(client.get("/sample/v1/slow"))
        await asyncio.sleep(0.2)
        running.process.terminate()
        assert (await answer).json() == "done"

    await eventually(lambda: running.process.poll() is not None)
    assert running.process.returncode == 0


def test_a_taken_port_says_so() -> None:
    taken = bind("127.0.0.1", 0)
    taken.listen()
    port = taken.getsockname()[1]

    def build(_: object) -> None:
        raise AssertionError("not before the address is ours")

    with pytest.raises(CannotListen) as caught:
        serve(ServiceSpec("sample", "nowhere", build), port=port)  # type: ignore[arg-type]

    taken.close()
    (fault,) = caught.value.faults
    assert fault.value == f"127.0.0.1:{port}"
    assert "another port" in fault.remedy


def test_an_address_that_is_not_ours_says_so() -> None:
    with pytest.raises(CannotListen):
        bind("192.0.2.1", 0)


def test_ipv6_addresses_bind() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 on this machine")
    try:
        bind("::1", 0).close()
    except CannotListen:
        pytest.skip("no IPv6 on this machine")


def test_the_installed_services_are_found() -> None:
    assert list(discover()) == ["calendar", "dashboard", "escalation", "sla", "ticket-clock"]


def test_an_unknown_service_lists_the_known_ones() -> None:
    with pytest.raises(UnknownService) as caught:
        find("kalender")

    assert "calendar" in caught.value.faults[0].remedy


def test_a_service_knows_its_database() -> None:
    def build(_: object) -> None: ...

    assert ServiceSpec("ticket-clock", "m", build).database == "ticket_clock"  # type: ignore[arg-type]
