"""What begins and fulfils each metric. A new metric is a new line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ticket_clock_service.domain.agreement import Metric


class Moment(StrEnum):
    """What can begin or fulfil a clock."""

    OPENED = "opened"
    ANSWERED = "answered"
    ASKED = "asked"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Course:
    """The moments at which a cycle of a metric begins and is fulfilled."""

    begins: frozenset[Moment]
    ends: frozenset[Moment]


COURSES: Final[Mapping[Metric, Course]] = MappingProxyType(
    {
        Metric.FIRST_RESPONSE: Course(
            begins=frozenset({Moment.OPENED}),
            ends=frozenset({Moment.ANSWERED, Moment.SOLVED}),
        ),
        Metric.RESOLUTION: Course(
            begins=frozenset({Moment.OPENED}),
            ends=frozenset({Moment.SOLVED}),
        ),
    }
)
"""The metrics that are measured, in the order in which clocks are listed."""
