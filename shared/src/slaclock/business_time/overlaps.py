"""Windows of one calendar may touch, but not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slaclock.business_time.reader import Reader
from slaclock.business_time.rules import Window

__all__ = ["Placed", "place", "refuse_overlaps"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A window at its place in the week (or on its date), and where and how it was written."""

    start_s: int
    end_s: int
    path: str
    written: Any


def place(shift_s: int, window: Window, path: str, written: Any) -> Placed:
    """*window*, begun *shift_s* after the beginning of the week or date."""
    return Placed(window.start_s + shift_s, window.end_s + shift_s, path, written)


def refuse_overlaps(
    reader: Reader,
    placed: Sequence[Placed],
    *,
    circle_s: int | None = None,
    code: str = "window-overlap",
) -> None:
    """One fault for each that begins before an earlier one has ended.

    Args:
        reader: Keeps the faults.
        placed: What may touch but not overlap.
        circle_s: After how many seconds it all begins again; ``None`` if it does not.
        code: The code of the faults.
    """
    ordered = sorted(placed, key=lambda item: (item.start_s, item.end_s))
    if not ordered:
        return
    longest = ordered[0]
    for item in ordered[1:]:
        if item.start_s < longest.end_s:
            _refuse_overlap(reader, item, longest, code)
        if item.end_s > longest.end_s:
            longest = item
    first = ordered[0]
    if circle_s and len(ordered) > 1 and longest.end_s - circle_s > first.start_s:
        _refuse_overlap(reader, first, longest, code)


def _refuse_overlap(reader: Reader, item: Placed, other: Placed, code: str) -> None:
    if code == "holiday-duplicate":
        remedy = f"remove one of {item.path} and {other.path}"
        reader.refuse(item.path, item.written, f"is there already as {other.path}", remedy, code)
        return
    message = f"overlaps {other.path} ({other.written})"
    remedy = "let windows touch at most: end one where the other begins"
    reader.refuse(item.path, item.written, message, remedy, code)
