"""The import commands, run as people run them, against the services that they need."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest_asyncio
import uvicorn
from starlette.types import Receive, Scope, Send
from tests.importing.conftest import EXAMPLES, TENANT

import sla_service.main
import ticket_clock_service.main
from slaclock.auth.roles import Role
from slaclock.contracts.examples import example
from slaclock.testing.bus import Bus
from slaclock.testing.serving import serving
from slaclock.testing.waiting import eventually

HERE = Path(__file__).parent
SLACLOCK = (sys.executable, "-c", "from slaclock.cli.main import main; main()")


class Desk:
    """A directory from which commands are run."""

    def __init__(self, home: Path) -> None:
        self.home = home

    async def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of `slaclock` *words*."""
        process = await asyncio.create_subprocess_exec(
            *SLACLOCK,
            *words,
            env={**os.environ, "SLACLOCK_HOME": str(self.home)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 120)
        return process.returncode or 0, out.decode(), err.decode()

    async def servicenow(self, file: Path, *more: str) -> tuple[int, str, str]:
        """`slaclock import servicenow` for the tenant of the tests."""
        words = ("--tenant", TENANT, "--timezone", "UTC", *more)
        return await self.run("import", "servicenow", str(file), *words)


@pytest_asyncio.fixture
async def desk(
    topology: Bus, database: Callable[[Any], str], free_port: int, tmp_path: Path
) -> AsyncIterator[Desk]:
    """sla and ticket-clock behind one address, and a home that names it."""
    sla, clocks = sla_service.main.service(), ticket_clock_service.main.service()
    async with (
        serving(sla, database(sla), tmp_path, topology) as one,
        serving(clocks, database(clocks), tmp_path, topology) as other,
    ):

        async def front(scope: Scope, receive: Receive, send: Send) -> None:
            served = one if scope["path"].startswith("/sla/") else other
            await served.app(scope, receive, send)

        config = uvicorn.Config(
            front, host="127.0.0.1", port=free_port, lifespan="off", log_level="error"
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve())
        await eventually(lambda: server.started)
        helpdesk = topology.access(f"{TENANT}.helpdesk")
        runtime = {
            "http": f"http://127.0.0.1:{free_port}",
            "nats": topology.url,
            "pid": os.getpid(),
        }
        credentials = {
            "tenant": TENANT,
            "api_keys": {role.value: one.key(TENANT, role) for role in (Role.ADMIN, Role.VIEWER)},
            "nats": {"helpdesk": {"user": helpdesk.user, "password": helpdesk.password}},
        }
        (tmp_path / "runtime.json").write_text(json.dumps(runtime))
        (tmp_path / "credentials.json").write_text(json.dumps(credentials))
        yield Desk(tmp_path)
        server.should_exit = True
        await running


async def test_a_log_with_its_sla(desk: Desk) -> None:
    sla = ("--sla", str(EXAMPLES / "servicenow-sla.json"))
    code, out, err = await desk.servicenow(HERE / "incidents.csv", *sla, "--json")
    first = json.loads(out)
    assert (code, first["incidents"], first["facts"], first["clocks"]) == (1, 6, 27, 12)
    assert err.strip() == "slaclock: 2 of 19 rows were rejected; the rest is imported"

    code, out, _ = await desk.servicenow(HERE / "incidents.csv", *sla, "--json")
    assert (code, json.loads(out)) == (1, first | {"duplicates": first["facts"]})

    code, out, _ = await desk.servicenow(HERE / "incidents.csv")
    assert code == 1
    assert "27 (27 known already)" in out


async def test_events(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    kinds = ("opened", "replied", "updated")
    lines = [json.dumps(json.loads(example(f"sla.ticket.{kind}"))) for kind in kinds]
    file.write_text("\n".join(lines) + "\n")
    code, out, err = await desk.run("import", "events", str(file), "--tenant", TENANT, "--json")
    summary = json.loads(out)
    assert (code, summary["rows"], summary["facts"], summary["incidents"]) == (0, 3, 3, 1)
    assert err == ""

    file.write_text("\n".join([*lines, "{}"]))
    code, out, _ = await desk.run("import", "events", str(file), "--tenant", TENANT, "--json")
    assert (code, json.loads(out)["duplicates"]) == (1, 3)
    assert json.loads(out)["rejected"][0]["line"] == 4


async def test_an_sla_with_faults_imports_nothing(desk: Desk, tmp_path: Path) -> None:
    document = json.loads((EXAMPLES / "servicenow-sla.json").read_bytes())
    document["targets"][0]["minutes"] = -5
    document["targets"][1]["calendar"] = "moon"
    sla = tmp_path / "sla.json"
    sla.write_text(json.dumps(document))
    code, out, err = await desk.servicenow(HERE / "incidents.csv", "--sla", str(sla))
    assert (code, out) == (2, "")
    assert "targets[0].minutes" in err
    assert "targets[1].calendar" in err
    code, out, _ = await desk.run("status", "INC1")
    assert code == 4


async def test_bad_input_is_one_line(desk: Desk, tmp_path: Path) -> None:
    empty, rowless = tmp_path / "empty.csv", tmp_path / "rowless.csv"
    empty.write_bytes(b"")
    rowless.write_text("number,priority\nINC1,1 - Critical\n")
    for file, words in (
        (tmp_path / "none.csv", "there is no file"),
        (empty, "is empty"),
        (rowless, "lacks the columns incident_state, opened_at, sys_updated_at"),
    ):
        code, out, err = await desk.servicenow(file)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert words in err


async def test_no_platform(tmp_path: Path) -> None:
    code, out, err = await Desk(tmp_path).servicenow(HERE / "incidents.csv")
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert "slaclock up" in err
