"""Builds the parts of ticket-clock and joins them; nobody else does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI

from slaclock.contracts.sealing import (
    CalendarSealIn,
    CalendarSealOut,
    SlaSealIn,
    SlaSealOut,
)
from slaclock.http import create_app
from slaclock.messaging.asking import ask, responding
from slaclock.messaging.backbone import Backbone, pooled
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parked_routes import parked_router
from slaclock.messaging.parking import Parking
from slaclock.messaging.topology import CALENDAR_SEAL, REACHED, SLA_SEAL
from slaclock.service import Late, Loops, ServiceSpec
from slaclock.settings import PlatformSettings
from slaclock.store import Pool
from slaclock.telemetry import Metrics
from ticket_clock_service.api.edge import Edge
from ticket_clock_service.api.routes import routes
from ticket_clock_service.handlers.advisories import advisories_inlet
from ticket_clock_service.handlers.backlog import Backlog
from ticket_clock_service.handlers.escalations import escalations_inlet
from ticket_clock_service.handlers.facts import facts_inlet
from ticket_clock_service.handlers.loops import (
    read_terms_to_their_end,
    run_due,
    run_sweep,
)
from ticket_clock_service.handlers.questions import reach_answer
from ticket_clock_service.handlers.terms import terms_inlet
from ticket_clock_service.handlers.watermark import Watermark
from ticket_clock_service.settings import check_timer_backend
from ticket_clock_service.store.advisories import begin_advisory
from ticket_clock_service.store.feed import begin_feed
from ticket_clock_service.store.intake import PgIntake
from ticket_clock_service.store.looks import PgLook
from ticket_clock_service.store.simulations import PgSimulationWork, begin_simulation
from ticket_clock_service.store.terms import begin_terms
from ticket_clock_service.store.unbound import begin_unbound, tenants_with_unbound
from ticket_clock_service.store.wakes import PgImports, PgWakes
from ticket_clock_service.store.work import PgWork, begin_work
from ticket_clock_service.usecases.candidates import Candidates
from ticket_clock_service.usecases.looking import Looker
from ticket_clock_service.usecases.reconcile import Reconciler
from ticket_clock_service.usecases.rulebooks import Rulebooks
from ticket_clock_service.usecases.simulate import Simulator
from ticket_clock_service.usecases.unbound import PAUSE, SETTLE, tell_of_unbound
from ticket_clock_service.wakeups import WakeUps

NAME = "ticket-clock"
READERS = 4
"""Connections on which tickets are looked at. Each look takes a fraction of a millisecond."""
UNBOUND_EVERY = 2.0
"""Seconds between looks for tickets that nothing binds and nobody was told of."""

SEALING = 12
"""Seconds to wait for another service to seal what is to be simulated."""


def service() -> ServiceSpec:
    """What the platform needs to know of this service."""
    return ServiceSpec(NAME, "ticket_clock_service.store.migrations", build)


def build(settings: PlatformSettings) -> FastAPI:
    """The application; it is up at once, and ready when database, bus and terms have answered.

    Raises:
        InvalidSettings: something of the environment cannot be used.
    """
    check_timer_backend(settings)
    settings.database_url(NAME)
    metrics = Metrics(NAME)
    loops, edge, late = Loops(), Late[Edge]("its start"), Late[Backbone]("its start")
    terms = TermsReading()

    def waiting_for() -> tuple[str, ...]:
        return loops.waiting_for() if terms.is_ready() else (*loops.waiting_for(), "terms")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with loops:
            parts = Parts(loops, settings, terms, metrics)
            late.arrive(parts.backbone)
            edge.arrive(parts.edge())
            parts.start()
            yield

    return create_app(
        NAME,
        lifespan,
        [routes(edge), parked_router(late)],
        waiting_for,
        settings=settings,
        metrics=metrics,
        description="Deterministic SLA clocks on tickets, which can explain themselves.",
    )


class TermsReading:
    """Whether all that was told of terms before the start has been read."""

    def __init__(self) -> None:
        self._done = False

    def is_ready(self) -> bool:
        """False until `finish`; never again afterwards."""
        return self._done

    def finish(self) -> None:
        """Everything has been read."""
        self._done = True


class Parts:
    """What runs beside HTTP."""

    def __init__(
        self, loops: Loops, settings: PlatformSettings, terms: TermsReading, metrics: Metrics
    ) -> None:
        self._loops, self._settings = loops, settings
        self.backbone = Backbone(loops, settings, NAME)
        self.rulebooks = Rulebooks()
        self.terms = terms
        self.reconciler = Reconciler(self._begin, self.rulebooks, self.terms.is_ready)
        self.wakeups = WakeUps(
            loops, settings, self.backbone, self.reconciler, self.terms.is_ready, metrics
        )
        self.simulator = Simulator(self._simulating, self.rulebooks, self.terms.is_ready)

    def start(self) -> None:
        """Consume, relay, read terms to their end, then judge what is due."""
        self.backbone.relay()
        self.backbone.consume(self._inlets)
        self.wakeups.start()
        self._loops.forever("due tickets", self._due)
        self._loops.forever("new terms", self._sweep)
        self._loops.every(UNBOUND_EVERY, "unbound tickets", self._unbound)
        self._loops.obtain("questions", self._questions)

    def edge(self) -> Edge:
        """What HTTP reaches for."""
        backbone, reading = self.backbone, partial(self._begin, steady=True)
        return Edge(
            begin=reading,
            looker=Looker(PgLook(self._looking().now), self.rulebooks, reading),
            rulebooks=self.rulebooks,
            imports=lambda: PgImports(backbone.pool.now()),
            intake=lambda: PgIntake(backbone.pool.now(), backbone.client.now()),
            let_in=Backlog(backbone.client.now).check,
            processed=lambda: Watermark(backbone.client.now()).processed(),
            terms_ready=self.terms.is_ready,
            simulator=self.simulator,
            candidates=Candidates(self._seal_sla, self._seal_calendar),
            rebuild=self.reconciler.rebuild,
            feed=lambda tenants: begin_feed(backbone.pool.now(), tenants),
        )

    def _looking(self) -> Late[Pool]:
        """Connections for readers alone."""
        dsn = self._settings.database_url(NAME)
        return self._loops.obtain(
            "database for readers", partial(pooled, dsn, NAME, size=READERS, spotless=True)
        )

    def _begin(
        self, tenants: Collection[str], *, steady: bool = False
    ) -> AbstractAsyncContextManager[PgWork]:
        pool, parking = self.backbone.pool.now(), self.backbone.parking()
        return begin_work(pool, parking, tenants, steady=steady)

    def _simulating(
        self, tenants: Collection[str]
    ) -> AbstractAsyncContextManager[PgSimulationWork]:
        return begin_simulation(self.backbone.pool.now(), self.backbone.parking(), tenants)

    async def _seal_sla(self, tenant: str, asked: SlaSealIn) -> SlaSealOut:
        client, body = self.backbone.client.now(), asked.model_dump_json().encode()
        found = await ask(client, SLA_SEAL, tenant, body, patience=SEALING)
        return SlaSealOut.model_validate_json(found)

    async def _seal_calendar(self, tenant: str, asked: CalendarSealIn) -> CalendarSealOut:
        client, body = self.backbone.client.now(), asked.model_dump_json().encode()
        found = await ask(client, CALENDAR_SEAL, tenant, body, patience=SEALING)
        return CalendarSealOut.model_validate_json(found)

    def _inlets(self, pool: Pool, parking: Parking) -> Sequence[Inlet[Any]]:
        return [
            terms_inlet(partial(begin_terms, pool), parking),
            facts_inlet(self.reconciler, parking, self.wakeups.hints.note),
            advisories_inlet(partial(begin_advisory, pool), parking, self.terms.is_ready),
            escalations_inlet(partial(begin_feed, pool), parking),
            *self.wakeups.inlets(pool, parking),
        ]

    @asynccontextmanager
    async def _questions(self) -> AsyncIterator[None]:
        client = await self.backbone.client.wait()
        answer = reach_answer(
            partial(self._begin, steady=True), self.rulebooks, self.terms.is_ready
        )
        async with responding(client, REACHED, answer):
            yield

    async def _due(self) -> None:
        pool, client = await self.backbone.pool.wait(), await self.backbone.client.wait()
        if not self.terms.is_ready():
            await read_terms_to_their_end(client)
            self.terms.finish()
        await run_due(PgWakes(pool), Watermark(client), self.reconciler, self.wakeups.pace)

    async def _sweep(self) -> None:
        await run_sweep(PgWakes(await self.backbone.pool.wait()), self.reconciler)

    async def _unbound(self) -> None:
        pool = await self.backbone.pool.wait()
        tenants = await tenants_with_unbound(pool, SETTLE, PAUSE)
        await tell_of_unbound(tenants, partial(begin_unbound, pool))
