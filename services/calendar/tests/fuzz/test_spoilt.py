"""Valid documents with something spoilt: refused with a reason or taken, never a fault of ours."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EDGES = [None, True, 0, -1, 1, 7, 13, 29, 31, 2**31, 2**53, 1.5, "", "x", "09:00", "24:00", "25:00"]
ODD: list[Any] = [
    *EDGES,
    *("2026-02-29", "2024-02-29", "0001-01-01", "9999-12-31", "yearly", "easter", "weekday"),
    *("date", "orthodox", "next_free_weekday", "nearest_weekday", "uk", "Europe/Paris", "UTC"),
    *(
        "../etc/passwd",
        "posixrules",
        "\u2028",
        "1.50",
        "0.00",
        [],
        {},
        [[]],
        [{}],
        [None],
        {"x": 1},
    ),
]
values = st.one_of(
    st.sampled_from(ODD),
    st.recursive(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(-(2**53), 2**53),
            st.floats(allow_nan=False, allow_infinity=False),
            st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
        ),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["date", "name", "rule", "x", "start"]), inner)
        ),
        max_leaves=5,
    ),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def spoil(document: Any, path: tuple[Any, ...], how: str, value: Any) -> None:
    """Change one place of *document*."""
    *outer, last = path
    for key in outer:
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            return  # spoilt before
    try:
        if how == "remove":
            del document[last]
        elif how == "double" and isinstance(document, list):
            document.append(copy.deepcopy(document[last]))
        else:
            document[last] = value
    except (KeyError, IndexError, TypeError):
        return


@pytest.mark.parametrize("which", ["office", "bank"])
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_spoilt_documents(
    asked: httpx.Client, documents: dict[str, Any], which: str, data: st.DataObject
) -> None:
    document = copy.deepcopy(documents[which])
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(sorted(places(documents[which]), key=str)))
        how = data.draw(st.sampled_from(["replace", "replace", "remove", "double"]))
        spoil(document, path, how, data.draw(values))
    if which == "bank":
        path = "/calendar/v1/holiday-sets/uk/versions"
        answer = asked.post(path, json={"set": document, "dry_run": True})
    else:
        path = "/calendar/v1/calendars/uk"
        answer = asked.post(f"{path}/publish", json={"calendar": document, "dry_run": True})
        tag = asked.get(f"{path}/draft").headers["ETag"]
        kept = asked.put(f"{path}/draft", json=document, headers={"If-Match": tag})
        assert kept.status_code in {200, 422}, (document, kept.text)
        if kept.status_code == 200:
            assert (answer.status_code == 422) == bool(kept.json()["faults"]), (document, kept.text)
            compared = asked.get(f"{path}/draft/differences")
            assert compared.status_code == answer.status_code, (document, compared.text)
    assert answer.status_code in {200, 422}, (document, answer.text)
    if answer.status_code == 422:
        found = answer.json()["errors"]
        assert found, document
        assert all(one["message"] and one["remedy"] for one in found), (document, found)
