"""Cursors come back as they went out, and changed ones are refused clearly."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaclock.http.cursors import MalformedCursor, decode, encode, page_of

AT = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
ID = UUID("12345678-1234-5678-1234-567812345678")


def forged(*values: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def test_a_cursor_keeps_types() -> None:
    assert decode("l", encode("l", AT, ID, "a", 3), datetime, UUID, str, int) == (AT, ID, "a", 3)


@given(
    key=st.text(
        alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=200
    ),
    number=st.integers(-(2**63), 2**63 - 1),
)
def test_any_key_survives(key: str, number: int) -> None:
    cursor = encode("l", key, number)

    assert cursor.isascii()
    assert decode("l", cursor, str, int) == (key, number)


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param("", id="empty"),
        pytest.param("?", id="not base64"),
        pytest.param("ä", id="not ASCII"),
        pytest.param("AAAA", id="not JSON"),
        pytest.param(encode("l", "a")[:-2], id="cut"),
        pytest.param(encode("other", "a"), id="of another list"),
        pytest.param(encode("l"), id="too short a key"),
        pytest.param(encode("l", "a", "b"), id="too long a key"),
        pytest.param(encode("l", 3), id="number for text"),
        pytest.param(forged("l", None), id="null"),
        pytest.param(forged("l", True), id="true"),
        pytest.param(forged("l", ["a"]), id="list"),
        pytest.param(forged("l", "x" * 501), id="too long a text"),
        pytest.param(forged("l", "a\x00"), id="NUL"),
        pytest.param(forged({"l": 1}), id="object"),
        pytest.param(base64.b64encode(b'"l"').decode(), id="no list"),
        pytest.param(base64.b64encode(b'["l","\\ud800"]').decode(), id="half a pair"),
    ],
)
def test_a_changed_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(MalformedCursor) as caught:
        decode("l", cursor, str)

    assert caught.value.status == 400
    assert "without a cursor" in caught.value.faults[0].remedy


@pytest.mark.parametrize(
    ("cursor", "kind"),
    [
        pytest.param(forged("l", "yesterday"), datetime, id="no instant"),
        pytest.param(forged("l", "2026-03-02T09:00:00"), datetime, id="naive instant"),
        pytest.param(forged("l", "9999-12-31T23:59:59-01:00"), datetime, id="in UTC year 10000"),
        pytest.param(forged("l", "0001-01-01T00:00:00+01:00"), datetime, id="in UTC year 0"),
        pytest.param(forged("l", 5), datetime, id="number for an instant"),
        pytest.param(forged("l", "12"), UUID, id="no id"),
        pytest.param(
            base64.b64encode(b'["l",9223372036854775808]').decode(), int, id="64 bits + 1"
        ),
        pytest.param(forged("l", 1.5), int, id="fraction"),
        pytest.param(forged("l", True), int, id="true for a number"),
    ],
)
def test_a_forged_value_is_refused(cursor: str, kind: type) -> None:
    with pytest.raises(MalformedCursor):
        decode("l", cursor, kind)


@pytest.mark.parametrize(
    ("rows", "page", "last"),
    [
        pytest.param([], [], None, id="nothing"),
        pytest.param([1], [1], None, id="less than a page"),
        pytest.param([1, 2], [1, 2], None, id="exactly a page"),
        pytest.param([1, 2, 3], [1, 2], 2, id="more follow"),
    ],
)
def test_pages(rows: list[int], page: list[int], last: int | None) -> None:
    assert page_of(rows, 2) == (page, last)
