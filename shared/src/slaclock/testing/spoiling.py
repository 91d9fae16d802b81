"""Valid documents with something spoilt, for tests of whatever reads documents of strangers."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

__all__ = ["spoilt"]

EDGES: Sequence[Any] = (
    *(None, True, 0, -1, 1, 7, 13, 29, 31, 2**31, 2**53, 1.5, "", "x", "\u2028", "../etc/passwd"),
    *("09:00", "24:00", "25:00", "2026-02-29", "2024-02-29", "0001-01-01", "9999-12-31"),
    *("Europe/Paris", "UTC", "posixrules", "1.50", "0.00"),
    *([], {}, [[]], [{}], [None], {"x": 1}),
)


def spoilt(
    document: Any, *, odd: Sequence[Any] = (), keys: Sequence[str] = ("x",)
) -> st.SearchStrategy[Any]:
    """Copies of *document*, each with one to three places replaced, removed or doubled.

    Args:
        document: parsed JSON; stays as it is.
        odd: values to try beside the edges of every type.
        keys: for objects that are made up.
    """
    anything = st.recursive(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(-(2**53), 2**53),
            st.floats(allow_nan=False, allow_infinity=False),
            st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
        ),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(keys)), inner)
        ),
        max_leaves=5,
    )
    value = st.sampled_from([*EDGES, *odd]) | anything
    path = st.sampled_from(sorted(_places(document), key=str))
    how = st.sampled_from(["replace", "replace", "remove", "double"])
    return st.lists(st.tuples(path, how, value), min_size=1, max_size=3).map(
        lambda changes: _changed(document, changes)
    )


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from _places(inner, (*path, key))


def _changed(document: Any, changes: Sequence[tuple[tuple[Any, ...], str, Any]]) -> Any:
    found = copy.deepcopy(document)
    for path, how, value in changes:
        _spoil(found, path, how, copy.deepcopy(value))
    return found


def _spoil(document: Any, path: tuple[Any, ...], how: str, value: Any) -> None:
    *outer, last = path
    try:
        for key in outer:
            document = document[key]
        if how == "remove":
            del document[last]
        elif how == "double" and isinstance(document, list):
            document.append(copy.deepcopy(document[last]))
        else:
            document[last] = value
    except (KeyError, IndexError, TypeError):
        return  # spoilt before
