"""The progress bar: on a terminal only, and never on stdout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from slaclock.cli.importing.run import Steps
from slaclock.cli.output import notes

__all__ = ["shown_steps"]


class _Bar(Steps):
    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("reading", total=total)

    def reached(self, row: int) -> None:
        self._progress.update(self._task, completed=row)

    def begins(self, what: str) -> None:
        self._progress.update(self._task, description=what)


@contextmanager
def shown_steps(total: int) -> Iterator[Steps]:
    """Steps shown on stderr while it is a terminal.

    Args:
        total: rows of the file.
    """
    console = notes()
    if not console.is_terminal:
        yield Steps()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        yield _Bar(progress, total)
