"""The dashboard's four doors on the bus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard_service.domain.agreement import Agreement
from dashboard_service.domain.clock import Clock
from dashboard_service.domain.escalation import Effect
from dashboard_service.handlers.decoding import (
    decode_agreement,
    decode_clock,
    decode_effect,
    decode_kpis,
)
from dashboard_service.ports import OpensWork
from dashboard_service.usecases.projecting import (
    AGREEMENTS,
    CLOCKS,
    ESCALATIONS,
    KPIS,
    Heard,
    Kpis,
    keep_agreements,
    keep_kpis,
    project_clocks,
    project_escalations,
)
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking


def make_inlets(begin: OpensWork, parking: Parking) -> tuple[Inlet[Any], ...]:
    """One inlet for each durable consumer: clocks, escalations, agreements, and their KPIs."""

    async def on_clocks(heard: Sequence[Heard[Clock]]) -> None:
        await project_clocks(begin, heard)

    async def on_escalations(heard: Sequence[Heard[Effect]]) -> None:
        await project_escalations(begin, heard)

    async def on_agreements(heard: Sequence[Heard[Agreement]]) -> None:
        await keep_agreements(begin, heard)

    async def on_kpis(heard: Sequence[Heard[Kpis]]) -> None:
        await keep_kpis(begin, heard)

    return (
        Inlet(CLOCKS, decode_clock, on_clocks, parking),
        Inlet(ESCALATIONS, decode_effect, on_escalations, parking),
        Inlet(AGREEMENTS, decode_agreement, on_agreements, parking),
        Inlet(KPIS, decode_kpis, on_kpis, parking),
    )
