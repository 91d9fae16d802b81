"""What the delivery loop counts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from escalation_service.domain.delivery import Missed, Outcome
from slaclock.telemetry.metrics import Metrics


class Figures:
    """See `escalation_service.ports.Watch`.

    Args:
        metrics: the service's.
        channels: names that get a label of their own; rules may name others.
    """

    def __init__(self, metrics: Metrics, channels: Collection[str]) -> None:
        self._channels = frozenset(channels)
        self._attempts = metrics.counter(
            "attempts_total",
            "Attempts at deliveries by channel and outcome (sent, missed, hopeless)",
            ("channel", "outcome"),
        )
        self._seconds = metrics.histogram(
            "attempt_seconds", "How long attempts took, by channel", ("channel",)
        )
        self._late = metrics.gauge(
            "delivery_late_seconds", "How long the oldest delivery that is due has waited"
        )

    def attempted(self, channel: str, outcome: Outcome, took: timedelta) -> None:
        """An attempt ended."""
        name = channel if channel in self._channels else "other"
        ended = "sent"
        if isinstance(outcome, Missed):
            ended = "hopeless" if outcome.hopeless else "missed"
        self._attempts.labels(name, ended).inc()
        self._seconds.labels(name).observe(took.total_seconds())

    def late(self, by: timedelta) -> None:
        """How long the oldest delivery that is due has waited; zero when none is."""
        self._late.set(by.total_seconds())
