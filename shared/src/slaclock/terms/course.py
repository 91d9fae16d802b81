"""The course of one contract: a quote begins it, change orders alter it while it runs, it ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from slaclock.terms.entry import CauseKind, Entry


def course_of(entries: Iterable[Entry]) -> list[Entry]:
    """Those of a contract's entries that have a say, in the order of the timeline.

    A change order gives a running contract another agreement, and neither another term nor a
    second life: its `effective_to` is that of the quote which it alters. Where no quote runs at
    its instant (before the first, after an end, past the quote's own `effective_to`) it says
    nothing, and is left out.
    """
    found: list[Entry] = []
    runs, until = False, None
    for entry in sorted(entries, key=lambda entry: entry.place):
        if entry.cause is CauseKind.CHANGE_ORDER:
            if not runs or (until is not None and until <= entry.effective_from):
                continue
            found.append(replace(entry, effective_to=until))
        else:
            runs, until = entry.agreement is not None, entry.effective_to
            found.append(entry)
    return found


def in_force(course: Sequence[Entry], at: int) -> Entry | None:
    """The entry of a `course_of` that decides at *at*, microseconds since 1970.

    None before the first one, and once the term of the last is over. An entry that ends the
    contract is answered: its agreement is None.
    """
    last = next((entry for entry in reversed(course) if entry.effective_from <= at), None)
    if last is None or (last.effective_to is not None and last.effective_to <= at):
        return None
    return last
