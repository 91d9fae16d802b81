"""Summing up spans says of every cycle what the fold says, or leaves the ticket to the fold."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import event, given, settings
from hypothesis import strategies as st

from ticket_clock_service.domain.agreement import AROUND_THE_CLOCK, Metric
from ticket_clock_service.domain.codec import picture_of
from ticket_clock_service.domain.fact import AnyFact, data_of, kind_of
from ticket_clock_service.domain.fold import advanced, fold
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.spans import Spans, StoredFact
from ticket_clock_service.domain.summing import figures_of
from ticket_clock_service.domain.trial import Trial, calendar_trial, sla_trial
from ticket_clock_service.domain.verdicts import figures_in, verdicts_in, verdicts_on

from .builders import (
    HOUR,
    MINUTE,
    Snapshot,
    agreement,
    calendar,
    default,
    deleted,
    entry,
    fri,
    opened,
    replied,
    rulebook,
    sla,
    spelled,
    statuses,
    updated,
)

START = fri("13:00")
LIFE = 80 * 60
"""Minutes from Friday at one to Monday evening: an office weekend."""

NIGHTS = {
    "calendar_id": "nights",
    "timezone": "America/New_York",
    "windows": [{"weekday": day, "start": "22:00", "end": "06:00"} for day in (4, 5, 6)],
}
OFFICE = {"calendar_id": "office", **calendar()}
OFFICE_NOW = {"calendar_id": "office", **calendar("Asia/Kolkata", "08:00", "20:00")}
BRIEFLY = {
    "calendar_id": "briefly",
    "timezone": "UTC",
    "windows": [{"weekday": 4, "start": "13:00", "end": "13:01"}],
}
CALENDARS = {"nights": NIGHTS, "office": OFFICE, "briefly": BRIEFLY}

CATEGORIES = ["open", "waiting_on_customer", "waiting_on_third_party", "on_hold"]
METRICS = [Metric.FIRST_RESPONSE.value, Metric.RESOLUTION.value]


@st.composite
def agreements(draw: st.DrawFn, sla_id: str = "tried") -> Snapshot:
    """An SLA with any targets, calendars, pauses and reopen rules."""
    rows = [
        (metric, priority, draw(minutes), draw(st.sampled_from([AROUND_THE_CLOCK, *CALENDARS])))
        for metric in METRICS
        for priority in draw(st.sets(st.sampled_from([None, "P1", "P2"])))
    ]
    rules: dict[str, Any] = {"pause": {}, "reopen": {}}
    for metric in METRICS:
        rules["pause"][metric] = sorted(draw(st.sets(st.sampled_from(CATEGORIES))))
        rules["reopen"][metric] = draw(st.sampled_from(["resume", "restart", "keep"]))
    return sla(*rows, sla_id=sla_id, calendars=CALENDARS, **rules)


minutes = st.sampled_from([30, 60, 90, 240, 480, 1500]) | st.integers(1, 3000)
"""Often such that a clock is stopped at the very instant at which its target is used up."""
instants = (st.integers(0, LIFE // 30).map(lambda half: 30 * half) | st.integers(0, LIFE)).map(
    lambda minute: START + minute * MINUTE
)
OFTEN = ("open", "open", "pending", "pending", "resolved", "resolved")
words = st.sampled_from([*OFTEN, "on hold", "closed", "cancelled", "geheim", "unheard of"])
priorities = st.sampled_from([None, "P1", "P1", "P1", "P2", "P3"])
fields = st.fixed_dictionaries(
    {},
    optional={
        "status": words,
        "group": st.sampled_from(["l1", "l2", None]),
        "contract_id": st.sampled_from(["c1", None]),
        "customer_id": st.sampled_from(["acme", "other"]),
    },
)
statuses_only = st.fixed_dictionaries({"status": words})
with_priority = st.fixed_dictionaries({"priority": priorities}, optional={"status": words})


@st.composite
def histories(draw: st.DrawFn) -> list[AnyFact]:
    """A ticket's facts; most of them such as tickets have."""
    first = draw(st.fixed_dictionaries({"priority": priorities}, optional={"status": words}))
    said: dict[str, Any] = {"status": "open", **first, **draw(fields)}
    found = [opened(START, **said, id="f0")]
    kinds = ["status"] * 8 + ["reply"] * 3 + ["priority"] * 3
    kinds += ["fields", "deleted", "opened"]
    for number in range(1, draw(st.integers(1, 8))):
        at = draw(instants)
        envelope: dict[str, Any] = {"id": f"f{number}", "sequence": draw(st.sampled_from([0, 1]))}
        match draw(st.sampled_from(kinds)):
            case "status":
                found.append(updated(at, **draw(statuses_only), **envelope))
            case "reply":
                author = draw(st.sampled_from(["agent", "agent", "customer"]))
                found.append(replied(at, author, public=draw(st.booleans()), **envelope))
            case "fields":
                found.append(updated(at, **draw(fields), **envelope))
            case "priority":
                found.append(updated(at, **draw(with_priority), **envelope))
            case "deleted":
                found.append(deleted(at, **envelope))
            case _:
                early = at - draw(st.sampled_from([0, 0, 90 * MINUTE]))
                found.append(opened(max(early, 0), **{**draw(fields), **envelope}))
    return found


later = st.sampled_from([-90, 0, 1, 10, 600, 6000]) | st.integers(1, 3000)
"""Minutes from the last fact to the instant of judging."""
known_statuses = st.sampled_from(
    [
        (),
        (statuses(recorded=7, geheim="on_hold"),),
        (
            statuses(recorded=7, geheim="on_hold", pending="open"),
            statuses(START + 20 * HOUR, 8, geheim="resolved", pending="waiting_on_customer"),
        ),
    ]
)
thorough = settings(deadline=None, max_examples=150)
most_thorough = settings(deadline=None, max_examples=400)


def rows(facts: list[AnyFact]) -> list[StoredFact]:
    """As the database has them."""
    return [
        [f.at, f.sequence, kind_of(f), {"ticket_id": "T", **data_of(f)}, f.source, f.id]
        for f in facts
    ]


def after(facts: list[AnyFact], minutes: int) -> int:
    return max(fact.at for fact in facts) + minutes * MINUTE


def check(facts: list[AnyFact], trial: Trial, as_of: int) -> None:
    spans = Spans(trial, as_of).read(rows(facts))
    if spans is None:
        event("folded")
        return
    event(f"summed up, {sum(span.is_aimed for span in spans)} of {len(spans)} with new targets")
    found = {
        (span.plan.metric.value, span.cycle): figures
        for span, figures in zip(spans, figures_of(spans, as_of), strict=True)
    }
    picture = fold(facts, trial.rulebook)
    assert found == figures_in(picture, trial.rulebook, as_of)


@most_thorough
@given(histories(), agreements(), known_statuses, later)
def test_an_sla_gives_what_the_fold_gives(
    facts: list[AnyFact], tried: Snapshot, maps: Any, left: int
) -> None:
    in_force = rulebook(default(sla(("resolution", None, 60, "24x7"))), *maps, slas=[])
    check(facts, sla_trial(in_force, agreement(tried)), after(facts, left))


@st.composite
def terms(draw: st.DrawFn) -> Rulebook:
    """Terms in force: a default, a contract, and entries that may reach open cycles."""
    one, two = draw(agreements("one")), draw(agreements("two"))
    modes = st.sampled_from(["keep", "keep", "from_effective_instant", "from_start"])
    entries = [
        default(one),
        entry("contract", START, 2, contract_id="c1", customer_id="acme", sla=two),
        entry(
            "assignment",
            START - HOUR,
            3,
            sla=two,
            match={"group": "l2", "category": None, "service": None},
        ),
    ]
    if draw(st.booleans()):
        since = START + draw(st.integers(0, LIFE)) * MINUTE
        entries.append(default(two, since, recorded=4, mode=draw(modes)))
    arrived = draw(st.sampled_from([[one, two], [one, two], [one]]))
    return rulebook(*entries, *draw(known_statuses), slas=arrived)


@thorough
@given(histories(), terms(), later)
def test_a_calendar_gives_what_the_fold_gives(
    facts: list[AnyFact], in_force: Rulebook, left: int
) -> None:
    hours = agreement(sla(calendars={"office": OFFICE_NOW})).calendars.values()
    tried = next(one for one in hours if one.calendar_id == "office")
    check(facts, calendar_trial(in_force, tried), after(facts, left))


@thorough
@given(histories(), terms(), later, later)
def test_verdicts_in_force_are_those_of_the_domain(
    facts: list[AnyFact], in_force: Rulebook, until: int, left: int
) -> None:
    as_of = after(facts, left)
    picture = advanced(fold(facts, in_force), in_force, min(after(facts, until), as_of))
    stored = spelled(picture)
    kept = picture_of(stored)
    found = verdicts_on(orjson.loads(stored), in_force, as_of)
    event("judged by the domain" if found is None else "read off")
    if found is not None:
        assert found == verdicts_in(kept, in_force, as_of)
