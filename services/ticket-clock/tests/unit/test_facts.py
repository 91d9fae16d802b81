"""What facts do, in which order, and what happens to those that cannot have an effect."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from slaclock.errors import Refusal
from slaclock.terms import Category
from ticket_clock_service.domain.clock import Outcome, State
from ticket_clock_service.domain.cycles import cycle_name
from ticket_clock_service.domain.fact import AnyFact, Opened, Updated, data_of, fact_of, kind_of
from ticket_clock_service.domain.fold import continues, fold
from ticket_clock_service.domain.picture import BLANK, Phase

from .builders import (
    HOUR,
    RESOLUTION,
    RESPONSE,
    clock,
    clocked,
    deleted,
    entry,
    goes_on,
    mon,
    opened,
    replied,
    resolved,
    rulebook,
    spelled,
    status,
    statuses,
    tue,
    updated,
    view,
    waits,
)

RULES = rulebook()


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        pytest.param({"at": 5, "source": "z"}, {"at": 6, "source": "a"}, id="by time first"),
        pytest.param(
            {"at": 5, "sequence": 9, "source": "z"},
            {"at": 5, "sequence": 10, "source": "a"},
            id="then by sequence, as a number",
        ),
        pytest.param(
            {"at": 5, "source": "a", "id": "9"},
            {"at": 5, "source": "b", "id": "1"},
            id="then source",
        ),
        pytest.param(
            {"at": 5, "source": "a", "id": "1"}, {"at": 5, "source": "a", "id": "2"}, id="then id"
        ),
    ],
)
def test_order(earlier: dict[str, Any], later: dict[str, Any]) -> None:
    def fact(envelope: dict[str, Any]) -> AnyFact:
        return fact_of("opened", {"status": "open"}, **{"source": "s", "id": "1", **envelope})

    assert fact(earlier).order < fact(later).order


def test_nulls_of_an_opening_say_nothing_but_those_of_a_change_clear() -> None:
    data: dict[str, Any] = {
        "ticket_id": "T",
        "status": "open",
        "priority": None,
        "group": "l1",
        "attributes": {},
    }
    envelope: dict[str, Any] = {"source": "s", "id": "1", "at": 0}
    assert fact_of("sla.ticket.opened", data, **envelope) == Opened(
        source="s", id="1", at=0, fields={"status": "open", "group": "l1"}
    )
    changes = {"changes": {"assignee": None, "attributes": {"a": 1}}}
    assert fact_of("sla.ticket.updated", changes, **envelope) == Updated(
        source="s", id="1", at=0, changes={"assignee": None, "customer_impact": None}
    )


@pytest.mark.parametrize(
    ("attributes", "impact"),
    [
        pytest.param({"customer_impact": "shop is closed"}, "shop is closed", id="its own key"),
        pytest.param({"impact": "1 - High"}, "1 - High", id="the key of other help desks"),
        pytest.param({"customer_impact": "all", "impact": "1"}, "all", id="its own key counts"),
        pytest.param({"customer_impact": " ", "impact": "1"}, "1", id="unless it says nothing"),
        pytest.param({"impact": 2}, "2", id="a number is written out"),
        pytest.param({"impact": True}, None, id="true is no impact"),
        pytest.param({"impact": {"sites": 3}}, None, id="nor is an object"),
        pytest.param({"impact": None}, None, id="null"),
        pytest.param({"impact": "x" * 201}, "x" * 200, id="what is too long is cut"),
        pytest.param({"site": "north"}, None, id="no such key"),
        pytest.param({}, None, id="nothing at all"),
    ],
)
def test_the_impact_is_one_of_the_attributes(
    attributes: dict[str, Any], impact: str | None
) -> None:
    envelope: dict[str, Any] = {"source": "s", "id": "1", "at": 0}
    first = fact_of("opened", {"status": "open", "attributes": attributes}, **envelope)
    later = fact_of("updated", {"changes": {"attributes": attributes}}, **envelope)
    assert isinstance(first, Opened)
    assert isinstance(later, Updated)
    assert first.fields.get("customer_impact") == impact
    assert later.changes == {"customer_impact": impact}, "it replaces what was said before"
    for fact in (first, later):
        assert fact_of(kind_of(fact), data_of(fact), **envelope) == fact


def test_an_update_that_leaves_the_attributes_out_leaves_the_impact() -> None:
    facts = [opened(mon("09:00"), attributes={"impact": "1"}), updated(mon("09:30"), group="l2")]
    assert view(facts, rulebook(), mon("10:00")).ticket.customer_impact == "1"
    facts.append(updated(mon("09:40"), attributes={}))
    assert view(facts, rulebook(), mon("10:00")).ticket.customer_impact is None


def test_a_kind_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Refusal, match="no such kind of fact") as refused:
        fact_of("sla.ticket.sneezed", {}, source="s", id="1", at=0)
    assert refused.value.code == "fact.unknown-kind"


def test_facts_before_the_opening_take_effect_at_it_in_their_order() -> None:
    picture = view(
        [
            updated(mon("08:00"), priority="P1", group="early"),
            replied(mon("08:30")),
            updated(mon("08:40"), group="late"),
            opened(mon("09:00"), priority="P3", group="given"),
        ],
        RULES,
        mon("09:00"),
    )
    assert (picture.ticket.priority, picture.ticket.group) == ("P1", "late")
    assert (clock(picture).aim.priority, clock(picture).aim.amount) == ("P1", 2 * HOUR)
    response = clock(picture, RESPONSE)
    assert (response.outcome, response.elapsed, clocked(response.since)) == (
        Outcome.MET,
        0,
        "Mon 09:00",
    )


def test_before_the_opening_there_are_no_clocks() -> None:
    picture = view([waits(mon("08:00"))], RULES, tue("09:00"))
    assert (picture.phase, list(picture.cycles), picture.opened) == (Phase.AWAITED, [], None)


def test_a_status_before_the_opening_is_read_by_the_map_of_its_own_time() -> None:
    rules = rulebook(
        entry("default", sla=None),
        statuses("1970-01-01T00:00:00Z", 1, parked="on_hold"),
        statuses(mon("08:30"), 2, parked="waiting_on_customer"),
    )
    facts = [status(mon("08:00"), "parked"), opened(mon("09:00"))]
    assert fold(facts, rules).category is Category.ON_HOLD


def test_a_second_opening_updates_only_what_it_gives() -> None:
    picture = fold(
        [
            opened(mon("09:00"), priority="P1", group="l1", assignee="u1"),
            opened(mon("10:00"), status="pending", group="l2"),
        ],
        RULES,
    )
    assert picture.opened == mon("09:00")
    assert (picture.ticket.priority, picture.ticket.group, picture.ticket.assignee) == (
        "P1",
        "l2",
        "u1",
    )
    assert (clock(picture).cycle, clock(picture).state) == ("first", State.PAUSED)


def test_after_deletion_nothing_counts_until_the_ticket_is_opened_again() -> None:
    again = opened(tue("09:00"), group="new")
    facts = [
        opened(mon("09:00"), priority="P1", group="old"),
        deleted(mon("10:00")),
        updated(mon("11:00"), group="ghost"),
        replied(mon("11:00")),
    ]
    gone = fold(facts, RULES)
    assert (gone.phase, gone.ticket.group) == (Phase.DELETED, "old")
    assert {one.outcome for one in gone.clocks} == {Outcome.CANCELLED}

    picture = fold([*facts, again], RULES)
    assert (picture.ticket.group, picture.ticket.priority) == ("new", None)
    first, second = clock(picture, cycle="first"), clock(picture)
    assert (first.outcome, clocked(first.since)) == (Outcome.CANCELLED, "Mon 10:00")
    assert (second.cycle, second.ordinal, second.outcome) == (
        cycle_name(again.key),
        2,
        Outcome.PENDING,
    )
    assert {one.cycle for one in picture.clocks} == {cycle_name(again.key)}


def test_a_deletion_before_the_first_opening_only_forgets_what_was_waiting() -> None:
    picture = fold(
        [updated(mon("07:00"), group="x"), deleted(mon("08:00")), opened(mon("09:00"))], RULES
    )
    assert (picture.ticket.group, clock(picture).cycle) == (None, "first")


@pytest.mark.parametrize("reason", ["deleted", "merged"])
def test_deletion_calls_off_open_clocks_and_leaves_verdicts(reason: str) -> None:
    picture = fold(
        [opened(mon("09:00")), replied(mon("09:30")), deleted(mon("10:00"), reason)], RULES
    )
    response, resolution = clock(picture, RESPONSE), clock(picture)
    assert response.outcome is Outcome.MET
    assert (resolution.outcome, resolution.reasons) == (Outcome.CANCELLED, (reason,))


def test_what_was_breached_before_its_deletion_stays_breached() -> None:
    picture = fold([opened(mon("09:00"), priority="P1"), deleted(mon("12:00"))], RULES)
    assert clock(picture).outcome is Outcome.BREACHED


def test_a_fact_with_an_unknown_status_has_no_effect_as_a_whole() -> None:
    facts = [opened(mon("09:00"), group="l1"), status(mon("10:00"), "Vorgelegt", group="l2")]
    picture = fold([*facts, status(mon("11:00"), "Vorgelegt")], RULES)
    assert (picture.ticket.group, picture.category) == ("l1", Category.OPEN)
    (ignored,) = picture.ignored
    assert (ignored.status, ignored.count, clocked(ignored.at)) == ("Vorgelegt", 2, "Mon 10:00")
    assert picture.at == mon("09:00"), "it proves nothing"


def test_an_opening_with_an_unknown_status_does_not_open() -> None:
    picture = fold([opened(mon("09:00"), status="Vorgelegt"), replied(mon("10:00"))], RULES)
    assert (picture.phase, len(picture.waiting), len(picture.ignored)) == (Phase.AWAITED, 1, 1)


@pytest.mark.parametrize(
    ("since", "healed"),
    [
        pytest.param(mon("09:30"), True, id="effective earlier"),
        pytest.param(mon("10:00"), True, id="effective at the fact's own instant"),
        pytest.param(mon("10:01"), False, id="effective later"),
    ],
)
def test_a_map_heals_the_facts_from_its_effective_instant_on(since: int, healed: bool) -> None:
    facts = [opened(mon("09:00")), status(mon("10:00"), "Vorgelegt")]
    rules = rulebook(
        entry("default", sla=None), statuses(since, Vorgelegt="waiting_on_third_party")
    )
    picture = fold(facts, rules)
    assert (picture.ignored == ()) is healed
    assert (picture.category is Category.WAITING_ON_THIRD_PARTY) is healed


@pytest.mark.parametrize(
    ("word", "category"),
    [
        pytest.param("New", "open", id="ServiceNow New"),
        pytest.param("Active", "open", id="ServiceNow Active"),
        pytest.param("Awaiting User Info", "waiting_on_customer", id="ServiceNow user"),
        pytest.param("Awaiting Vendor", "waiting_on_third_party", id="ServiceNow vendor"),
        pytest.param("Awaiting Problem", "on_hold", id="ServiceNow problem"),
        pytest.param("Awaiting Evidence", "on_hold", id="ServiceNow evidence"),
        pytest.param("Resolved", "resolved", id="ServiceNow resolved"),
        pytest.param("Closed", "closed", id="ServiceNow closed"),
        pytest.param("Canceled", "cancelled", id="ServiceNow cancelled"),
        pytest.param("pending", "waiting_on_customer", id="Zendesk pending"),
        pytest.param("hold", "on_hold", id="Zendesk hold"),
        pytest.param("solved", "resolved", id="Zendesk solved"),
        pytest.param("To Do", "open", id="Jira to do"),
        pytest.param("In Progress", "open", id="Jira in progress"),
        pytest.param("Waiting for customer", "waiting_on_customer", id="Jira customer"),
        pytest.param("Waiting for support", "open", id="Jira support"),
        pytest.param("Done", "resolved", id="Jira done"),
        pytest.param("Waiting on Third Party", "waiting_on_third_party", id="Freshservice vendor"),
        pytest.param("on-hold", "on_hold", id="hyphen"),
        pytest.param("  IN_progress ", "open", id="case, space and underscore"),
        *(pytest.param(one.value, one.value, id=f"category {one.value}") for one in Category),
    ],
)
def test_words_of_the_common_help_desks_are_known(word: str, category: str) -> None:
    found = RULES.terms.category(word, mon("09:00"))
    assert found is not None
    assert found.value == category


def test_a_tenants_own_meaning_wins_from_its_instant_on() -> None:
    rules = rulebook(
        statuses(mon("10:00"), 1, Pending="on_hold"), statuses(mon("12:00"), 2, other="open")
    )
    meaning = [rules.terms.category("pending", mon(time)) for time in ("09:59", "10:00", "13:00")]
    assert meaning == [Category.WAITING_ON_CUSTOMER, Category.ON_HOLD, Category.ON_HOLD]


def test_every_order_and_repetition_of_the_same_facts_is_the_same_ticket() -> None:
    facts = [
        waits(mon("08:00")),
        opened(mon("09:00"), priority="P2"),
        updated(mon("09:00"), priority="P1", sequence=1),
        goes_on(mon("11:00")),
        resolved(tue("09:00")),
    ]
    spellings = {spelled(fold([*order, order[0]], RULES)) for order in permutations(facts)}
    assert len(spellings) == 1


def test_a_picture_is_continued_only_with_what_lies_after_all_of_it() -> None:
    picture = fold([opened(mon("09:00"), id="b", sequence=5)], RULES)
    assert continues(BLANK, [waits(mon("10:00"))])
    assert continues(picture, [waits(mon("10:00"))])
    assert continues(picture, [waits(mon("09:00"), id="c", sequence=5)])
    assert not continues(picture, [waits(mon("09:00"), id="a", sequence=5)])
    assert not continues(picture, [waits(mon("09:00"), id="z", sequence=4)])
    assert not continues(picture, [goes_on(mon("10:00")), waits(mon("08:59"))])
    assert clock(picture, RESOLUTION).ordinal == 1
