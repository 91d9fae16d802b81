"""One spelling per value, whichever way it is written."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from slaclock.contracts.canonical import (
    NotCanonical,
    canonical,
    canonical_plain,
    content_hash,
    uuid_of,
    uuid_text_of,
)

SAFE = 2**53 - 1
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-SAFE, SAFE)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_the_fast_way_spells_as_the_library_does(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(st.text(st.characters(codec="ascii"), max_size=20), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_without_floats_and_with_ascii_keys_nothing_need_be_looked_through(value: Any) -> None:
    assert canonical_plain(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        pytest.param({"b": 1, "a": [None, True]}, b'{"a":[null,true],"b":1}', id="sorted, tight"),
        pytest.param({"\ue000": 1, "\U0001f600": 2}, '{"😀":2,"\ue000":1}'.encode(), id="UTF-16"),
        pytest.param([1.0, 1e21, 0.1, -0.0], b"[1,1e+21,0.1,0]", id="numbers as in ECMAScript"),
        pytest.param("\x7f\x1f\n€", '"\x7f\\u001f\\n€"'.encode(), id="escapes"),
        pytest.param((1, 2), b"[1,2]", id="a tuple is a list"),
        pytest.param({}, b"{}", id="empty"),
    ],
)
def test_spelling(value: Any, spelled: bytes) -> None:
    assert canonical(value) == spelled


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(2**53, id="integer beyond 2^53"),
        pytest.param([-(2**64)], id="integer of 65 bits"),
        pytest.param(float("nan"), id="NaN"),
        pytest.param([float("inf")], id="infinity"),
        pytest.param("\ud800", id="half a surrogate pair"),
        pytest.param({"\ud800": 1}, id="half a surrogate pair as key"),
        pytest.param({1: 2}, id="number as key"),
        pytest.param({1, 2}, id="a set"),
    ],
)
def test_what_json_cannot_carry_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonical) as caught:
        canonical(value)
    assert caught.value.code == "json.not-canonical"


@pytest.mark.parametrize("value", [[2**53], ["\ud800"], {1: 2}, {1, 2}])
def test_what_is_not_plain_is_refused_where_that_shows(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical_plain(value)


def test_nesting_ends_somewhere() -> None:
    nested: Any = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(NotCanonical):
        canonical(nested)


def test_equal_values_have_one_name() -> None:
    assert content_hash({"a": 1, "b": 2.0}) == content_hash({"b": 2, "a": 1})


def test_ids_follow_from_their_parts_and_never_change() -> None:
    assert uuid_of("acme", "INC-1", 3) == uuid_of("acme", "INC-1", 3)
    assert str(uuid_of("acme", "INC-1", 3)) == "c4193e0e-663b-51d7-8584-a2f08f37d280"
    assert uuid_text_of("acme", "INC-1", 3) == "c4193e0e-663b-51d7-8584-a2f08f37d280"
    assert all(uuid_text_of("acme", n) == str(uuid_of("acme", n)) for n in range(100))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(("a", "bc"), ("ab", "c"), id="where a part ends counts"),
        pytest.param(("1",), (1,), id="text and number differ"),
        pytest.param((None,), ("null",), id="nothing and its name differ"),
    ],
)
def test_different_parts_give_different_ids(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert uuid_of(*one) != uuid_of(*other)
