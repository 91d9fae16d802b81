"""A verdict as a table."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from .findings import KINDS
from .run import Verdict

MOST = 12
"""Findings of a kind that are shown."""


def page(verdict: Verdict) -> RenderableType:
    """Everything worth reading of a run."""
    table = Table(title="fault run", show_header=False, title_justify="left")
    table.add_column()
    table.add_column(justify="right")
    for kind in KINDS:
        table.add_row(kind, str(verdict.number_of(kind)))
    table.add_row("not done in time", str(sum(verdict.left.values())))
    table.add_section()
    table.add_row("kill -9", _by_victim(verdict.kills))
    table.add_row("SIGSTOP", _by_victim(verdict.stops))
    table.add_row("longest stop", f"{verdict.longest_stop:.1f} s")
    table.add_section()
    for name, count in verdict.counts.items():
        table.add_row(name, f"{count:,}")
    table.add_section()
    for name, late in verdict.lateness.items():
        figures = f"p50 {late.p50:.2f}  p99 {late.p99:.2f}  most {late.most:.2f} s"
        table.add_row(f"{name} after the instant ({late.of:,})", figures)
    table.add_row("help desks at most behind their time", f"{verdict.behind:.1f} s")
    table.add_row("nothing left to do after", f"{verdict.drained:.1f} s")
    table.add_row("whole run", f"{verdict.seconds:.0f} s")
    return Group(table, *_findings(verdict), verdict.says())


def document(verdict: Verdict) -> dict[str, Any]:
    """For JSON."""
    return {
        "seed": verdict.plan.seed,
        "commit": verdict.commit,
        **{kind: verdict.number_of(kind) for kind in KINDS},
        "left": dict(verdict.left),
        "kills": dict(verdict.kills),
        "stops": dict(verdict.stops),
        "counts": dict(verdict.counts),
        "lateness_s": {name: late._asdict() for name, late in verdict.lateness.items()},
        "behind_s": round(verdict.behind, 1),
        "drained_s": round(verdict.drained, 1),
        "seconds": round(verdict.seconds, 1),
        "findings": [one._asdict() for one in verdict.findings],
    }


def _by_victim(counts: Counter[str]) -> str:
    parts = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    return f"{counts.total()} ({parts})" if counts else "0"


def _findings(verdict: Verdict) -> list[str]:
    lines = [f"left: {name} {count}" for name, count in verdict.left.items()]
    seen: Counter[tuple[str, str]] = Counter()
    for one in verdict.findings:
        seen[one.kind, one.where] += 1
        if seen[one.kind, one.where] <= MOST:
            lines.append(f"{one.kind} ({one.where}, {one.tenant}): {one.text}")
    lines += [f"{kind} ({where}): {n} in all" for (kind, where), n in seen.items() if n > MOST]
    if verdict.logs is not None:
        lines.append(f"logs: {verdict.logs}")
    return [line.replace("[", "(").replace("]", ")") for line in lines]
