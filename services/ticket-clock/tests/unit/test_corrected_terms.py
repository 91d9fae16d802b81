"""Terms that are learnt late, for every metric, and those that must be there."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from slaclock.terms import Entry
from ticket_clock_service.domain.faults import faults_of
from ticket_clock_service.domain.reading import read
from ticket_clock_service.domain.rulebook import Rulebook

from .builders import (
    MINUTE,
    Desk,
    Snapshot,
    clocked,
    default,
    entry,
    mon,
    opened,
    rulebook,
    sla,
    view,
)
from .test_corrections import (
    ALL,
    BEGUN,
    BOOK,
    FIRST,
    GOLD,
    HALF,
    KINDS,
    MOST,
    NEARLY,
    OLA,
    PROMISED,
    Kind,
    asked,
    clock_of,
    hours,
    ola,
    overdue,
    standing,
    told,
)

SILVER, WIDER = hours("silver", 180, "24x7"), ola(180, version=2, calendar="24x7")


def changed(mode: str, since: int) -> Rulebook:
    """The terms, and others that are effective from an instant and reach open tickets so."""
    later: Sequence[Entry] = (
        default(SILVER, since, recorded=3, mode=mode),
        entry("assignment", since, 4, sla=WIDER, match={"group": "l1"}, mode=mode),
    )
    return rulebook(*FIRST, *later, slas=[GOLD, OLA, SILVER, WIDER])


MODES = [
    pytest.param("keep", "08:00", [], "Mon 12:00", id="keep: for cycles that begin after it"),
    pytest.param("keep", "09:20", [HALF, MOST, NEARLY, ALL], "Mon 10:00", id="keep: not for these"),
    pytest.param("from_effective_instant", "09:20", [], "Mon 12:00", id="from its instant on"),
    pytest.param("from_effective_instant", "09:50", [HALF, MOST], "Mon 12:00", id="later"),
    pytest.param("from_start", "09:20", [], "Mon 12:00", id="from the start"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("mode", "since", "stands", "due"), MODES)
def test_terms_learnt_late_reach_a_running_clock_as_their_mode_says(
    kind: Kind, mode: str, since: str, stands: list[str], due: str
) -> None:
    desk = overdue()
    found = desk.learn(changed(mode, mon(since)), mon("10:30"))
    found += desk.wake_until(mon("10:30"))
    assert standing(desk, kind) == stands
    clock = clock_of(desk, kind)
    assert clocked(read(clock, desk.rules.agreements, mon("10:30")).due) == due
    if mode == "keep" and since == "09:20":
        assert found == [], "nothing is said of tickets that go on as before"


@pytest.mark.parametrize("kind", KINDS)
def test_only_from_start_measures_again_what_was_used(kind: Kind) -> None:
    """Opened at eight, an hour before the office; the other terms count around the clock."""
    early = (opened(mon("08:00"), group="l1"), asked(mon("08:00")))
    elapsed = {}
    for mode in ("keep", "from_effective_instant", "from_start"):
        desk = Desk(BOOK)
        desk.report(*early)
        desk.learn(changed(mode, mon("09:30")), mon("09:40"))
        desk.wake_until(mon("09:40"))
        clock = clock_of(desk, kind)
        reading = read(clock, desk.rules.agreements, mon("09:50"))
        elapsed[mode] = reading.elapsed // MINUTE
        assert reading.elapsed + (reading.remaining or 0) == reading.target
    assert elapsed == {"keep": 50, "from_effective_instant": 50, "from_start": 110}


NEWER = hours("gold", 120, version=2)
OTHER_HOURS = sla(
    *[(metric.value, None, 60, "office") for metric in PROMISED],
    sla_id="gold",
    version=3,
    calendars={
        "office": {
            "timezone": "Europe/London",
            "windows": [{"weekday": 1, "start": "09:00", "end": "17:00"}],
        }
    },
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "again",
    [pytest.param(NEWER, id="another target"), pytest.param(OTHER_HOURS, id="another calendar")],
)
def test_an_sla_that_is_published_anew_leaves_running_clocks_alone(
    kind: Kind, again: Snapshot
) -> None:
    """By default it holds from its publication on, for what begins then."""
    desk = Desk(BOOK)
    desk.report(*BEGUN)
    before = clock_of(desk, kind)
    entries = (
        default(again, mon("09:10"), recorded=3),
        entry("assignment", mon("09:10"), 4, sla=ola(240, version=2), match={"group": "l1"}),
    )
    book = rulebook(*FIRST, *entries, slas=[GOLD, OLA, again, ola(240, version=2)])
    assert desk.learn(book, mon("09:15")) == []
    assert clock_of(desk, kind) == before
    desk.wake_until(mon("10:30"))
    assert told(desk, kind) == [HALF, MOST, NEARLY, ALL]


# --- whether a ticket must be bound -------------------------------------------------------------


@pytest.mark.parametrize(("required", "faults"), [(True, ["ticket.unbound"]), (False, [])])
def test_a_ticket_that_nothing_binds_is_a_fault_if_the_tenant_wants_it_bound(
    required: bool, faults: list[str]
) -> None:
    setting = entry("settings", recorded=2, settings={"binding_required": required})
    book = rulebook(
        entry("contract", contract_id="c", customer_id="other", sla=GOLD), setting, slas=[GOLD]
    )
    picture = view([opened(mon("09:00"))], book, mon("16:00"))
    assert [one.code for one in faults_of(picture, book)] == faults
    assert list(picture.cycles) == [], "its clocks promise nothing"
