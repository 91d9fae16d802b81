"""Counters of one service, in a registry of its own, with names that say whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

__all__ = ["SECONDS", "Metrics"]

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bucket bounds for what takes milliseconds."""
_UNBOUNDED: Final = frozenset({"tenant", "ticket", "subject", "id", "user", "path", "customer"})


class Metrics:
    """Makes metrics named `sla_<service>_<noun>_<unit>`.

    Args:
        service: such as `ticket-clock`.
        registry: a fresh one, with the process's own figures, when None.
    """

    def __init__(self, service: str, registry: CollectorRegistry | None = None) -> None:
        self.prefix = f"sla_{service.replace('-', '_')}_"
        if registry is None:
            registry = CollectorRegistry()
            ProcessCollector(registry=registry)
            PlatformCollector(registry=registry)
        self.registry = registry

    def counter(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
        """What only grows. Raises ValueError for a label that has a value per tenant or ticket."""
        return Counter(self._name(name, labels), meaning, labels, registry=self.registry)

    def gauge(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
        """What goes up and down; labels as for `counter`."""
        return Gauge(self._name(name, labels), meaning, labels, registry=self.registry)

    def histogram(
        self,
        name: str,
        meaning: str,
        labels: Sequence[str] = (),
        *,
        buckets: Sequence[float] = SECONDS,
    ) -> Histogram:
        """How often which amounts; labels as for `counter`."""
        return Histogram(
            self._name(name, labels), meaning, labels, registry=self.registry, buckets=buckets
        )

    def _name(self, name: str, labels: Sequence[str]) -> str:
        for label in labels:
            if label.removesuffix("_id") in _UNBOUNDED:
                raise ValueError(f"label {label!r} would make a series per {label}")
        return self.prefix + name
