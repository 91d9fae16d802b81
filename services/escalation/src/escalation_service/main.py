"""Builds the parts of escalation and joins them; nobody else does."""

from __future__ import annotations

import random
import secrets
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI

from escalation_service.api.edge import Edge
from escalation_service.api.routes import routes
from escalation_service.channels.email import EmailChannel, Relay
from escalation_service.channels.log import LogChannel
from escalation_service.channels.reach import Reach
from escalation_service.channels.webhook import WebhookChannel
from escalation_service.domain.address import parse_networks
from escalation_service.domain.publication import Publication
from escalation_service.figures import Figures
from escalation_service.handlers.agreements import agreements_inlet
from escalation_service.handlers.announcements import announcements_inlet
from escalation_service.ports import Channel
from escalation_service.settings import EscalationSettings
from escalation_service.store.acting import PgActing, begin_acting
from escalation_service.store.agreements import keep_agreements
from escalation_service.store.delivering import PgDeliveries
from escalation_service.store.desk import PgDesk
from escalation_service.store.secrets import PgSecrets
from escalation_service.usecases.deliver import Pace, Sender
from slaclock.http import create_app
from slaclock.messaging.backbone import Backbone
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parked_routes import parked_router
from slaclock.messaging.parking import Parking
from slaclock.service import Loops, ServiceSpec
from slaclock.settings import PlatformSettings
from slaclock.store.pool import OUTAGES, Pool
from slaclock.telemetry import Metrics

NAME = "escalation"


def service() -> ServiceSpec:
    """What the platform needs to know of this service."""
    return ServiceSpec(NAME, "escalation_service.store.migrations", build)


def build(settings: PlatformSettings) -> FastAPI:
    """The application; it is up at once, and ready when database and bus have answered.

    Raises:
        InvalidSettings: something of the environment cannot be used.
    """
    own = EscalationSettings.of(settings)
    own.database_url(NAME)
    metrics = Metrics(NAME)
    outbound = Outbound(own, Figures(metrics, ("log", "email", "webhook")))
    edge, loops = Edge(_desk), Loops()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with loops:
            backbone = Backbone(loops, own, NAME)
            edge.open(backbone)
            backbone.relay()
            backbone.consume(lambda pool, parking: _inlets(pool, parking, own.settle))
            loops.forever("deliveries", lambda: outbound.run(backbone))
            yield

    return create_app(
        NAME,
        lifespan,
        [routes(edge), parked_router(edge)],
        loops.waiting_for,
        settings=own,
        metrics=metrics,
        description="Escalations and their deliveries, once in effect.",
    )


def _desk(pool: Pool) -> PgDesk:
    return PgDesk(pool, PgSecrets(pool, secrets.token_bytes))


def _inlets(pool: Pool, parking: Parking, settle: timedelta) -> Sequence[Inlet[Any]]:
    async def keep(publications: Sequence[Publication]) -> None:
        await keep_agreements(pool, publications)

    def begin(tenants: Collection[str]) -> AbstractAsyncContextManager[PgActing]:
        return begin_acting(pool, tenants)

    return [agreements_inlet(keep, parking), announcements_inlet(begin, parking, settle=settle)]


class Outbound:
    """The delivery loop and its channels.

    Args:
        settings: read once; what cannot be used is refused here.
        figures: counts attempts.
    """

    def __init__(self, settings: EscalationSettings, figures: Figures) -> None:
        smtp = settings.smtp_url
        self._mail = EmailChannel(
            Relay.parse(smtp.get_secret_value()) if smtp else None,
            sender=settings.escalation_mail_from,
            clock=_now,
        )
        denied = parse_networks(settings.escalation_webhook_deny)
        self._reach = Reach(settings.allowed, denied)
        self._backoff, self._figures = settings.backoff, figures
        at_once = settings.escalation_at_once
        self._pace = Pace(at_once=at_once, of_each=max(1, at_once // 2), lease=settings.lease)

    async def run(self, backbone: Backbone) -> None:
        """Send what is due, until cancelled."""
        pool = await backbone.pool.wait()
        async with self._channels(pool) as channels:
            sender = Sender(
                deliveries=PgDeliveries(pool, self._figures),
                channels=channels,
                watch=self._figures,
                backoff=self._backoff,
                pace=self._pace,
                jitter=random.random,
                outages=OUTAGES,
            )
            await sender.run()

    @asynccontextmanager
    async def _channels(self, pool: Pool) -> AsyncIterator[dict[str, Channel]]:
        keys = PgSecrets(pool, secrets.token_bytes)
        webhook = WebhookChannel(keys.text_of, self._reach, clock=_now)
        try:
            yield {"log": LogChannel(), "email": self._mail, "webhook": webhook}
        finally:
            await webhook.close()


def _now() -> datetime:
    """The process's clock: for headers only, nothing is decided by it."""
    return datetime.now(UTC)
