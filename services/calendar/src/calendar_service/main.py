"""Builds the parts of the calendar service and joins them; nobody else does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Final

from fastapi import FastAPI

from calendar_service.api.parts import Parts
from calendar_service.api.routes import routes
from calendar_service.domain.impact import Zones
from calendar_service.handlers.questions import business_time, seal_answer
from calendar_service.ports import Work
from calendar_service.settings import CalendarSettings
from calendar_service.store.comparisons import PgComparisons
from calendar_service.store.desk import PgDesk
from calendar_service.store.work import beginner
from calendar_service.usecases.advising import advise
from calendar_service.usecases.answering import Answering
from calendar_service.usecases.sealing import Sealing
from slaclock.business_time import PACKAGED
from slaclock.http import create_app
from slaclock.http.static import page_routes
from slaclock.messaging.asking import responding
from slaclock.messaging.backbone import Backbone
from slaclock.messaging.topology import BUSINESS_TIME, CALENDAR_SEAL, DAY
from slaclock.service import Late, Loops, ServiceSpec
from slaclock.settings import PlatformSettings
from slaclock.store.answers import PgAnswers
from slaclock.store.models import open_engine

NAME: Final = "calendar"


def service() -> ServiceSpec:
    """What the platform needs to know of this service."""
    return ServiceSpec(NAME, "calendar_service.store.migrations", build)


def build(settings: PlatformSettings) -> FastAPI:
    """The application; it is up at once, and ready when database and bus have answered.

    Raises:
        InvalidSettings: something of the environment cannot be used.
    """
    own = CalendarSettings.of(settings)
    dsn = own.database_url(NAME)
    loops, parts = Loops(), Late[Parts]("its start")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        engine = open_engine(dsn, application=NAME)
        async with loops:
            backbone = Backbone(loops, own, NAME)

            def begin(tenant: str) -> AbstractAsyncContextManager[Work]:
                return beginner(backbone.pool.now())(tenant)

            desk = PgDesk(engine)
            answering, zones = Answering(desk, begin, PACKAGED), Zones(PACKAGED)
            parts.arrive(
                Parts(
                    begin=begin,
                    desk=desk,
                    answers=lambda: PgAnswers(backbone.pool.now()),
                    files=PACKAGED,
                    limit=own.calendar_message_bytes,
                    answering=answering,
                    zones=zones,
                    comparisons=lambda: PgComparisons(backbone.pool.now()),
                )
            )
            backbone.relay()
            loops.every(DAY, "tzdata", partial(_comparing, backbone, zones))
            sealing = Sealing(desk, begin, PACKAGED)
            loops.obtain("questions", partial(_answering_questions, backbone, answering, sealing))
            yield
        await engine.dispose()

    return create_app(
        NAME,
        lifespan,
        [routes(parts), page_routes("calendar_service.static")],
        loops.waiting_for,
        settings=own,
        description="Versioned, immutable business calendars, and business time on request.",
    )


@asynccontextmanager
async def _answering_questions(
    backbone: Backbone, answering: Answering, sealing: Sealing
) -> AsyncIterator[None]:
    client = await backbone.client.wait()
    async with (
        responding(client, BUSINESS_TIME, business_time(answering)),
        responding(client, CALENDAR_SEAL, seal_answer(sealing)),
    ):
        yield


async def _comparing(backbone: Backbone, zones: Zones) -> None:
    """Compare what was sealed with another tzdata release than the installed one."""
    await advise(PgComparisons(await backbone.pool.wait()), zones)
