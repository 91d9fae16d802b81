"""Which actions a crossing sets off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from escalation_service.domain.announcement import Crossing
from escalation_service.domain.publication import AlteredSnapshot, Publication, publication
from escalation_service.domain.rule import Action, Agreement, UnreadableRules, read_rules
from slaclock.business_time.zone import read_zone
from slaclock.contracts.canonical import content_hash

LOG = {"channel": "log", "to": "noc"}
MAIL = {"channel": "email", "to": "boss@example.com"}


def rule(threshold: str = "percent:90", **more: Any) -> dict[str, Any]:
    return {
        "rule_id": "r1",
        "threshold": threshold,
        "metric": "resolution",
        "deliver": [LOG],
        **more,
    }


def crossing(threshold: str = "percent:90", **more: Any) -> Crossing:
    known = {"metric": "resolution", "priority": "P1", **more}
    return Crossing("INC-1", cycle="first", threshold=threshold, n=1, snapshot="a" * 64, **known)


@pytest.mark.parametrize(
    ("rules", "found", "orders"),
    [
        pytest.param([rule()], crossing(), [("r1", "log")], id="threshold and metric agree"),
        pytest.param([rule()], crossing("percent:75"), [], id="another threshold"),
        pytest.param([rule()], crossing(metric="first_response"), [], id="another metric"),
        pytest.param([rule("percent:100")], crossing("percent:100"), [("r1", "log")], id="breach"),
        pytest.param(
            [rule("before_due:60")], crossing("before_due:60"), [("r1", "log")], id="offset"
        ),
        pytest.param(
            [rule(priorities=["P1", "P2"])], crossing(), [("r1", "log")], id="in the list"
        ),
        pytest.param([rule(priorities=["P2"])], crossing(), [], id="not in the list"),
        pytest.param([rule(priorities=["P2"])], crossing(priority=None), [], id="no priority"),
        pytest.param(
            [rule(priorities=None)], crossing(priority=None), [("r1", "log")], id="any priority"
        ),
        pytest.param([rule(priority="P1")], crossing(), [("r1", "log")], id="a single priority"),
        pytest.param([rule(metric=None)], crossing(metric="next_reply"), [("r1", "log")], id="any"),
        pytest.param(
            [rule(deliver=[LOG, MAIL, LOG])],
            crossing(),
            [("r1", "log"), ("r1", "email")],
            id="the same action stands twice in a rule: once",
        ),
        pytest.param(
            [rule(), rule(rule_id="r2", deliver=[MAIL, LOG])],
            crossing(),
            [("r1", "log"), ("r2", "email"), ("r2", "log")],
            id="each rule for itself, in the file's order",
        ),
        pytest.param(
            [rule(conditions={"priority": ["P1", "P2"]}), rule(conditions={"priority": ["P3"]})],
            crossing(priority="P2"),
            [("r1", "log")],
            id="priorities as a condition",
        ),
        pytest.param(
            [rule(priority="P1", conditions={"priority": ["P1", "P2"]})],
            crossing(priority="P2"),
            [],
            id="both ways to name a priority hold",
        ),
        pytest.param(
            [
                rule(conditions={"customer": ["acme"]}),
                rule(conditions={"attributes": {"a": ["b"]}}),
            ],
            crossing(),
            [],
            id="a rule with a condition that cannot be judged does not act",
        ),
        pytest.param(
            [rule(deliver=[], recipients=[{"role": "manager"}], repeat={"every": 5, "at_most": 1})],
            crossing(),
            [],
            id="recipients of a newer release",
        ),
        pytest.param([], crossing(), [], id="no rules"),
    ],
)
def test_what_a_crossing_orders(
    rules: list[dict[str, Any]], found: Crossing, orders: list[tuple[str, str]]
) -> None:
    # when
    ordered = [(r.rule_id, a.channel) for r, a in Agreement(read_rules(rules)).ordered_by(found)]

    # then
    assert ordered == orders


@pytest.mark.parametrize(
    ("written", "field"),
    [
        pytest.param({}, "escalations", id="not a list"),
        pytest.param([1], "escalations[0]", id="not an object"),
        pytest.param([rule(), {"rule_id": "r2"}], "escalations[1]", id="no threshold"),
        pytest.param([rule(rule_id="")], "escalations[0]", id="empty id"),
        pytest.param([rule(deliver=[{"channel": "log"}])], "escalations[0]", id="no recipient"),
        pytest.param(
            [rule(deliver=[{"channel": "log", "to": "a\0b"}])], "escalations[0]", id="NUL"
        ),
        pytest.param(
            [rule(deliver=[{"channel": "log", "to": "x" * 2001}])], "escalations[0]", id="too long"
        ),
        pytest.param([rule(priorities=[1])], "escalations[0]", id="priority is no text"),
    ],
)
def test_unreadable_rules_name_the_place(written: object, field: str) -> None:
    with pytest.raises(UnreadableRules) as refused:
        read_rules(written)

    assert [fault.field for fault in refused.value.faults] == [field]


def test_a_channel_of_a_newer_release_is_kept() -> None:
    (found,) = read_rules([rule(deliver=[{"channel": "pager", "to": "1"}])])

    assert found.actions == (Action("pager", "1"),)


def test_due_instant_is_told_in_the_zone_of_the_snapshot() -> None:
    # given a zone that no tzdata knows: only the snapshot's own data counts
    zone, faults = read_zone(
        {"name": "Nowhere/Land", "transitions": [[0, 5400]], "tail": "<+0130>-1:30"}, path="zone"
    )
    assert zone is not None, faults
    due = datetime(2026, 3, 2, 10, tzinfo=UTC)

    # when
    told = Agreement(zones={"Nowhere/Land": zone}).with_local_time(
        crossing(due_at=due, timezone="Nowhere/Land")
    )

    # then
    assert told.due_local == due
    assert told.due_local.utcoffset() == timedelta(minutes=90)
    assert told.due_local.tzinfo == timezone(timedelta(minutes=90))


def published(snapshot: dict[str, Any], name: str) -> Publication:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return publication(
        tenant="acme", name=name, sla_id="gold", version=1, effective_from=at, snapshot=snapshot
    )


def test_a_snapshot_must_have_the_hash_that_names_it() -> None:
    snapshot = {"schema": "slaclock.sla/1", "escalations": [rule()]}

    assert published(snapshot, content_hash(snapshot)).rules == (rule(),)
    with pytest.raises(AlteredSnapshot):
        published(snapshot, "0" * 64)


def test_zones_come_from_the_snapshots_calendars() -> None:
    zone = {"name": "Europe/London", "transitions": [[0, 3600]], "tail": "GMT0BST,M3.5.0/1,M10.5.0"}
    snapshot = {
        "calendar_snapshots": {
            "h1": {"timezone": "Europe/London", "zone": zone},
            "h2": {"timezone": "Asia/Tokyo"},
        }
    }

    found = published(snapshot, content_hash(snapshot))

    assert found.zones == {"Europe/London": zone}
    assert found.rules == ()
