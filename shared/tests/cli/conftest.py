"""A platform that answers what a test tells it to, on a real socket."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from slaclock.testing.logs import log_plainly


@pytest.fixture(autouse=True)
def _logs_of_each_test_alone() -> Iterator[None]:
    """A command logs to the stderr of its test, which is closed for the tests that follow."""
    yield
    log_plainly()


@dataclass
class Asked:
    method: str
    path: str
    key: str
    body: Any
    accept: str | None = None


@dataclass
class FakePlatform:
    """Answers by path; keeps what it was asked."""

    url: str = ""
    answers: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def on(self, path: str, *documents: Any, status: int = 200) -> None:
        """Answer *documents* one after the other; the last one for ever."""
        self.answers[path] = [(status, document) for document in documents]

    def next(self, path: str) -> tuple[int, Any]:
        known = self.answers.get(path)
        if known is None:
            return 404, {"code": "not-found", "detail": f"nothing is at {path}"}
        return known.pop(0) if len(known) > 1 else known[0]


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    fake = FakePlatform()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"null")
            key = self.headers.get("Authorization", "").removeprefix("Bearer ")
            fake.asked.append(Asked(self.command, self.path, key, body, self.headers["Accept"]))
            status, document = fake.next(self.path.partition("?")[0])
            raw = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = _answer  # noqa: N815 - names of the standard library

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and no other SLACLOCK_* variable."""
    for name in list(os.environ):
        if name.startswith("SLACLOCK_"):
            monkeypatch.delenv(name)
    path = tmp_path / "home"
    path.mkdir()
    monkeypatch.setenv("SLACLOCK_HOME", str(path))
    monkeypatch.setenv("COLUMNS", "200")
    return path


@pytest.fixture
def running(platform: FakePlatform, home: Path) -> FakePlatform:
    """The platform as an embedded one: with its files in the home."""
    runtime = {"http": platform.url, "nats": "nats://127.0.0.1:1", "pid": os.getpid()}
    (home / "runtime.json").write_text(json.dumps(runtime))
    roles = ("viewer", "technician", "manager", "admin", "service")
    credentials = {"tenant": "demo", "api_keys": {role: f"key-{role}" for role in roles}}
    (home / "credentials.json").write_text(json.dumps(credentials))
    return platform
