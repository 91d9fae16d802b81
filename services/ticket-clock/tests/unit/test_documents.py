"""Status, explain and activity: what people are told."""

from __future__ import annotations

from typing import Any

import pytest

from ticket_clock_service.domain.activity import activity_entries
from ticket_clock_service.domain.explain import explain_document
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.ledger import Ledger
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.status import status_document

from .builders import (
    MINUTE,
    Desk,
    at,
    calendar,
    default,
    entry,
    fri,
    goes_on,
    mon,
    next_mon,
    opened,
    replied,
    resolved,
    rulebook,
    sla,
    status,
    tue,
    under,
    updated,
    view,
    waits,
)

SIMPLE = under(
    sla(
        ("resolution", "P1", 120, "office"),
        ("resolution", None, 240, "office"),
        thresholds=["percent:50", "percent:75", "percent:100"],
        pause={"resolution": ["waiting_on_customer", "on_hold"]},
    )
)


def answer(
    facts: list[AnyFact], as_of: int, rules: Rulebook = SIMPLE, ledger: Ledger | None = None
) -> dict[str, Any]:
    seen = view(facts, rules, as_of)
    return status_document("INC-1", seen, rules, ledger or Ledger(), as_of=as_of, revision=3)


def only(document: dict[str, Any]) -> dict[str, Any]:
    (clock,) = document["clocks"]
    return clock  # type: ignore[no-any-return]


def test_the_status_document_as_a_whole() -> None:
    desk = Desk(SIMPLE)
    desk.report(opened(fri("15:00"), priority="P3", status="In Progress"))
    desk.wake_until(fri("17:30"))
    desk.report(waits(next_mon("09:30")), now=next_mon("09:31"))
    desk.report(goes_on(next_mon("10:00")))
    snapshot = next(iter(SIMPLE.agreements))
    document = answer(list(desk.facts.values()), next_mon("10:15"), ledger=desk.ledger)
    assert document == {
        "ticket_id": "INC-1",
        "revision": 3,
        "as_of": "2026-03-09T10:15:00Z",
        "status": "open",
        "category": "open",
        "priority": "P3",
        "risk": "MEDIUM",
        "faults": [],
        "binding": {
            "reason": "default",
            "contract_id": None,
            "sla_id": "gold",
            "sla_version": 1,
            "snapshot": snapshot,
        },
        "clocks": [
            {
                "metric": "resolution",
                "cycle": "first",
                "state": "active",
                "outcome": "pending",
                "target_minutes": 240,
                "elapsed_seconds": 165 * 60,
                "remaining_seconds": 75 * 60,
                "wall_remaining_seconds": 75 * 60,
                "percent": 68.7,
                "started_at": "2026-03-06T15:00:00Z",
                "due_at": "2026-03-09T11:30:00Z",
                "stopped_at": None,
                "breached_at": None,
                "timezone": "Europe/London",
                "risk": "MEDIUM",
                "thresholds": [
                    {
                        "threshold": "percent:50",
                        "due_at": "2026-03-06T17:00:00Z",
                        "fired_at": "2026-03-06T17:00:00.000001Z",
                        "retracted_at": None,
                    },
                    {
                        "threshold": "percent:75",
                        "due_at": "2026-03-09T10:30:00Z",
                        "fired_at": None,
                        "retracted_at": None,
                    },
                    {
                        "threshold": "percent:100",
                        "due_at": "2026-03-09T11:30:00Z",
                        "fired_at": None,
                        "retracted_at": None,
                    },
                ],
                "pauses": [
                    {
                        "from": "2026-03-09T09:30:00Z",
                        "to": "2026-03-09T10:00:00Z",
                        "reasons": ["waiting_on_customer"],
                    }
                ],
            }
        ],
    }


def test_nothing_is_known_before_the_opening() -> None:
    document = answer([replied(mon("09:00"))], mon("10:00"))
    assert (document["status"], document["category"], document["binding"]) == (None, None, None)
    assert (document["clocks"], document["risk"]) == ([], "none")


def test_pending_terms_are_named() -> None:
    document = answer([opened(mon("09:00"))], mon("10:00"), rulebook(ready=False))
    assert (document["terms"], document["binding"]["reason"]) == ("pending", "pending")
    assert document["clocks"] == []


def test_while_paused_nothing_is_due_except_what_was_crossed() -> None:
    facts = [opened(mon("09:00")), waits(mon("11:30")), status(mon("12:00"), "On Hold")]
    clock = only(answer(facts, mon("13:00")))
    assert (clock["state"], clock["due_at"], clock["wall_remaining_seconds"]) == (
        "paused",
        None,
        None,
    )
    assert [one["due_at"] for one in clock["thresholds"]] == ["2026-03-02T11:00:00Z", None, None]
    assert clock["pauses"] == [
        {
            "from": "2026-03-02T11:30:00Z",
            "to": None,
            "reasons": ["waiting_on_customer", "on_hold"],
        }
    ]


def test_remaining_is_negative_after_due() -> None:
    clock = only(answer([opened(mon("09:00"))], mon("14:00")))
    assert (clock["remaining_seconds"], clock["wall_remaining_seconds"]) == (-3600, -3600)
    assert (clock["outcome"], clock["breached_at"], clock["percent"]) == (
        "breached",
        "2026-03-02T13:00:00Z",
        125.0,
    )


def test_a_hundred_percent_are_never_shown_early() -> None:
    clock = only(answer([opened(mon("09:00"))], mon("12:59:59.999999")))
    assert (clock["percent"], clock["outcome"]) == (99.9, "pending")


def test_what_was_taken_back_shows_so() -> None:
    desk = Desk(SIMPLE)
    desk.report(opened(mon("09:00")))
    desk.wake_until(mon("12:30"))
    desk.report(waits(mon("11:30")), now=mon("12:40"))
    clock = only(answer(list(desk.facts.values()), mon("13:00"), ledger=desk.ledger))
    (half, most, _) = clock["thresholds"]
    assert (half["fired_at"], half["retracted_at"]) == ("2026-03-02T11:00:00.000001Z", None)
    assert (most["fired_at"], most["retracted_at"]) == (
        "2026-03-02T12:00:00.000001Z",
        "2026-03-02T12:40:00Z",
    )
    assert most["due_at"] is None


TARGET = 240 * MINUTE
HALF, MOST, NEARLY = TARGET // 2, TARGET * 3 // 4, TARGET * 9 // 10


@pytest.mark.parametrize(
    ("used", "risk"),
    [
        pytest.param(0, "LOW", id="at the start"),
        pytest.param(HALF - 1, "LOW", id="a microsecond below half"),
        pytest.param(HALF, "MEDIUM", id="half"),
        pytest.param(MOST - 1, "MEDIUM", id="a microsecond below three quarters"),
        pytest.param(MOST, "HIGH", id="three quarters"),
        pytest.param(NEARLY - 1, "HIGH", id="a microsecond below nine tenths"),
        pytest.param(NEARLY, "CRITICAL", id="nine tenths"),
        pytest.param(TARGET, "CRITICAL", id="exactly due, not breached"),
        pytest.param(TARGET + 1, "CRITICAL", id="breached"),
    ],
)
@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_risk_by_what_is_used(used: int, risk: str, paused: bool) -> None:
    """As in the table of the state machines; a pause changes nothing."""
    end = mon("09:00") + used
    facts = [opened(mon("09:00")), *([waits(end)] if paused else [])]
    document = answer(facts, tue("08:00") if paused else end)
    clock = only(document)
    assert (document["risk"], clock["risk"]) == (risk, risk)
    assert (clock["outcome"] == "breached") is (used > TARGET)


@pytest.mark.parametrize(
    ("facts", "as_of", "risk"),
    [
        pytest.param([resolved(mon("12:50"))], tue("12:00"), "none", id="closed in time"),
        pytest.param([resolved(mon("15:00"))], tue("12:00"), "none", id="closed late"),
        pytest.param(
            [resolved(mon("12:50")), goes_on(mon("14:00"))], mon("14:01"), "CRITICAL", id="reopened"
        ),
        pytest.param(
            [waits(mon("13:30")), status(mon("14:00"), "On Hold")],
            tue("12:00"),
            "CRITICAL",
            id="breached, then paused",
        ),
    ],
)
def test_risk_of_what_has_ended(facts: list[AnyFact], as_of: int, risk: str) -> None:
    document = answer([opened(mon("09:00")), *facts], as_of)
    assert (document["risk"], only(document)["risk"]) == (risk, risk)


def test_the_risk_of_a_ticket_is_that_of_its_worst_open_clock_promised_to_the_customer() -> None:
    promised = sla(("first_response", None, 480, "office"), ("resolution", None, 240, "office"))
    group = sla(
        ("resolution", None, 60, "office"), sla_id="of-l1", agreement_type="ola", group="l1"
    )
    rules = rulebook(
        default(promised),
        entry("assignment", recorded=2, sla=group, match={"group": "l1"}),
        slas=[promised, group],
    )
    facts = [opened(mon("09:00"), group="l1")]
    document = answer(facts, mon("11:30"), rules)
    assert [(one["metric"], one["risk"]) for one in document["clocks"]] == [
        ("first_response", "LOW"),
        ("resolution", "MEDIUM"),
        ("resolution", "CRITICAL"),
    ]
    assert document["risk"] == "MEDIUM"
    assert answer([opened(mon("09:00"))], mon("10:00"), rulebook(slas=[]))["risk"] == "none"


def test_remaining_time_is_told_in_business_and_in_wall_seconds() -> None:
    """Friday at four, 240 office minutes: one hour today, three on Monday."""
    clock = only(answer([opened(fri("15:00"))], fri("16:00")))
    assert (clock["elapsed_seconds"], clock["remaining_seconds"]) == (3600, 3 * 3600)
    assert clock["wall_remaining_seconds"] == (next_mon("11:00") - fri("16:00")) // 10**6
    closed = only(answer([opened(fri("15:00")), resolved(fri("16:00"))], next_mon("12:00")))
    assert (closed["remaining_seconds"], closed["wall_remaining_seconds"]) == (3 * 3600, None)
    assert (closed["state"], closed["outcome"], closed["stopped_at"]) == (
        "closed",
        "met",
        "2026-03-06T16:00:00Z",
    )


def test_pauses_of_several_reasons_are_joined_where_they_meet_and_apart_where_not() -> None:
    facts = [
        opened(mon("09:00")),
        waits(mon("10:00")),
        status(mon("10:30"), "On Hold"),
        waits(mon("11:00")),
        goes_on(mon("11:30")),
        status(mon("12:00"), "On Hold"),
    ]
    assert only(answer(facts, mon("13:00")))["pauses"] == [
        {
            "from": "2026-03-02T10:00:00Z",
            "to": "2026-03-02T11:30:00Z",
            "reasons": ["waiting_on_customer", "on_hold"],
        },
        {"from": "2026-03-02T12:00:00Z", "to": None, "reasons": ["on_hold"]},
    ]


PINNED = {
    "ticket_id revision as_of status category priority risk faults binding clocks": (),
    "reason contract_id sla_id sla_version snapshot": ("binding",),
    "metric cycle state outcome target_minutes elapsed_seconds remaining_seconds"
    " wall_remaining_seconds percent started_at due_at stopped_at breached_at timezone risk"
    " thresholds pauses": ("clocks", 0),
    "threshold due_at fired_at retracted_at": ("clocks", 0, "thresholds", 0),
    "from to reasons": ("clocks", 0, "pauses", 0),
}


@pytest.mark.parametrize(("names", "path"), PINNED.items(), ids=map(str, PINNED.values()))
def test_every_pinned_field_of_the_status_is_there(names: str, path: tuple[str | int, ...]) -> None:
    found: Any = answer([opened(mon("09:00")), waits(mon("10:00"))], mon("11:00"))
    for step in path:
        found = found[step]
    assert list(found) == names.split()


def test_faults_name_field_value_and_remedy() -> None:
    facts = [opened(mon("09:00"), contract_id="c9"), status(mon("10:00"), "Vorgelegt")]
    unknown, contract = answer(facts, mon("11:00"))["faults"]
    assert (unknown["code"], unknown["field"], unknown["value"]) == (
        "fact.unknown-status",
        "status",
        "Vorgelegt",
    )
    assert "2026-03-02T10:00:00Z or earlier" in unknown["remedy"]
    assert (contract["code"], contract["field"], contract["value"]) == (
        "contract.unknown",
        "contract_id",
        "c9",
    )


# --- explain ------------------------------------------------------------------------------------


def explained(facts: list[AnyFact], as_of: int, rules: Rulebook = SIMPLE) -> dict[str, Any]:
    return explain_document("INC-1", facts, rules, Ledger(), as_of=as_of, revision=3)


def test_every_deadline_explains_itself() -> None:
    holiday = calendar() | {"holidays": [{"date": "2026-04-03", "name": "Good Friday"}]}
    rules = under(sla(("resolution", None, 600, "uk"), calendars={"uk": holiday}))
    facts = [
        opened(at("2026-03-27 16:00", "Europe/London")),
        waits(at("2026-03-30 10:00", "Europe/London")),
        goes_on(at("2026-04-02 16:00", "Europe/London")),
    ]
    as_of = at("2026-04-06 10:00", "Europe/London")
    document = explained(facts, as_of, rules)
    clock = only(document)
    assert clock["elapsed_us"] + clock["remaining_us"] == clock["target_us"] == 600 * MINUTE
    assert sum(one["used_us"] for one in clock["stretches"]) == clock["elapsed_us"]
    assert [one["state"] for one in clock["stretches"]] == ["active", "paused", "active"]
    for stretch in clock["stretches"]:
        if stretch["trace"] is not None:
            parts = sum(part["microseconds"] for part in stretch["trace"]["parts"])
            assert parts == stretch["trace"]["microseconds"] == stretch["used_us"]
    first, _, last = clock["stretches"]
    assert [change["offset_after_seconds"] for change in first["trace"]["changes"]] == [3600]
    assert [one["name"] for one in last["trace"]["holidays"]] == ["Good Friday"]
    assert last["to"] is None
    assert [(one["effect"], one["because"]["kind"]) for one in clock["derivation"]] == [
        ("started", "opened"),
        ("paused", "updated"),
        ("resumed", "updated"),
    ]
    assert [one["effects"] for one in document["facts"]] == [1, 1, 1]


def test_terms_and_crossings_are_explained() -> None:
    rules = under(sla(("resolution", "P1", 120, "24x7"), ("resolution", None, 240, "office")))
    facts = [opened(mon("09:00")), updated(mon("11:10"), priority="P1")]
    clock = only(explained(facts, mon("12:00"), rules))
    assert [(one["cause"], one["priority"], one["target_us"]) for one in clock["terms"]] == [
        ("opened", None, 240 * MINUTE),
        ("priority", "P1", 120 * MINUTE),
    ]
    assert [
        (one["threshold"], one["priority"], one["superseded"], one["passed_over"])
        for one in clock["crossings"]
    ] == [
        ("percent:50", None, True, False),
        ("percent:50", "P1", False, True),
        ("percent:75", "P1", False, True),
        ("percent:90", "P1", False, True),
        ("percent:100", "P1", False, False),
    ]
    assert clock["crossings"][0]["amount_us"] == 120 * MINUTE
    around_the_clock = clock["stretches"][-1]["trace"]
    assert around_the_clock["microseconds"] == 50 * MINUTE


def test_terms_that_took_effect_are_a_reason_of_their_own() -> None:
    fast = sla(("resolution", None, 60, "24x7"), sla_id="fast")
    slow = sla(("resolution", None, 600, "24x7"), sla_id="slow")
    soon = default(fast, mon("10:00"), recorded=2, mode="from_effective_instant")
    rules = rulebook(default(slow), soon, slas=[fast, slow])
    clock = only(explained([opened(mon("09:30"))], mon("10:05"), rules))
    assert [one["because"] for one in clock["derivation"]][-1] == {
        "kind": "terms",
        "at": "2026-03-02T10:00:00Z",
        "entry_id": "default-2",
    }


def test_explain_says_what_status_says() -> None:
    facts = [opened(mon("09:00")), waits(mon("10:00")), replied(mon("11:00"))]
    document, plain = explained(facts, mon("12:00")), answer(facts, mon("12:00"))
    (clock,), (said,) = document.pop("clocks"), plain.pop("clocks")
    document.pop("facts")
    assert document == plain
    assert said.items() <= clock.items()


# --- activity -----------------------------------------------------------------------------------


def test_the_activity_feed_tells_the_story() -> None:
    desk = Desk(SIMPLE)
    desk.report(opened(mon("09:00")))
    desk.wake_until(mon("12:30"))
    desk.report(waits(mon("11:30")), now=mon("12:40"))
    desk.report(goes_on(mon("13:00")))
    desk.report(updated(mon("13:10"), group="l2"))
    desk.report(updated(mon("13:20"), priority="P1"))
    desk.report(resolved(mon("13:30")))
    entries = activity_entries(list(desk.facts.values()), SIMPLE, desk.ledger, as_of=mon("14:00"))
    moved = [one for one in entries if one["about"] == "clock"]
    assert [(one["at"][11:16], one["text"]) for one in moved] == [
        ("09:00", "Resolution started with 240 business minutes"),
        ("11:00", "Resolution crossed percent:50"),
        ("11:30", "Resolution paused"),
        ("12:00", "Resolution crossed percent:75"),
        ("12:40", "Resolution had not crossed percent:75: what was reported since takes it back"),
        ("13:00", "Resolution goes on"),
        ("13:10", "Resolution has new particulars"),
        ("13:20", "Resolution is measured against 120 business minutes"),
        ("13:20", "Resolution crossed percent:50"),
        ("13:20", "Resolution crossed percent:75"),
        ("13:20", "Resolution was breached"),
        ("13:30", "Resolution ended late"),
    ]


def test_entries_of_other_tenants_terms_and_unbound_tickets_are_told_as_nothing() -> None:
    nothing = rulebook(entry("settings", settings={"binding_required": True}))
    (told,) = activity_entries([opened(mon("09:00"))], nothing, Ledger(), as_of=tue("09:00"))
    assert told["about"] == "fact"
    assert [
        fault["code"] for fault in answer([opened(mon("09:00"))], tue("09:00"), nothing)["faults"]
    ] == ["ticket.unbound"]
    assert fold([opened(mon("09:00"))], nothing).running
