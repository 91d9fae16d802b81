"""Which agreement decides a cycle, and why."""

from __future__ import annotations

from typing import Any

import pytest

from slaclock.contracts.canonical import content_hash
from slaclock.terms import Entry, Reason
from ticket_clock_service.domain.agreement import Agreement, marks, rank
from ticket_clock_service.domain.attributes import Attributes
from ticket_clock_service.domain.clock import State
from ticket_clock_service.domain.faults import faults_of
from ticket_clock_service.domain.fold import fold

from .builders import (
    GOLD,
    HOUR,
    MINUTE,
    RESOLUTION,
    RESPONSE,
    agreement,
    clock,
    default,
    entry,
    mon,
    opened,
    rulebook,
    sla,
    statuses,
    tue,
    under,
)

NAMES = ("ticket", "customer", "group", "service", "default")
SLAS = {name: sla(("resolution", None, 60, "24x7"), sla_id=name) for name in NAMES}
NOON = mon("12:00")


def contract(name: str, since: int = mon("00:00"), **body: Any) -> Entry:
    given = {"contract_id": f"contract-{name}", "customer_id": "acme", "sla": SLAS[name]}
    return entry("contract", since, **{**given, **body})


def assigned(name: str, since: int = mon("00:00"), **body: Any) -> Entry:
    match = {key: body.pop(key) for key in ("group", "category", "service") if key in body}
    return entry("assignment", since, sla=body.pop("sla", SLAS[name]), match=match, **body)


ALL = [
    contract("ticket", customer_id="other"),
    contract("customer"),
    assigned("group", group="l1"),
    assigned("service", service="mail"),
    default(SLAS["default"]),
]


def bound(
    ticket: dict[str, str], entries: list[Entry], opened_at: int = NOON
) -> tuple[Reason, str | None]:
    binding = rulebook(*entries, slas=SLAS.values()).binding(Attributes(**ticket), opened=opened_at)
    names = {content_hash(body): name for name, body in SLAS.items()}
    return binding.reason, names.get(binding.agreement or "")


@pytest.mark.parametrize(
    ("ticket", "entries", "expected"),
    [
        pytest.param(
            {"contract_id": "contract-ticket", "customer_id": "acme", "group": "l1"},
            ALL,
            (Reason.TICKET_CONTRACT, "ticket"),
            id="the contract on the ticket comes first",
        ),
        pytest.param(
            {"customer_id": "acme", "group": "l1"},
            ALL,
            (Reason.CUSTOMER_CONTRACT, "customer"),
            id="then the customer's contract",
        ),
        pytest.param(
            {"customer_id": "else", "group": "l1"},
            ALL,
            (Reason.ASSIGNMENT, "group"),
            id="then an assignment",
        ),
        pytest.param(
            {"group": "l1", "service": "mail"},
            ALL,
            (Reason.ASSIGNMENT, "service"),
            id="service before group",
        ),
        pytest.param(
            {"group": "l1", "service": "mail"},
            [*ALL, assigned("customer", group="l1", service="mail")],
            (Reason.ASSIGNMENT, "customer"),
            id="more fields before fewer",
        ),
        pytest.param({}, ALL, (Reason.DEFAULT, "default"), id="then the tenant's default"),
        pytest.param({}, ALL[:-1], (Reason.NONE, None), id="else none"),
        pytest.param(
            {"contract_id": "nobody-knows", "customer_id": "acme"},
            ALL,
            (Reason.CUSTOMER_CONTRACT, "customer"),
            id="an unknown contract falls through",
        ),
        pytest.param(
            {"contract_id": "contract-ticket"},
            [contract("ticket", mon("12:00")), ALL[-1]],
            (Reason.TICKET_CONTRACT, "ticket"),
            id="in force from its very instant on",
        ),
        pytest.param(
            {"contract_id": "contract-ticket"},
            [contract("ticket", mon("12:01")), ALL[-1]],
            (Reason.DEFAULT, "default"),
            id="not before it",
        ),
        pytest.param(
            {"contract_id": "contract-ticket"},
            [contract("ticket", effective_to=mon("12:00")), ALL[-1]],
            (Reason.DEFAULT, "default"),
            id="not at its end any more",
        ),
        pytest.param(
            {"contract_id": "contract-ticket"},
            [contract("ticket", effective_to=mon("12:01")), ALL[-1]],
            (Reason.TICKET_CONTRACT, "ticket"),
            id="but just before it",
        ),
        pytest.param(
            {"customer_id": "acme"},
            [contract("ticket"), contract("customer", mon("06:00"), recorded=2), ALL[-1]],
            (Reason.CUSTOMER_CONTRACT, "customer"),
            id="of a customer's contracts the one that began last",
        ),
        pytest.param(
            {"customer_id": "acme"},
            [
                contract("customer"),
                contract("customer", mon("06:00"), sla=None, recorded=2),
                ALL[-1],
            ],
            (Reason.DEFAULT, "default"),
            id="an ended contract decides nothing",
        ),
        pytest.param(
            {"group": "l1"},
            [*ALL, assigned("group", mon("06:00"), sla=None, group="l1", recorded=2)],
            (Reason.DEFAULT, "default"),
            id="an assignment may be taken away",
        ),
        pytest.param(
            {},
            [default(SLAS["group"], recorded=1), default(SLAS["service"], recorded=2)],
            (Reason.DEFAULT, "service"),
            id="of entries effective at one instant the one recorded later",
        ),
        pytest.param(
            {},
            [
                default(SLAS["group"], mon("09:00"), recorded=1),
                default(SLAS["service"], mon("08:00"), recorded=2),
            ],
            (Reason.DEFAULT, "group"),
            id="else the one effective later, whenever it was recorded",
        ),
        pytest.param(
            {},
            [default(SLAS["group"]), default(None, mon("09:00"), recorded=2)],
            (Reason.NONE, None),
            id="a default may be taken away",
        ),
    ],
)
def test_precedence(
    ticket: dict[str, str], entries: list[Entry], expected: tuple[Reason, str | None]
) -> None:
    assert bound(ticket, entries) == expected
    assert bound(ticket, entries[::-1]) == expected, "whatever order they are given in"


def codes(rules: Any, **ticket: Any) -> set[str]:
    picture = fold([opened(NOON, **ticket)], rules)
    return {fault.code for fault in faults_of(picture, rules)}


def test_an_unknown_contract_on_the_ticket_is_a_visible_fault() -> None:
    rules = rulebook(*ALL, slas=SLAS.values())
    assert codes(rules, contract_id="nobody-knows") == {"contract.unknown"}
    assert codes(rules, contract_id="contract-ticket") == set()


@pytest.mark.parametrize(
    ("said", "faults"),
    [
        pytest.param([], {"ticket.unbound"}, id="nobody said otherwise"),
        pytest.param([(mon("12:00"), True)], {"ticket.unbound"}, id="asked for by then"),
        pytest.param([(mon("12:00"), False)], set(), id="not wanted by then"),
        pytest.param([(mon("12:01"), False)], {"ticket.unbound"}, id="not wanted later"),
        pytest.param(
            [(mon("10:00"), False), (mon("11:00"), True)], {"ticket.unbound"}, id="wanted again"
        ),
    ],
)
def test_an_unbound_ticket_is_a_fault_unless_the_tenant_says_otherwise(
    said: list[tuple[int, bool]], faults: set[str]
) -> None:
    asked = [
        entry("settings", since, number, settings={"binding_required": required})
        for number, (since, required) in enumerate(said, start=2)
    ]
    rules = rulebook(statuses(), *asked)
    assert codes(rules) == faults


def test_a_priority_without_a_target_is_a_visible_fault() -> None:
    rules = under(sla(("resolution", "P1", 60, "24x7")))
    assert codes(rules, priority="P9") == {"target.missing"}
    assert codes(rules, priority="P1") == set(), "no first_response target is promised at all"
    assert list(fold([opened(NOON, priority="P9")], rules).cycles) == []


def test_pending_terms_take_facts_in_and_say_so() -> None:
    rules = rulebook(ready=False)
    picture = fold([opened(NOON, priority="P1", group="l1")], rules, tue("12:00"))
    assert picture.pending
    assert (list(picture.cycles), picture.ticket.group) == ([], "l1")
    known = fold([opened(NOON, priority="P1")], rulebook())
    assert (clock(known).state, known.pending) == (State.ACTIVE, False)


def test_an_agreement_that_has_not_arrived_leaves_the_clock_pending() -> None:
    rules = rulebook(default(SLAS["group"]), slas=[GOLD])
    picture = fold([opened(NOON)], rules)
    assert picture.pending
    assert {fault.code for fault in faults_of(picture, rules)} == {"agreement.missing"}


@pytest.mark.parametrize(
    ("threshold", "minutes", "expected"),
    [
        pytest.param("percent:75", 240, 180 * MINUTE, id="a part of the target"),
        pytest.param("percent:110", 240, 264 * MINUTE, id="beyond the target"),
        pytest.param("percent:1", 1, 600_000, id="whole microseconds"),
        pytest.param("before_due:60", 240, 180 * MINUTE, id="before it is due"),
        pytest.param("before_due:60", 30, -30 * MINUTE, id="before the clock began"),
        pytest.param("after_due:240", 240, 480 * MINUTE, id="after it was due"),
    ],
)
def test_the_rank_of_a_threshold(threshold: str, minutes: int, expected: int) -> None:
    assert rank(threshold, minutes * MINUTE) == expected


def test_a_percentage_is_rounded_up_to_the_microsecond() -> None:
    assert [rank("percent:33", target) for target in (1, 100, 101)] == [1, 33, 34]


def test_the_breach_is_a_threshold_of_every_clock_listed_or_not() -> None:
    assert [mark.threshold for mark in marks(["percent:150", "percent:50"], HOUR)] == [
        "percent:50",
        "percent:100",
        "percent:150",
    ]


def test_a_threshold_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no such threshold"):
        rank("soon:1", HOUR)


def test_a_snapshot_is_read_with_its_rules() -> None:
    snapshot = sla(
        ("resolution", "P1", 60, "office"),
        ("first_response", None, 15, "24x7"),
        pause={"resolution": ["on_hold"], "first_response": []},
        reopen={"resolution": "restart"},
        thresholds={"resolution": ["percent:80"]},
    )
    found: Agreement = agreement(snapshot)
    target = found.target(RESOLUTION, "P1")
    assert target is not None
    assert (target.amount, target.calendar.timezone) == (HOUR, "Europe/London")
    assert [mark.threshold for mark in target.marks] == ["percent:80", "percent:100"]
    assert found.target(RESOLUTION, "P2") is None
    fallback = found.target(RESPONSE, "P2")
    assert fallback is not None
    assert (fallback.priority, fallback.calendar.name, len(fallback.marks)) == (None, "24x7", 4)
    assert [one.value for one in found.rules[RESOLUTION].pauses] == ["on_hold"]
    assert (found.rules[RESOLUTION].reopen.value, found.rules[RESPONSE].pauses) == (
        "restart",
        frozenset(),
    )


def test_terms_that_reach_a_clock_before_their_agreement_does_leave_it_as_it_was() -> None:
    later = default(SLAS["group"], NOON, recorded=2, mode="from_effective_instant")
    rules = rulebook(default(GOLD), later, slas=[GOLD])
    picture = fold([opened(mon("09:00"))], rules, mon("13:00"))
    assert (clock(picture).aim.amount, picture.pending) == (8 * HOUR, True)
    assert {fault.code for fault in faults_of(picture, rules)} == {"agreement.missing"}
