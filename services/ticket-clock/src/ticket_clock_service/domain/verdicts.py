"""Verdicts on a ticket's cycles in force, read off its stored picture where that suffices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from slaclock.business_time.errors import InstantOutOfRange, NoBusinessTime
from ticket_clock_service.domain.agreement import BREACH
from ticket_clock_service.domain.clock import Outcome
from ticket_clock_service.domain.fold import advanced, judged
from ticket_clock_service.domain.picture import Phase, Picture
from ticket_clock_service.domain.reading import read, shown
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.simulation import Figures

__all__ = ["Cycle", "agreements_of", "figures_in", "verdicts_in", "verdicts_on"]

_AGREEMENT: Final = 2
_AMOUNT: Final = 4
_CALENDAR: Final = 5
"""Places in a stored aim."""

Cycle = tuple[str, str]
"""(metric, cycle): a cycle within its ticket."""


def verdicts_on(
    document: Mapping[str, Any], rulebook: Rulebook, as_of: int
) -> dict[Cycle, Outcome] | None:
    """Verdicts at an instant on cycles that a target measures, by a stored picture's JSON.

    None where the picture has to be judged by the domain: terms reach an open clock before the
    instant, a clock has lost its target, or has used up a new one already.
    """
    found: dict[Cycle, Outcome] = {}
    runs = False
    for clock in _clocks(document):
        aims = clock["aims"]
        aim = aims[-1]
        is_open = clock["state"] != "closed"
        runs = runs or is_open
        if aim[_AMOUNT] is None:
            if any(earlier[_AMOUNT] is not None for earlier in aims):
                return None
            continue
        if _is_crossed(clock, aim):
            outcome = Outcome.BREACHED
        elif clock["next_at"] is not None and clock["next_at"] < as_of:
            if clock["state"] != "active" or clock["elapsed"] > aim[_AMOUNT]:
                return None
            outcome = _running(clock, aim, rulebook, as_of)
        elif is_open:
            outcome = Outcome.PENDING
        else:
            outcome = Outcome.CANCELLED if clock["cancelled"] else Outcome.MET
        found[clock["metric"], clock["cycle"]] = outcome
    is_reached = runs and document["phase"] == Phase.OPEN.value
    if is_reached and rulebook.terms.reaching(document["at"], as_of):
        return None
    return found


def _is_crossed(clock: Mapping[str, Any], aim: Sequence[Any]) -> bool:
    """Whether its breach is among what is proved."""
    _, _, agreement, priority, *_ = aim
    return any(
        threshold == BREACH and of == agreement and row == priority
        for threshold, _, of, row, *_ in clock["crossings"]
    )


def _running(
    clock: Mapping[str, Any], aim: Sequence[Any], rulebook: Rulebook, as_of: int
) -> Outcome:
    """The verdict on an active clock of which time alone may have proved something since."""
    time = rulebook.agreements[aim[_AGREEMENT]].calendars[aim[_CALENDAR]].time
    try:
        due = time.add_us(clock["since"], aim[_AMOUNT] - clock["elapsed"])
    except (NoBusinessTime, InstantOutOfRange):
        return Outcome.PENDING
    return Outcome.BREACHED if due < as_of else Outcome.PENDING


def verdicts_in(picture: Picture, rulebook: Rulebook, as_of: int) -> dict[Cycle, Outcome]:
    """The same by the domain, of a picture that may have to be advanced."""
    view = _view(picture, rulebook, as_of)
    return {
        (clock.metric.value, clock.cycle): shown(clock)[1]
        for clock in view.cycles
        if clock.owner is None
    }


def figures_in(picture: Picture, rulebook: Rulebook, as_of: int) -> dict[Cycle, Figures]:
    """What each cycle that a target measures shows at an instant."""
    view = _view(picture, rulebook, as_of)
    found = {}
    for clock in view.cycles:
        if clock.owner is not None:
            continue
        seen = read(clock, rulebook.agreements, as_of)
        if seen.target is not None:
            figures = Figures(seen.outcome, seen.due, seen.elapsed, seen.target)
            found[clock.metric.value, clock.cycle] = figures
    return found


def agreements_of(document: Mapping[str, Any]) -> Iterator[str | None]:
    """Hashes of what its cycles are bound to, by a stored picture's JSON."""
    return (clock["binding"][1] for clock in _clocks(document))


def _clocks(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those that were promised to the customer."""
    return [one for one in (*document["past"], *document["clocks"]) if one["owner"] is None]


def _view(picture: Picture, rulebook: Rulebook, as_of: int) -> Picture:
    return judged(advanced(picture, rulebook, as_of), rulebook, as_of)
