"""Builds the parts of the dashboard and joins them; nobody else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from dashboard_service.api.kpis import kpi_routes
from dashboard_service.api.routes import routes
from dashboard_service.handlers.freshness import BusFreshness
from dashboard_service.handlers.inlets import make_inlets
from dashboard_service.store.view import PgViews
from dashboard_service.store.work import PgProjections
from dashboard_service.usecases.library import Library
from dashboard_service.usecases.measuring import KpiDesk
from dashboard_service.usecases.showing import Desk
from slaclock.http import create_app
from slaclock.http.static import page_routes
from slaclock.messaging.backbone import Backbone
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parked_routes import parked_router
from slaclock.messaging.parking import Parking
from slaclock.service import Late, Loops, ServiceSpec
from slaclock.settings import PlatformSettings
from slaclock.store import Pool
from slaclock.telemetry import Metrics

NAME = "dashboard"
LOOK = 1.0
"""Seconds between looks at how far the consumers are."""


def service() -> ServiceSpec:
    """What the platform needs to know of this service."""
    return ServiceSpec(NAME, "dashboard_service.store.migrations", build)


def build(settings: PlatformSettings) -> FastAPI:
    """The application; it is up at once, and ready when database and bus have answered.

    Raises:
        InvalidSettings: something of the environment cannot be used.
    """
    settings.database_url(NAME)
    loops, desk, late = Loops(), Late[Desk]("database"), Late[Backbone]("its start")
    kpis = Late[KpiDesk]("database")
    metrics = Metrics(NAME)
    lag = metrics.gauge("projection_lag_seconds", "Age of the figures; 0 before the first look")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with loops:
            backbone = Backbone(loops, settings, NAME)
            late.arrive(backbone)
            freshness = BusFreshness(backbone.client)
            lag.set_function(lambda: freshness.lag() or 0.0)
            backbone.relay()
            backbone.consume(_inlets)
            loops.forever("figures", lambda: _open_desks(backbone, desk, kpis, freshness))
            loops.every(LOOK, "freshness", freshness.look)
            yield

    return create_app(
        NAME,
        lifespan,
        [
            routes(desk),
            kpi_routes(kpis),
            parked_router(late),
            page_routes("dashboard_service.static"),
        ],
        loops.waiting_for,
        settings=settings,
        metrics=metrics,
        description="Compliance, tickets at risk, breaches and escalations.",
    )


def _inlets(pool: Pool, parking: Parking) -> Sequence[Inlet[Any]]:
    return make_inlets(PgProjections(pool), parking)


async def _open_desks(
    backbone: Backbone, desk: Late[Desk], kpis: Late[KpiDesk], freshness: BusFreshness
) -> None:
    pool = await backbone.pool.wait()
    desk.arrive(Desk(PgViews(pool), freshness, Library()))
    kpis.arrive(KpiDesk(PgViews(pool), freshness))
    await asyncio.Event().wait()  # until the service stops
