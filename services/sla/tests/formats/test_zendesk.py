"""Zendesk's SLA policies become SLA files, and everything that cannot be carried is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_service.domain.agreement import PublishedCalendar
from sla_service.domain.file import read_file
from sla_service.formats.zendesk import MOST_POLICIES, read_zendesk_policies
from sla_service.formats.zendesk_export import written_policy
from slaclock.errors import Refusal
from slaclock.foreign.findings import UnusableFile

EXAMPLE = Path(__file__).parents[4] / "examples" / "policies" / "zendesk.json"
FIRST = {"priority": "high", "metric": "first_reply_time", "target": 30, "business_hours": False}


def policy(*metrics: object, **changed: Any) -> dict[str, Any]:
    return {"id": 1, "title": "P", "filter": {}, "policy_metrics": list(metrics), **changed}


def left(document: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    """Field and code of everything that was left out."""
    found = read_zendesk_policies(document, **more)
    return [(one.fault.field, one.fault.code) for one in found.findings if not one.taken]


def one(document: dict[str, Any], **more: Any) -> Any:
    (found,) = read_zendesk_policies(document, **more).slas
    return found.document


def test_policies_of_an_account() -> None:
    found = read_zendesk_policies(json.loads(EXAMPLE.read_text(encoding="utf-8")))
    assert [one.sla_id for one in found.slas] == ["second-line", "silver-plan", "everybody-else"]
    silver = found.slas[1].document
    assert [
        (one["metric"], one["priority"], one["minutes"], one["calendar"])
        for one in silver["targets"]
    ] == [
        ("first_response", "normal", 120, "us-canada"),
        ("first_response", "high", 30, "24x7"),
        ("next_reply", "high", 60, "us-canada"),
        ("periodic_update", "high", 240, "us-canada"),
        ("resolution", "high", 1440, "24x7"),
    ]
    assert silver["pause"] == {
        "first_response": [],
        "next_reply": [],
        "periodic_update": ["waiting_on_customer"],
        "resolution": [],
    }
    assert silver["metrics"]["periodic_update"]["starts"] == ["agent_reply"]
    assert silver["calendars"]["us-canada"]["timezone"] == "America/Los_Angeles"
    assert [(one.kind, dict(one.body)) for one in found.proposals] == [
        ("assignment", {"match": {"group": "88"}, "sla_id": "second-line"}),
        ("assignment", {"match": {"group": "89"}, "sla_id": "second-line"}),
        ("contract", {"customer_id": "360033549136", "sla_id": "silver-plan"}),
    ]
    assert [(one.fault.field, one.fault.code) for one in found.findings if not one.taken] == [
        ("description", "import.description"),
        ("policy_metrics[5].metric", "import.metric-unsupported"),
        ("filter.all", "import.filter"),
    ]
    for sla in found.slas:
        assert read_file(sla.document).faults == ()


@pytest.mark.parametrize(
    ("metric", "field", "code"),
    [
        pytest.param(
            {"metric": "requester_wait_time"}, "metric", "import.metric-unsupported", id="w"
        ),
        pytest.param(
            {"metric": "group_ownership_time"}, "metric", "import.metric-unsupported", id="g"
        ),
        pytest.param({"metric": None}, "metric", "import.metric-unsupported", id="none"),
        pytest.param({"priority": "P1"}, "priority", "import.priority", id="priority"),
        pytest.param({"target": 0}, "target", "import.minutes", id="zero"),
        pytest.param({"target": None}, "target", "import.type", id="no target"),
        pytest.param({"target_in_seconds": 90}, "target_in_seconds", "import.minutes", id="s"),
        pytest.param(
            {"business_hours": True}, "business_hours", "import.no-business-hours", id="h"
        ),
        pytest.param({"priority": "high"}, "priority", "import.target-twice", id="twice"),
    ],
)
def test_metrics_that_are_left_out(metric: dict[str, Any], field: str, code: str) -> None:
    document = {"sla_policies": [policy(FIRST, {**FIRST, "priority": "low", **metric})]}
    assert left(document) == [(f"policy_metrics[1].{field}", code)]
    assert len(one(document)["targets"]) == 1


def test_a_policy_measures_updates_in_one_way() -> None:
    updates = [
        {**FIRST, "metric": "periodic_update_time"},
        {**FIRST, "metric": "pausable_update_time", "priority": "low"},
    ]
    document = {"sla_policy": policy(*updates)}
    assert left(document) == [("policy_metrics[1].metric", "import.metric-twice")]
    assert one(document)["pause"] == {"periodic_update": []}


@pytest.mark.parametrize(
    ("wanted", "proposed", "told"),
    [
        pytest.param({}, ["default"], 0, id="without conditions it is the default"),
        pytest.param(
            {"all": [{"field": "group_id", "operator": "is", "value": 1}]},
            ["assignment"],
            0,
            id="g",
        ),
        pytest.param(
            {"all": [{"field": "group_id", "operator": "is_not", "value": 1}]}, [], 1, id="not"
        ),
        pytest.param(
            {
                "all": [{"field": "group_id", "operator": "is", "value": 1}],
                "any": [{"field": "organization_id", "operator": "is", "value": 2}],
            },
            [],
            1,
            id="both narrow",
        ),
        pytest.param({"any": "x"}, [], 1, id="no list"),
        pytest.param([], ["default"], 0, id="an empty list"),
        pytest.param("x", [], 1, id="no filter at all"),
    ],
)
def test_filters(wanted: object, proposed: list[str], told: int) -> None:
    document = {"sla_policies": [policy(FIRST, filter=wanted)]}
    found = read_zendesk_policies(document)
    assert [one.kind for one in found.proposals] == proposed
    assert len(left(document)) == told


def test_a_policy_behind_one_that_takes_every_ticket_is_told() -> None:
    document = {"sla_policies": [policy(FIRST), policy(FIRST, id=2, title="Q")]}
    assert left(document) == [("position", "import.never-applies")]
    assert len(read_zendesk_policies(document).proposals) == 1


def test_hours_are_a_published_calendar_if_one_is_named() -> None:
    document = {"sla_policies": [policy({**FIRST, "business_hours": True})]}
    named = one(document, published=PublishedCalendar("us", 2))
    assert named["calendars"] == {"business-hours": {"calendar_id": "us", "version": 2}}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        pytest.param({}, "import.empty", id="nothing"),
        pytest.param({"sla_policies": {}}, "import.empty", id="no list"),
        pytest.param({"sla_policies": [{}] * (MOST_POLICIES + 1)}, "import.too-many", id="many"),
    ],
)
def test_files_that_are_refused(document: dict[str, Any], code: str) -> None:
    with pytest.raises(UnusableFile) as refused:
        read_zendesk_policies(document)
    assert refused.value.code == code


def test_what_stands_beside_is_told() -> None:
    settings = policy(FIRST, metric_settings={"first_reply_time": {"fulfill": True}})
    document = {"sla_policies": [settings], "group_sla_policies": [], "next_page": "https://x"}
    assert left(document) == [
        ("", "import.table-unknown"),
        ("next_page", "import.more-pages"),
        ("metric_settings", "import.metric-settings"),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


TARGETS = st.lists(
    st.tuples(
        st.sampled_from(("urgent", "high", "normal", "low")),
        st.sampled_from(("first_reply_time", "next_reply_time", "total_resolution_time")),
        st.integers(1, 5_256_000),
        st.booleans(),
    ),
    min_size=1,
    unique_by=lambda target: target[:2],
)


@given(TARGETS, st.sampled_from(("periodic_update_time", "pausable_update_time", None)))
def test_what_came_from_zendesk_goes_back_as_it_was(targets: list[Any], update: str | None) -> None:
    metrics = [
        {
            "priority": priority,
            "metric": metric,
            "target": minutes,
            "target_in_seconds": minutes * 60,
            "business_hours": business,
        }
        for priority, metric, minutes, business in targets
    ]
    if update is not None:
        metrics.append({**metrics[0], "metric": update})
    document = {"sla_policies": [policy(*metrics)]}
    found = one(document, published=PublishedCalendar("us", 2))
    snapshot = read_file(found, known=[PublishedCalendar("us", 2)]).agreement.document()
    written = written_policy(snapshot)

    def by_metric(item: Any) -> tuple[str, str]:
        return item["metric"], item["priority"]

    assert sorted(written.policy["policy_metrics"], key=by_metric) == sorted(metrics, key=by_metric)
    kept = {one.fault.field for one in written.findings if not one.taken}
    assert kept <= {"metrics"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        pytest.param({}, [], id="everything has words"),
        pytest.param({"priority": "P1"}, [], id="ITIL priorities have counterparts"),
        pytest.param({"priority": "P5"}, ["targets[0].priority"], id="others have none"),
    ],
)
def test_priorities_on_their_way_out(changed: dict[str, Any], told: list[str]) -> None:
    target = {"metric": "resolution", "priority": "high", "minutes": 60, "calendar": "24x7"}
    snapshot = {"name": "G", "targets": [{**target, **changed}], "pause": {"resolution": []}}
    written = written_policy(snapshot)
    assert [one.fault.field for one in written.findings if not one.taken] == told
    assert len(written.policy["policy_metrics"]) == (0 if told else 1)


@pytest.mark.parametrize(
    ("pause", "metric"),
    [
        pytest.param([], "total_resolution_time", id="runs on"),
        pytest.param(["waiting_on_customer"], "requester_wait_time", id="waits for the requester"),
        pytest.param(
            ["waiting_on_customer", "waiting_on_third_party", "on_hold"],
            "agent_work_time",
            id="counts work",
        ),
        pytest.param(["on_hold"], "total_resolution_time", id="has no counterpart"),
    ],
)
def test_pauses_choose_the_metric(pause: list[str], metric: str) -> None:
    fallback = {"metric": "resolution", "priority": None, "minutes": 60, "calendar": "24x7"}
    own = {**fallback, "priority": "low", "minutes": 90}
    snapshot = {"name": "G", "targets": [fallback, own], "pause": {"resolution": pause}}
    written = written_policy(snapshot).policy["policy_metrics"]
    assert {one["metric"] for one in written} == {metric}
    assert [one["target"] for one in written] == [60, 60, 60, 90]


@given(st.data())
def test_no_file_breaks_the_reader(data: st.DataObject) -> None:
    document = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.sampled_from(document["sla_policies"]))
        for _ in range(data.draw(st.integers(0, 2))):
            inner = [value for value in place.values() if isinstance(value, dict) and value]
            inner += [
                item
                for value in place.values()
                if isinstance(value, list)
                for item in value
                if isinstance(item, dict) and item
            ]
            place = data.draw(st.sampled_from(inner)) if inner else place
        place[data.draw(st.sampled_from(sorted(place)))] = data.draw(JSON)
    try:
        found = read_zendesk_policies(document)
    except Refusal:
        return
    for sla in found.slas:
        read_file(json.loads(json.dumps(sla.document)))
