"""`make differential`: the kernel against the slow oracle, around every change of every clock.

All zones of the packaged tzdata that are no links, all changes of their clocks from 1970 to 2200:
those that tzdata lists with calendars of every kind, those that a rule makes with two kinds in
turn. Ends with 1 if anything differs.
"""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser, Namespace
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from slaclock.business_time import PACKAGED
from slaclock.testing.differential import SLICE, Difference, Tally, changes_of, compared
from slaclock.testing.minute_walk import canonical_zones

SHOWN = 20
"""Differences that are shown in full."""


def main(words: list[str]) -> int:
    """Compare what is asked for, and show what was compared."""
    chosen = _arguments(words)
    known = canonical_zones()
    strangers = sorted(set(chosen.zones) - set(known))
    console = Console()
    if strangers:
        console.print(f"not canonical zones of tzdata {PACKAGED.version}: {', '.join(strangers)}")
        return 2
    zones = chosen.zones or known
    begun = time.monotonic()
    tally, unlike = _compared(zones, chosen, Console(stderr=True))
    report = {
        "tzdata": PACKAGED.version,
        "zones": len(zones),
        "transitions": tally.changes,
        "listed": tally.listed,
        "calendars": tally.calendars,
        "instants": tally.instants,
        "answers": tally.answers,
        "differences": len(tally.differences) + len(unlike),
        "seed": chosen.seed,
        "seconds": round(time.monotonic() - begun),
    }
    console.print(_table(report))
    for name in unlike:
        console.print(f"{name}: the oracle sees other changes of the clock than the kernel")
    for difference in tally.differences[:SHOWN]:
        console.print(_shown(difference), highlight=False, markup=False, soft_wrap=True)
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    return 1 if report["differences"] else 0


def _arguments(words: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("zones", nargs="*", help="only these zones")
    parser.add_argument("--seed", type=int, default=20260329, help="asks other questions")
    parser.add_argument("--processes", type=int, default=2, help="at once (2)")
    parser.add_argument("--every", type=int, default=1, help="only each n-th change of a zone")
    parser.add_argument("--json", metavar="FILE", help="write the figures into a file as well")
    return parser.parse_args(words)


def _compared(zones: list[str], chosen: Namespace, aside: Console) -> tuple[Tally, list[str]]:
    """The sum of all comparisons, and the zones whose changes the two see differently."""
    tally, unlike = Tally(), []
    slices = [
        (name, first, chosen.every, chosen.seed)
        for name in zones
        for first in range(0, max(len(changes_of(name)), 1), SLICE)
    ]
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with (
        Progress(*columns, TimeRemainingColumn(), console=aside) as progress,
        ProcessPoolExecutor(chosen.processes, mp_context=get_context("spawn")) as pool,
    ):
        task = progress.add_task("slices of zones", total=len(slices))
        for number, ended in enumerate(
            as_completed([pool.submit(compared, *one) for one in slices])
        ):
            part, same = ended.result()
            tally.take(part)
            unlike += same
            text = f"{tally.changes:,} transitions, {len(tally.differences)} differences"
            progress.update(task, advance=1, description=text)
            if not aside.is_terminal and number % 50 == 0:
                aside.print(f"{number} of {len(slices)} slices: {text}")
    return tally, unlike


def _table(report: dict[str, object]) -> Table:
    table = Table(title="business time: the kernel against the oracle", show_header=False)
    for name, value in report.items():
        shown = f"{value:,}" if isinstance(value, int) and name != "seed" else str(value)
        table.add_row(name, shown)
    return table


def _shown(difference: Difference) -> str:
    whole = asdict(difference)
    whole["snapshot"] = {key: value for key, value in whole["snapshot"].items() if key != "zone"}
    return json.dumps(whole)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
