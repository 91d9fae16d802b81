"""Names say whose a metric is; no label has a value per tenant or ticket."""

from __future__ import annotations

import pytest
from faststream.nats import NatsBroker, TestNatsBroker
from prometheus_client import CollectorRegistry, generate_latest

from slaclock.telemetry import Metrics
from slaclock.telemetry.bus import bus_middleware, family


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("ticket-clock", CollectorRegistry())


def test_names_carry_the_service(metrics: Metrics) -> None:
    metrics.counter("facts_total", "Facts kept").inc()
    metrics.gauge("outbox_age_seconds", "Age of the oldest row").set(2)
    metrics.histogram("batch_seconds", "Time of a batch").observe(0.1)

    text = generate_latest(metrics.registry).decode()
    assert "sla_ticket_clock_facts_total 1.0" in text
    assert "sla_ticket_clock_outbox_age_seconds 2.0" in text
    assert "sla_ticket_clock_batch_seconds_count 1.0" in text


@pytest.mark.parametrize("label", ["tenant", "tenant_id", "ticket_id", "subject", "customer_id"])
def test_a_label_without_bound_is_refused(metrics: Metrics, label: str) -> None:
    with pytest.raises(ValueError, match=label):
        metrics.counter("x_total", "x", [label])


def test_two_services_in_one_process_do_not_meet() -> None:
    for name in ("calendar", "sla"):
        Metrics(name).counter("x_total", "x")
        Metrics(name).counter("x_total", "x")


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("sla.clock.breached.v1.acme", "sla.clock.breached.v1"),
        ("sla.clock.threshold_crossed.v12.a-b", "sla.clock.threshold_crossed.v12"),
        ("short", "short"),
        ("", ""),
    ],
)
def test_the_family_of_a_subject(subject: str, expected: str) -> None:
    assert family(subject) == expected


async def test_the_bus_counts_by_family(metrics: Metrics) -> None:
    broker = NatsBroker(middlewares=[bus_middleware(metrics)])

    @broker.subscriber("sla.clock.breached.v1.*")
    async def on_breached(_: dict[str, str]) -> None: ...

    async with TestNatsBroker(broker):
        for tenant in ("acme", "globex"):
            await broker.publish({}, f"sla.clock.breached.v1.{tenant}")

    text = generate_latest(metrics.registry).decode()
    assert "acme" not in text
    assert "globex" not in text
    assert "sla_ticket_clock_bus_received_messages_total" in text
    assert 'destination="sla.clock.breached.v1"' in text
