"""Builds the parts of escalation and joins them; nobody else does."""

from __future__ import annotations

import random
import secrets
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from faststream.nats import NatsBroker
from nats.aio.client import Client

from escalation_service.api.routes import routes
from escalation_service.channels.email import EmailChannel
from escalation_service.channels.email import Relay as MailRelay
from escalation_service.channels.log import LogChannel
from escalation_service.channels.reach import Reach
from escalation_service.channels.webhook import WebhookChannel
from escalation_service.domain.address import parse_networks
from escalation_service.domain.publication import Publication
from escalation_service.figures import Figures
from escalation_service.handlers.agreements import agreements_inlet
from escalation_service.handlers.announcements import announcements_inlet
from escalation_service.ports import Channel, Desk
from escalation_service.settings import EscalationSettings
from escalation_service.store.acting import PgActing, begin_acting
from escalation_service.store.agreements import keep_agreements
from escalation_service.store.delivering import PgDeliveries
from escalation_service.store.desk import PgDesk
from escalation_service.store.secrets import PgSecrets
from escalation_service.usecases.deliver import Pace, Sender
from slaclock.http import create_app
from slaclock.messaging.connection import NatsAccess, connect, make_broker
from slaclock.messaging.inlet import subscribe
from slaclock.messaging.parking import Parking
from slaclock.messaging.relay import Relay
from slaclock.service import Late, Loops, ServiceSpec
from slaclock.settings import PlatformSettings
from slaclock.store.pool import OUTAGES, Pool, open_pool
from slaclock.telemetry import Metrics

NAME = "escalation"


def service() -> ServiceSpec:
    """What the platform needs to know of this service."""
    return ServiceSpec(NAME, "escalation_service.store.migrations", build)


def build(settings: PlatformSettings) -> FastAPI:
    """The application; it is up at once, and ready when database and bus have answered."""
    own = EscalationSettings.of(settings)
    metrics, loops, desk = Metrics(NAME), Loops(), Late[Desk]("database")
    parts = _Parts(own, metrics, desk)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with loops:
            pool = loops.obtain("database", parts.database)
            client = loops.obtain("bus", parts.bus)
            loops.obtain("messages", lambda: parts.messages(pool))
            loops.forever("relay", lambda: parts.relay(pool, client))
            loops.forever("deliveries", lambda: parts.deliveries(pool))
            yield

    return create_app(
        NAME,
        lifespan,
        [routes(desk)],
        loops.waiting_for,
        settings=own,
        metrics=metrics,
        description="Escalations and their deliveries, once in effect.",
    )


class _Parts:
    """The parts that live and fail by themselves."""

    def __init__(self, settings: EscalationSettings, metrics: Metrics, desk: Late[Desk]) -> None:
        self._settings, self._desk = settings, desk
        self._dsn = settings.database_url(NAME)
        self._access = NatsAccess.read(settings.nats_url, settings.nats_identity())
        self._backoff, self._allowed = settings.backoff, settings.allowed
        self._figures = Figures(metrics, ("log", "email", "webhook"))

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Pool]:
        """The pool, and what HTTP reads through it."""
        pool = await open_pool(self._dsn, application=NAME)
        self._desk.arrive(PgDesk(pool, PgSecrets(pool, secrets.token_bytes)))
        try:
            yield pool
        finally:
            self._desk.leave()
            await pool.close()

    @asynccontextmanager
    async def bus(self) -> AsyncIterator[Client]:
        """The relay's own connection."""
        client = await connect(self._access, f"{NAME} relay")
        try:
            yield client
        finally:
            await client.close()

    @asynccontextmanager
    async def messages(self, pool: Late[Pool]) -> AsyncIterator[NatsBroker]:
        """Both consumers, once the database is there."""
        found = await pool.wait()
        parking = Parking(found, NAME)
        broker = make_broker(self._access, NAME)

        async def keep(publications: Sequence[Publication]) -> None:
            await keep_agreements(found, publications)

        def begin(tenants: Collection[str]) -> AbstractAsyncContextManager[PgActing]:
            return begin_acting(found, tenants)

        subscribe(broker, agreements_inlet(keep, parking))
        subscribe(broker, announcements_inlet(begin, parking, settle=self._settings.settle))
        await broker.start()
        try:
            yield broker
        finally:
            await broker.stop()

    async def relay(self, pool: Late[Pool], client: Late[Client]) -> None:
        """Publish what was promised."""
        await Relay(await pool.wait(), await client.wait(), role=f"{NAME}_relay").run()

    async def deliveries(self, pool: Late[Pool]) -> None:
        """Send what is due."""
        found = await pool.wait()
        async with self._channels(PgSecrets(found, secrets.token_bytes)) as channels:
            sender = Sender(
                deliveries=PgDeliveries(found, self._figures),
                channels=channels,
                watch=self._figures,
                backoff=self._backoff,
                pace=self._pace(),
                jitter=random.random,
                outages=OUTAGES,
            )
            await sender.run()

    def _pace(self) -> Pace:
        at_once = self._settings.escalation_at_once
        return Pace(at_once=at_once, of_each=max(1, at_once // 2), lease=timedelta(seconds=90))

    @asynccontextmanager
    async def _channels(self, keys: PgSecrets) -> AsyncIterator[dict[str, Channel]]:
        smtp = self._settings.smtp_url
        webhook = WebhookChannel(
            keys.text_of,
            Reach(self._allowed, parse_networks(self._settings.escalation_webhook_deny)),
            clock=_now,
        )
        mail = EmailChannel(
            MailRelay.parse(smtp.get_secret_value()) if smtp else None,
            sender=self._settings.escalation_mail_from,
            clock=_now,
        )
        try:
            yield {"log": LogChannel(), "email": mail, "webhook": webhook}
        finally:
            await webhook.close()


def _now() -> datetime:
    """The process's clock: for headers only, nothing is decided by it."""
    return datetime.now(UTC)
