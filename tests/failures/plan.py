"""What a fault run does: how much happens, what is done to whom, and how long it may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

WEIGHTS = {
    "ticket-clock": 8,
    "escalation": 7,
    "dashboard": 2,
    "sla": 1,
    "nats": 3,
    "postgres": 2,
}
"""How often each is the victim; of a service one of its replicas."""

REPLICAS = {"ticket-clock": 2, "escalation": 2, "sla": 1, "dashboard": 2}
"""Processes of each service. The first two do the work that the run is about."""

SCRIPTS = {
    "silent": 30,
    "busy": 34,
    "late pause": 12,
    "late reply": 8,
    "on the dot": 5,
    "late priority": 6,
    "early bird": 2,
    "reopened": 3,
}
"""What happens to tickets, and how often (see `trace`)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run.

    Attributes:
        seed: of everything that is drawn.
        thresholds: crossings that must stand at the end, at least.
        seconds: for which facts come and thresholds fall due; faults are spread over them, and
            go on if they are not done by then.
        kills: kill -9, over all victims.
        stops: SIGSTOP and SIGCONT, over all victims.
        stop_for: seconds that a stop lasts, least and most.
        long_stops: of them, those that last longer than the broker waits for an answer.
        down: seconds for which a killed broker or database stays away, least and most.
        weights: victims: services, `nats`, `postgres`.
        victims: the first ones, instead of drawing them.
        replicas: processes of each service.
        defects: of all replicas of a service, by its name (see `defects`).
        environment: variables for all replicas, beside what they need.
        scripts: weights of what happens to tickets.
        poison: share of messages that nobody can take.
        by_http: share of facts that come by the intake of ticket-clock.
        patience: seconds after the last fault in which everything must be done.
    """

    seed: int
    thresholds: int = 10_000
    seconds: float = 150
    kills: int = 100
    stops: int = 30
    stop_for: tuple[float, float] = (0.2, 4.0)
    long_stops: int = 2
    down: tuple[float, float] = (0.1, 2.0)
    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    victims: Sequence[str] = ()
    replicas: Mapping[str, int] = field(default_factory=lambda: REPLICAS)
    defects: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, float] = field(default_factory=lambda: SCRIPTS)
    poison: float = 0.01
    by_http: float = 0.1
    patience: float = 240


def short(seed: int) -> Plan:
    """What `make test` runs."""
    return Plan(seed)


def scaled(seed: int, kills: int) -> Plan:
    """The same with so many kills: everything else in proportion."""
    share = kills / 100
    return Plan(
        seed,
        thresholds=round(10_000 * max(share, 0.05)),
        seconds=max(30.0, 150 * share),
        kills=kills,
        stops=round(30 * share),
        long_stops=max(1, round(2 * share)),
    )
