"""Whatever a document says, it is an agreement or has faults."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_service.domain.file import InvalidAgreement, read_agreement, read_file

from .definitions import EVERY_KEY, FILE, put

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
KEYS = [*json.loads(json.dumps(FILE)), "metrics", "credits", "roles", "agreement_type", "group"]


def paths(value: Any, at: str = "") -> list[str]:
    """Every path inside a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, one in inner:
        path = f"{at}.{key}" if at else str(key)
        found.append(path)
        if isinstance(one, dict | list):
            found += paths(one, path)
    return found


@given(document=JSON | st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_document_is_an_agreement_or_has_faults(document: Any) -> None:
    faults = read_file(document).faults
    with pytest.raises(InvalidAgreement) if faults else nullcontext() as caught:
        read_agreement(document)
    assert caught is None or caught.value.faults == faults


@given(data=st.data())
def test_a_file_with_anything_in_any_place_is_read(data: st.DataObject) -> None:
    document = json.loads(EVERY_KEY.read_text(encoding="utf-8"))
    path = data.draw(st.sampled_from(paths(document)))
    changed = put(document, path, data.draw(JSON))
    reading = read_file(changed)
    if not reading.faults:
        again = reading.agreement.document()
        assert json.loads(json.dumps(again)) == again
    for fault in reading.faults:
        assert fault.code
        assert fault.remedy
