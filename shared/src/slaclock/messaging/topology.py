"""The bus in one place: streams, durable consumers, and who may do what.

Everything that declares or limits the bus is made from this module: the streams at start-up, the
permissions in the server's configuration, the subscriptions of the services.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

DAY: Final = 86_400.0
"""Seconds."""

KIB: Final = 1024
EVENT_BYTES: Final = 64 * KIB
SNAPSHOT_BYTES: Final = 1024 * KIB - 8 * KIB
"""A snapshot's message: the server's limit of 1 MiB less room for headers."""

REQUEST_BYTES: Final = 64 * KIB
ANSWER_BYTES: Final = SNAPSHOT_BYTES
"""Of a request that waits for its answer (`Ask`), and of the answer."""

HEADER_BYTES: Final = 4 * KIB
"""Room for a message's headers, which the server counts, beside its body."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream and the exact event types that it holds.

    Attributes:
        name: upper case.
        owner: the service that publishes here; "outside" for other systems.
        types: event types without version and tenant, such as `sla.clock.breached`.
        max_age: seconds that messages are kept; for ever when 0.
        max_bytes_each: largest body of a message.
        duplicate_window: seconds in which a message id is known. Smallest where outsiders write:
            deduplication there would let one tenant suppress another's events.
        subjects: where the subjects are not `<type>.>`.
        schedules: it holds messages until their instant, and each until somebody has taken it. They
            can be made again from elsewhere, so that no disk is waited for where there is one copy.
    """

    name: str
    owner: str
    types: tuple[str, ...]
    max_age: float = 30 * DAY
    max_bytes_each: int = EVENT_BYTES
    duplicate_window: float = 600.0
    subjects: tuple[str, ...] = ()
    schedules: bool = False

    def all_subjects(self) -> tuple[str, ...]:
        """What the stream listens to."""
        return self.subjects or tuple(f"{kind}.>" for kind in self.types)


def _types(prefix: str, names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in names.split())


SNAPSHOTS: Final = 12
"""Messages of up to 1 MiB taken at once: the broker drops a client that it buffers 64 MiB for."""

OUTSIDE_WINDOW: Final = 0.1

STREAMS: Final = MappingProxyType(
    {
        stream.name: stream
        for stream in (
            Stream(
                "TICKETS",
                "outside",
                _types("sla.ticket", "opened updated replied deleted"),
                duplicate_window=OUTSIDE_WINDOW,
            ),
            Stream(
                "COMMERCE",
                "outside",
                ("sla.quote.accepted", "sla.changeorder.approved", "sla.contract.ended"),
                max_age=0,
                duplicate_window=OUTSIDE_WINDOW,
            ),
            Stream(
                "PLANNING",
                "outside",
                (),
                duplicate_window=OUTSIDE_WINDOW,
                subjects=("sla.task.>", "sla.forecast.>"),
            ),
            Stream(
                "CALENDAR",
                "calendar",
                _types("sla.calendar", "published retired"),
                max_age=0,
                max_bytes_each=SNAPSHOT_BYTES,
            ),
            Stream(
                "AGREEMENT",
                "sla",
                (
                    "sla.agreement.published",
                    "sla.agreement.retired",
                    "sla.contract.bound",
                    "sla.assignment.changed",
                ),
                max_age=0,
                max_bytes_each=SNAPSHOT_BYTES,
            ),
            Stream(
                "CLOCK",
                "ticket-clock",
                _types(
                    "sla.clock",
                    "started paused resumed retargeted threshold_crossed breached met cancelled"
                    " retracted",
                ),
            ),
            Stream(
                "TIMERS",
                "ticket-clock",
                ("sla.timer.armed", "sla.timer.due"),
                max_age=0,
                duplicate_window=10.0,
                schedules=True,
            ),
            Stream(
                "ESCALATION",
                "escalation",
                (
                    *_types("sla.escalation", "raised delivered failed acknowledged withdrawn"),
                    "sla.credit.assessed",
                ),
            ),
            Stream("ADVISORY", "any", ("sla.advisory.raised",)),
            Stream("DEAD", "any", (), max_bytes_each=SNAPSHOT_BYTES, subjects=("dead.>",)),
            Stream(
                "BROKER",
                "server",
                (),
                subjects=(
                    "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>",
                    "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>",
                ),
            ),
        )
    }
)
"""Every stream by name."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """One durable pull consumer.

    Attributes:
        durable: `<service>--<what it does>`.
        stream: where it reads.
        types: the event types that it wants; all versions and tenants of them.
        batch: messages taken at once.
    """

    durable: str
    stream: str
    types: tuple[str, ...]
    batch: int = 500

    @property
    def service(self) -> str:
        """Whose it is."""
        return self.durable.partition("--")[0]

    def filters(self) -> tuple[str, ...]:
        """Subjects of its types."""
        return tuple(f"{kind}.>" for kind in self.types)


CONSUMERS: Final = MappingProxyType(
    {
        consumer.durable: consumer
        for consumer in (
            Consumer("ticket-clock--reconcile", "TICKETS", STREAMS["TICKETS"].types),
            Consumer(
                "ticket-clock--terms",
                "AGREEMENT",
                ("sla.agreement.published", "sla.contract.bound", "sla.assignment.changed"),
                batch=SNAPSHOTS,
            ),
            Consumer("ticket-clock--advisories", "ADVISORY", ("sla.advisory.raised",), batch=50),
            Consumer(
                "ticket-clock--escalations",
                "ESCALATION",
                _types("sla.escalation", "raised delivered failed acknowledged withdrawn"),
            ),
            Consumer("ticket-clock--wake", "TIMERS", ("sla.timer.due",)),
            Consumer(
                "escalation--agreements", "AGREEMENT", ("sla.agreement.published",), batch=SNAPSHOTS
            ),
            Consumer(
                "escalation--announcements",
                "CLOCK",
                _types("sla.clock", "threshold_crossed breached retracted cancelled"),
            ),
            Consumer(
                "dashboard--agreements", "AGREEMENT", ("sla.agreement.published",), batch=SNAPSHOTS
            ),
            Consumer("dashboard--kpis", "AGREEMENT", ("sla.agreement.published",), batch=SNAPSHOTS),
            Consumer("dashboard--clocks", "CLOCK", STREAMS["CLOCK"].types),
            Consumer(
                "dashboard--escalations",
                "ESCALATION",
                _types("sla.escalation", "raised delivered failed acknowledged withdrawn"),
            ),
            Consumer("sla--commerce", "COMMERCE", STREAMS["COMMERCE"].types, batch=100),
            Consumer("sla--calendars", "CALENDAR", STREAMS["CALENDAR"].types, batch=SNAPSHOTS),
        )
    }
)
"""Every durable consumer by name."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that a service answers at once, in no stream.

    Its askers are the other services, and every outside identity for its own tenant.

    Attributes:
        service: who answers; its replicas share the questions.
        verb: what is asked.
        version: of the contract.
        asker: the only service that may ask, where not all may; then no outside identity may.
        request_bytes: what a request may have.
    """

    service: str
    verb: str
    version: int = 1
    asker: str | None = None
    request_bytes: int = REQUEST_BYTES

    def may_ask(self, service: str) -> bool:
        """Whether *service* may: not those who answer."""
        return service != self.service and self.asker in {None, service}

    def subject(self, tenant: str) -> str:
        """Where *tenant* is asked about; `*` for all tenants."""
        return f"ask.{self.service}.{self.verb}.v{self.version}.{tenant}"


BUSINESS_TIME: Final = Ask("calendar", "business-time")
REACHED: Final = Ask("ticket-clock", "reached")
SLA_SEAL: Final = Ask("sla", "seal", asker="ticket-clock", request_bytes=SNAPSHOT_BYTES)
CALENDAR_SEAL: Final = Ask("calendar", "seal", asker="ticket-clock", request_bytes=SNAPSHOT_BYTES)
ASKS: Final = (BUSINESS_TIME, REACHED, SLA_SEAL, CALENDAR_SEAL)
"""Every question that may be asked."""

SERVICES: Final = ("calendar", "sla", "ticket-clock", "escalation", "dashboard")
OUTSIDERS: Final = MappingProxyType(
    {"helpdesk": "TICKETS", "commerce": "COMMERCE", "planning": "PLANNING"}
)
"""Outside identities of each tenant, and the stream that each may publish to."""


@dataclass(frozen=True, slots=True)
class Permissions:
    """Subjects that an identity may publish and subscribe to.

    Attributes:
        answers: it may reply once, to each message that it receives, where the sender asks for it.
    """

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    answers: bool = False


def inbox_prefix(identity: str) -> str:
    """Where replies to *identity* arrive, readable by nobody else."""
    return "_INBOX_" + identity.replace("-", "_").replace(".", "_")


def _consumer_subjects(consumers: Iterable[Consumer]) -> Iterator[str]:
    for consumer in consumers:
        stream, durable = consumer.stream, consumer.durable
        yield f"$JS.API.CONSUMER.INFO.{stream}.{durable}"
        yield f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        yield f"$JS.ACK.{stream}.{durable}.>"
        yield f"dead.{durable}"


def service_permissions(service: str) -> Permissions:
    """The least that *service* needs.

    Raises:
        ValueError: there is no such service.
    """
    if service not in SERVICES:
        raise ValueError(f"no service {service!r}; there are {', '.join(SERVICES)}")
    own = [stream for stream in STREAMS.values() if stream.owner == service]
    publish = [subject for stream in own for subject in stream.all_subjects()]
    publish += [f"$JS.API.STREAM.INFO.{stream.name}" for stream in own]
    publish += STREAMS["ADVISORY"].all_subjects()
    publish += _consumer_subjects(c for c in CONSUMERS.values() if c.service == service)
    if service == "ticket-clock":  # its intake publishes for other systems; its judge reads the
        for name in OUTSIDERS.values():  # oldest message that it has not processed yet
            publish += STREAMS[name].all_subjects()
        publish.append("$JS.API.STREAM.MSG.GET.TICKETS")
        publish.append("$JS.API.DIRECT.GET.TICKETS")
    publish += [one.subject("*") for one in ASKS if one.may_ask(service)]
    answered = tuple(one.subject("*") for one in ASKS if one.service == service)
    inbox = f"{inbox_prefix(service)}.>"
    return Permissions(tuple(publish), (inbox, *answered), answers=bool(answered))


def outside_permissions(kind: str, tenant: str) -> Permissions:
    """What the *kind* (helpdesk, commerce, planning) of outside system of *tenant* may do.

    Acknowledgements come on the client's ordinary inbox, so that any NATS client works as it is;
    the services' own replies travel on prefixes that no outsider may read. Answers to questions
    hold a tenant's data: they go to the identity's own prefix only (`slaclock.messaging.asking`).
    """
    stream = STREAMS[OUTSIDERS[kind]]
    if stream.types:
        publish = tuple(f"{name}.v1.{tenant}" for name in stream.types)
    else:
        publish = (f"sla.task.*.v1.{tenant}", f"sla.forecast.*.v1.{tenant}")
    publish += tuple(one.subject(tenant) for one in ASKS if one.asker is None)
    return Permissions(publish, ("_INBOX.>", f"{inbox_prefix(f'{tenant}.{kind}')}.>"))


def provisioner_permissions() -> Permissions:
    """The deploy job: it declares streams and consumers and touches no message."""
    return Permissions(("$JS.API.>",), (f"{inbox_prefix('provisioner')}.>",))
