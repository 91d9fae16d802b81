"""Finding the platform, and what its answers mean."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from slaclock.auth.roles import Role
from slaclock.cli.exits import NothingFound, NotReachable, PlatformFault, code_of
from slaclock.cli.platform import NoCredential, Platform, Refused
from slaclock.errors import Refusal
from slaclock.home import MalformedHome


def nobody() -> str:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{sock.getsockname()[1]}"


def test_the_home_of_an_embedded_platform(running: Any) -> None:
    found = Platform.find(Role.MANAGER)

    assert (found.url, found.api_key, found.tenant) == (running.url, "key-manager", "demo")
    assert found.nats_url == "nats://127.0.0.1:1"
    assert "key-manager" not in repr(found)


def test_the_environment_wins(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACLOCK_URL", "https://sla.example/")
    monkeypatch.setenv("SLACLOCK_API_KEY", "mine")

    found = Platform.find(Role.VIEWER)

    assert (found.url, found.api_key) == ("https://sla.example", "mine")
    assert found.url != running.url


def test_another_tenant_of_the_home(running: Any, home: Path) -> None:
    (home / "tenants").mkdir()
    (home / "tenants" / "acme.json").write_text(
        json.dumps({"tenant": "acme", "api_keys": {"viewer": "acme-viewer"}})
    )

    assert Platform.find(Role.VIEWER, tenant="acme").api_key == "acme-viewer"
    assert Platform.find(Role.VIEWER, tenant="demo").url == running.url
    with pytest.raises(NoCredential, match="slaclock tenant add globex"):
        Platform.find(Role.VIEWER, tenant="globex")


def test_no_platform_says_how_to_start_one() -> None:
    with pytest.raises(NotReachable, match="slaclock up"):
        Platform.find(Role.VIEWER)


def test_a_platform_that_crashed_says_so(running: Any, home: Path) -> None:
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    gone = {"http": running.url, "nats": "nats://x", "pid": child}
    (home / "runtime.json").write_text(json.dumps(gone))

    with pytest.raises(NotReachable, match="has stopped"):
        Platform.find(Role.VIEWER)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"http": 1, "nats": 2, "pid": "x"}', "\xff"])
def test_a_malformed_runtime_file_says_so(home: Path, content: str) -> None:
    (home / "runtime.json").write_bytes(content.encode("latin-1"))

    with pytest.raises(MalformedHome, match=r"runtime\.json"):
        Platform.find(Role.VIEWER)


def test_nobody_at_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACLOCK_URL", nobody())
    monkeypatch.setenv("SLACLOCK_API_KEY", "k")

    with pytest.raises(NotReachable, match="correct SLACLOCK_URL"):
        Platform.find(Role.VIEWER).get("/x")


def test_an_answer_that_takes_too_long(running: Any) -> None:
    sock = socket.create_server(("127.0.0.1", 0))
    found = Platform(f"http://127.0.0.1:{sock.getsockname()[1]}", "k")

    with pytest.raises(NotReachable, match=r"within 0\.05 s"):
        found.ask("GET", "/x", timeout=0.05)
    sock.close()
    assert running.asked == []


PROBLEM = {
    "code": "some.code",
    "detail": "what is wrong",
    "errors": [{"field": "a", "value": 1, "message": "is wrong", "remedy": "make it right"}],
}


@pytest.mark.parametrize(
    ("status", "document", "kind", "exit_code", "said"),
    [
        pytest.param(404, PROBLEM, NothingFound, 4, "what is wrong", id="not found"),
        pytest.param(422, PROBLEM, Refused, 2, "what is wrong", id="bad input"),
        pytest.param(401, PROBLEM, Refused, 2, "check SLACLOCK_API_KEY", id="bad key"),
        pytest.param(403, PROBLEM, Refused, 2, "what is wrong", id="role"),
        pytest.param(503, PROBLEM, NotReachable, 3, "not ready", id="not ready"),
        pytest.param(500, PROBLEM, PlatformFault, 70, "status 500", id="failure"),
        pytest.param(502, b"<html>", NotReachable, 3, "not ready", id="a proxy's page"),
        pytest.param(400, b"", Refused, 2, "GET /x failed", id="nothing"),
        pytest.param(400, [], Refused, 2, "GET /x failed", id="a list"),
        pytest.param(400, {"errors": 3}, Refused, 2, "GET /x failed", id="errors no list"),
        pytest.param(200, b"<html>", PlatformFault, 70, "not answer JSON", id="another site"),
    ],
)
def test_answers(
    running: Any,
    status: int,
    document: object,
    kind: type[Refusal],
    exit_code: int,
    said: str,
) -> None:
    running.on("/x", document, status=status)

    with pytest.raises(kind, match=said) as caught:
        Platform.find(Role.VIEWER).get("/x")

    assert code_of(caught.value) == exit_code


def test_faults_come_along(running: Any) -> None:
    running.on("/x", PROBLEM, status=422)

    with pytest.raises(Refused) as caught:
        Platform.find(Role.VIEWER).get("/x")

    assert caught.value.code == "some.code"
    assert str(caught.value.faults[0]) == "a: is wrong (found 1); make it right"


def test_parameters_without_a_value_are_left_out(running: Any) -> None:
    running.on("/x", {})

    Platform.find(Role.VIEWER).get("/x", a="ü /", b=None, c=3)

    assert running.asked[0].path == "/x?a=%C3%BC+%2F&c=3"
    assert running.asked[0].key == "key-viewer"
