"""Laws of every export of Alga PSA, well-formed or not."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sla_service.domain.file import read_file
from sla_service.formats.alga import read_alga_policies
from sla_service.formats.itil import itil_tables
from slaclock.errors import Refusal

from .alga import POLICY, codes, files

IDS = st.sampled_from(["a", "b", "c", "d"])
PERCENTS = st.one_of(st.none(), st.integers(0, 300))
EXPORTS = st.fixed_dictionaries(
    {
        "sla_policies": st.just([POLICY]),
        "sla_policy_targets": st.lists(
            st.fixed_dictionaries(
                {
                    "sla_policy_id": st.just("p"),
                    "priority_id": IDS,
                    "response_time_minutes": st.integers(1, 10_000),
                    "resolution_time_minutes": st.one_of(st.none(), st.integers(1, 50_000)),
                    "is_24x7": st.booleans(),
                    "escalation_1_percent": PERCENTS,
                    "escalation_2_percent": PERCENTS,
                    "escalation_3_percent": PERCENTS,
                }
            ),
            min_size=1,
            unique_by=lambda row: row["priority_id"],
        ),
        "sla_notification_thresholds": st.lists(
            st.fixed_dictionaries(
                {
                    "sla_policy_id": st.just("p"),
                    "threshold_percent": st.integers(1, 300),
                    "notify_assignee": st.booleans(),
                    "notify_board_manager": st.booleans(),
                    "notify_escalation_manager": st.booleans(),
                    "channels": st.sampled_from([None, ["in_app"], "{in_app,email}"]),
                }
            ),
            max_size=5,
            unique_by=lambda row: row["threshold_percent"],
        ),
        "boards": st.lists(
            st.fixed_dictionaries(
                {"board_id": IDS, "manager_user_id": st.one_of(st.none(), IDS)},
                optional={"sla_policy_id": st.just("p")},
            ),
            unique_by=lambda row: row["board_id"],
        ),
        "escalation_managers": st.lists(
            st.fixed_dictionaries(
                {
                    "board_id": IDS,
                    "escalation_level": st.integers(1, 3),
                    "manager_user_id": st.one_of(st.none(), IDS),
                }
            ),
            unique_by=lambda row: (row["board_id"], row["escalation_level"]),
        ),
        "sla_settings": st.lists(
            st.fixed_dictionaries({"pause_on_awaiting_client": st.booleans()}), max_size=1
        ),
    }
)


@given(EXPORTS)
def test_what_is_well_formed_comes_in_whole_and_without_faults(tables: dict[str, Any]) -> None:
    found = read_alga_policies(tables)
    assert codes(found, taken=False) == []
    (document,) = files(found).values()
    assert read_file(document).faults == ()
    # every percentage is a threshold, and everybody who is to be told is told
    rows = tables["sla_notification_thresholds"]
    listed = set(document["thresholds"])
    assert {f"percent:{row['threshold_percent']}" for row in rows} <= listed
    told = {rule["threshold"] for rule in document["escalations"] if "level" not in rule}
    named = ("notify_assignee", "notify_board_manager", "notify_escalation_manager")
    assert told == {
        f"percent:{row['threshold_percent']}" for row in rows if any(row[key] for key in named)
    }
    for level in (1, 2, 3):
        percents = {row[f"escalation_{level}_percent"] for row in tables["sla_policy_targets"]} - {
            0
        }
        rules = [rule for rule in document["escalations"] if rule.get("level") == level]
        usual = {None: (70, 90, 110)[level - 1]}
        assert {rule["threshold"] for rule in rules} == {
            f"percent:{usual.get(percent, percent)}" for percent in percents
        }


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 20_000),
    st.text(max_size=5),
    st.sampled_from(["p", "P1", "t", "f", "08:00:00", "Europe/Berlin", [], {}, 1.5]),
)


@given(st.data())
def test_no_export_breaks_the_reader(data: st.DataObject) -> None:
    tables: dict[str, Any] = json.loads(json.dumps(itil_tables("UTC")))
    for _ in range(data.draw(st.integers(1, 6))):
        rows = tables[data.draw(st.sampled_from(sorted(tables)))]
        row = data.draw(st.sampled_from(rows))
        row[data.draw(st.sampled_from(sorted(row)))] = data.draw(VALUES)
    try:
        found = read_alga_policies(tables)
    except Refusal:
        return
    json.dumps([dict(one.document) for one in found.slas])
    for one in found.slas:
        read_file(one.document)
