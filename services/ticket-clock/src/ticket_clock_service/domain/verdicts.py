"""Verdicts on a ticket's cycles in force, read off its stored picture where that suffices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ticket_clock_service.domain.agreement import BREACH
from ticket_clock_service.domain.clock import Outcome
from ticket_clock_service.domain.fold import advanced, judged
from ticket_clock_service.domain.picture import FOLD_VERSION, Phase, Picture
from ticket_clock_service.domain.reading import read, shown
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.simulation import Figures

__all__ = ["Cycle", "agreements_of", "figures_in", "verdicts_in", "verdicts_on"]

Cycle = tuple[str, str]
"""(metric, cycle): a cycle within its ticket."""


def verdicts_on(
    document: Mapping[str, Any], rulebook: Rulebook, as_of: int
) -> dict[Cycle, Outcome] | None:
    """Verdicts at an instant on cycles that a target measures, by a stored picture's JSON.

    None where the picture has to be judged by the domain: an open clock crosses something
    before the instant, terms reach it, or a clock has lost its target.
    """
    if document["fold"] != FOLD_VERSION:
        return None
    found: dict[Cycle, Outcome] = {}
    runs = False
    for clock in _clocks(document):
        aims = clock["aims"]
        _, _, agreement, priority, amount, *_ = aims[-1]
        is_open = clock["state"] != "closed"
        runs = runs or is_open
        if amount is None:
            if any(aim[4] is not None for aim in aims):
                return None
            continue
        breached = any(
            crossing[0] == BREACH and crossing[2] == agreement and crossing[3] == priority
            for crossing in clock["crossings"]
        )
        if breached:
            outcome = Outcome.BREACHED
        elif clock["next_at"] is not None and clock["next_at"] < as_of:
            return None
        elif is_open:
            outcome = Outcome.PENDING
        else:
            outcome = Outcome.CANCELLED if clock["cancelled"] else Outcome.MET
        found[clock["metric"], clock["cycle"]] = outcome
    is_reached = runs and document["phase"] == Phase.OPEN.value
    if is_reached and rulebook.terms.reaching(document["at"], as_of):
        return None
    return found


def verdicts_in(picture: Picture, rulebook: Rulebook, as_of: int) -> dict[Cycle, Outcome]:
    """The same by the domain, of a picture that may have to be advanced."""
    view = _view(picture, rulebook, as_of)
    return {(clock.metric.value, clock.cycle): shown(clock)[1] for clock in view.cycles}


def figures_in(picture: Picture, rulebook: Rulebook, as_of: int) -> dict[Cycle, Figures]:
    """What each cycle that a target measures shows at an instant."""
    view = _view(picture, rulebook, as_of)
    found = {}
    for clock in view.cycles:
        seen = read(clock, rulebook.agreements, as_of)
        if seen.target is not None:
            figures = Figures(seen.outcome, seen.due, seen.elapsed, seen.target)
            found[clock.metric.value, clock.cycle] = figures
    return found


def agreements_of(document: Mapping[str, Any]) -> Iterator[str | None]:
    """Hashes of what its cycles are bound to, by a stored picture's JSON."""
    return (clock["binding"][1] for clock in _clocks(document))


def _clocks(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*document["past"], *document["clocks"]]


def _view(picture: Picture, rulebook: Rulebook, as_of: int) -> Picture:
    return judged(advanced(picture, rulebook, as_of), rulebook, as_of)
