"""Business time on request: a list of operations on one calendar, an answer for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias, assert_never

from calendar_service.domain.account import LISTED, Told, account
from slaclock.business_time import BusinessCalendar, InstantOutOfRange
from slaclock.contracts.business_time import Add, Explain, Look, Operation, Span
from slaclock.contracts.instants import rfc3339, rfc3339_of_us, to_us
from slaclock.errors import Fault, Refusal

__all__ = ["Answer", "TooLongSpan", "TooMuchToExplain", "compute"]

Answer: TypeAlias = str | int | bool | Told | Refusal
"""An instant as text, minutes or microseconds, yes or no, a trace; or why there is none."""

_MANY: Final = 64
"""Operations of one kind from which on arrays are faster than one after the other."""
_MINUTE_US: Final = 60_000_000
_YEARS: Final = 2500
"""That the traces of one request may cover together; one over all years takes half a second."""
_EXPLAINED: Final = timedelta(days=366 * _YEARS)


_OPENINGS: Final = 250_000
"""Opening hours that one request may have laid out: all years of 20 windows a week."""
_WEEKS: Final = 53
_ALL_YEARS: Final = 230


class TooLongSpan(Refusal):
    """The instants of one request lie too far apart for a calendar of so many windows."""

    code = "business-time.too-long"


class TooMuchToExplain(Refusal):
    """The traces of one request would take too long."""

    code = "explain.too-long"


def compute(
    calendar: BusinessCalendar, operations: Sequence[Operation], *, source: Told | None = None
) -> list[Answer]:
    """An answer for each operation, in order.

    One that the calendar refuses (no business time ahead, an instant out of range) answers its
    refusal; the others are not affected. Many of one kind are computed in arrays.

    Args:
        calendar: laid out as far as it is needed.
        operations: what is asked.
        source: what traces say of the calendar: its `hash`, its `tzdata`.

    Raises:
        TooLongSpan: the years between all instants have too many opening hours together.
    """
    _bounded(calendar, operations)
    found: dict[int, Answer] = {}
    adds = [place for place, one in enumerate(operations) if type(one) is Add]
    spans = [place for place, one in enumerate(operations) if type(one) is Span]
    if len(adds) >= _MANY:
        found |= _added(calendar, operations, adds)
    if len(spans) >= _MANY:
        found |= _between(calendar, operations, spans)
    left = _EXPLAINED
    for place, operation in enumerate(operations):
        if place in found:
            continue
        try:
            if type(operation) is Explain:
                end = _end(calendar, operation)
                left -= abs(end - operation.start)
                if left < timedelta():
                    raise _too_much(operation)
                found[place] = account(
                    calendar.explain(operation.start, end, limit=LISTED),
                    operation.minutes,
                    source or {},
                )
            else:
                found[place] = _answer(calendar, operation)
        except Refusal as refusal:
            found[place] = refusal
    return [found[place] for place in range(len(operations))]


def _bounded(calendar: BusinessCalendar, operations: Sequence[Operation]) -> None:
    """Refuse what would lay out too much, whatever was asked before: an ordinary week decides."""
    instants = [one.start for one in operations]
    instants += [end for one in operations if (end := getattr(one, "end", None)) is not None]
    minutes = max((abs(getattr(one, "minutes", None) or 0) for one in operations), default=0)
    weekly = calendar.seconds_a_week
    if not instants or not weekly:
        return
    reach = minutes * 60 / weekly / 52
    years = min((max(instants) - min(instants)).days / 365 + reach + 1, _ALL_YEARS)
    openings = round(years * _WEEKS * calendar.windows_a_week)
    if openings > _OPENINGS:
        fault = Fault(
            "operations",
            openings,
            f"lead over {years:.0f} years of {calendar.windows_a_week} windows a week, which are"
            f" about {openings} opening hours; one request may have {_OPENINGS}",
            "ask about spans closer together in one request, or join windows that touch",
            TooLongSpan.code,
        )
        raise TooLongSpan(faults=[fault])


def _answer(calendar: BusinessCalendar, operation: Operation) -> Answer:
    match operation:
        case Add():
            return rfc3339(calendar.add_business_minutes(operation.start, operation.minutes))
        case Span(op="calculate"):
            return calendar.calculate_business_minutes(operation.start, operation.end)
        case Span():
            return calendar.elapsed_us(to_us(operation.start), to_us(operation.end))
        case Look(op="next"):
            return rfc3339(calendar.next_business_minute(operation.start))
        case Look(op="previous"):
            return rfc3339(calendar.previous_business_minute(operation.start))
        case Look():
            return calendar.is_business_time(operation.start)
        case Explain():
            raise AssertionError("traces are made one after the other")
        case _:
            assert_never(operation)


def _added(
    calendar: BusinessCalendar, operations: Sequence[Operation], places: Sequence[int]
) -> dict[int, Answer]:
    """Answers of all additions at once; none where one of them is refused."""
    asked = [one for place in places if isinstance(one := operations[place], Add)]
    try:
        reached = calendar.add_many([to_us(one.start) for one in asked], [o.minutes for o in asked])
    except Refusal:  # whose, only one after the other can tell
        return {}
    return dict(zip(places, map(rfc3339_of_us, reached.tolist()), strict=True))


def _between(
    calendar: BusinessCalendar, operations: Sequence[Operation], places: Sequence[int]
) -> dict[int, Answer]:
    asked = [one for place in places if isinstance(one := operations[place], Span)]
    try:
        amounts = calendar.elapsed_many(
            [to_us(one.start) for one in asked], [to_us(one.end) for one in asked]
        )
    except InstantOutOfRange:
        return {}
    return {
        place: amount if one.op == "elapsed" else _whole_minutes(amount)
        for place, one, amount in zip(places, asked, amounts.tolist(), strict=True)
    }


def _whole_minutes(amount_us: int) -> int:
    """Truncated toward zero."""
    return amount_us // _MINUTE_US if amount_us >= 0 else -(-amount_us // _MINUTE_US)


def _end(calendar: BusinessCalendar, operation: Explain) -> datetime:
    if operation.end is not None:
        return operation.end
    return calendar.add_business_minutes(operation.start, operation.minutes or 0)


def _too_much(operation: Explain) -> TooMuchToExplain:
    return TooMuchToExplain(
        faults=[
            Fault(
                "start",
                rfc3339(operation.start),
                f"leads the traces of this request beyond {_YEARS} years in all",
                "explain shorter spans, or send several requests",
                TooMuchToExplain.code,
            )
        ]
    )
