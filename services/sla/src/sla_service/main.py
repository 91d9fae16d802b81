"""Builds the parts of the sla service and joins them; nobody else does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, Final

from fastapi import FastAPI

from sla_service.api.parts import Parts
from sla_service.api.routes import routes
from sla_service.handlers.calendars import calendars_inlet
from sla_service.handlers.commerce import commerce_inlet
from sla_service.handlers.questions import seal_answer
from sla_service.ports import Work
from sla_service.settings import SlaSettings
from sla_service.store.desk import PgDesk
from sla_service.store.work import beginner
from sla_service.usecases.publish import Rules
from slaclock.contracts.reach import ReachedIn, ReachedOut
from slaclock.http import create_app
from slaclock.messaging.asking import Answer, ask, responding
from slaclock.messaging.backbone import Backbone
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parked_routes import parked_router
from slaclock.messaging.parking import Parking
from slaclock.messaging.topology import REACHED, SLA_SEAL
from slaclock.service import Late, Loops, ServiceSpec
from slaclock.settings import PlatformSettings
from slaclock.store import Pool
from slaclock.store.answers import PgAnswers
from slaclock.store.models import open_engine

NAME: Final = "sla"


def service() -> ServiceSpec:
    """What the platform needs to know of this service."""
    return ServiceSpec(NAME, "sla_service.store.migrations", build)


def build(settings: PlatformSettings) -> FastAPI:
    """The application; it is up at once, and ready when database and bus have answered.

    Raises:
        InvalidSettings: something of the environment cannot be used.
    """
    own = SlaSettings.of(settings)
    dsn = own.database_url(NAME)
    rules = Rules(limit=own.sla_message_bytes, allowed_hosts=own.webhook_allow)
    loops, parts, carrier = Loops(), Late[Parts]("its start"), _Carrier()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        engine = open_engine(dsn, application=NAME)
        async with loops:
            backbone = Backbone(loops, own, NAME)
            carrier.late.arrive(backbone)

            def begin(tenants: Collection[str]) -> AbstractAsyncContextManager[Work]:
                return beginner(backbone.pool.now())(tenants)

            async def reached(tenant: str, asked: ReachedIn) -> ReachedOut:
                body = asked.model_dump_json().encode()
                found = await ask(backbone.client.now(), REACHED, tenant, body, patience=12)
                return ReachedOut.model_validate_json(found)

            desk = PgDesk(engine)
            parts.arrive(
                Parts(
                    begin=begin,
                    desk=desk,
                    answers=lambda: PgAnswers(backbone.pool.now()),
                    rules=rules,
                    reached=reached,
                )
            )
            backbone.relay()
            backbone.consume(_inlets)
            seal = seal_answer(begin, desk, rules)
            loops.obtain("questions", partial(_questions, backbone, seal))
            yield
        await engine.dispose()

    return create_app(
        NAME,
        lifespan,
        [routes(parts), parked_router(carrier)],
        loops.waiting_for,
        settings=own,
        description="Versioned, immutable SLAs, the contracts that pin them, and other terms.",
    )


@asynccontextmanager
async def _questions(backbone: Backbone, seal: Answer) -> AsyncIterator[None]:
    client = await backbone.client.wait()
    async with responding(client, SLA_SEAL, seal):
        yield


class _Carrier:
    """The backbone, for routes that are made before it."""

    def __init__(self) -> None:
        self.late: Late[Backbone] = Late("its start")

    @property
    def inlets(self) -> Mapping[str, Inlet[Any]]:
        """Consumers by durable."""
        return self.late.now().inlets

    def parking(self) -> Parking:
        """The parked messages."""
        return self.late.now().parking()


def _inlets(pool: Pool, parking: Parking) -> Sequence[Inlet[Any]]:
    begin = beginner(pool)
    return [commerce_inlet(begin, parking), calendars_inlet(begin, parking)]
