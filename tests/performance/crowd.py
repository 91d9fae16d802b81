"""Many readers in a process of their own: `python -m tests.performance.crowd PLAN` prints JSON.

Each reader keeps one connection and asks again and again. Who asks at a pace counts from the
instant at which a question was to be asked: a service that answers late cannot spare itself the
questions that were not asked meanwhile. Nothing but bytes is looked at, so that asking costs little
beside answering.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import uvloop

GOOD: Final = b"HTTP/1.1 200"
END_OF_HEADERS: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length: "


@dataclass(slots=True)
class Tally:
    """What the readers have seen.

    Attributes:
        seconds: that each answer took.
        failed: status lines that were not 200, and lost connections.
        bytes: of all answers.
    """

    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    bytes: int = 0


class Reader(asyncio.Protocol):
    """One connection.

    Args:
        questions: whole requests, as bytes.
        pause: seconds from one question to the next; 0 asks as soon as there is an answer.
        begins: when to ask first, on the loop's clock.
        until: when to stop asking.
        tally: of all readers.
        dice: chooses among the questions.
    """

    def __init__(
        self,
        questions: Sequence[bytes],
        pause: float,
        begins: float,
        until: float,
        tally: Tally,
        dice: random.Random,
    ) -> None:
        self._questions, self._pause, self._until = questions, pause, until
        self._tally, self._dice = tally, dice
        self._loop = asyncio.get_running_loop()
        self._planned = begins
        self._transport: asyncio.WriteTransport | None = None
        self._received = bytearray()
        self.done: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: Any) -> None:
        """Wait for the first question's instant."""
        self._transport = transport
        self._loop.call_at(self._planned, self._ask)

    def data_received(self, data: bytes) -> None:
        """Count an answer once it is whole."""
        self._received += data
        head = self._received.find(END_OF_HEADERS)
        if head < 0:
            return
        at = self._received.find(LENGTH) + len(LENGTH)
        length = int(self._received[at : self._received.find(b"\r", at)])
        whole = head + len(END_OF_HEADERS) + length
        if len(self._received) < whole:
            return
        now = self._loop.time()
        if self._received.startswith(GOOD):
            self._tally.seconds.append(now - self._planned)
            self._tally.bytes += length
        else:
            self._tally.failed.append(bytes(self._received[: self._received.find(b"\r")]).decode())
        self._received.clear()
        self._planned = self._planned + self._pause if self._pause else now
        if self._planned >= self._until:
            self._finish()
        elif self._planned <= now:
            self._ask()
        else:
            self._loop.call_at(self._planned, self._ask)

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that is lost before its time counts as a failure."""
        if not self.done.done():
            self._tally.failed.append(f"connection lost: {exc}")
            self.done.set_result(None)

    def _ask(self) -> None:
        if self._transport is not None and not self.done.done():
            self._transport.write(self._dice.choice(self._questions))

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        if self._transport is not None:
            self._transport.close()


async def crowd(plan: dict[str, Any]) -> dict[str, Any]:
    """Let readers read as *plan* says: `port`, `questions`, `readers`, `pause_s`, `seconds`."""
    dice = random.Random(23)
    questions = [text.encode() for text in plan["questions"]]
    loop, tally = asyncio.get_running_loop(), Tally()
    readers, pause = plan["readers"], plan["pause_s"]
    begins = loop.time() + 1 + readers / 1000  # all are connected by then
    until = begins + plan["seconds"]
    made = []
    for number in range(readers):
        first = begins + (number + dice.random()) * pause / readers
        _, reader = await loop.create_connection(
            lambda first=first: Reader(questions, pause, first, until, tally, dice),  # type: ignore[misc]  # a default binds it
            "127.0.0.1",
            plan["port"],
        )
        made.append(reader.done)
    await asyncio.wait(made)
    used = time.process_time()
    return {
        "seconds": loop.time() - begins,
        "milliseconds": [round(one * 1000, 2) for one in tally.seconds],
        "failed": tally.failed,
        "bytes": tally.bytes,
        "cpu_s": used,
    }


if __name__ == "__main__":
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.stdout.write(json.dumps(uvloop.run(crowd(plan))))
