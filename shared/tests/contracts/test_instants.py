"""Text that names an instant, and text that does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from slaclock.contracts.instants import (
    EARLIEST,
    LATEST,
    Instant,
    MalformedInstantError,
    from_us,
    parse_instant,
    rfc3339,
    rfc3339_of_us,
    to_us,
)

INSTANTS = st.integers(to_us(EARLIEST), to_us(LATEST))


class Holder(BaseModel):
    at: Instant


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"),
        ("2026-03-02T09:00:00+02:00", "2026-03-02T07:00:00Z"),
        ("2026-03-02T00:30:00-05:30", "2026-03-02T06:00:00Z"),
        ("2026-03-02t09:00:00z", "2026-03-02T09:00:00Z"),
        ("2026-03-02T09:00:00.5Z", "2026-03-02T09:00:00.500000Z"),
        ("2026-03-02T09:00:00.1234569Z", "2026-03-02T09:00:00.123456Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("2200-01-01T00:00:00Z", "2200-01-01T00:00:00Z"),
    ],
)
def test_what_names_an_instant(text: str, written: str) -> None:
    assert rfc3339(parse_instant(text)) == written
    assert Holder.model_validate_json(f'{{"at": "{text}"}}').model_dump_json() == (
        f'{{"at":"{written}"}}'
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2026-03-02T09:00:00", id="naive"),
        pytest.param("2026-03-02", id="date"),
        pytest.param("1772442000", id="digits"),
        pytest.param("2026-03-02T24:00:00Z", id="24 o'clock"),
        pytest.param("2026-03-02T09:00:60Z", id="second 60"),
        pytest.param("2026-02-29T09:00:00Z", id="no leap year"),
        pytest.param("2026-03-02 09:00:00Z", id="blank for T"),
        pytest.param("20260302T090000Z", id="basic format"),
        pytest.param("2026-W10-1T09:00:00Z", id="week date"),
        pytest.param("2026-03-02T09:00Z", id="no seconds"),
        pytest.param("2026-03-02T09:00:00+0200", id="offset without colon"),
        pytest.param("2026-03-02T09:00:00+24:00", id="offset of a day"),
        pytest.param("٢٠٢٦-03-02T09:00:00Z", id="foreign digits"),
        pytest.param("2026-03-02T09:00:00Z\n", id="newline"),
        pytest.param("1969-12-31T23:59:59.999999Z", id="before the epoch"),
        pytest.param("2200-01-01T00:00:00.000001Z", id="after the last"),
        pytest.param("0001-01-01T00:00:00+01:00", id="before the year 1"),
        pytest.param("", id="empty"),
    ],
)
def test_what_does_not(text: str) -> None:
    with pytest.raises(MalformedInstantError):
        parse_instant(text)
    with pytest.raises(ValidationError):
        Holder.model_validate({"at": text})


@pytest.mark.parametrize("value", [1772442000, 1.5, None, True, datetime(2026, 3, 2)])  # noqa: DTZ001 - naive on purpose
def test_a_field_takes_text_or_an_aware_datetime_only(value: object) -> None:
    with pytest.raises(ValidationError):
        Holder.model_validate({"at": value})


def test_a_field_turns_any_zone_into_utc() -> None:
    there = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert Holder(at=there).at == datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
    assert Holder(at=there).at.tzinfo is UTC


@given(INSTANTS)
def test_text_and_number_name_the_same_instant(microseconds: int) -> None:
    at = from_us(microseconds)
    assert parse_instant(rfc3339(at)) == at
    assert to_us(at) == microseconds
    assert rfc3339_of_us(microseconds) == rfc3339(at)


@pytest.mark.parametrize("use", [rfc3339, to_us])
def test_a_naive_datetime_names_no_instant(use: object) -> None:
    with pytest.raises(ValueError, match="no offset"):
        use(datetime(2026, 3, 2))  # type: ignore[operator]  # noqa: DTZ001 - naive on purpose
