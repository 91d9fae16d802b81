"""Alga PSA's tables become SLA files, and everything that cannot be carried is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sla_service.domain.agreement import PublishedCalendar
from sla_service.domain.file import read_file
from sla_service.formats.alga import MOST_POLICIES, read_alga_policies
from sla_service.formats.itil import read_itil
from slaclock.foreign.findings import UnusableFile

from .alga import POLICY, TARGET, codes, export, files

EXAMPLE = Path(__file__).parents[4] / "examples" / "policies" / "alga.json"


def example() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    return found


def test_targets_thresholds_and_hours_of_an_export() -> None:
    found = read_alga_policies(example())
    standard = files(found)["managed-services-standard"]
    assert [
        (one["metric"], one["priority"], one["minutes"], one["calendar"])
        for one in standard["targets"]
    ] == [
        ("first_response", "High", 60, "office"),
        ("resolution", "High", 480, "office"),
        ("first_response", "Low", 240, "office"),
        ("resolution", "Low", 2880, "office"),
    ]
    assert standard["calendars"]["office"] == {
        "name": "Office",
        "timezone": "America/Chicago",
        "windows": [
            *({"weekday": day, "start": "08:00", "end": "17:00"} for day in range(4)),
            {"weekday": 4, "start": "08:00", "end": "15:00"},
        ],
        "holidays": [
            {"date": "2026-01-01", "name": "New Year", "recurrence": "yearly"},
            {"date": "2027-11-25", "name": "Thanksgiving"},
        ],
    }
    assert standard["thresholds"] == [
        *("percent:70", "percent:75", "percent:80", "percent:90", "percent:100", "percent:110")
    ]
    premium = files(found)["managed-services-premium"]
    assert [(one["metric"], one["calendar"]) for one in premium["targets"]] == [
        ("first_response", "24x7"),
        ("resolution", "24x7"),
        ("first_response", "office"),
    ]
    for document in files(found).values():
        assert read_file(document).faults == ()


def test_managers_of_boards_are_told_of_their_boards() -> None:
    standard = files(read_alga_policies(example()))["managed-services-standard"]
    rules = {one["rule_id"]: one for one in standard["escalations"]}
    # the one who stands for every board is a role, others are told of tickets of their boards
    assert standard["roles"] == {"escalation-manager-1": {"recipients": [{"person": "u-lee"}]}}
    assert rules["notify-75"]["recipients"] == [{"role": "assignee"}]
    assert rules["notify-75-boards-1"] == {
        "rule_id": "notify-75-boards-1",
        "threshold": "percent:75",
        "conditions": {"group": ["b-desk"]},
        "recipients": [{"person": "u-mia"}],
    }
    assert rules["notify-100"]["recipients"] == [
        {"role": "assignee"},
        {"role": "escalation-manager-1"},
        {"role": "escalation-manager-3"},
    ]
    # levels stand at their percents, of those priorities that have them
    assert rules["escalate-1"] == {
        "rule_id": "escalate-1",
        "threshold": "percent:70",
        "level": 1,
        "conditions": {"priority": ["High"]},
        "recipients": [{"role": "escalation-manager-1"}],
    }
    assert rules["escalate-1-2"]["conditions"] == {"priority": ["Low"]}
    assert rules["escalate-2-boards-1"]["conditions"] == {"group": ["b-desk"]}
    assert rules["escalate-3"]["conditions"] == {"priority": ["High"]}


def test_what_pauses_there_pauses_here_and_nothing_else() -> None:
    found = read_alga_policies(example())
    (statuses,) = [one.body["statuses"] for one in found.proposals if one.kind == "status_map"]
    assert statuses == {
        "awaiting_client": "waiting_on_customer",
        "New": "open",
        "Pending": "open",
        "Waiting for parts": "on_hold",
        "Completed": "closed",
    }
    for document in files(found).values():
        assert set(map(tuple, document["pause"].values())) == {("waiting_on_customer", "on_hold")}
    never = {**example(), "sla_settings": [{"pause_on_awaiting_client": "f"}]}
    never["status_sla_pause_config"] = []
    for document in files(read_alga_policies(never)).values():
        assert list(document["pause"].values()) == [[], []]


def test_who_binds_what_is_proposed() -> None:
    found = read_alga_policies(example())
    assert [(one.kind, dict(one.body)) for one in found.proposals[1:]] == [
        ("default", {"sla_id": "managed-services-standard"}),
        (
            "assignment",
            {"match": {"group": "b-projects"}, "sla_id": "managed-services-premium"},
        ),
        ("contract", {"customer_id": "c-acme", "sla_id": "managed-services-premium"}),
    ]


def test_everything_that_is_not_carried_is_told() -> None:
    found = read_alga_policies({**example(), "tickets": []})
    assert codes(found, taken=False) == ["import.table-unknown", "import.description"]
    assert set(codes(found, taken=True)) == {
        "import.awaiting-client",
        "import.board-as-group",
        "import.business-minutes",
        "import.channels",
        "import.client-policy",
        "import.escalation-tells",
        "import.role-unfilled",
    }
    (minutes,) = [one for one in found.findings if one.fault.code == "import.business-minutes"]
    assert minutes.place.row == "t2"
    channels = [one.fault.value for one in found.findings if one.fault.code == "import.channels"]
    assert channels == ["email, in_app"] * 2
    assert "5.6 days of 8.6 open hours, not 2 days" in minutes.fault.message


@pytest.mark.parametrize(
    ("tables", "code"),
    [
        pytest.param({"sla_policies": []}, "import.empty", id="no policy"),
        pytest.param({"sla_policies": "x"}, "import.type", id="no table"),
        pytest.param(
            {"sla_policies": [{"sla_policy_id": n} for n in range(MOST_POLICIES + 1)]},
            "import.too-many",
            id="too many policies",
        ),
        pytest.param({"sla_policies": [1] * 10_001}, "import.too-many", id="too many rows"),
        pytest.param(
            {"sla_policies": [{"tenant": "a"}], "boards": [{"tenant": "b"}]},
            "import.several-tenants",
            id="two tenants",
        ),
    ],
)
def test_files_that_are_refused(tables: dict[str, Any], code: str) -> None:
    with pytest.raises(UnusableFile) as refused:
        read_alga_policies(export(**tables))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("tables", "code"),
    [
        pytest.param(
            {"sla_policy_targets": [TARGET, {**TARGET, "target_id": "u"}]},
            "import.target-twice",
            id="a priority twice",
        ),
        pytest.param(
            {
                "sla_policy_targets": [
                    TARGET,
                    {**TARGET, "priority_id": "L"} | {"sla_policy_id": "q"},
                ]
            },
            "import.row-id",
            id="a target of no policy",
        ),
        pytest.param(
            {"sla_policy_targets": [TARGET, {**TARGET, "response_time_minutes": 0}]},
            "import.minutes",
            id="no minutes",
        ),
        pytest.param(
            {"sla_policies": [POLICY, {**POLICY, "sla_policy_id": "q"}]},
            "import.no-targets",
            id="a policy without targets",
        ),
        pytest.param({"sla_policies": [POLICY, POLICY]}, "import.row-id", id="a policy twice"),
        pytest.param(
            {"sla_policy_targets": [{**TARGET, "escalation_1_percent": 10_000}]},
            "import.percent",
            id="a percentage too large",
        ),
        pytest.param(
            {"escalation_managers": [{"config_id": "e", "board_id": "b", "escalation_level": 4}]},
            "import.level",
            id="a level that is none",
        ),
        pytest.param(
            {"sla_notification_thresholds": [{"sla_policy_id": "p", "threshold_percent": 0}]},
            "import.percent",
            id="a threshold at the beginning",
        ),
        pytest.param(
            {
                "statuses": [
                    {"status_id": "1", "name": "Hold", "is_closed": False},
                    {"status_id": "2", "name": "hold", "is_closed": True},
                ]
            },
            "import.status-twice",
            id="a word with two meanings",
        ),
        pytest.param(
            {"boards": [{"board_id": "b", "sla_policy_id": "gone"}]},
            "import.row-id",
            id="a board of no policy",
        ),
    ],
)
def test_rows_that_are_left_out(tables: dict[str, Any], code: str) -> None:
    found = read_alga_policies(export(**tables))
    assert codes(found, taken=False) == [code]
    assert found.counts["left_out"] == 1
    assert [one.sla_id for one in found.slas] == ["p"]


def test_business_hours_that_are_missing_never_close_as_in_alga() -> None:
    row = {**TARGET, "is_24x7": False}
    found = read_alga_policies(export(sla_policy_targets=[row]))
    assert files(found)["p"]["targets"][0]["calendar"] == "24x7"
    assert "import.no-business-hours" in codes(found, taken=True)
    named = read_alga_policies(
        export(sla_policy_targets=[row]), published=PublishedCalendar("uk", 3)
    )
    assert files(named)["p"]["calendars"] == {"business-hours": {"calendar_id": "uk", "version": 3}}


SCHEDULES = [
    {"schedule_id": "day", "schedule_name": "Day", "timezone": "UTC", "is_default": True},
    {"schedule_id": "ever", "schedule_name": "Ever", "timezone": "UTC", "is_24x7": True},
]


@pytest.mark.parametrize(
    ("named", "calendar", "told"),
    [
        pytest.param("day", "day", False, id="its own"),
        pytest.param(None, "day", False, id="the default one"),
        pytest.param("gone", "day", True, id="one that is not there"),
        pytest.param("ever", "24x7", False, id="one that never closes"),
    ],
)
def test_the_hours_of_a_policy(named: str | None, calendar: str, told: bool) -> None:
    entry = {"entry_id": "e", "schedule_id": "day", "day_of_week": 1} | {
        "start_time": "08:00",
        "end_time": "09:00",
    }
    found = read_alga_policies(
        export(
            sla_policies=[{**POLICY, "business_hours_schedule_id": named}],
            sla_policy_targets=[{**TARGET, "is_24x7": False}],
            business_hours_schedules=SCHEDULES,
            business_hours_entries=[entry],
        )
    )
    (document,) = files(found).values()
    assert document["targets"][0]["calendar"] == calendar
    assert set(document["calendars"]) == {calendar} - {"24x7"}
    assert ("import.schedule-unknown" in codes(found, taken=True)) is told


def test_many_boards_and_thresholds_stay_within_what_a_file_may_hold() -> None:
    boards = [{"board_id": f"b{n}", "manager_user_id": f"u{n}"} for n in range(2_000)]
    managers = [
        {
            "config_id": str(n),
            "board_id": f"b{n}",
            "escalation_level": 1,
            "manager_user_id": f"u{n}",
        }
        for n in range(2_000)
    ]
    points = [
        {"sla_policy_id": "p", "threshold_percent": n, "notify_board_manager": True}
        for n in range(1, 2_000)
    ]
    found = read_alga_policies(
        export(boards=boards, escalation_managers=managers, sla_notification_thresholds=points)
    )
    (document,) = files(found).values()
    assert (len(document["thresholds"]), len(document["escalations"])) == (50, 500)
    assert read_file(document).faults == ()
    assert "import.too-many" in codes(found, taken=False)


def test_the_itil_set_has_no_faults_in_any_zone() -> None:
    for zone in ("UTC", "Asia/Kolkata", "America/New_York"):
        (one,) = read_itil(timezone=zone).slas
        assert read_file(one.document).faults == ()
