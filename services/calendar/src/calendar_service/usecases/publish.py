"""Publishing: a draft becomes a version that never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from calendar_service.domain.draft import faults_in
from calendar_service.domain.expansion import expanded, horizon_of
from calendar_service.domain.version import CalendarVersion, Snapshot, snapshot_of
from calendar_service.ports import Work
from slaclock.business_time import InvalidCalendar, ZoneFiles
from slaclock.contracts.calendars import CalendarPublished
from slaclock.contracts.canonical import canonical, uuid_of
from slaclock.contracts.envelope import Event
from slaclock.errors import Fault, Refusal

__all__ = ["DraftChanged", "NothingToPublish", "Published", "TooLarge", "Wish", "publish", "retire"]

SOURCE: Final = "/slaclock/calendar"


class NothingToPublish(Refusal):
    """There is neither a draft nor a version."""

    code = "calendar.not-found"
    status = 404


class DraftChanged(Refusal):
    """The draft is not the one that was to be published."""

    code = "precondition.failed"
    status = 412


class TooLarge(Refusal):
    """The snapshot does not fit into a message."""

    code = "calendar.snapshot-too-large"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants published.

    Attributes:
        document: None publishes the draft.
        etag: the draft that is meant; None takes it as it is.
    """

    tenant: str
    calendar_id: str
    actor: str
    document: Mapping[str, Any] | None = None
    etag: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """The version that says what was wished, and whether it is new."""

    version: CalendarVersion
    created: bool


async def publish(work: Work, wish: Wish, *, files: ZoneFiles, limit: int) -> Published:
    """Make the next version, unless the latest one says the same already.

    A draft that was published meanwhile answers its version, so that a repeated request is
    harmless.

    Args:
        work: a transaction of the wish's tenant.
        wish: what to publish.
        files: time zones to seal into the snapshot.
        limit: bytes that its message may have.

    Raises:
        NothingToPublish: neither draft nor version.
        DraftChanged: the draft is not the one that was meant.
        InvalidCalendar: lists everything that is wrong.
        TooLarge: the message would exceed *limit*.
    """
    await work.lock(wish.calendar_id)
    latest = await work.latest(wish.calendar_id)
    draft = await work.draft(wish.calendar_id)
    document = wish.document
    if document is None:
        if draft is None:
            if latest is None:
                raise NothingToPublish(f"there is no calendar {wish.calendar_id!r} to publish")
            return Published(latest, created=False)
        if wish.etag not in (None, draft.etag):
            raise DraftChanged("the draft was changed meanwhile; read it again and decide anew")
        document = draft.document
    now = await work.now()
    faults = faults_in(document, wish.calendar_id, files, {}, now)
    if faults:
        raise InvalidCalendar(faults)
    number = 1 if latest is None else latest.version + 1
    expansion = expanded(document, {}, horizon_of(document, now))
    snapshot = snapshot_of(expansion.document, wish.calendar_id, number, files)
    if draft is not None and canonical(dict(draft.document)) == canonical(dict(document)):
        await work.discard_draft(draft)
    if latest is not None and latest.content == snapshot.content and latest.status == "published":
        return Published(latest, created=False)
    version = await _version(work, wish, snapshot, number)
    event = _published(version, snapshot)
    size = len(event.encode())
    if size > limit:
        raise _too_large(size, limit)
    await work.add_version(version, snapshot)
    await work.emit([event])
    await work.note(
        wish.actor, "calendar.published", wish.calendar_id, version=number, hash=version.hash
    )
    return Published(version, created=True)


async def retire(work: Work, calendar_id: str, number: int, actor: str) -> CalendarVersion | None:
    """Take a version out of use; None where there is no such version. It stays readable."""
    await work.lock(calendar_id)
    version = await work.version(calendar_id, number)
    if version is None or version.status == "retired":
        return version
    await work.retire(version, actor, await work.now())
    await work.note(actor, "calendar.retired", calendar_id, version=number)
    return replace(version, status="retired")


async def _version(work: Work, wish: Wish, snapshot: Snapshot, number: int) -> CalendarVersion:
    document = snapshot.document
    return CalendarVersion(
        tenant=wish.tenant,
        calendar_id=wish.calendar_id,
        version=number,
        name=document["name"],
        kind=document["type"],
        timezone=document["timezone"],
        tzdata=document["tzdata"],
        hash=snapshot.hash,
        content=snapshot.content,
        published_at=await work.now(),
        published_by=wish.actor,
        note=wish.note,
    )


def _published(version: CalendarVersion, snapshot: Snapshot) -> Event[CalendarPublished]:
    return Event[CalendarPublished](
        specversion="1.0",
        id=str(uuid_of("calendar", version.tenant, version.calendar_id, version.version)),
        source=SOURCE,
        type="sla.calendar.published",
        subject=version.calendar_id,
        time=version.published_at,
        tenant=version.tenant,
        data=CalendarPublished(
            calendar_id=version.calendar_id,
            version=version.version,
            hash=version.hash,
            snapshot=dict(snapshot.document),
        ),
    )


def _too_large(size: int, limit: int) -> TooLarge:
    return TooLarge(
        faults=[
            Fault(
                "",
                size,
                f"its message would have {size} bytes, {limit} fit",
                "remove past holidays and overrides, or split the calendar",
                TooLarge.code,
            )
        ]
    )
