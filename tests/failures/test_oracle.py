"""The oracle itself: it shares nothing with what it judges, and reads the rules as they are written."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest

from .business import MINUTE, Always, Stepped
from .plan import Plan
from .trace import BEYOND, trace
from .walk import Mark, Row, Sla, Told, _rank, walked

ORACLE = ("business", "walk", "scripts", "trace", "evidence", "oracle", "effects", "findings")
OURS = ("slaclock", "slaclock_local")
SECOND = 1_000_000


@pytest.mark.parametrize("module", ORACLE)
def test_it_imports_nothing_of_ours(module: str) -> None:
    tree = ast.parse((Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
            if node.level == 1:
                assert names[0] in (*ORACLE, "plan"), names
        for name in names:
            assert name.partition(".")[0] not in OURS, name
            assert not name.partition(".")[0].endswith("_service"), name


def us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * SECOND)


OFFICE = {
    "timezone": "Europe/London",
    "windows": [
        {"weekday": 0, "start": "09:00", "end": "17:30"},
        {"weekday": 4, "start": "22:00", "end": "06:00"},
        {"weekday": 6, "start": "00:00", "end": "03:00"},
    ],
    "holidays": [{"date": "2026-03-30", "name": "Holiday"}],
}


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        pytest.param("2026-03-02T08:00Z", "2026-03-02T10:00Z", 60, id="opens at nine"),
        pytest.param(
            "2026-03-02T17:00Z", "2026-03-06T22:30Z", 60, id="closes, and opens on Friday"
        ),
        pytest.param("2026-03-06T21:00Z", "2026-03-07T08:00Z", 480, id="across midnight"),
        pytest.param("2026-03-28T23:00Z", "2026-03-29T06:00Z", 120, id="an hour is skipped"),
        pytest.param("2026-10-24T22:00Z", "2026-10-25T06:00Z", 240, id="an hour comes twice"),
        pytest.param("2026-03-30T00:00Z", "2026-03-31T00:00Z", 0, id="holiday"),
    ],
)
def test_business_time_is_stepped_through(start: str, end: str, minutes: int) -> None:
    begin, finish = us(start), us(end)

    assert Stepped(OFFICE, begin, finish).elapsed(begin, finish) == minutes * MINUTE


def test_what_fills_a_window_ends_with_it() -> None:
    begin = us("2026-03-02T09:00Z")
    hours = Stepped(OFFICE, begin, us("2026-03-09T12:00Z"))

    assert hours.add(begin, 510 * MINUTE) == us("2026-03-02T17:30Z")
    assert hours.add(begin, 510 * MINUTE + 1) == us("2026-03-06T22:00Z") + 1


def gold() -> Sla:
    def row(metric: str, minutes: int) -> Row:
        names = ("percent:50", "percent:100")
        marks = [
            Mark(one, _rank(one, minutes * MINUTE), _rank(one, minutes * MINUTE)) for one in names
        ]
        return Row(None, minutes * MINUTE, Always(), tuple(marks))

    metrics = ("first_response", "next_reply", "periodic_update", "resolution")
    pauses = dict.fromkeys(metrics, frozenset({"waiting_on_customer"}))
    rows: dict[tuple[str, str | None], Row] = {(one, None): row(one, 10) for one in metrics}
    return Sla("gold", 0, rows, pauses)


def said(minute: float, kind: str, **data: object) -> Told:
    at = round(minute * MINUTE)
    return Told(at, 0, "/desk", f"{kind}-{minute}", kind, {"ticket_id": "T", **data})


OPENED = said(0, "opened", status="open", priority=None)


@pytest.mark.parametrize(
    ("facts", "crossed"),
    [
        pytest.param([], {50: 5, 100: 10}, id="time alone"),
        pytest.param(
            [said(10, "updated", changes={"status": "resolved"})], {50: 5}, id="exactly due"
        ),
        pytest.param(
            [said(10.1, "updated", changes={"status": "resolved"})],
            {50: 5, 100: 10},
            id="beyond it",
        ),
        pytest.param(
            [
                said(4, "updated", changes={"status": "waiting_on_customer"}),
                said(7, "updated", changes={"status": "open"}),
            ],
            {50: 8, 100: 13},
            id="paused",
        ),
        pytest.param(
            [said(4, "updated", changes={"status": "never heard of", "priority": "P1"})],
            {50: 5, 100: 10},
            id="an unknown status means nothing",
        ),
        pytest.param(
            [
                said(6, "updated", changes={"status": "resolved"}),
                said(9, "updated", changes={"status": "open"}),
            ],
            {50: 5, 100: 13},
            id="reopened",
        ),
        pytest.param([said(6, "deleted", reason="deleted", into=None)], {50: 5}, id="deleted"),
    ],
)
def test_resolution_is_walked_through(facts: list[Told], crossed: dict[int, int]) -> None:
    walk = walked([*reversed(facts), OPENED], [gold()], 60 * MINUTE)

    found = {
        key.threshold: at for key, (at, _) in walk.crossings.items() if key.metric == "resolution"
    }
    assert found == {f"percent:{name}": at * MINUTE for name, at in crossed.items()}


def test_a_trace_is_the_same_for_a_seed_and_ends_with_its_end() -> None:
    began = us(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    plan = Plan(11, thresholds=800, seconds=40)

    first, second = (trace(plan, began, "127.0.0.1:9") for _ in range(2))

    assert [one.body for one in first.messages] == [one.body for one in second.messages]
    for tenant in first.tenants.values():
        for ticket in tenant.tickets:
            at_the_end = tenant.expected(ticket, first.ends + BEYOND)
            assert tenant.expected(ticket, first.ends + 10**10) == at_the_end
    assert all(one.offset <= plan.seconds for one in first.messages)
