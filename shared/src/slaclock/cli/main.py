"""The `slaclock` command: finds the commands, runs one, turns what went wrong into an exit code."""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import entry_points, version
from typing import Annotated, Any, Final

import structlog
import typer
from typer.main import get_command

from slaclock.cli.exits import Exit, Findings, code_of
from slaclock.cli.output import complain, note
from slaclock.errors import Refusal

__all__ = ["application", "main", "run"]

_GROUP: Final = "slaclock.commands"
_TRACE: Final = "SLACLOCK_TRACE"


def application() -> typer.Typer:
    """The command with every sub-command that an installed package announces."""
    app = typer.Typer(
        name="slaclock",
        help="SLA clocks in business time, reproducible and able to explain themselves.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_about)
    for point in sorted(entry_points(group=_GROUP), key=lambda found: found.name):
        try:
            point.load()(app)
        except ImportError as error:  # one broken package must not take all commands away
            note(f"slaclock: the commands of {point.value!r} are missing: {error}; reinstall it")
    return app


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer hands the option's value over
    if wanted:
        sys.stdout.write(f"slaclock {version('slaclock')}\n")
        raise typer.Exit


def _about(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Nothing of its own to do: the commands have."""


def _log_to_stderr() -> None:
    """What libraries and our own code log: errors only, unless SLACLOCK_LOG_LEVEL asks for more.

    `serve` and `up` configure their own, for machines to read.
    """
    level = logging.getLevelNamesMapping().get(
        os.environ.get("SLACLOCK_LOG_LEVEL", "").upper(), logging.ERROR
    )
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(message)s")
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the command line *arguments* and answer the exit code; nothing is raised.

    0 done, 1 findings, 2 usage or bad input, 3 platform not reachable, 4 not found, 70 a fault of
    ours, 130 interrupted.
    """
    _log_to_stderr()
    try:
        command: Any = get_command(application())
        outcome = command.main(args=list(arguments), prog_name="slaclock", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the last who can say something
        return _code_after(error)
    if outcome == Exit.INTERRUPTED:  # what typer makes of Ctrl-C
        return _code_after(KeyboardInterrupt())
    return outcome if isinstance(outcome, int) else Exit.DONE


def _code_after(error: BaseException) -> int:
    """Say what there is to say about *error*, and answer the exit code."""
    match error:
        case Findings():
            code: int = Exit.FINDINGS
        case Refusal():
            complain(error)
            code = code_of(error)
        case KeyboardInterrupt() | typer.Abort():
            note("slaclock: interrupted")
            code = Exit.INTERRUPTED
        case BrokenPipeError():  # the reader of our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 128 + signal.SIGPIPE
        case SystemExit(__context__=BrokenPipeError()):  # the same, as typer says it
            code = 128 + signal.SIGPIPE
        case Exception():
            code = _ended_by(error)
        case _:
            raise error
    return code


def _ended_by(error: Exception) -> int:
    """Usage errors are the command-line library's, and know their sentence; the rest is ours."""
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        context = getattr(error, "ctx", None)
        where = context.command_path if context else "slaclock"
        if message := error.format_message():  # none where the help was asked for by saying nothing
            line = " ".join(message.split())  # choices come one a line
            note(f"slaclock: {line} Try '{where} --help'.")
        return Exit.USAGE
    if os.environ.get(_TRACE):
        traceback.print_exception(error)
    note(
        f"slaclock: a fault of slaclock: {type(error).__name__}: {error}; "
        f"run it again with {_TRACE}=1 to see where"
    )
    return Exit.FAULT
