"""The explanation to read: every clock with what measured it, what happened, and the sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from slaclock.business_time.instants import from_us, to_us
from slaclock.visible import visible
from ticket_clock_service.domain.clock import Agreements
from ticket_clock_service.domain.words import metric_name

__all__ = ["explained_text"]

Part = Mapping[str, Any]
_When = Callable[[str | None], str]

_SECOND: Final = 1_000_000
_SUM: Final = 12
"""Characters of an amount at least, so that they stand in a column."""
_SHORT: Final = 12
"""Characters of a hash that are enough to tell two apart."""


def explained_text(document: Part, agreements: Agreements) -> str:
    """*document*, as `explain_document` made it, in lines.

    Instants are those of the wall clock of each clock's calendar, with its offset; amounts are
    hours, minutes and seconds of business time. What a publisher's words would do to a terminal,
    or to lines, is spelled out.

    Args:
        document: the explanation.
        agreements: all that it names.
    """
    lines = list(_head(document))
    for clock in document["clocks"]:
        lines += ["", *_clock(clock, _wall(clock, agreements))]
    lines += ["", *_facts(document["facts"])]
    return "\n".join(visible(line.rstrip()) for line in lines) + "\n"


def _head(document: Part) -> Iterator[str]:
    yield f"Ticket {document['ticket_id']}"
    yield f"  as of {document['as_of']}, revision {document['revision']}"
    category = f" ({document['category']})" if document["category"] else ""
    yield (
        f"  status {_or_none(document['status'])}{category}, priority"
        f" {_or_none(document['priority'])}, risk {document['risk']}"
    )
    if document.get("terms") == "pending":
        yield "  the terms are not known yet: clocks will appear"
    for fault in document["faults"]:
        found = "" if fault["value"] is None else f" (found {fault['value']})"
        yield f"  fault {fault['code']}: {fault['message']}{found}; {fault['remedy']}"


def _clock(clock: Part, when: _When) -> Iterator[str]:
    yield (
        f"{metric_name(clock['metric'])}, cycle {clock['cycle']}: {clock['state']},"
        f" {clock['outcome']}"
    )
    yield f"  bound by  {_binding(clock['binding'])}"
    for aim in clock["terms"]:
        yield f"  measured  {_aim(aim, when)}"
    if clock["due_at"] is not None:
        yield f"  due       {when(clock['due_at'])}"
    yield "  what happened"
    for step in clock["derivation"]:
        reason = f" ({_spaced(step['reason'])})" if step["reason"] else ""
        because = _because(step["because"])
        yield f"    {when(step['at'])}  {_spaced(step['effect'])}{reason}: {because}"
    yield "  business time"
    width = max(len(_amount(amount)) for amount in _amounts(clock))
    for stretch in clock["stretches"]:
        yield from _stretch(stretch, when, width)
    yield f"    {'-' * width}"
    left = "" if clock["target_us"] is None else _left(clock)
    yield f"    {_amount(clock['elapsed_us'], width)}  in all{left}"
    if clock["crossings"]:
        yield "  crossed"
    for crossing in clock["crossings"]:
        yield f"    {_crossing(crossing, when)}"
    if clock["taken_back"]:
        yield "  taken back"
    for one in clock["taken_back"]:
        yield (
            f"    {one['threshold']} at {when(one['crossed_at'])}; told {one['announced_at']},"
            f" n {one['n']}, taken back {one['retracted_at']}"
        )


def _binding(binding: Part) -> str:
    if binding["snapshot"] is None:
        return _spaced(binding["reason"])
    contract = f", contract {binding['contract_id']}" if binding["contract_id"] else ""
    return (
        f"{_spaced(binding['reason'])}: {binding['sla_id']} version {binding['sla_version']},"
        f" snapshot {binding['snapshot'][:_SHORT]}{contract}, entry {binding['entry_id']}"
    )


def _aim(aim: Part, when: _When) -> str:
    since = f"from {when(aim['since'])}"
    if aim["target_us"] is None:
        return f"{since} by nothing ({_spaced(aim['cause'])})"
    calendar = aim["calendar"][:_SHORT]
    return (
        f"{since} by {_amount(aim['target_us']).strip()} for"
        f" {aim['priority'] or 'any priority'}, calendar {calendar} ({aim['timezone']}),"
        f" because: {_spaced(aim['cause'])}"
    )


def _amounts(clock: Part) -> Iterator[int]:
    """All that stand in one column."""
    yield clock["elapsed_us"]
    for stretch in clock["stretches"]:
        yield stretch["used_us"]
        if stretch["trace"] is not None:
            rest = stretch["trace"]["rest"]
            parts = (
                stretch["trace"]["parts"] if rest is None else [*stretch["trace"]["parts"], rest]
            )
            yield from (part["microseconds"] for part in parts)


def _stretch(stretch: Part, when: _When, width: int) -> Iterator[str]:
    reasons = f" ({', '.join(map(_spaced, stretch['reasons']))})" if stretch["reasons"] else ""
    until = "now" if stretch["to"] is None else when(stretch["to"])
    used = _amount(stretch["used_us"], width)
    yield f"    {used}  {stretch['state']}{reasons} {when(stretch['from'])} to {until}"
    trace = stretch["trace"]
    if trace is None:
        return
    for _, line in sorted(_parts(trace, when, width), key=lambda part: part[0]):
        yield f"      {line}"


def _parts(trace: Part, when: _When, width: int) -> Iterator[tuple[str, str]]:
    """Lines of a trace, each with the instant or date by which it is sorted."""
    for part in trace["parts"]:
        source = " (override)" if part["source"] == "override" else ""
        span = f"{when(part['start'])} to {when(part['end'])}"
        line = f"{_amount(part['microseconds'], width)}  {span}, open {part['window']}{source}"
        yield part["start"], line
    for holiday in trace["holidays"]:
        name = f"{'closed':>{width}}  {holiday['date']} {holiday['name']}"
        yield holiday["date"], name
    for change in trace["changes"]:
        before, after = (
            _offset(change[name]) for name in ("offset_before_seconds", "offset_after_seconds")
        )
        line = f"{'clock change':>{width}}  {when(change['at'])}, from {before} to {after}"
        yield change["at"], line
    rest = trace["rest"]
    if rest is not None:
        span = f"{when(rest['start'])} to {when(rest['end'])}"
        yield rest["start"], f"{_amount(rest['microseconds'], width)}  {span}, not listed"


def _crossing(crossing: Part, when: _When) -> str:
    amount = _amount(crossing["amount_us"]).strip()
    said = f"{crossing['threshold']} ({amount}) at {when(crossing['crossed_at'])}"
    notes = [name for name in ("passed_over", "superseded") if crossing[name]]
    if crossing["announced_at"] is not None:
        notes.append(f"told {crossing['announced_at']}, n {crossing['n']}")
    return f"{said}; {', '.join(map(_spaced, notes))}" if notes else said


def _facts(facts: Sequence[Part]) -> Iterator[str]:
    yield f"Facts ({len(facts)})"
    for fact in facts:
        effects = fact["effects"]
        did = f"{effects} change{'' if effects == 1 else 's'}" if effects else "without effect"
        yield f"  {fact['at']}  {_because(fact)}: {did}"


def _because(cause: Part) -> str:
    if cause["kind"] == "terms":
        return f"terms took effect, entry {cause['entry_id']}"
    said = f"{cause['kind']} {cause['id']} of {cause['source']}"
    return f"{said}, told late, at {cause['recorded_at']}" if cause["late"] else said


def _left(clock: Part) -> str:
    remaining = _amount(abs(clock["remaining_us"])).strip()
    side = "left" if clock["remaining_us"] >= 0 else "over"
    return f" of {_amount(clock['target_us']).strip()}, {remaining} {side}"


def _wall(clock: Part, agreements: Agreements) -> _When:
    """Spells instants as the wall clock of the calendar that measures *clock* shows them."""
    aims = [aim for aim in clock["terms"] if aim["calendar"] is not None]
    time = agreements[aims[-1]["snapshot"]].calendars[aims[-1]["calendar"]].time

    def when(at: str | None) -> str:
        if at is None:
            return "-"
        instant = to_us(datetime.fromisoformat(at))
        offset = time.offset_at(instant)
        wall = from_us(instant) + timedelta(seconds=offset)
        fraction = f".{wall.microsecond:06}" if wall.microsecond else ""
        return f"{wall:%a %Y-%m-%d %H:%M:%S}{fraction} {_offset(offset)}"

    return when


def _offset(seconds: int) -> str:
    size = abs(seconds)
    tail = f":{size % 60:02}" if size % 60 else ""
    return f"{'-' if seconds < 0 else '+'}{size // 3600:02}:{size // 60 % 60:02}{tail}"


def _amount(microseconds: int, width: int = _SUM) -> str:
    """`5:15:00`, with a fraction only where there is one; as wide as a column."""
    seconds, fraction = divmod(abs(microseconds), _SECOND)
    tail = f".{fraction:06}" if fraction else ""
    sign = "-" if microseconds < 0 else ""
    text = f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}{tail}"
    return f"{text:>{width}}"


def _spaced(word: str) -> str:
    return word.replace("_", " ")


def _or_none(word: str | None) -> str:
    return "none" if word is None else word
