"""What follows from the outcome of an attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation_service.domain.announcement import Crossing, Key
from escalation_service.domain.delivery import (
    Backoff,
    Kind,
    Missed,
    Outcome,
    Sent,
    State,
    Verdict,
    delivery_id,
)
from escalation_service.domain.escalation import Escalation
from escalation_service.domain.escalation import State as E
from escalation_service.domain.parcel import Parcel
from escalation_service.domain.rule import Action

BACKOFF = Backoff(timedelta(seconds=2), timedelta(seconds=60), tries=5)
NO = Missed("webhook.not-reachable", "x")
MAYBE = Missed("webhook.timeout", "x", doubtful=True)
NEVER = Missed("webhook.endpoint-refused", "x", hopeless=True)
S2 = timedelta(seconds=2)


def parcel(
    kind: Kind = Kind.NOTICE, tries: int = 1, *, doubtful: bool = False, state: E = E.RAISED
) -> Parcel:
    crossing = Crossing("INC-1", "resolution", "first", "percent:90", 1, "a" * 64)
    key = Key("acme", UUID(int=1))
    escalation = Escalation(UUID(int=2), key, "r1", Action("log", "x"), 0, crossing, state)
    lease = datetime(2026, 1, 1, tzinfo=UTC)
    return Parcel(UUID(int=3), kind, tries, doubtful, lease, escalation)


@pytest.mark.parametrize(
    ("sent", "outcome", "withdrawn", "verdict"),
    [
        pytest.param(
            parcel(), Sent(), False, Verdict(State.DELIVERED, escalation=E.DELIVERED), id="sent"
        ),
        pytest.param(
            parcel(),
            Sent(),
            True,
            Verdict(State.DELIVERED, correct=True),
            id="sent while it was taken back: corrected, and the escalation stays withdrawn",
        ),
        pytest.param(parcel(), NO, False, Verdict(State.PLANNED, retry_in=S2), id="again"),
        pytest.param(
            parcel(tries=4),
            NO,
            False,
            Verdict(State.PLANNED, retry_in=S2 * 8),
            id="again, later",
        ),
        pytest.param(
            parcel(tries=5),
            NO,
            False,
            Verdict(State.FAILED, escalation=E.FAILED),
            id="the last attempt",
        ),
        pytest.param(
            parcel(), NEVER, False, Verdict(State.FAILED, escalation=E.FAILED), id="hopeless"
        ),
        pytest.param(
            parcel(),
            MAYBE,
            False,
            Verdict(State.PLANNED, doubtful=True, retry_in=S2),
            id="may have arrived: remembered",
        ),
        pytest.param(
            parcel(doubtful=True),
            NO,
            False,
            Verdict(State.PLANNED, doubtful=True, retry_in=S2),
            id="an earlier one may have arrived",
        ),
        pytest.param(parcel(), NO, True, Verdict(State.WITHDRAWN), id="taken back, never arrived"),
        pytest.param(
            parcel(),
            MAYBE,
            True,
            Verdict(State.WITHDRAWN, doubtful=True, correct=True),
            id="taken back and may have arrived: corrected",
        ),
        pytest.param(
            parcel(doubtful=True),
            NEVER,
            True,
            Verdict(State.WITHDRAWN, doubtful=True, correct=True),
            id="taken back, and an earlier one may have arrived",
        ),
        pytest.param(
            parcel(Kind.CORRECTION),
            Sent(),
            True,
            Verdict(State.DELIVERED),
            id="a correction says nothing new of the escalation",
        ),
        pytest.param(
            parcel(Kind.CORRECTION),
            NO,
            True,
            Verdict(State.PLANNED, retry_in=S2),
            id="a correction is tried again",
        ),
        pytest.param(
            parcel(Kind.CORRECTION, 5), NO, True, Verdict(State.FAILED), id="a correction ends, too"
        ),
    ],
)
def test_verdicts(sent: Parcel, outcome: Outcome, withdrawn: bool, verdict: Verdict) -> None:
    assert sent.judge(outcome, withdrawn=withdrawn, backoff=BACKOFF, jitter=1.0) == verdict


@pytest.mark.parametrize(
    ("tries", "jitter", "seconds"),
    [
        pytest.param(1, 1.0, 2.0, id="first"),
        pytest.param(1, 0.0, 1.0, id="never less than half"),
        pytest.param(2, 0.5, 3.0, id="doubled, spread"),
        pytest.param(5, 1.0, 32.0, id="doubled four times"),
        pytest.param(6, 1.0, 60.0, id="at most"),
        pytest.param(10_000, 1.0, 60.0, id="no overflow"),
    ],
)
def test_delays(tries: int, jitter: float, seconds: float) -> None:
    assert BACKOFF.delay(tries, jitter) == timedelta(seconds=seconds)


@given(st.integers(1, 200), st.floats(0, 1), st.floats(0, 1))
def test_delays_grow_whatever_the_jitter(tries: int, jitter: float, other: float) -> None:
    assert BACKOFF.delay(tries, jitter) <= 2 * BACKOFF.delay(tries + 1, other)
    assert BACKOFF.first / 2 <= BACKOFF.delay(tries, jitter) <= BACKOFF.most


@pytest.mark.parametrize(
    ("tries", "jitter"), [(0, 0.5), (1, -0.1), (1, 1.1), (1, float("nan"))], ids=str
)
def test_no_delay_without_sense(tries: int, jitter: float) -> None:
    with pytest.raises(ValueError, match="no delay"):
        BACKOFF.delay(tries, jitter)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        pytest.param(parcel(), None, id="nothing in the way"),
        pytest.param(parcel(state=E.WITHDRAWN), "delivery.withdrawn", id="taken back meanwhile"),
        pytest.param(parcel(Kind.CORRECTION, state=E.WITHDRAWN), None, id="corrections go out"),
        pytest.param(parcel(tries=6), "delivery.abandoned", id="every attempt died"),
    ],
)
def test_what_must_not_be_sent_any_more(found: Parcel, code: str | None) -> None:
    hindrance = found.hindrance(BACKOFF)

    assert (hindrance.code if hindrance else None) == code


def test_names_of_deliveries_are_stable() -> None:
    one = UUID("6a1c24d5-6d2c-5c1b-8f5e-5b8a9c1d2e3f")

    assert delivery_id(one, Kind.NOTICE) == delivery_id(one, Kind.NOTICE)
    assert delivery_id(one, Kind.NOTICE) != delivery_id(one, Kind.CORRECTION)
