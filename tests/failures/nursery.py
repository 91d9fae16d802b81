"""The process that all replicas are forked from: it has imported the libraries, so they start fast.

A replica that is killed must come back at once, a hundred times in a run; importing takes two
seconds each time. Reads one JSON document a line, and answers in lines:

`{"start": NAME, "service": S, "port": P, "defect": D, "log": FILE, "environment": {...}}`
-> `{"started": NAME, "pid": N}`, and when it has ended `{"ended": NAME, "pid": N, "code": C}`.

At the end of its input it kills what is left, and ends.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

from slaclock.service import find
from slaclock_local.forking import Forked, fork

from .replica import serve_replica

SERVERS = (
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "asyncpg",
)


class Nursery:
    """Replicas by name."""

    def __init__(self) -> None:
        self._children: dict[str, Forked] = {}

    def run(self) -> None:
        """Do as the lines say, until there are no more."""
        waiting = b""
        while True:
            ready, _, _ = select.select([0], [], [], 0.02)
            self._reap()
            if not ready:
                continue
            read = os.read(0, 65536)
            if not read:
                break
            *lines, waiting = (waiting + read).split(b"\n")
            for line in lines:
                self._start(json.loads(line))
        for child in self._children.values():
            child.send_signal(signal.SIGKILL)

    def _start(self, wish: dict[str, Any]) -> None:
        work = partial(
            serve_replica, wish["service"], port=wish["port"], defect=wish.get("defect", "")
        )
        child = fork(work, log=Path(wish["log"]), environment=wish["environment"])
        self._children[wish["start"]] = child
        self._say({"started": wish["start"], "pid": child.pid})

    def _reap(self) -> None:
        for name, child in list(self._children.items()):
            code = child.poll()
            if code is not None:
                del self._children[name]
                self._say({"ended": name, "pid": child.pid, "code": code})

    @staticmethod
    def _say(document: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(document) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    for module in SERVERS:
        importlib.import_module(module)
    for service in sys.argv[1:]:
        find(service)
    Nursery().run()
