"""What begins and what fulfils a clock, in the words of an SLA."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Moment(StrEnum):
    """What can begin or fulfil a clock, as SLAs name it. Replies are public ones."""

    OPENED = "opened"
    ANSWERED = "agent_reply"
    ASKED = "customer_reply"
    SOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Course:
    """The moments at which a cycle of a metric begins and is fulfilled."""

    begins: frozenset[Moment]
    ends: frozenset[Moment]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Course:
        """As a snapshot carries it: `{"starts": [...], "fulfils": [...]}`.

        Raises:
            ValueError: it names a moment that clocks know nothing of.
        """
        return cls(
            begins=frozenset(map(Moment, document["starts"])),
            ends=frozenset(map(Moment, document["fulfils"])),
        )
