"""Rows of a ServiceNow audit log become facts."""

from __future__ import annotations

from typing import Any

import pytest

from slaclock.cli.importing.facts import Fact, Tally, message_of
from slaclock.cli.importing.local_time import zone
from slaclock.cli.importing.servicenow import facts
from slaclock.cli.importing.servicenow_rows import Faulty, Row, read_row
from slaclock.contracts import decode_ticket_event, rfc3339

UTC = zone("UTC")
GOOD = {
    "number": "INC1",
    "incident_state": "New",
    "opened_at": "29-02-2016 01:16",
    "sys_updated_at": "29-02-2016 01:23",
    "priority": "3 - Moderate",
    "assigned_to": "?",
    "assignment_group": "Group 56",
    "category": "Category 55",
    "made_sla": "TRUE",
}


def row(line: int = 2, **changes: str) -> Row | Faulty:
    return read_row(line, GOOD | changes, UTC)


def later(minute: int, state: str = "New", **changes: str) -> Row | Faulty:
    then = {"incident_state": state, "sys_updated_at": f"29-02-2016 02:{minute:02}"}
    return read_row(minute, GOOD | then | changes, UTC)


def told(*rows: Row | Faulty) -> list[Fact]:
    return list(facts(rows, Tally()))


def brief(fact: Fact) -> tuple[str, str, dict[str, Any]]:
    data = {key: value for key, value in fact.data.items() if key != "ticket_id"}
    kind = fact.kind.removeprefix("sla.ticket.")
    return kind, rfc3339(fact.at)[11:16], data.get("changes", {}) if kind == "updated" else data


REPLY = {"author": "agent", "person": None, "public": True}
OPENED = (
    "opened",
    "01:16",
    {
        "status": "New",
        "priority": "P3",
        "assignee": None,
        "group": "Group 56",
        "category": "Category 55",
    },
)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([row()], [OPENED], id="the first row opens the ticket at its opening"),
        pytest.param([row(), later(5)], [OPENED], id="a row that changes nothing tells nothing"),
        pytest.param(
            [row(), later(5, "Active")],
            [OPENED, ("updated", "02:05", {"status": "Active"}), ("replied", "02:05", REPLY)],
            id="the first row that is not New is the first reply",
        ),
        pytest.param(
            [row(incident_state="Active")],
            [OPENED, ("updated", "01:23", {"status": "Active"}), ("replied", "01:23", REPLY)],
            id="even where the log begins later",
        ),
        pytest.param(
            [row(), later(5, "Resolved"), later(9, "Closed")],
            [
                OPENED,
                ("updated", "02:05", {"status": "Resolved"}),
                ("replied", "02:05", REPLY),
                ("updated", "02:09", {"status": "Closed"}),
            ],
            id="resolving is a reaction",
        ),
        pytest.param(
            [row(), later(5, "Closed"), later(9, "Active")],
            [
                OPENED,
                ("updated", "02:05", {"status": "Closed"}),
                ("updated", "02:09", {"status": "Active"}),
            ],
            id="closing is none, and nothing later makes up for it",
        ),
        pytest.param(
            [row(), later(5, "Active", assigned_to="R1"), later(7, "Awaiting User Info")],
            [
                OPENED,
                ("updated", "02:05", {"status": "Active", "assignee": "R1"}),
                ("replied", "02:05", REPLY | {"person": "R1"}),
                ("updated", "02:07", {"status": "Awaiting User Info", "assignee": None}),
            ],
            id="who is assigned replies; ? takes the assignee away",
        ),
        pytest.param(
            [row(), later(5, priority="1 - Critical", category="?")],
            [OPENED, ("updated", "02:05", {"priority": "P1", "category": None})],
            id="several changes are one fact",
        ),
        pytest.param(
            [row(), later(5, priority="9 - Mild"), later(7, "Active")],
            [OPENED, ("updated", "02:07", {"status": "Active"}), ("replied", "02:07", REPLY)],
            id="a bad row is left out, the rest goes on",
        ),
    ],
)
def test_facts(rows: list[Row | Faulty], expected: list[Any]) -> None:
    assert [brief(fact) for fact in told(*rows)] == expected


def test_the_order_of_the_file_decides_within_a_minute() -> None:
    found = told(row(), later(5, "Active"), later(5, "Resolved"), later(5, "Active"))
    assert [fact.sequence for fact in found] == [0, 4, 5, 6, 8]


def test_incidents_may_be_mixed() -> None:
    apart = [*told(row(), later(5, "Active")), *told(row(number="INC2"))]
    mixed = told(row(), row(number="INC2"), later(5, "Active"))
    assert sorted(apart, key=str) == sorted(mixed, key=str)


def test_the_same_rows_give_the_same_ids_and_all_ids_differ() -> None:
    rows = [row(), later(5, "Active"), row(number="INC2"), later(6, "Resolved")]
    first, again = told(*rows), told(*rows)
    assert first == again
    assert len({fact.id for fact in first}) == len(first)


def test_repairing_a_bad_row_keeps_the_ids_of_the_others() -> None:
    broken = told(row(), later(5, "Active", priority="?!"), later(7, "Resolved"))
    repaired = told(row(), later(5, "Active"), later(7, "Resolved"))
    assert {fact.id for fact in broken[:2]} <= {fact.id for fact in repaired}


def test_messages_are_ticket_events_of_an_import() -> None:
    for fact in told(row(), later(5, "Active", assigned_to="R1"), later(8, "Closed")):
        message = message_of(fact, tenant="acme", run_id="run-1")
        event = decode_ticket_event(message.body, message.subject)
        assert (event.origin, event.correlationid, event.tenant) == ("import", "run-1", "acme")
        assert (event.time, event.order, event.id) == (fact.at, fact.sequence, fact.id)


def test_the_tally_counts_what_was_seen() -> None:
    tally = Tally()
    rows = [row(made_sla="FALSE"), row(number="INC2", made_sla="?"), later(3, "?"), later(9)]
    assert len(list(facts(rows, tally))) == 2
    assert (tally.rows, list(tally.tickets)) == (4, ["INC1", "INC2"])
    assert tally.verdicts == {"INC1": True}
    assert [(one.line, one.field) for one in tally.rejected] == [(3, "incident_state")]


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        pytest.param("number", "?", "is missing", id="no number"),
        pytest.param("number", "X" * 201, "201 characters", id="long number"),
        pytest.param("number", "INC\x001", "NUL", id="NUL in number"),
        pytest.param("incident_state", "?", "is missing", id="no state"),
        pytest.param("incident_state", "Sleeping", "no state whose meaning is known", id="state"),
        pytest.param("priority", "9 - Mild", "is no priority", id="priority"),
        pytest.param("priority", "Critical", "is no priority", id="priority without a number"),
        pytest.param("opened_at", "?", "is missing", id="never opened"),
        pytest.param("opened_at", "31-02-2016 10:00", "does not exist", id="no such day"),
        pytest.param("opened_at", "02/29/2016 10:00", "is no date and time", id="month first"),
        pytest.param("opened_at", "29-02-2016 25:00", "does not exist", id="hour 25"),
        pytest.param("opened_at", "29-02-2016", "is no date and time", id="a date only"),
        pytest.param("sys_updated_at", "yesterday", "is no date and time", id="yesterday"),
        pytest.param("sys_updated_at", "01-01-0001 00:00", "outside 1970", id="long ago"),
        pytest.param("sys_updated_at", "01-01-9999 00:00", "outside 1970", id="far ahead"),
        pytest.param("assigned_to", "R" * 300, "300 characters", id="long name"),
        pytest.param("made_sla", "maybe", "neither TRUE nor FALSE", id="verdict"),
    ],
)
def test_a_bad_value_is_named(column: str, text: str, reason: str) -> None:
    found = read_row(7, GOOD | {column: text}, UTC)
    assert isinstance(found, Faulty)
    (rejected,) = found.rejected
    assert (rejected.line, rejected.field) == (7, column)
    assert str(rejected.value)[:20] == text.replace("\x00", "\\x00")[:20]
    assert reason in rejected.reason


def test_every_fault_of_a_row_is_named() -> None:
    found = row(priority="x", opened_at="y", made_sla="z")
    assert isinstance(found, Faulty)
    assert [one.field for one in found.rejected] == ["priority", "opened_at", "made_sla"]
    assert found.number == "INC1"


@pytest.mark.parametrize(
    ("text", "priority"),
    [("1 - Critical", "P1"), ("4 - Low", "P4"), ("5 - Planning", "P5"), ("2", "P2"), ("?", None)],
)
def test_priorities(text: str, priority: str | None) -> None:
    found = row(priority=text)
    assert isinstance(found, Row)
    assert found.priority == priority


@pytest.mark.parametrize(
    "text", ["29-02-2016 01:16", "2016-02-29 01:16:00", " 29-02-2016 01:16:00 "]
)
def test_dates(text: str) -> None:
    found = row(opened_at=text)
    assert isinstance(found, Row)
    assert rfc3339(found.opened.at) == "2016-02-29T01:16:00Z"


def test_what_the_log_does_not_have_is_not_known() -> None:
    optional = ("assigned_to", "assignment_group", "category", "made_sla")
    found = read_row(2, {key: text for key, text in GOOD.items() if key not in optional}, UTC)
    assert isinstance(found, Row)
    assert (found.assignee, found.group, found.category, found.made_sla) == (None,) * 4


def test_local_times_of_clock_changes_are_counted() -> None:
    paris, tally = zone("Europe/Paris"), Tally()
    repeated = {"opened_at": "25-10-2026 02:30", "sys_updated_at": "25-10-2026 02:45"}
    skipped = {"sys_updated_at": "29-03-2026 02:30", "incident_state": "Active"}
    rows = [read_row(line, GOOD | found, paris) for line, found in ((2, repeated), (3, skipped))]
    found = list(facts(rows, tally))
    assert [rfc3339(fact.at) for fact in found] == [
        "2026-10-25T00:30:00Z",
        "2026-03-29T01:30:00Z",
        "2026-03-29T01:30:00Z",
    ]
    assert (tally.repeated_hour, tally.skipped_hour) == (2, 1)
