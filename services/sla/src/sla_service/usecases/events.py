"""The events that this service publishes, each with an id that follows from what happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sla_service.domain.commerce import ContractNews
from sla_service.domain.contract import ContractEntry
from sla_service.domain.snapshot import Snapshot
from sla_service.domain.terms import TermsEntry
from sla_service.domain.version import SlaVersion
from slaclock.contracts.advisory import AdvisoryRaised
from slaclock.contracts.agreements import AgreementPublished
from slaclock.contracts.canonical import uuid_of
from slaclock.contracts.envelope import Event
from slaclock.contracts.terms import (
    AssignmentChanged,
    AssignmentMatch,
    Cause,
    ContractBound,
    TermsSettings,
)

__all__ = ["SOURCE", "assignment_changed", "contract_bound", "contract_waits", "published"]

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


def contract_waits(news: ContractNews, at: datetime) -> Event[AdvisoryRaised]:
    """Tell operators that a commercial event names what is not there (yet)."""
    advisory_id = str(uuid_of("contract-waits", news.tenant, str(news.entry_id)))
    if news.cause_kind == "ended":
        message = f"contract {news.contract_id!r} is to end, but no quote has begun it"
    else:
        which = "" if news.sla_version is None else f" version {news.sla_version}"
        message = f"contract {news.contract_id!r} waits for SLA {news.sla_id!r}{which}: publish it"
    return Event[AdvisoryRaised](
        specversion="1.0",
        id=advisory_id,
        source=SOURCE,
        type="sla.advisory.raised",
        subject=advisory_id,
        time=at,
        tenant=news.tenant,
        causationid=news.event_id,
        data=AdvisoryRaised(
            advisory_id=advisory_id,
            kind="contract.waits",
            severity="warning",
            message=message,
            detail={
                "contract_id": news.contract_id,
                "cause": {"kind": news.cause_kind, "id": news.cause_id},
                "sla_id": news.sla_id,
                "sla_version": news.sla_version,
            },
        ),
    )
