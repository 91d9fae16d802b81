"""Valid files with something spoilt: refused with a reason or taken, never a fault of ours."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sla_service.formats.itil import itil_tables
from slaclock.testing.spoiling import spoilt

from .conftest import FILE

ODD = (
    *("first_response", "next_reply", "resolution", "P1", "24x7", "office", "month", "webhook"),
    *("percent:1", "percent:9999", "before_due:60", "after_due:1", "resume", "on_hold", "95.00"),
    5_256_000,
)
KEYS = ("metric", "minutes", "calendar", "rule_id", "tiers", "x")
ZENDESK: dict[str, Any] = {
    "sla_policies": [
        {
            "id": 1,
            "title": "Gold",
            "position": 1,
            "filter": {
                "all": [{"field": "organization_id", "operator": "is", "value": "7"}],
                "any": [],
            },
            "policy_metrics": [
                {
                    "priority": priority,
                    "metric": metric,
                    "target": 60,
                    "business_hours": business,
                }
                for priority in ("urgent", "low")
                for metric, business in (("first_reply_time", False), ("agent_work_time", True))
            ],
        }
    ],
    "schedules": [
        {
            "id": 2,
            "name": "Office",
            "time_zone": "London",
            "intervals": [{"start_time": 1980, "end_time": 2460}],
        }
    ],
}
trying = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def reasons(answer: httpx.Response) -> None:
    """A refusal says what is wrong, and what to do."""
    if answer.status_code == 422:
        found = answer.json()["errors"]
        assert found, answer.text
        assert all(one["message"] and one["remedy"] for one in found), answer.text


@trying
@given(file=spoilt(FILE, odd=ODD, keys=KEYS))
def test_spoilt_files(asked: httpx.Client, file: Any) -> None:
    path = "/sla/v1/slas/platinum"
    answer = asked.post(f"{path}/publish", json={"sla": file, "dry_run": True})
    assert answer.status_code in {200, 422}, (file, answer.text)
    reasons(answer)
    tag = asked.get(f"{path}/draft").headers["ETag"]
    kept = asked.put(f"{path}/draft", json=file, headers={"If-Match": tag})
    assert kept.status_code in {200, 422}, (file, kept.text)
    reasons(kept)
    if kept.status_code == 200:
        assert (answer.status_code == 422) == bool(kept.json()["faults"]), (file, kept.text)
        compared = asked.get(f"{path}/draft/differences")
        assert compared.status_code == answer.status_code, (file, compared.text)
    judged = asked.post("/sla/v1/lint", json={"sla": file})
    assert judged.status_code in {200, 422}, (file, judged.text)


@pytest.mark.parametrize(
    ("format_", "tables"), [("alga", itil_tables("Europe/London")), ("zendesk", ZENDESK)]
)
@trying
@given(data=st.data())
def test_spoilt_exports(
    asked: httpx.Client, format_: str, tables: dict[str, Any], data: st.DataObject
) -> None:
    """What was read without a reason to refuse it makes drafts that can be judged."""
    spoilt_tables = data.draw(spoilt(tables, odd=ODD, keys=("id", "name", "x")))
    path = f"/sla/v1/imports/{format_}"
    answer = asked.post(path, json=spoilt_tables, params={"dry_run": "true"})
    assert answer.status_code in {200, 201, 422}, (spoilt_tables, answer.text)
    reasons(answer)
