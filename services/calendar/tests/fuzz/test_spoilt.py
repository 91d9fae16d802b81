"""Valid documents with something spoilt: refused with a reason or taken, never a fault of ours."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slaclock.testing.spoiling import spoilt

ODD = (
    *("yearly", "easter", "weekday", "date", "orthodox", "next_free_weekday", "nearest_weekday"),
    "uk",
)
KEYS = ("date", "name", "rule", "x", "start")


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
    document = data.draw(spoilt(documents[which], odd=ODD, keys=KEYS))
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
