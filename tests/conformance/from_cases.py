"""Vectors of the worked cases, whose answers were found by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.conformance.writing import MINUTE_US, Vectors, written

from slaclock.business_time import zone_of
from slaclock.testing.worked_cases import amount_us, at_us, worked_cases

__all__ = ["add_cases"]


def add_cases(found: Vectors, page: Path) -> None:
    """All cases of the page; each calendar carries its zone."""
    for case in worked_cases(page, "Elapsed"):
        name, calendar = _placed(found, f"elapsed/{case.name}", case.written)
        start, end, expected = at_us(case.cells[0]), at_us(case.cells[1]), amount_us(case.cells[2])
        found.expect(name, calendar, "elapsed", expected, start_us=start, end=end)
    for case in worked_cases(page, "Add"):
        name, calendar = _placed(found, f"add/{case.name}", case.written)
        start, amount, reached = at_us(case.cells[0]), amount_us(case.cells[1]), case.cells[2]
        minutes, rest = divmod(amount, MINUTE_US)
        more = {"microseconds": amount} if rest else {"minutes": minutes}
        found.expect(name, calendar, "add", written(at_us(reached)), start_us=start, **more)
    for case in worked_cases(page, "Next and previous"):
        name, calendar = _placed(found, f"around/{case.name}", case.written)
        at, is_open, following, preceding = case.cells
        start = at_us(at)
        found.expect(f"{name}/open", calendar, "is_open", is_open == "yes", start_us=start)
        found.expect(f"{name}/next", calendar, "next", written(at_us(following)), start_us=start)
        found.expect(
            f"{name}/previous", calendar, "previous", written(at_us(preceding)), start_us=start
        )


def _placed(found: Vectors, name: str, snapshot: dict[str, Any]) -> tuple[str, str]:
    return name, found.calendar(name, snapshot | {"zone": zone_of(snapshot["timezone"])})
