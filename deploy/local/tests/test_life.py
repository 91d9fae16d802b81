"""Starting, stopping, and being hurt: a platform of two made-up services on real parts."""

from __future__ import annotations

import json
import signal
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import nats
import pytest

from slaclock.embedded.process import wait_until
from slaclock.embedded.sockets import free_port
from slaclock.testing import eventually
from slaclock.testing.ordinary import as_ordinary_user
from slaclock_local.testing import PlatformProcess

pytestmark = pytest.mark.faults

Command = Callable[..., tuple[str, ...]]


def get(platform: PlatformProcess, path: str, timeout: float = 60) -> httpx.Response:
    return httpx.get(platform.runtime.http + path, timeout=timeout, trust_env=False)


def add_row(platform: PlatformProcess, service: str = "calendar") -> None:
    answer = httpx.post(f"{platform.runtime.http}/{service}/rows", timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text


def rows(platform: PlatformProcess, service: str = "calendar") -> int:
    return int(get(platform, f"/{service}/rows").text)


def test_what_a_ready_platform_leaves_in_its_home(platform: PlatformProcess) -> None:
    home = platform.layout.path
    runtime = json.loads((home / "runtime.json").read_text())
    credentials = json.loads((home / "credentials.json").read_text())

    assert set(runtime) == {"http", "nats", "pid"}
    assert runtime["pid"] == platform.process.pid
    assert get(platform, "/health/ready").json() == {"waiting_for": []}
    assert stat.S_IMODE((home / "credentials.json").stat().st_mode) == 0o600
    assert credentials["tenant"] == "demo"
    assert set(credentials["api_keys"]) == {"viewer", "technician", "manager", "admin", "service"}
    assert set(credentials["nats"]) == {"helpdesk", "commerce", "planning"}
    assert set(credentials["nats"]["helpdesk"]) == {"user", "password"}
    hashes = (home / "api-keys.json").read_text()
    assert not [key for key in credentials["api_keys"].values() if key in hashes]


def test_the_parent_has_one_thread(platform: PlatformProcess) -> None:
    threads = Path(f"/proc/{platform.process.pid}/task").iterdir()

    assert [thread.name for thread in threads] == [str(platform.process.pid)]


def test_a_service_knows_its_own_identity_and_database_only(platform: PlatformProcess) -> None:
    environment = get(platform, "/sla/environment").json()
    descriptors = get(platform, "/sla/descriptors").json()

    assert json.loads(environment["SLACLOCK_NATS_CREDENTIALS"])["user"] == "sla"
    assert "sla_app" in environment["SLACLOCK_SLA_DATABASE_URL"]
    assert "SLACLOCK_CALENDAR_DATABASE_URL" not in environment
    assert not [name for name in descriptors if name.endswith("/lock")]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGTERM, 0, id="SIGTERM"),
        pytest.param(signal.SIGINT, 130, id="Ctrl-C"),
        pytest.param(signal.SIGHUP, 0, id="a closed terminal"),
    ],
)
def test_it_stops_cleanly(mortal: PlatformProcess, number: signal.Signals, code: int) -> None:
    marks = mortal.marks()

    assert mortal.stop(number) == code

    assert not [part for part, mark in marks.items() if mark.is_alive()]
    assert not mortal.layout.home.runtime_file.exists()
    assert "does not end" not in mortal.said()
    assert "database system is shut down" in mortal.layout.log("postgres").read_text()


def test_a_stream_does_not_hold_up_the_end(mortal: PlatformProcess) -> None:
    with httpx.stream("GET", f"{mortal.runtime.http}/sla/stream", trust_env=False) as answer:
        next(answer.iter_raw())
        began = time.monotonic()
        assert mortal.stop() == 0
        assert time.monotonic() - began < 15


def test_a_second_start_in_the_same_home_is_refused(
    platform: PlatformProcess, madeup: Command
) -> None:
    second = PlatformProcess(platform.layout.path, command=madeup(platform.layout.path))
    second.launch()

    assert second.process.wait(60) == 2
    assert f"already runs in {platform.layout.path}" in second.said()
    assert f"process {platform.process.pid}, answering at {platform.runtime.http}" in second.said()
    assert get(platform, "/health/ready").status_code == 200


@pytest.mark.parametrize(
    ("which", "option"),
    [
        pytest.param(0, "--port", id="HTTP"),
        pytest.param(1, "--nats-port", id="NATS"),
    ],
)
def test_a_busy_port_is_named_with_the_remedy(
    platform: PlatformProcess, tmp_path: Path, madeup: Command, which: int, option: str
) -> None:
    taken = [platform.runtime.http, platform.runtime.nats][which].rpartition(":")[2]
    ports = [free_port(), free_port()]
    ports[which] = int(taken)
    other = PlatformProcess(tmp_path / "other", command=madeup(tmp_path / "other", *ports))
    other.launch()

    assert other.process.wait(60) == 2
    line = other.says(f"port {taken}")
    assert "is taken by" in line
    assert f"{option} PORT" in line
    other.kill_everything()


def test_a_killed_service_comes_back_and_no_connection_is_lost(
    platform: PlatformProcess,
) -> None:
    kept = rows(platform)
    before = platform.marks()["calendar"]
    answers: list[int] = []

    def ask_for_a_while() -> None:
        until = time.monotonic() + 4
        while time.monotonic() < until:
            answers.append(get(platform, "/calendar/rows").status_code)

    asking = threading.Thread(target=ask_for_a_while)
    asking.start()
    platform.kill("calendar")
    after = platform.restarted("calendar", before)
    asking.join()

    assert set(answers) == {200}
    assert int(get(platform, "/calendar/pid").text) == after.pid
    assert rows(platform) == kept
    assert "calendar (pid" in platform.says("was killed by SIGKILL; starting it again now")


def test_a_service_that_ends_by_itself_is_started_again(platform: PlatformProcess) -> None:
    before = platform.marks()["sla"]

    # a POST, which the front never repeats: it kills one process only
    answer = httpx.post(f"{platform.runtime.http}/sla/die", timeout=60, trust_env=False)
    assert answer.status_code == 502

    platform.restarted("sla", before)
    assert "ended with 9" in platform.said()


def test_a_killed_front_comes_back_on_its_port(platform: PlatformProcess) -> None:
    before = platform.marks()["front"]

    platform.kill("front")

    assert get(platform, "/calendar/rows").status_code == 200
    platform.restarted("front", before)


async def test_a_killed_broker_comes_back_with_what_it_had(platform: PlatformProcess) -> None:
    access = platform.credentials["nats"]["helpdesk"]
    before = platform.marks()["nats"]
    client = await nats.connect(
        platform.runtime.nats, user=access["user"], password=access["password"]
    )
    try:
        first = await client.jetstream().publish("sla.ticket.opened.v1.demo", b"{}")
        platform.kill("nats")
        platform.restarted("nats", before)

        async def publish_again() -> int:
            try:
                again = await client.jetstream().publish("sla.ticket.opened.v1.demo", b"{}")
            except (nats.errors.Error, OSError):
                return 0
            return again.seq

        assert await eventually(publish_again) == first.seq + 1
    finally:
        await client.close()


def test_a_database_server_killed_with_its_children_comes_back(platform: PlatformProcess) -> None:
    kept = rows(platform)
    for _ in range(3):
        add_row(platform)

    before = platform.kill_postgres()
    platform.restarted("postgres", before)

    assert rows(platform) == kept + 3


def test_a_killed_postmaster_whose_children_live_on_comes_back(platform: PlatformProcess) -> None:
    kept = rows(platform)
    add_row(platform)
    before = platform.marks()["postgres"]

    platform.kill("postgres")
    platform.restarted("postgres", before)

    assert rows(platform) == kept + 1


def test_the_leftovers_of_a_crash_do_not_stop_the_next_start(
    tmp_path: Path, madeup: Command
) -> None:
    home = tmp_path / "home"
    with PlatformProcess(home, command=madeup(home)) as first:
        add_row(first)
        marks = dict(first.marks())
        marks["nats"].signal(signal.SIGSTOP)  # cannot notice its parent's death
        first.process.kill()
        first.process.wait()
        others = [mark for part, mark in marks.items() if part not in {"nats", "postgres"}]
        assert wait_until(lambda: not any(mark.is_alive() for mark in others), timeout=30)
        assert marks["nats"].is_alive()

        with PlatformProcess(home, command=madeup(home)) as second:
            line = second.says("the last run was cut off")
            assert f"nats (pid {marks['nats'].pid})" in line
            assert not marks["nats"].is_alive()
            assert rows(second) == 1
            assert second.stop() == 0


def test_stale_files_alone_are_no_platform(tmp_path: Path, madeup: Command) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "runtime.json").write_text('{"http": "http://127.0.0.1:1", "nats": "x", "pid": 1}')
    (home / "processes.json").write_text('{"nats": {"pid": 1, "started": "another boot/1"}}')
    (home / "postgres" / "data.new").mkdir(parents=True)

    with PlatformProcess(home, command=madeup(home)) as platform:
        platform.says("the last run was cut off; nothing of it runs any more")
        platform.says("ready after")


def test_data_and_credentials_survive_a_restart(tmp_path: Path, madeup: Command) -> None:
    home = tmp_path / "home"
    with PlatformProcess(home, command=madeup(home)) as platform:
        add_row(platform)
        credentials = platform.credentials
        platform.stop()
    with PlatformProcess(home, command=madeup(home)) as platform:
        assert rows(platform) == 1
        assert platform.credentials == credentials
        assert "cut off" not in platform.said()


def test_a_part_that_never_comes_up_ends_the_start(tmp_path: Path, madeup: Command) -> None:
    home = tmp_path / "home"
    (home / "nats").mkdir(parents=True)
    (home / "nats" / "jetstream").write_text("not a directory")
    platform = PlatformProcess(home, command=madeup(home))
    platform.launch()

    assert platform.process.wait(120) == 3
    assert "gave up after 3 attempts" in platform.said()
    assert not (home / "runtime.json").exists()
    platform.kill_everything()


def test_a_stop_during_the_start_is_obeyed(tmp_path: Path, madeup: Command) -> None:
    home = tmp_path / "home"
    platform = PlatformProcess(home, command=madeup(home), environment={"MADEUP_SLOW": "30"})
    platform.launch()
    assert wait_until(lambda: "front" in platform.marks(), timeout=90)
    marks = platform.marks()

    assert platform.stop(signal.SIGINT) == 130

    assert not [part for part, mark in marks.items() if mark.is_alive()]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        pytest.param(lambda home: home.write_text(""), "not a directory", id="a file"),
        pytest.param(lambda home: home.mkdir(0o500), "may not write", id="somebody else's"),
    ],
)
def test_a_home_that_cannot_be_written_is_refused(
    made: Callable[[Path], object], reason: str, madeup: Command
) -> None:
    with as_ordinary_user() as user:
        home = user.home / "home"
        made(home)
        done = user.run(madeup(home))

    assert done.returncode == 2
    assert reason in done.stderr
    assert "SLACLOCK_HOME" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_ordinary_user_runs_the_platform(madeup: Command) -> None:
    with as_ordinary_user() as user:
        home = user.home / "home"
        command = user.command(madeup(home))
        with PlatformProcess(home, command=command, environment=user.environment) as platform:
            add_row(platform)
            before = platform.kill_postgres()
            platform.restarted("postgres", before)
            assert rows(platform) == 1
            assert platform.stop() == 0


def test_a_job_runs_beside_the_platform_and_decides_the_exit(
    tmp_path: Path, madeup: Command
) -> None:
    home = tmp_path / "home"
    platform = PlatformProcess(home, command=madeup(home, 0, 0, "job"))
    platform.launch()

    assert platform.process.wait(120) == 7
    assert "job in" in platform.said()
    assert not (home / "runtime.json").exists()


def test_a_job_ends_with_the_platform(tmp_path: Path, madeup: Command) -> None:
    home = tmp_path / "home"
    command = madeup(home, 0, 0, "job")
    platform = PlatformProcess(home, command=command, environment={"MADEUP_JOB": "60"})
    platform.launch()
    platform.says("job in", timeout=120)

    assert platform.stop(signal.SIGINT) == 130
