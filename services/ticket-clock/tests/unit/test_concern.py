"""Which running clocks other hours would touch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from slaclock.contracts.instants import to_us
from ticket_clock_service.domain.agreement import MINUTE, AllTime
from ticket_clock_service.domain.concern import OpenClock, Otherwise, concerned

OPENED = datetime(2026, 3, 2, 9, tzinfo=UTC)
CLOCK = OpenClock("INC-1", "resolution", False, to_us(OPENED), to_us(OPENED), 0, 240 * MINUTE, "a")
PAUSED = replace(CLOCK, ticket_id="INC-2", is_paused=True)


def after(**span: int) -> int:
    return to_us(OPENED + timedelta(**span))


@pytest.mark.parametrize(
    ("clock", "otherwise", "touched"),
    [
        pytest.param(CLOCK, Otherwise(after(hours=4)), True, id="due as the difference begins"),
        pytest.param(CLOCK, Otherwise(after(hours=4, seconds=1)), False, id="due before it"),
        pytest.param(CLOCK, Otherwise(0), True, id="begun long ago and going on"),
        pytest.param(CLOCK, Otherwise(0, after(seconds=1)), True, id="ends after the opening"),
        pytest.param(CLOCK, Otherwise(0, after()), False, id="over before the opening"),
        pytest.param(PAUSED, Otherwise(after(days=900)), True, id="paused, whenever it goes on"),
        pytest.param(PAUSED, Otherwise(0, after()), False, id="paused, and it was over before"),
        pytest.param(
            replace(CLOCK, since=after(hours=9), elapsed=230 * MINUTE),
            Otherwise(after(hours=9, minutes=10)),
            True,
            id="gone on after a pause",
        ),
        pytest.param(
            replace(CLOCK, amount=10**17), Otherwise(after(days=9)), True, id="due beyond all years"
        ),
    ],
)
def test_a_clock_is_concerned(clock: OpenClock, otherwise: Otherwise, touched: bool) -> None:
    assert bool(concerned([clock], AllTime(), otherwise)) == touched


def test_the_next_due_comes_first_and_paused_ones_last() -> None:
    later = replace(CLOCK, ticket_id="INC-0", amount=300 * MINUTE)
    found = concerned([PAUSED, later, CLOCK], AllTime(), Otherwise(0))
    assert [(one.clock.ticket_id, one.due_us) for one in found] == [
        ("INC-1", after(hours=4)),
        ("INC-0", after(hours=5)),
        ("INC-2", None),
    ]
