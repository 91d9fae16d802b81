"""``python -m tests.performance.kernel``: a table, or with ``--json`` one document on stdout."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser

from rich.console import Console
from rich.table import Table
from tests.performance.kernel.measure import Result, measured


def main(arguments: list[str]) -> int:
    """Measure and show; 1 if engines disagree, 0 otherwise."""
    parser = ArgumentParser(description="Business time: slaclock beside other libraries.")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    as_json = parser.parse_args(arguments).json
    aside = Console(stderr=True)
    with aside.status("measuring") as status:
        result = measured(lambda name: status.update(f"measuring: {name}"))
    if as_json:
        sys.stdout.write(json.dumps(result.document(), indent=2) + "\n")
    else:
        console = Console()
        for table in tables(result):
            console.print(table)
    return 0 if all(row.agreed for row in result.rows) else 1


def tables(result: Result) -> tuple[Table, ...]:
    """Everything measured, for people."""
    return _cases(result), _own(result), _goals(result)


def _cases(result: Result) -> Table:
    table = Table(title="CPU per call or ticket, median; in brackets: times ours")
    table.add_column("work")
    names = list(result.rows[0].nanoseconds)
    for name in names:
        table.add_column(name, justify="right")
    table.add_column("same answers")
    for row in result.rows:
        own = row.nanoseconds[names[0]]
        cells = [
            f"{_amount(took)} ({took / own:,.1f})" if (took := row.nanoseconds.get(name)) else "-"
            for name in names
        ]
        table.add_row(row.case, *cells, "yes" if row.agreed else "NO")
    return table


def _own(result: Result) -> Table:
    table = Table(title="slaclock alone")
    table.add_column("what")
    table.add_column("value", justify="right")
    for name, value in result.own.items():
        table.add_row(name, f"{value:,.2f}")
    return table


def _goals(result: Result) -> Table:
    table = Table(title="goals")
    for column in ("what", "goal", "measured", ""):
        table.add_column(column)
    for goal in result.goals():
        table.add_row(goal.name, goal.limit, goal.measured, "ok" if goal.reached else "MISSED")
    return table


def _amount(nanoseconds: float) -> str:
    for unit, scale in (("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= scale:
            return f"{nanoseconds / scale:,.2f} {unit}"
    return f"{nanoseconds:,.1f} ns"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
