"""What a simulation tries: a file, a draft or a version, sealed by the service that owns it.

A sealed snapshot may come along as well; then nobody is asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from slaclock.contracts.faults import faults_of
from slaclock.contracts.sealing import (
    CalendarSealIn,
    CalendarSealOut,
    SealFinding,
    SlaSealIn,
    SlaSealOut,
)
from slaclock.errors import Fault, Refusal
from slaclock.messaging.asking import Declined, NoAnswer
from slaclock.service import Unavailable
from ticket_clock_service.domain.simulation import Candidate, Kind
from ticket_clock_service.usecases.sealed_snapshot import read_snapshot

__all__ = ["Candidates", "Chosen", "SealCalendar", "SealSla"]

SealSla: TypeAlias = Callable[[str, SlaSealIn], Awaitable[SlaSealOut]]
"""Asks the sla service for a tenant; raises NoAnswer or Declined."""
SealCalendar: TypeAlias = Callable[[str, CalendarSealIn], Awaitable[CalendarSealOut]]
"""Asks the calendar service in the same way."""

TOO_LARGE: Final = "body.too-large"
"""Code of a question that does not fit into a message."""

MOST_WINDOWS: Final = 1_000
"""Windows a week of all calendars of a candidate: of all years since 1970 some 300 MB."""

Asked = TypeVar("Asked", bound=BaseModel)


class NotNamed(Refusal):
    """What is to be tried cannot be told from what was sent."""

    code = "request.invalid"


class TooFine(Refusal):
    """So many opening hours that whoever computes with them would need all memory."""

    code = "simulation.too-fine"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The candidate.

    Attributes:
        version: of what is published; None for a file and a draft.
        findings: what publishing it would be refused or warned for.
    """

    candidate: Candidate
    version: int | None
    findings: Sequence[SealFinding] = ()


class Candidates:
    """Finds candidates.

    Args:
        seal_sla, seal_calendar: how to ask their services.
    """

    def __init__(self, seal_sla: SealSla, seal_calendar: SealCalendar) -> None:
        self._seal_sla, self._seal_calendar = seal_sla, seal_calendar

    async def sla(self, tenant: str, wanted: Mapping[str, Any]) -> Chosen:
        """An SLA file, or `{"sla_id"}` with `version` or `draft`; of an id alone the newest.

        Raises:
            NoAnswer: the sla service is away.
            Declined: it refuses; faults name the field of the simulation's request.
            NotNamed: neither a file nor a name.
            TooFine: its calendars open too often.
        """
        asked = _asked(SlaSealIn, wanted, Kind.SLA)
        with _telling(Kind.SLA):
            found = await self._seal_sla(tenant, asked)
        candidate = _bounded(Candidate(Kind.SLA, found.hash, found.snapshot), Kind.SLA.value)
        return Chosen(candidate, found.version, found.findings)

    async def calendar(self, tenant: str, wanted: Mapping[str, Any]) -> Chosen:
        """A calendar document with its `calendar_id`, or `{"calendar_id"}` in the same way.

        Raises:
            Refusal: as `sla`.
        """
        asked = _asked(CalendarSealIn, wanted, Kind.CALENDAR)
        with _telling(Kind.CALENDAR):
            found = await self._seal_calendar(tenant, asked)
        candidate = Candidate(Kind.CALENDAR, found.hash, found.snapshot)
        return Chosen(candidate, found.version, found.findings)

    @staticmethod
    def snapshot(document: Mapping[str, Any], digest: str | None) -> Chosen:
        """A sealed snapshot of an SLA, or of a calendar, that comes along.

        Args:
            document: the snapshot.
            digest: the hash that it should have; any when None.

        Raises:
            UnusableCandidate: it is none, or not what a hash in it or *digest* names.
            TooFine: as `sla`.
        """
        candidate = _bounded(read_snapshot(document, digest), "snapshot")
        return Chosen(candidate, candidate.snapshot["version"])


def _asked(model: type[Asked], wanted: Mapping[str, Any], kind: Kind) -> Asked:
    """The question: by name where *wanted* says nothing else, else about the document it is."""
    by_name = wanted.keys() <= {f"{kind.value}_id", "version", "draft"}
    try:
        return model.model_validate(dict(wanted) if by_name else {kind.value: dict(wanted)})
    except ValidationError as error:
        raise NotNamed(faults=faults_of(error, within=kind.value)) from error


@contextmanager
def _telling(kind: Kind) -> Iterator[None]:
    """Say what went wrong in the words of who asked for a simulation."""
    try:
        yield
    except (NoAnswer, Unavailable) as away:
        remedy = (
            f"start the {kind.value} service, or send `snapshot`, sealed before, "
            f"instead of `{kind.value}`"
        )
        message = f"cannot be sealed: the {kind.value} service is away or too slow"
        fault = Fault(kind.value, None, message, remedy, NoAnswer.code)
        raise NoAnswer(faults=[fault]) from away
    except Refusal as no:
        faults = [replace(one, field=_within(kind, one.field)) for one in no.faults]
        if no.code == TOO_LARGE:
            remedy = "leave out what it does not need, or split it"
            message = "is larger than anything that can be published"
            faults = [Fault(kind.value, None, message, remedy, TOO_LARGE)]
        said = "" if faults else str(no)
        raise Declined(said, faults=faults, code=no.code, status=no.status) from no


def _bounded(candidate: Candidate, field: str) -> Candidate:
    """*candidate*, unless laying out its calendars would take all memory."""
    calendars = candidate.snapshot.get("calendar_snapshots", {}).values()
    windows = sum(len(one["windows"]) for one in calendars if isinstance(one.get("windows"), list))
    if windows <= MOST_WINDOWS:
        return candidate
    message = f"has calendars with {windows} windows a week, {MOST_WINDOWS} can be tried at once"
    remedy = "join windows that touch, or try fewer calendars"
    raise TooFine(faults=[Fault(field, windows, message, remedy, TooFine.code)])


def _within(kind: Kind, field: str) -> str:
    return f"{kind.value}.{field}" if field else kind.value
