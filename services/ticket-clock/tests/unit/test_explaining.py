"""Explanations add up, for whatever happened; and the one in the how-to is what would be said."""

from __future__ import annotations

import re
import tracemalloc
from cProfile import Profile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from slaclock.contracts.instants import rfc3339_of_us
from ticket_clock_service.domain.activity import activity_entries
from ticket_clock_service.domain.explain import explain_document
from ticket_clock_service.domain.explain_text import explained_text
from ticket_clock_service.domain.fact import AnyFact, FactKey
from ticket_clock_service.domain.fold import fold, judged
from ticket_clock_service.domain.lateness import late_facts
from ticket_clock_service.domain.ledger import Ledger, difference
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.story import story

from .builders import (
    MINUTE,
    Desk,
    at,
    calendar,
    default,
    goes_on,
    mon,
    opened,
    replied,
    rulebook,
    sla,
    updated,
    waits,
)
from .lives import ends, rules
from .lives import facts as any_facts

HOW_TO = Path(__file__).parents[4] / "docs" / "how-to" / "explain-a-deadline.md"
AMOUNT = re.compile(r"^ {4,} *(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{6}))?  (.*)$")


def london(text: str) -> int:
    return at(text, "Europe/London")


def microseconds(sign: str, hours: str, minutes: str, seconds: str, fraction: str | None) -> int:
    amount = (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * 10**6 + int(fraction or 0)
    return -amount if sign else amount


def summed(text: str) -> list[tuple[int, int]]:
    """Of each clock in *text*: the sum of its stretches, and what is said to be in all.

    The windows of each stretch must add up to it.
    """
    found: list[tuple[int, int]] = []
    for section in text.split("  business time\n")[1:]:
        stretches: list[tuple[int, list[int]]] = []
        for line in section.splitlines():
            if (match := AMOUNT.match(line)) is None:
                continue
            *parts, said = match.groups()
            amount = microseconds(*parts)
            if said.startswith("in all"):
                found.append((sum(used for used, _ in stretches), amount))
                break
            if ", open " in said or said.endswith("not listed"):
                stretches[-1][1].append(amount)
            else:
                stretches.append((amount, []))
        for used, windows in stretches:
            assert sum(windows) == used
    return found


def check(document: dict[str, Any], as_of: int) -> None:
    """Every sum of an explanation, window by window."""
    for clock in document["clocks"]:
        used = 0
        for stretch in clock["stretches"]:
            used += stretch["used_us"]
            if (trace := stretch["trace"]) is None:
                assert stretch["used_us"] == 0
                continue
            parts = sum(part["microseconds"] for part in trace["parts"])
            rest = trace["rest"]["microseconds"] if trace["rest"] else 0
            assert parts + rest == trace["microseconds"] == stretch["used_us"]
        assert used == clock["elapsed_us"]
        assert clock["elapsed_us"] + clock["remaining_us"] == clock["target_us"]
        starts = [one["from"] for one in clock["stretches"]]
        assert [one["to"] for one in clock["stretches"]] == [*starts[1:], None], "without gaps"
        assert starts[0] == clock["started_at"]
    assert document["as_of"] == rfc3339_of_us(as_of)


@settings(max_examples=60)
@given(any_facts(), rules, ends)
def test_the_sums_of_any_explanation_add_up(
    found: list[AnyFact], book: Rulebook, until: int
) -> None:
    as_of = max([until, *(fact.at for fact in found)])
    document = explain_document("INC-1", found, book, Ledger(), as_of=as_of, revision=1)
    check(document, as_of)
    text = explained_text(document, book.agreements)
    sums = summed(text)
    assert [said for _, said in sums] == [clock["elapsed_us"] for clock in document["clocks"]]
    assert all(counted == said for counted, said in sums)


# --- late facts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recorded", "late"),
    [
        pytest.param([0, 1, 2], set(), id="in their order"),
        pytest.param([0, 0, 0], set(), id="all at once"),
        pytest.param([5, 5, 9], set(), id="long after they happened, but in their order"),
        pytest.param([0, 3, 2], {1}, id="one after a later one"),
        pytest.param([4, 3, 2], {0, 1}, id="the other way round"),
        pytest.param([None, 3, 2], {1}, id="nothing is said of those nobody knows of"),
    ],
)
def test_a_fact_is_late_after_a_later_one(recorded: list[int | None], late: set[int]) -> None:
    facts = [opened(mon("09:00")), waits(mon("10:00")), goes_on(mon("11:00"))]
    known = {fact.key: when for fact, when in zip(facts, recorded, strict=True) if when is not None}
    assert late_facts(facts, known, Ledger()) == {facts[number].key for number in late}


def test_a_fact_is_late_after_what_was_told_of_its_time() -> None:
    """A pause before a threshold that was announced; one after it is in time."""
    rules = rulebook(default(HOURS), slas=[HOURS])
    desk = Desk(rules)
    desk.report(opened(mon("09:00")))
    desk.wake_until(mon("12:00"))
    before, after = waits(mon("10:59")), goes_on(mon("12:30"))
    recorded = {opened(mon("09:00")).key: mon("09:00"), before.key: mon("12:10")}
    recorded[after.key] = mon("12:31")
    facts = [*desk.facts.values(), before, after]
    assert late_facts(facts, recorded, desk.ledger) == {before.key}


# --- the example of the how-to ----------------------------------------------------------------------

UK = calendar() | {
    "calendar_id": "uk",
    "version": 1,
    "holidays": [{"date": "2026-04-03", "name": "Good Friday"}],
}
HOURS = sla(("resolution", None, 240, "office"), thresholds=["percent:50", "percent:100"])
GOLD = sla(
    ("first_response", None, 60, "uk"),
    ("resolution", "P2", 2040, "uk"),
    ("resolution", None, 4080, "uk"),
    calendars={"uk": UK},
    thresholds=["percent:30", "percent:75", "percent:100"],
)


def example() -> tuple[Desk, dict[FactKey, int], int]:
    """Over the change to summer time; a pause told two hours late; another priority; a holiday."""
    desk = Desk(rulebook(default(GOLD, entry_id="gold-for-all"), slas=[GOLD]))
    recorded: dict[FactKey, int] = {}

    def report(fact: AnyFact, told: int | None = None) -> None:
        now = fact.at if told is None else told
        desk.wake_until(now)
        recorded[fact.key] = now
        desk.report(fact, now=now)

    report(opened(london("2026-03-27 15:00"), id="e1", priority="P3", status="New"))
    report(replied(london("2026-03-27 15:20"), id="e2"))
    report(updated(london("2026-03-30 09:30"), id="e3", priority="P2"))
    report(goes_on(london("2026-03-31 10:00"), id="e5"))
    report(waits(london("2026-03-30 14:00"), id="e4"), told=london("2026-03-31 12:00"))
    as_of = london("2026-04-06 09:30")
    desk.wake_until(as_of)
    return desk, recorded, as_of


def test_the_example_of_the_how_to_is_what_would_be_said() -> None:
    desk, recorded, as_of = example()
    document = explain_document(
        "INC-7",
        list(desk.facts.values()),
        desk.rules,
        desk.ledger,
        as_of=as_of,
        revision=9,
        recorded=recorded,
    )
    check(document, as_of)
    text = explained_text(document, desk.rules.agreements)
    assert all(counted == said for counted, said in summed(text))
    page = HOW_TO.read_text(encoding="utf-8")
    assert f"```text\n{text}```" in page, f"put this into {HOW_TO.name}:\n{text}"
    (late,) = [fact for fact in document["facts"] if fact["late"]]
    assert (late["id"], late["recorded_at"]) == ("e4", "2026-03-31T11:00:00Z")
    resolution = document["clocks"][-1]
    spring = [
        change
        for stretch in resolution["stretches"]
        if stretch["trace"]
        for change in stretch["trace"]["changes"]
    ]
    assert [one["offset_after_seconds"] for one in spring] == [3600]
    holidays = [
        holiday["name"]
        for stretch in resolution["stretches"]
        if stretch["trace"]
        for holiday in stretch["trace"]["holidays"]
    ]
    assert holidays == ["Good Friday"]


def test_amounts_with_fractions_stand_in_their_column_too() -> None:
    desk = Desk(rulebook(default(HOURS), slas=[HOURS]))
    for fact in (opened(mon("09:00")), waits(mon("10:00") + 250_001), goes_on(mon("11:00"))):
        desk.report(fact)
    document = explain_document(
        "INC-1", list(desk.facts.values()), desk.rules, desk.ledger, as_of=mon("12:00"), revision=1
    )
    lines = explained_text(document, desk.rules.agreements).splitlines()
    found = [
        line for line in lines if re.match(r" +\d+:\d\d:\d\d\S*  (active|paused|in all)", line)
    ]
    assert {line.index("  ", len(line) - len(line.lstrip())) for line in found} == {18}


def test_what_was_taken_back_is_in_the_order_of_its_crossing() -> None:
    desk = Desk(rulebook(default(HOURS), slas=[HOURS]))
    desk.report(opened(mon("09:00")))
    desk.wake_until(mon("13:30"))
    desk.report(waits(mon("09:30")), now=mon("13:40"))
    facts = list(desk.facts.values())
    (clock,) = explain_document(
        "INC-1", facts, desk.rules, desk.ledger, as_of=mon("14:00"), revision=1
    )["clocks"]
    assert [one["threshold"] for one in clock["taken_back"]] == ["percent:50", "percent:100"]
    entries = activity_entries(facts, desk.rules, desk.ledger, as_of=mon("14:00"))
    back = [one["threshold"] for one in entries if one["kind"] == "retracted"]
    assert back == ["percent:50", "percent:100"]


def test_a_publishers_words_forge_no_line_and_steer_no_terminal() -> None:
    desk = Desk(rulebook(default(GOLD, entry_id="gold-for-all"), slas=[GOLD]))
    hostile = "P1\x1b[2J\nFacts (0)"
    desk.report(opened(london("2026-03-27 15:00"), id=hostile, priority=hostile))
    document = explain_document(
        hostile, list(desk.facts.values()), desk.rules, desk.ledger, as_of=mon("09:00"), revision=1
    )
    text = explained_text(document, desk.rules.agreements)
    assert text.count("\nFacts (") == 1
    assert text.replace("\n", "").isprintable()
    assert text.startswith(r"Ticket P1\x1b[2J\nFacts (0)")


def test_the_feed_tells_facts_corrections_and_what_came_late() -> None:
    desk, recorded, as_of = example()
    entries = activity_entries(
        list(desk.facts.values()), desk.rules, desk.ledger, as_of=as_of, recorded=recorded
    )
    texts = [entry["text"] for entry in entries]
    assert texts[0] == "Ticket opened: priority P3, status New"
    assert "Ticket changed: status pending (told late, 2026-03-31T11:00:00Z)" in texts
    assert {entry["about"] for entry in entries} == {"fact", "clock"}
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    found = [entry for entry in entries if entry["kind"] == "retracted"]
    assert [entry["text"] for entry in found] == [
        "Resolution had not crossed percent:30: what was reported since takes it back"
    ]


def calls_to_explain(replies: int) -> int:
    """Function calls for a ticket that is asked about and answered so often, always too late."""
    agreement = sla(("next_reply", None, 1, "24x7"))
    book, start = rulebook(default(agreement), slas=[agreement]), mon("09:00")
    authors = ("customer", "agent")
    facts = [opened(start)] + [
        replied(start + number * 5 * MINUTE, authors[number % 2]) for number in range(replies)
    ]
    end = start + replies * 5 * MINUTE
    view = judged(fold(facts, book), book, end)
    told = difference(
        Ledger(),
        announce=view,
        standing=view,
        noticed_at=end,
        historical_before=0,
        provisional=False,
    )
    ledger = Ledger().after(told)
    assert len(ledger.told) >= replies
    with Profile() as profile:
        explain_document("INC-1", facts, book, ledger, as_of=end, revision=1)
    return sum(one.callcount for one in profile.getstats())


def test_twice_as_many_cycles_take_twice_the_work_to_explain() -> None:
    assert calls_to_explain(400) < 2.5 * calls_to_explain(200)


def kept_of_a_story(replies: int) -> int:
    """Bytes that are held for the story of a ticket that is asked about and answered so often."""
    agreement = sla(("next_reply", None, 240, "24x7"))
    book, start = rulebook(default(agreement), slas=[agreement]), mon("09:00")
    authors = ("customer", "agent")
    facts = [opened(start)] + [
        replied(start + number * MINUTE, authors[number % 2]) for number in range(replies)
    ]
    tracemalloc.start()
    try:
        told = story(facts, book, start + replies * MINUTE)
        assert len(told.scenes) == replies + 1
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_a_story_keeps_no_list_of_all_earlier_cycles_for_each_fact() -> None:
    assert kept_of_a_story(2000) < 2000 * 2000, "with such lists it is twice that, then four times"
