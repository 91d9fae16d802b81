"""An explanation as a tree for people: each clock, what happened to it, and the sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.tree import Tree

from slaclock.cli.ticket_page import duration, heading, local

__all__ = ["explanation_page"]

Part = Mapping[str, Any]


def explanation_page(document: Part) -> RenderableType:
    """The answer of `GET .../explain`: the clocks first, then the facts behind them."""
    title, *lines = heading(document)
    tree = Tree(title)
    for line in lines:
        tree.add(line)
    for clock in document["clocks"]:
        _add_clock(tree, clock)
    facts = tree.add(f"[bold]facts[/] ({len(document.get('facts', ()))})")
    for fact in document.get("facts", ()):
        told = f"changes {fact['effects']} clocks" if fact["effects"] else "without effect"
        facts.add(f"{_text(fact['at'])} {_because(fact)}, {told}")
    return tree


def _add_clock(tree: Tree, clock: Part) -> None:
    zone = clock.get("timezone")
    name = clock["metric"] if clock["cycle"] == "first" else f"{clock['metric']} {clock['cycle']}"
    spent, target = _amount(clock["elapsed_us"]), _amount(clock["target_us"])
    branch = tree.add(
        f"[bold]{_text(name)}[/] {_text(clock['state'])}, {_text(clock['outcome'])}: "
        f"{spent} of {target or 'no target'}"
    )
    if clock.get("due_at"):
        branch.add(f"due {_text(local(clock['due_at'], zone))}")
    _add_terms(branch, clock["terms"])
    story = branch.add("what happened")
    for step in clock["derivation"]:
        reason = f" ({_text(step['reason'])})" if step.get("reason") else ""
        at = _text(local(step["at"], zone))
        story.add(f"{at}  {_text(step['effect'])}{reason}: {_because(step['because'])}")
    _add_stretches(branch, clock["stretches"], zone, spent)
    _add_crossings(branch, clock["crossings"], zone)


def _add_terms(branch: Tree, terms: Sequence[Part]) -> None:
    for one in terms:
        priority = one["priority"] or "any priority"
        target = _amount(one["target_us"]) or "no target"
        snapshot = str(one["snapshot"] or "no SLA")[:12]
        branch.add(
            f"since {_text(one['since'])}: {target} for {_text(priority)} in calendar "
            f"{_text(one['calendar'])} ({_text(one['timezone'])}), SLA {_text(snapshot)}, "
            f"because of {_text(one['cause'])}"
        )


def _add_stretches(branch: Tree, stretches: Sequence[Part], zone: str | None, total: str) -> None:
    sums = branch.add(f"business time: {total or '0:00:00'}")
    for one in stretches:
        end = local(one["to"], zone) if one["to"] else "now"
        reasons = f" ({', '.join(map(_text, one['reasons']))})" if one["reasons"] else ""
        line = f"{_text(one['state'])}{reasons} {_text(local(one['from'], zone))} to {_text(end)}"
        part = sums.add(f"{_amount(one['used_us']):>9}  {line}")
        for window in (one["trace"] or {}).get("parts", ()):
            source = " (override)" if window["source"] == "override" else ""
            part.add(
                f"{_amount(window['microseconds']):>9}  "
                f"{_text(window['date'])} {_text(window['window'])}{source}"
            )
        for holiday in (one["trace"] or {}).get("holidays", ()):
            part.add(f"{'closed':>9}  {_text(holiday['date'])} {_text(holiday['name'])}")
        for change in (one["trace"] or {}).get("changes", ()):
            part.add(f"{'':>9}  the wall clock changes at {_text(change['at'])}")


def _add_crossings(branch: Tree, crossings: Sequence[Part], zone: str | None) -> None:
    for one in crossings:
        notes = [name for name in ("passed_over", "superseded") if one.get(name)]
        told = (
            f", told {_text(local(one['announced_at'], zone))}" if one.get("announced_at") else ""
        )
        said = f" ({', '.join(notes).replace('_', ' ')})" if notes else ""
        branch.add(
            f"[red]crossed[/] {_text(one['threshold'])} ({_amount(one['amount_us'])}) at "
            f"{_text(local(one['crossed_at'], zone))}{told}{said}"
        )


def _because(cause: Part) -> str:
    if "source" not in cause:
        return f"{_text(cause['kind'])} took effect"
    return f"{_text(cause['kind'])} {_text(cause['id'])} from {_text(cause['source'])}"


def _amount(microseconds: int | None) -> str:
    return "" if microseconds is None else duration(microseconds / 1_000_000)


def _text(value: object) -> str:
    return escape("-" if value is None else str(value))
