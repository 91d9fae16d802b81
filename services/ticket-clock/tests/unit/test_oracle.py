"""The fold beside a clock that is stepped minute by minute, over weekends and clock changes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ticket_clock_service.domain.reading import elapsed_at

from .builders import MINUTE, at, calendar, clock, opened, sla, under, updated, view
from .oracle import Said, utc, walk

PLACES = {
    "Europe/London": at("2026-03-27 15:00", "Europe/London"),
    "America/New_York": at("2026-10-30 15:00", "America/New_York"),
    "Pacific/Auckland": at("2026-09-25 15:00", "Pacific/Auckland"),
}
RULES = {
    zone: under(
        sla(
            ("resolution", "P1", 60, "24x7"),
            ("resolution", "P2", 240, "office"),
            ("resolution", None, 480, "office"),
            calendars={"office": calendar(zone)},
        )
    )
    for zone in PLACES
}

priorities = st.sampled_from([None, "P1", "P2", "P3", "P4"])
words = st.sampled_from([None, "open", "pending", "on hold", "resolved", "closed", "cancelled"])
reports = st.lists(st.tuples(st.integers(0, 5000), words, priorities), min_size=0, max_size=9).map(
    lambda found: sorted(found, key=lambda one: one[0])
)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(PLACES)), priorities, reports, st.integers(0, 9000))
def test_the_fold_agrees_with_the_minute_oracle(
    zone: str, priority: str | None, later: list[tuple[int, str | None, str | None]], end: int
) -> None:
    start = PLACES[zone]
    until = start + max([end, *(minute for minute, _, _ in later)]) * MINUTE
    facts = [opened(start, priority=priority, id="0")]
    said = [Said(utc(start), "open", priority)]
    for number, (minute, word, urgency) in enumerate(later, start=1):
        given_now = {"status": word, "priority": urgency}
        changes = {name: value for name, value in given_now.items() if value is not None}
        instant = start + minute * MINUTE
        facts.append(updated(instant, sequence=number, id=str(number), **changes))
        said.append(Said(utc(instant), word, urgency))

    expected = walk(said, utc(until), zone)
    one = clock(view(facts, RULES[zone], until))

    assert elapsed_at(one, RULES[zone].agreements, until) == expected.used * MINUTE
    assert [
        (crossing.priority, int(crossing.threshold[8:]), utc(crossing.at))
        for crossing in one.crossings
    ] == expected.crossings
    assert one.outcome.value == expected.outcome
