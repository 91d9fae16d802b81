"""What the armer says has become of a ticket, and when a wake-up comes again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ticket_clock_service.handlers.jetstream import comes_again
from ticket_clock_service.timer_ports import Armed, Standing, Woken
from ticket_clock_service.usecases.arming import arming_of, change_of, needs_arming

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def armed(
    due: datetime | None,
    *kinds: tuple[str, str],
    known: int | None = 3,
    known_due: datetime | None = NOW,
    closed: bool = False,
    is_far: bool = False,
) -> Armed:
    row = Standing(7, due, closed)
    return Armed("acme", "INC-1", row, known, known_due, is_far=is_far, kinds=kinds)


@pytest.mark.parametrize(
    ("state", "change"),
    [
        pytest.param(armed(NOW, known=None, known_due=None), "start", id="nothing was armed"),
        pytest.param(armed(None, ("paused", "resolution")), "pause", id="stands still"),
        pytest.param(armed(None, ("breached", "resolution")), "rearm", id="all is crossed"),
        pytest.param(
            armed(LATER, ("resumed", "resolution"), known_due=None), "resume", id="goes on"
        ),
        pytest.param(armed(LATER), "rearm", id="another instant"),
        pytest.param(armed(LATER, ("met", "first_response")), "complete_response", id="answered"),
        pytest.param(
            armed(None, ("met", "resolution"), closed=True), "complete_resolution", id="solved"
        ),
        pytest.param(
            armed(None, ("cancelled", "resolution"), closed=True), "cancel", id="called off"
        ),
    ],
)
def test_the_change_follows_from_the_row_and_what_was_told(state: Armed, change: str) -> None:
    assert change_of(state) == change
    arming = arming_of(state)
    assert (arming.revision, arming.next_due_at, arming.closed) == (
        7,
        state.row.next_due_at,
        state.row.closed,
    )


@pytest.mark.parametrize(
    ("state", "needed"),
    [
        pytest.param(armed(None, known=None), False, id="never due"),
        pytest.param(armed(LATER, known=None, is_far=True), False, id="not before long"),
        pytest.param(armed(LATER, known=None), True, id="soon"),
        pytest.param(armed(LATER, is_far=True), True, id="armed for another instant"),
        pytest.param(armed(NOW), False, id="armed for this instant"),
        pytest.param(
            replace(armed(NOW), is_elsewhere=True), True, id="armed in a store that is gone"
        ),
        pytest.param(armed(None, known_due=None), False, id="waits, as was said"),
        pytest.param(armed(None, closed=True), True, id="the alarm can go"),
    ],
)
def test_what_has_the_right_alarm_or_needs_none_is_left_alone(state: Armed, needed: bool) -> None:
    assert needs_arming(state, exact=False) is needed
    shown = needs_arming(state, exact=True)
    assert shown is (needed or state.known is not None), "the revision has changed"


@pytest.mark.parametrize(
    ("woken", "seconds"),
    [
        pytest.param(Woken(4, LATER, False, "judged"), None, id="done, and armed for what is next"),
        pytest.param(Woken(9, NOW, False, "judged"), 0.4, id="early, and something else happened"),
        pytest.param(Woken(4, None, True, "closed"), None, id="over"),
        pytest.param(Woken(4, None, True, "gone"), None, id="nobody knows it"),
        pytest.param(Woken(3, NOW, False, "early"), 0.4, id="the only alarm for that instant"),
        pytest.param(Woken(3, LATER, False, "early"), None, id="another alarm is set"),
        pytest.param(Woken(3, None, False, "early"), None, id="it waits"),
        pytest.param(Woken(3, NOW, False, "held"), 1.0, id="facts are being processed"),
        pytest.param(Woken(1, NOW, False, "behind"), 5.0, id="the database was restored"),
    ],
)
def test_a_wake_up_comes_again_only_while_it_is_needed(woken: Woken, seconds: float | None) -> None:
    assert comes_again(woken, NOW, NOW - timedelta(seconds=0.4)) == seconds


def test_an_early_wake_up_is_not_kept_back_for_ever() -> None:
    """The clocks of broker and database may differ by anything."""
    early = Woken(3, LATER, False, "early")
    assert comes_again(early, LATER, NOW) == 60.0
    assert comes_again(early, LATER, LATER + timedelta(seconds=9)) == 0.01
