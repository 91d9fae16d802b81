"""`slaclock verify` and `rebuild`: fold tickets anew, and compare or correct what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from slaclock.auth.roles import Role
from slaclock.cli.exits import Findings, NothingFound
from slaclock.cli.output import AsJson, emit, notes
from slaclock.cli.platform import ForTenant, Platform
from slaclock.contracts.faults import shown

__all__ = ["register"]

_VERIFY: Final = "/ticket-clock/v1/verify"
_REBUILD: Final = "/ticket-clock/v1/rebuild"
_STATUS: Final = "/ticket-clock/v1/ticket-sla"
_BATCH: Final = 200
_PATIENCE: Final = 600.0
_LISTED: Final = 20

Tickets = Annotated[list[str] | None, typer.Argument(help="Ids of tickets; all if omitted.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("verify")(verify)
    app.command("rebuild")(rebuild)


def verify(tickets: Tickets = None, *, tenant: ForTenant = None, as_json: AsJson = False) -> None:
    """Fold tickets from their facts and compare; nothing is changed. Exit 1 on findings."""
    platform = Platform.find(Role.ADMIN, tenant=tenant)
    total: dict[str, Any] = {"tickets": 0, "clocks": 0, "findings": []}
    for answer in _pages(platform, _VERIFY, tickets, "verifying"):
        for name in total:
            total[name] += answer[name]
    if total["tickets"] or not tickets:
        emit(total, as_json=as_json, render=_report)
    _check_all_there(platform, total["tickets"], tickets)
    if total["findings"]:
        raise Findings


def rebuild(tickets: Tickets = None, *, tenant: ForTenant = None, as_json: AsJson = False) -> None:
    """Recompute clocks from their facts, and correct what was stored or told otherwise.

    What changes is published as a late fact would be. May be stopped and run again at any time.
    Exit 1 if the fold of a ticket fails.
    """
    platform = Platform.find(Role.ADMIN, tenant=tenant)
    total: dict[str, Any] = {"tickets": 0, "changed": [], "faulted": []}
    for answer in _pages(platform, _REBUILD, tickets, "rebuilding"):
        for name in total:
            total[name] += answer[name]
    if total["tickets"] or not tickets:
        emit(total, as_json=as_json, render=_rebuilt)
    _check_all_there(platform, total["tickets"], tickets)
    if total["faulted"]:
        raise Findings


def _check_all_there(platform: Platform, found: int, tickets: Sequence[str] | None) -> None:
    """Raise `NothingFound` with the ids that nobody knows; the others have been looked at."""
    if found >= len(set(tickets or ())):
        return
    missing = set(tickets or ())
    for answer in _named(platform, _STATUS, sorted(missing)):
        missing -= {one["ticket_id"] for one in answer["items"]}
    raise NothingFound(
        f"there is no ticket {_listed(sorted(missing), quoted=True)}; "
        "check its id, and whose data it is (the tenant)"
    )


def _pages(
    platform: Platform, path: str, tickets: Sequence[str] | None, doing: str
) -> Iterator[Mapping[str, Any]]:
    """Answers page by page, with a bar on a terminal."""
    asked = _named(platform, path, tickets) if tickets else _all(platform, path)
    with _bar(doing) as reached:
        done = 0
        for answer in asked:
            done += answer["tickets"]
            reached(done, len(set(tickets)) if tickets else answer["of"])
            yield answer


def _named(platform: Platform, path: str, tickets: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    wanted = sorted(set(tickets))
    for first in range(0, len(wanted), _BATCH):
        yield platform.post(path, {"ticket_ids": wanted[first : first + _BATCH]}, timeout=_PATIENCE)


def _all(platform: Platform, path: str) -> Iterator[Mapping[str, Any]]:
    cursor: str | None = None
    while True:
        answer = platform.post(path, {"cursor": cursor}, timeout=_PATIENCE)
        yield answer
        cursor = answer["next"]
        if cursor is None:
            return


class _Nobody:
    def __call__(self, done: int, of: int) -> None:
        """Nobody looks on."""


class _Bar:
    def __init__(self, progress: Progress, doing: str) -> None:
        self._progress, self._task = progress, progress.add_task(doing, total=None)

    def __call__(self, done: int, of: int) -> None:
        self._progress.update(self._task, completed=done, total=max(of, done))


@contextmanager
def _bar(doing: str) -> Iterator[_Bar | _Nobody]:
    console = notes()
    if not console.is_terminal:
        yield _Nobody()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        yield _Bar(progress, doing)


def _report(total: dict[str, Any]) -> Table | str:
    counted = f"{_counted(total['tickets'], 'ticket')}, {_counted(total['clocks'], 'clock')}"
    if not total["findings"]:
        return f"{counted}: stored and folded agree."
    table = Table("ticket", "what", "stored", "folded", title=f"{counted}: they differ")
    for finding in total["findings"]:
        names = ("ticket_id", "what", "stored", "folded")
        table.add_row(*(str(shown(finding.get(name))) for name in names))
    return table


def _rebuilt(total: dict[str, Any]) -> str:
    lines = [f"{_counted(total['tickets'], 'ticket')} rebuilt, {len(total['changed'])} corrected."]
    for title, names in (("corrected", total["changed"]), ("not folded", total["faulted"])):
        if names:
            lines.append(f"{title}: {_listed(names)}")
    return "\n".join(lines)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _listed(names: Sequence[str], *, quoted: bool = False) -> str:
    spelled = map(repr if quoted else _printable, names[:_LISTED])
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{', '.join(spelled)}{more}"


def _printable(name: str) -> str:
    """An id as a terminal may see it: no control characters."""
    return name if name.isprintable() else ascii(name)
