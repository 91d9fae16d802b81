"""Publishing: an SLA file becomes a version that never changes, with its calendars inside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sla_service.domain.binding import check_bindable
from sla_service.domain.contract import Mode
from sla_service.domain.differences import Difference, differences
from sla_service.domain.file import InvalidAgreement
from sla_service.domain.finding import errors, warnings
from sla_service.domain.snapshot import assemble, content_of
from sla_service.domain.terms import TermsEntry, Wanted
from sla_service.domain.version import SlaVersion
from sla_service.ports import Draft, Work
from sla_service.usecases.assign import change_terms, planned_terms
from sla_service.usecases.bind import bind_waiting
from sla_service.usecases.check import Rules, examine
from sla_service.usecases.events import published, retired
from slaclock.contracts.agreements import AgreementPublished
from slaclock.contracts.canonical import canonical, content_hash
from slaclock.contracts.envelope import Event
from slaclock.errors import Fault, Refusal

__all__ = [
    "DraftChanged",
    "NothingToPublish",
    "Published",
    "Rules",
    "TooLarge",
    "Wish",
    "fitting",
    "publish",
    "retire",
]


class NothingToPublish(Refusal):
    """There is neither a draft nor a version."""

    code = "sla.not-found"
    status = 404


class DraftChanged(Refusal):
    """The draft is not the one that was to be published."""

    code = "precondition.failed"
    status = 412


class TooLarge(Refusal):
    """The snapshot does not fit into a message."""

    code = "sla.snapshot-too-large"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants published.

    Attributes:
        document: None publishes the draft.
        etag: the draft that is meant, also where a document comes along; None takes it as it is.
        effective_from: from when on the version is meant to hold, and the default changes where
            `default` is set; None is the instant of publication.
        default: make it the tenant's default.
        mode: what open tickets do when the default changes.
        dry_run: only tell what would be.
    """

    tenant: str
    sla_id: str
    actor: str
    document: Mapping[str, Any] | None = None
    etag: str | None = None
    effective_from: datetime | None = None
    default: bool = False
    mode: Mode = "keep"
    note: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """The version that says what was wished.

    Attributes:
        created: whether it is new.
        default: the entry that makes it the default, if that was wished; after a dry run the one
            that would, unless the entry in force says the same already.
        reaching: whether that entry may bind tickets that are open now: it says so, or its instant
            is past.
        bound: contracts that waited for it and are bound now.
        warnings: what its author should look at.
        dry_run: nothing was kept; `created` says whether it would have been.
        changes: after a dry run, what changes from the latest version.
    """

    version: SlaVersion
    created: bool
    default: TermsEntry | None = None
    reaching: bool = False
    bound: tuple[str, ...] = field(default=())
    warnings: tuple[Fault, ...] = field(default=())
    dry_run: bool = False
    changes: tuple[Difference, ...] = field(default=())


async def publish(work: Work, wish: Wish, rules: Rules) -> Published:
    """Make the next version, unless the latest one says the same already.

    A draft that was published meanwhile answers its version, so that a repeated request is
    harmless. One that somebody discarded, or published otherwise, does not. Running tickets are
    not touched: entries of the terms bind them. A dry run does all of it but keep, tell or bind
    anything; its instant, and so its hash, will be another one.

    Raises:
        NothingToPublish: neither draft nor version.
        DraftChanged: the draft is not the one that was meant.
        InvalidAgreement: lists everything that is wrong.
        TooLarge: the snapshot's message would exceed the limit.
    """
    await work.lock({wish.tenant})
    latest = await work.latest(wish.tenant, wish.sla_id)
    draft = await work.draft(wish.tenant, wish.sla_id)
    if draft is None and wish.etag is not None and not await _was_published(work, wish, latest):
        raise DraftChanged("there is no such draft, nor was it published last; decide anew")
    document = _document(wish, draft)
    if document is not None:
        done = await _publish(work, wish, rules, document, latest)
        same = draft is not None and canonical(dict(draft.document)) == canonical(dict(document))
        if draft is not None and same and not wish.dry_run:
            await work.discard_draft(wish.tenant, draft)
    elif latest is not None:
        done = Published(latest, created=False, dry_run=wish.dry_run)
    else:
        raise NothingToPublish(f"there is no SLA {wish.sla_id!r} to publish")
    return await _made_default(work, wish, done) if wish.default else done


async def retire(
    work: Work, tenant: str, sla_id: str, number: int, actor: str
) -> SlaVersion | None:
    """Take a version out of use, and say so once; None where there is none.

    What it is bound to keeps it: contracts and assignments name it by its hash.
    """
    await work.lock({tenant})
    version = await work.version(tenant, sla_id, number)
    if version is None or version.status == "retired":
        return version
    now = await work.now()
    await work.retire(version, actor, now)
    await work.emit([retired(version, now)])
    await work.note(tenant, actor, "sla.retired", sla_id, version=number)
    return replace(version, status="retired")


async def _made_default(work: Work, wish: Wish, done: Published) -> Published:
    now, stated = await work.now(), wish.effective_from is not None
    check_bindable(done.version, "default")
    wanted = Wanted("default", wish.effective_from or now, wish.mode, done.version.pin)
    if not wish.dry_run:
        changed = await change_terms(work, wish.tenant, wanted, wish.actor, stated=stated)
        return replace(done, default=changed.entry)
    planned = await planned_terms(work, wish.tenant, wanted, wish.actor, stated=stated)
    if not planned.created:
        return done
    reaching = wish.mode != "keep" or wanted.effective_from < now
    return replace(done, default=planned.entry, reaching=reaching)


def _document(wish: Wish, draft: Draft | None) -> Mapping[str, Any] | None:
    if draft is not None and wish.etag not in {None, draft.etag}:
        raise DraftChanged("the draft was changed meanwhile; read it again and decide anew")
    if wish.document is not None or draft is None:
        return wish.document
    return draft.document


async def _was_published(work: Work, wish: Wish, latest: SlaVersion | None) -> bool:
    """Whether the newest version was made of the draft that is meant."""
    return latest is not None and await work.published_as(latest) == wish.etag


async def _publish(
    work: Work,
    wish: Wish,
    rules: Rules,
    document: Mapping[str, Any],
    latest: SlaVersion | None,
) -> Published:
    examined = await examine(work, wish.tenant, wish.sla_id, document, rules)
    faults, told = errors(examined.findings), warnings(examined.findings)
    if not examined.readable:
        raise InvalidAgreement(faults)
    agreement, calendars = examined.agreement, examined.calendars
    content = content_of(agreement, calendars)
    if latest is not None and latest.content == content and latest.status == "published":
        # what was published before a check existed stays published: its errors are told only
        return Published(latest, created=False, warnings=(*faults, *told), dry_run=wish.dry_run)
    if faults:
        raise InvalidAgreement(faults)
    now = await work.now()
    effective_from = wish.effective_from or now
    number = 1 if latest is None else latest.version + 1
    snapshot = assemble(agreement, calendars, version=number, effective_from=effective_from)
    version = SlaVersion(
        tenant=wish.tenant,
        sla_id=wish.sla_id,
        version=number,
        name=agreement.name,
        hash=snapshot.hash,
        content=content,
        effective_from=effective_from,
        published_at=now,
        published_by=wish.actor,
        note=wish.note,
        agreement_type=agreement.agreement_type,
        owner_group=agreement.belongs_to if agreement.agreement_type == "ola" else None,
    )
    event = fitting(published(version, snapshot), rules, calendars)
    if wish.dry_run:
        before = {} if latest is None else await work.snapshot(latest)
        changes = tuple(differences(before, snapshot.document))
        return Published(version, created=True, warnings=told, dry_run=True, changes=changes)
    await work.add_version(version, agreement, snapshot)
    await work.emit([event])
    await work.note(
        wish.tenant,
        wish.actor,
        "sla.published",
        wish.sla_id,
        version=number,
        hash=version.hash,
        document=content_hash(dict(document)),
    )
    bound = await bind_waiting(work, wish.tenant, wish.sla_id)
    return Published(version, created=True, bound=bound, warnings=told)


def fitting(
    event: Event[AgreementPublished], rules: Rules, calendars: Collection[str]
) -> Event[AgreementPublished]:
    """*event*, which tells of a version with *calendars*, where it is not too large.

    Raises:
        TooLarge: the stream takes no message of its size.
    """
    size = len(event.encode())
    if size <= rules.limit:
        return event
    raise TooLarge(
        faults=[
            Fault(
                "",
                size,
                (
                    f"its message with {len(calendars)} calendars would have {size} bytes,"
                    f" {rules.limit} fit"
                ),
                "split the SLA, or remove calendars, holidays and overrides that it does not need",
                TooLarge.code,
            )
        ]
    )
