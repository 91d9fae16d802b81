"""What simulations over HTTP are asked, and who stands behind them in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import httpx

from slaclock.auth import Principal, Role
from slaclock.contracts.canonical import content_hash
from slaclock.contracts.sealing import (
    CalendarSealIn,
    CalendarSealOut,
    SealFinding,
    SlaSealIn,
    SlaSealOut,
)
from ticket_clock_service.domain.simulation import Question, Scope, Simulation, Tickets
from ticket_clock_service.usecases.simulate import Progress, Simulator

from ...desk import sla

PATH = "/ticket-clock/v1/simulations"
MARCH = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
GOLD = sla("gold", minutes=60)
FILE = {"schema": "slaclock.sla/1", "sla_id": "gold", "targets": []}
OFFICE = {"schema": "slaclock.calendar/1", "calendar_id": "uk", "version": 3, "name": "UK"}
LINES = {"accept": "application/x-ndjson"}


class Told(Simulator):
    """Raises `refuses`; or says that it is half done, waits for `go`, and raises `fails` or ends."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.go = asyncio.Event()
        self.go.set()
        self.refuses: Exception | None = None
        self.fails: Exception | None = None
        self.cancelled = False

    async def run(self, question: Question, progress: Progress) -> Simulation:
        self.questions.append(question)
        if self.refuses is not None:
            raise self.refuses
        progress(0, 4)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        progress(2, 4)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if self.fails is not None:
            raise self.fails
        return Simulation(question, 1_000_000, Scope.ALL, Tickets(4, 4), (), (), ())


class Seals:
    """The other services: they answer with `finding`, or raise `no`."""

    def __init__(self) -> None:
        self.asked: list[SlaSealIn | CalendarSealIn] = []
        self.no: Exception | None = None

    async def sla(self, tenant: str, asked: SlaSealIn) -> SlaSealOut:
        assert tenant == "acme"
        self._take(asked)
        return SlaSealOut(
            sla_id="gold",
            version=asked.version,
            name="Gold",
            hash=content_hash(GOLD),
            snapshot=GOLD,
            findings=[
                SealFinding(
                    severity="warning", code="c", path="p", value=1, message="m", remedy="r"
                )
            ],
        )

    async def calendar(self, tenant: str, asked: CalendarSealIn) -> CalendarSealOut:
        assert tenant == "acme"
        self._take(asked)
        return CalendarSealOut(
            calendar_id="uk",
            version=3,
            name="UK",
            hash=content_hash(OFFICE),
            snapshot=OFFICE,
            findings=[],
        )

    def _take(self, asked: SlaSealIn | CalendarSealIn) -> None:
        self.asked.append(asked)
        if self.no is not None:
            raise self.no


class Anybody:
    """The credential names the role."""

    async def principal(self, credential: str) -> Principal:
        return Principal("acme", Role(credential), "tester")


def faults(answer: httpx.Response) -> Collection[str]:
    return {one["field"] for one in answer.json()["errors"]}
