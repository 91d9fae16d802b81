"""A sealed snapshot that somebody hands in: as strictly read as if it had been published here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from slaclock.contracts.canonical import NotCanonical, content_hash
from slaclock.contracts.faults import faults_of, shown
from slaclock.contracts.fields import Hash, Id, Metric, Threshold
from slaclock.errors import Fault, Refusal
from slaclock.terms import Category
from ticket_clock_service.domain.agreement import AROUND_THE_CLOCK, Reopen
from ticket_clock_service.domain.course import Moment
from ticket_clock_service.domain.simulation import Candidate, Kind

__all__ = ["UnusableCandidate", "read_snapshot"]

_SLA: Final = "slaclock.sla/1"
_CALENDAR: Final = "slaclock.calendar/1"
_MOST_MINUTES: Final = 5_256_000
"""As in SLA files: ten years."""
_MOST: Final = 2_000
"""Rows of a table."""

Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
Thresholds = Annotated[list[Threshold], Field(max_length=_MOST)]


class UnusableCandidate(Refusal):
    """The snapshot cannot be simulated with; lists everything that is wrong with it."""

    code = "simulation.snapshot-unusable"


class _Read(BaseModel):
    """Keys that no clock heeds are passed over."""

    model_config = ConfigDict(extra="ignore", strict=True)


class _Target(_Read):
    metric: Metric
    priority: str | None = None
    minutes: Annotated[int, Field(ge=1, le=_MOST_MINUTES)]
    calendar: str


class _Named(_Read):
    hash: Hash


class _Course(_Read):
    starts: list[Annotated[Moment, Field(strict=False)]]
    fulfils: list[Annotated[Moment, Field(strict=False)]]


class _Sla(_Read):
    sla_id: Id
    version: Number
    name: str
    targets: Annotated[list[_Target], Field(min_length=1, max_length=_MOST)]
    calendars: dict[str, _Named] = Field(default_factory=dict)
    calendar_snapshots: dict[Hash, dict[str, Any]] = Field(default_factory=dict)
    thresholds: Thresholds | dict[Metric, Thresholds] | None = None
    pause: dict[Metric, list[Annotated[Category, Field(strict=False)]]] = Field(
        default_factory=dict
    )
    reopen: dict[Metric, Annotated[Reopen, Field(strict=False)]] = Field(default_factory=dict)
    metrics: dict[Metric, _Course] = Field(default_factory=dict)
    agreement_type: Literal["sla", "ola", "underpinning"] = "sla"
    group: Id | None = None


class _Calendar(_Read):
    """The rest is read by the kernel."""

    calendar_id: Id
    version: Number
    name: str
    type: Literal["business", "capacity"] = "business"


def read_snapshot(document: Mapping[str, Any], digest: str | None) -> Candidate:
    """The candidate that *document* is.

    Args:
        document: the snapshot of an SLA or of a calendar; its `schema` says of which.
        digest: the hash that it should have; any when None.

    Raises:
        UnusableCandidate: it is neither, or not what a hash in it or *digest* names.
    """
    schema = document.get("schema")
    if schema not in {_SLA, _CALENDAR}:
        raise UnusableCandidate(
            faults=[
                Fault(
                    "snapshot.schema",
                    shown(schema),
                    "is no sealed snapshot",
                    f"send a snapshot as `GET .../snapshot` answers it, of {_SLA} or {_CALENDAR}",
                    UnusableCandidate.code,
                )
            ]
        )
    kind = Kind.SLA if schema == _SLA else Kind.CALENDAR
    model = _Sla if kind is Kind.SLA else _Calendar
    try:
        read = model.model_validate(dict(document))
    except ValidationError as error:
        raise UnusableCandidate(faults=faults_of(error, within="snapshot")) from error
    found = _hash(document, "snapshot")
    faults = [] if digest in {None, found} else [_tampered("hash", digest, found)]
    if isinstance(read, _Sla):
        faults += _inside(read)
    if faults:
        raise UnusableCandidate(faults=faults)
    return Candidate(kind, found, document)


def _inside(sla: _Sla) -> Iterator[Fault]:
    """Calendars that are not what their names say; what is named, or needed, and not there."""
    for name, body in sla.calendar_snapshots.items():
        path = f"snapshot.calendar_snapshots.{name}"
        if (found := _hash(body, path)) != name:
            yield _tampered(path, name, found)
    for name, one in sla.calendars.items():
        if one.hash not in sla.calendar_snapshots:
            yield _absent(f"snapshot.calendars.{name}.hash", one.hash, "calendar_snapshots")
    for index, target in enumerate(sla.targets):
        if target.calendar != AROUND_THE_CLOCK and target.calendar not in sla.calendars:
            yield _absent(
                f"snapshot.targets[{index}].calendar", shown(target.calendar), "calendars"
            )
    if sla.agreement_type == "ola" and sla.group is None:
        message = "is missing: an OLA names the group whose time it measures"
        yield Fault(
            "snapshot.group", None, message, "send it as it was published", UnusableCandidate.code
        )


def _hash(document: Mapping[str, Any], path: str) -> str:
    try:
        return content_hash(document)
    except NotCanonical as error:
        message = f"is no canonical JSON: {error}"
        remedy = "send it as it was published"
        raise UnusableCandidate(
            faults=[Fault(path, None, message, remedy, UnusableCandidate.code)]
        ) from error


def _tampered(path: str, named: object, found: str) -> Fault:
    message = f"does not name what is there: its canonical JSON has the SHA-256 {found}"
    return Fault(path, named, message, "send it as it was published", UnusableCandidate.code)


def _absent(path: str, named: object, where: str) -> Fault:
    message = f"names nothing in {where}"
    return Fault(path, named, message, "send it as it was published", UnusableCandidate.code)
