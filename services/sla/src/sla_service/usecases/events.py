"""The events that this service publishes, each with an id that follows from what happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal, assert_never

from sla_service.domain.binding import NotBindable
from sla_service.domain.commerce import ContractNews
from sla_service.domain.contract import ContractEntry, Pin
from sla_service.domain.snapshot import Snapshot
from sla_service.domain.terms import TermsEntry
from sla_service.domain.version import SlaVersion
from slaclock.contracts.advising import advisory
from slaclock.contracts.advisory import AdvisoryRaised
from slaclock.contracts.agreements import AgreementPublished, AgreementRetired
from slaclock.contracts.canonical import uuid_of
from slaclock.contracts.envelope import Event
from slaclock.contracts.instants import rfc3339
from slaclock.contracts.terms import (
    AssignmentChanged,
    AssignmentMatch,
    Cause,
    ContractBound,
    TermsSettings,
)

__all__ = [
    "SOURCE",
    "assignment_changed",
    "contract_bound",
    "contract_unchanged",
    "contract_waits",
    "published",
    "retired",
    "snapshot_tampered",
]

SOURCE: Final = "/slaclock/sla"


def published(version: SlaVersion, snapshot: Snapshot) -> Event[AgreementPublished]:
    """A version exists from now on."""
    return Event[AgreementPublished](
        specversion="1.0",
        id=str(uuid_of("agreement", version.tenant, version.sla_id, version.version)),
        source=SOURCE,
        type="sla.agreement.published",
        subject=version.sla_id,
        time=version.published_at,
        tenant=version.tenant,
        data=AgreementPublished(
            sla_id=version.sla_id,
            version=version.version,
            hash=version.hash,
            effective_from=version.effective_from,
            snapshot=dict(snapshot.document),
        ),
    )


def retired(version: SlaVersion, at: datetime) -> Event[AgreementRetired]:
    """A version goes out of use: nothing new is bound to it."""
    return Event[AgreementRetired](
        specversion="1.0",
        id=str(uuid_of("agreement-retired", version.tenant, version.sla_id, version.version)),
        source=SOURCE,
        type="sla.agreement.retired",
        subject=version.sla_id,
        time=at,
        tenant=version.tenant,
        data=AgreementRetired(sla_id=version.sla_id, version=version.version, hash=version.hash),
    )


def contract_bound(entry: ContractEntry) -> Event[ContractBound]:
    """A contract's history has one more entry."""
    pin = entry.pin
    return Event[ContractBound](
        specversion="1.0",
        id=str(entry.entry_id),
        source=SOURCE,
        type="sla.contract.bound",
        subject=entry.contract_id,
        time=entry.happened_at,
        tenant=entry.tenant,
        causationid=entry.event_id,
        data=ContractBound(
            entry_id=str(entry.entry_id),
            contract_id=entry.contract_id,
            customer_id=entry.customer_id,
            agreement=None if pin is None else pin.hash,
            sla_id=None if pin is None else pin.sla_id,
            sla_version=None if pin is None else pin.version,
            effective_from=entry.effective_from,
            effective_to=entry.effective_to,
            mode=entry.mode,
            cause=Cause(kind=entry.cause_kind, id=entry.cause_id),
        ),
    )


def assignment_changed(entry: TermsEntry) -> Event[AssignmentChanged]:
    """The default, an assignment, the status map or a setting changes."""
    wanted, pin = entry.wanted, entry.wanted.pin
    said: dict[str, Any] = {}
    if wanted.match is not None:
        said["match"] = AssignmentMatch(**wanted.match)
    if wanted.statuses is not None:
        said["statuses"] = dict(wanted.statuses)
    if wanted.settings is not None:
        said["settings"] = TermsSettings(**wanted.settings)
    return Event[AssignmentChanged](
        specversion="1.0",
        id=str(entry.entry_id),
        source=SOURCE,
        type="sla.assignment.changed",
        subject=str(entry.entry_id),
        time=entry.recorded_at,
        tenant=entry.tenant,
        sequence=str(entry.revision),
        data=AssignmentChanged(
            entry_id=str(entry.entry_id),
            kind=wanted.kind,
            effective_from=wanted.effective_from,
            mode=wanted.mode,
            agreement=None if pin is None else pin.hash,
            sla_id=None if pin is None else pin.sla_id,
            sla_version=None if pin is None else pin.version,
            **said,
        ),
    )


def contract_not_bindable(
    news: ContractNews, version: SlaVersion, refusal: NotBindable, at: datetime
) -> Event[AdvisoryRaised]:
    """Tell operators that what waited for an SLA goes on waiting: *version* binds no customer."""
    return _advisory(
        news.tenant,
        str(uuid_of("contract-waits", news.tenant, str(news.entry_id), version.hash)),
        "contract.waits",
        f"contract {news.contract_id!r} still waits: {refusal.faults[0].message}",
        at,
        causation=news.event_id,
        detail={
            "contract_id": news.contract_id,
            "cause": {"kind": news.cause_kind, "id": news.cause_id},
            "sla_id": news.sla_id,
            "sla_version": version.version,
        },
    )


def contract_waits(news: ContractNews, at: datetime) -> Event[AdvisoryRaised]:
    """Tell operators that a commercial event names what is not there (yet)."""
    which = "" if news.sla_version is None else f" version {news.sla_version}"
    match news.cause_kind:
        case "ended":
            message = f"contract {news.contract_id!r} is to end, but no quote has begun it"
        case "change_order":
            message = (
                f"change order {news.cause_id!r} waits: contract {news.contract_id!r} has no quote"
                f" yet, or SLA {news.sla_id!r}{which} is not published"
            )
        case "quote":
            message = (
                f"contract {news.contract_id!r} waits for SLA {news.sla_id!r}{which}: publish it"
            )
        case _:
            assert_never(news.cause_kind)
    return _advisory(
        news.tenant,
        str(uuid_of("contract-waits", news.tenant, str(news.entry_id))),
        "contract.waits",
        message,
        at,
        causation=news.event_id,
        detail={
            "contract_id": news.contract_id,
            "cause": {"kind": news.cause_kind, "id": news.cause_id},
            "sla_id": news.sla_id,
            "sla_version": news.sla_version,
        },
    )


def contract_unchanged(entry: ContractEntry, at: datetime) -> Event[AdvisoryRaised]:
    """Tell operators that a change order has no effect: its contract does not run then."""
    since = rfc3339(entry.effective_from)
    return _advisory(
        entry.tenant,
        str(uuid_of("contract-unchanged", entry.tenant, str(entry.entry_id))),
        "contract.change-order-without-effect",
        f"change order {entry.cause_id!r} has no effect: contract {entry.contract_id!r} does not"
        f" run at {since}; a quote that covers this instant would give it one",
        at,
        causation=entry.event_id,
        detail={
            "contract_id": entry.contract_id,
            "cause": {"kind": entry.cause_kind, "id": entry.cause_id},
            "effective_from": since,
        },
    )


def snapshot_tampered(
    tenant: str, pin: Pin, found: str | None, at: datetime
) -> Event[AdvisoryRaised]:
    """Alarm: a published version is not what contracts and assignments pin.

    Args:
        tenant: whose.
        pin: what is pinned.
        found: SHA-256 of the bytes that are there; None where none are.
        at: now.
    """
    return _advisory(
        tenant,
        str(uuid_of("snapshot-tampered", tenant, pin.hash, found or "", rfc3339(at))),
        "snapshot.tampered",
        f"SLA {pin.sla_id!r} version {pin.version} in the database is not the one that was"
        " published; nothing is answered from it",
        at,
        severity="error",
        detail={
            "sla_id": pin.sla_id,
            "sla_version": pin.version,
            "agreement": pin.hash,
            "found": found,
        },
    )


def _advisory(  # noqa: PLR0913 - an advisory has this much to say
    tenant: str,
    advisory_id: str,
    kind: str,
    message: str,
    at: datetime,
    *,
    detail: dict[str, Any],
    severity: Literal["warning", "error"] = "warning",
    causation: str | None = None,
) -> Event[AdvisoryRaised]:
    return advisory(
        SOURCE,
        tenant,
        at,
        AdvisoryRaised(
            advisory_id=advisory_id,
            kind=kind,
            severity=severity,
            message=message,
            detail=detail,
        ),
        causation=causation,
    )
