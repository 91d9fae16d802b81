"""Reads an SLA file: everything that is wrong with it at once, or the agreement that it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sla_service.domain.agreement import (
    AGREEMENT_TYPES,
    SCHEMA,
    Agreement,
    AgreementType,
    PublishedCalendar,
)
from sla_service.domain.hours import named_calendars, read_calendars
from sla_service.domain.metric import METRICS
from sla_service.domain.orders import OrderReader, read_thresholds, unmatched
from sla_service.domain.people import read_roles
from sla_service.domain.promises import read_courses, read_pause, read_reopen, read_targets
from sla_service.domain.reading import Reader
from sla_service.domain.rewards import read_credits
from slaclock.business_time import PACKAGED, ZoneFiles
from slaclock.errors import Fault, Refusal

__all__ = ["InvalidAgreement", "Reading", "named_calendars", "read_agreement", "read_file"]

_REQUIRED: Final = ("schema", "sla_id", "targets")
_OPTIONAL: Final = (
    "name",
    "calendars",
    "pause",
    "reopen",
    "thresholds",
    "escalations",
    "metrics",
    "credits",
    "roles",
    "agreement_type",
    "group",
    "vendor",
)


class InvalidAgreement(Refusal):
    """An SLA file that cannot be published; `faults` lists everything that is wrong."""

    code = "sla.invalid"

    def __init__(self, faults: Iterable[Fault]) -> None:
        super().__init__(faults=faults)


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of a file.

    Attributes:
        agreement: what the file says; with faults only the parts without them mean something.
        faults: everything that is wrong.
    """

    agreement: Agreement
    faults: tuple[Fault, ...]


def read_agreement(
    document: object,
    *,
    expected_id: str | None = None,
    known: Collection[PublishedCalendar] = (),
    allowed_hosts: Collection[str] = (),
    files: ZoneFiles = PACKAGED,
) -> Agreement:
    """The agreement that *document* writes down; arguments as `read_file`.

    Raises:
        InvalidAgreement: with every fault.
    """
    reading = read_file(
        document,
        expected_id=expected_id,
        known=known,
        allowed_hosts=allowed_hosts,
        files=files,
    )
    if reading.faults:
        raise InvalidAgreement(reading.faults)
    return reading.agreement


def read_file(
    document: object,
    *,
    expected_id: str | None = None,
    known: Collection[PublishedCalendar] = (),
    allowed_hosts: Collection[str] = (),
    files: ZoneFiles = PACKAGED,
) -> Reading:
    """What *document* writes down, and what is wrong with it; never raises.

    Args:
        document: the parsed JSON file.
        expected_id: the SLA that it must be about; any when None.
        known: published calendars that have arrived; a file may name no others.
        allowed_hosts: webhooks may go there although the host is not public https.
        files: time zones that calendars of the file may name.
    """
    reader = Reader()
    raw = reader.record(document, "", required=_REQUIRED, optional=_OPTIONAL) or {}
    if "schema" in raw:
        reader.choice(raw["schema"], "schema", (SCHEMA,))
    sla_id = _sla_id(reader, raw.get("sla_id"), expected_id) if "sla_id" in raw else None
    name = reader.text(raw["name"], "name") if "name" in raw else sla_id
    calendars = read_calendars(reader, raw.get("calendars", {}), known, files)
    targets = read_targets(reader, raw["targets"], calendars) if "targets" in raw else ()
    promised = {target.metric for target in targets}
    thresholds = read_thresholds(reader, raw.get("thresholds"))
    orders = OrderReader(reader, thresholds, calendars, allowed_hosts, files)
    kind, belongs_to = _kind(reader, raw)
    agreement = Agreement(
        sla_id=sla_id or "",
        name=name or "",
        targets=targets,
        calendars={name: one for name, one in calendars.items() if one is not None},
        pause=read_pause(reader, raw.get("pause", {}), promised),
        reopen=read_reopen(reader, raw.get("reopen", {}), promised),
        thresholds=_used(thresholds, promised, raw.get("thresholds")),
        escalations=orders.rules(raw.get("escalations", [])),
        courses=read_courses(reader, raw.get("metrics", {}), promised),
        credits=read_credits(reader, raw.get("credits", [])),
        roles=read_roles(reader, raw.get("roles", {}), allowed_hosts),
        agreement_type=kind,
        belongs_to=belongs_to,
    )
    if not reader.faults:
        unmatched(reader, agreement)
    return Reading(agreement, tuple(reader.faults))


def _used(thresholds: Any, promised: Collection[str], raw: object) -> Any:
    """A list for each metric that has a target, or that the file names."""
    if not isinstance(thresholds, Mapping) or not isinstance(raw, dict):
        return thresholds
    wanted = {*promised, *raw}
    return {metric: thresholds[metric] for metric in METRICS if metric in wanted}


def _sla_id(reader: Reader, value: object, expected: str | None) -> str | None:
    sla_id = reader.text(value, "sla_id")
    if sla_id is None:
        return None
    if "/" in sla_id or sla_id in (".", ".."):
        remedy = "use letters, digits, - and _"
        reader.refuse("sla_id", sla_id, "cannot stand in an address", remedy, "sla.id-unusable")
        return None
    if expected is not None and sla_id != expected:
        reader.refuse(
            "sla_id",
            sla_id,
            f"is not the SLA of this address, {expected!r}",
            f"write {expected!r}, or use the address of the other SLA",
            "sla.id-mismatch",
        )
    return sla_id


def _kind(reader: Reader, raw: Mapping[str, Any]) -> tuple[AgreementType, str | None]:
    """What sort of agreement it is, and whose, where it is not one with a customer."""
    wanted = raw.get("agreement_type", "sla")
    kind = reader.choice(wanted, "agreement_type", tuple(AGREEMENT_TYPES))
    if kind is None:
        return "sla", None
    holder = AGREEMENT_TYPES[kind]
    for name in ("group", "vendor"):
        if name in raw and name != holder:
            reader.refuse(
                name,
                raw[name],
                f"does not go with an agreement of type {kind}",
                "remove it, or write the agreement_type that it belongs to",
                "sla.holder-unexpected",
            )
    if holder is None:
        return "sla", None
    if holder not in raw:
        reader.refuse(holder, None, "is missing", f"name the {holder}", "sla.field-missing")
        return "sla", None
    belongs_to = reader.text(raw[holder], holder)
    return ("ola" if kind == "ola" else "underpinning"), belongs_to
