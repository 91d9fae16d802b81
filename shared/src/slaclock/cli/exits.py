"""How commands end: exit codes, and the refusals that lead to them."""

from __future__ import annotations

from enum import IntEnum

from slaclock.errors import Refusal

__all__ = ["Exit", "Findings", "NotReachable", "NothingFound", "PlatformFault", "code_of"]


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    NOT_REACHABLE = 3
    NOT_FOUND = 4
    FAULT = 70
    INTERRUPTED = 130


class Findings(Exception):  # noqa: N818 - an answer, not an error
    """The command did its work and found something (its output says what): exit 1, no message."""


class NotReachable(Refusal):
    """The platform, or a part of it, does not answer."""

    code = "platform.not-reachable"


class NothingFound(Refusal):
    """What was asked for does not exist."""

    code = "not-found"


class PlatformFault(Refusal):
    """The platform failed to answer; not the caller's fault."""

    code = "platform.fault"


def code_of(refusal: Refusal) -> Exit:
    """The exit code that tells a script what kind of refusal it was."""
    match refusal:
        case NotReachable():
            return Exit.NOT_REACHABLE
        case NothingFound():
            return Exit.NOT_FOUND
        case PlatformFault():
            return Exit.FAULT
        case _:
            return Exit.USAGE
