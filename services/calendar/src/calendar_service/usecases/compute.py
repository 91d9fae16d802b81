"""Business time on request: a list of operations on one calendar, an answer for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, assert_never

from slaclock.business_time import BusinessCalendar
from slaclock.errors import Refusal

__all__ = ["Answer", "Operation", "Verb", "compute"]

Verb: TypeAlias = Literal["add", "calculate", "next", "previous", "is_open"]
Answer: TypeAlias = datetime | int | bool | Refusal


@dataclass(frozen=True, slots=True)
class Operation:
    """One question.

    Attributes:
        start: the instant that it is about.
        end: for `calculate`.
        minutes: for `add`; may be negative.
    """

    verb: Verb
    start: datetime
    end: datetime | None = None
    minutes: int | None = None

    def __post_init__(self) -> None:
        if self.verb == "calculate" and self.end is None:
            raise ValueError("calculate needs an end")
        if self.verb == "add" and self.minutes is None:
            raise ValueError("add needs minutes")


def compute(calendar: BusinessCalendar, operations: Sequence[Operation]) -> list[Answer]:
    """An answer for each operation, in order.

    One that the calendar refuses (no business time ahead, an instant out of range) answers its
    refusal; the others are not affected.
    """
    return [_answer(calendar, operation) for operation in operations]


def _answer(calendar: BusinessCalendar, operation: Operation) -> Answer:
    try:
        match operation.verb:
            case "add":
                return calendar.add_business_minutes(operation.start, operation.minutes or 0)
            case "calculate":
                end = operation.end or operation.start
                return calendar.calculate_business_minutes(operation.start, end)
            case "next":
                return calendar.next_business_minute(operation.start)
            case "previous":
                return calendar.previous_business_minute(operation.start)
            case "is_open":
                return calendar.is_business_time(operation.start)
            case _:
                assert_never(operation.verb)
    except Refusal as refusal:
        return refusal
