"""A ticket's story: everything that happened to it, and what each thing did to its clocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ticket_clock_service.domain.changes import Change, changes
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import Step, advancing, judged, steps
from ticket_clock_service.domain.ledger import Difference, Ledger
from ticket_clock_service.domain.picture import BLANK, Picture
from ticket_clock_service.domain.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that happened, with the changes of clocks that it made, crossings apart.

    It does not keep the picture after it: each has a list of all earlier cycles of its own.

    Attributes:
        cause: the fact; None where terms took effect on their own.
        at: when it happened, microseconds since 1970.
    """

    cause: AnyFact | None
    at: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """All scenes, and the view at the end of them."""

    scenes: tuple[Scene, ...]
    view: Picture


def story(facts: Iterable[AnyFact], rulebook: Rulebook, as_of: int) -> Story:
    """What happened to a ticket by an instant, told anew from its facts."""
    picture = BLANK
    scenes = []
    for step in _steps(facts, rulebook, as_of):
        told = changes(picture, [step.picture], step.picture, Difference(), Ledger())
        scenes.append(Scene(step.cause, step.at, told))
        picture = step.picture
    return Story(tuple(scenes), judged(picture, rulebook, as_of))


def _steps(facts: Iterable[AnyFact], rulebook: Rulebook, as_of: int) -> Iterator[Step]:
    picture = BLANK
    for step in steps(picture, facts, rulebook):
        picture = step.picture
        yield step
    yield from advancing(picture, rulebook, as_of)
