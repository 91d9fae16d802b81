"""Publishing: a draft becomes a version that never changes."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from calendar_service.domain.sets import wanted_sets
from calendar_service.domain.version import CalendarVersion, Snapshot, UsedSet
from calendar_service.domain.warnings import warnings_in
from calendar_service.ports import Draft, Work
from calendar_service.usecases.announcing import published_event, retired_event
from calendar_service.usecases.examine import Surroundings, sealed, surroundings
from slaclock.business_time import ZoneFiles
from slaclock.business_time.differences import differences
from slaclock.contracts.canonical import canonical, content_hash
from slaclock.errors import Fault, Refusal

__all__ = ["DraftChanged", "NothingToPublish", "Published", "TooLarge", "Wish", "publish", "retire"]


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
        etag: the draft that is meant, also where a document comes along; None takes it as it is.
        dry_run: only tell what would be.
    """

    tenant: str
    calendar_id: str
    actor: str
    document: Mapping[str, Any] | None = None
    etag: str | None = None
    note: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """The version that says what was wished.

    Attributes:
        created: whether it is new.
        warnings: what its author should look at.
        dry_run: nothing was made; `created` says whether it would have been.
        words: after a dry run, what changes from the latest version.
    """

    version: CalendarVersion
    created: bool
    warnings: tuple[Fault, ...] = ()
    dry_run: bool = False
    words: tuple[str, ...] = ()


async def publish(work: Work, wish: Wish, *, files: ZoneFiles, limit: int) -> Published:
    """Make the next version, unless the latest one says the same already.

    A draft that was published meanwhile answers its version, so that a repeated request is
    harmless. One that somebody discarded, or published otherwise, does not.

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
    draft = await _locked(work, wish)
    if draft is None and wish.etag is not None and not await _was_published(work, wish):
        raise DraftChanged("there is no such draft, nor was it published last; decide anew")
    latest = await work.latest(wish.calendar_id)
    document = _meant(wish, draft)
    if document is None:
        if latest is None:
            raise NothingToPublish(f"there is no calendar {wish.calendar_id!r} to publish")
        return Published(latest, created=False, dry_run=wish.dry_run)
    around = await surroundings(work, document)
    number = 1 if latest is None else latest.version + 1
    snapshot, used = await to_thread(
        sealed, document, wish.calendar_id, number, files, around
    )  # a second, at worst
    version = _version(wish, draft, snapshot, used, around)
    found = Published(
        version,
        created=latest is None or latest.status != "published" or latest.content != version.content,
        warnings=tuple(await to_thread(warnings_in, document, files, around.sets, around.at)),
        dry_run=wish.dry_run,
    )
    if not found.created and latest is not None:
        found = replace(found, version=latest)
    event = published_event(version, snapshot)
    if found.created and (size := len(event.encode())) > limit:
        raise _too_large(size, limit)
    if wish.dry_run:
        return replace(found, words=await _words(work, wish.calendar_id, snapshot))
    if draft is not None and canonical(dict(draft.document)) == canonical(dict(document)):
        await work.discard_draft(draft)
    if found.created:
        await work.add_version(version, snapshot, document)
        await work.emit([event])
        await work.note(
            wish.actor, "calendar.published", wish.calendar_id, version=number, hash=version.hash
        )
    return found


async def retire(work: Work, calendar_id: str, number: int, actor: str) -> CalendarVersion | None:
    """Take a version out of use; None where there is no such version. It stays readable."""
    await work.lock(calendar_id)
    version = await work.version(calendar_id, number)
    if version is None or version.status == "retired":
        return version
    at = await work.now()
    await work.retire(version, actor, at)
    await work.emit([retired_event(version, at)])
    await work.note(actor, "calendar.retired", calendar_id, version=number, hash=version.hash)
    return replace(version, status="retired", retired_at=at, retired_by=actor)


async def _locked(work: Work, wish: Wish) -> Draft | None:
    """The draft, while nobody else edits it, publishes its sets, or publishes the calendar.

    Everybody locks in this order: the draft, then sets by their ids, then the calendar. So the
    sets that are resolved are the newest ones until the version is there, and whoever publishes
    one of them next finds the version among its followers.
    """
    draft = await work.lock_draft(wish.calendar_id)
    document = _meant(wish, draft)
    await work.hold_sets({one.set_id for one in wanted_sets(document or {})})
    await work.lock(wish.calendar_id)
    return draft


def _meant(wish: Wish, draft: Draft | None) -> Mapping[str, Any] | None:
    if draft is not None and wish.etag not in {None, draft.etag}:
        raise DraftChanged("the draft was changed meanwhile; read it again and decide anew")
    if wish.document is not None or draft is None:
        return wish.document
    return draft.document


async def _was_published(work: Work, wish: Wish) -> bool:
    """Whether the newest version was made of the draft that is meant."""
    latest = await work.whole(wish.calendar_id, None)
    return latest is not None and content_hash(latest.document) == wish.etag


def _version(
    wish: Wish,
    draft: Draft | None,
    snapshot: Snapshot,
    used: tuple[UsedSet, ...],
    around: Surroundings,
) -> CalendarVersion:
    document = snapshot.document
    own = wish.document is not None or draft is None
    return CalendarVersion(
        tenant=wish.tenant,
        calendar_id=wish.calendar_id,
        version=document["version"],
        name=document["name"],
        kind=document["type"],
        timezone=document["timezone"],
        tzdata=document["tzdata"],
        hash=snapshot.hash,
        content=snapshot.content,
        published_at=around.at,
        published_by=wish.actor,
        note=wish.note,
        author=wish.actor if own or draft is None else draft.updated_by,
        sets=used,
    )


async def _words(work: Work, calendar_id: str, snapshot: Snapshot) -> tuple[str, ...]:
    latest = await work.whole(calendar_id, None)
    if latest is None:
        return ()
    found = await to_thread(differences, latest.snapshot, snapshot.document)
    return tuple(one.words for one in found)


def _too_large(size: int, limit: int) -> TooLarge:
    return TooLarge(
        faults=[
            Fault(
                "",
                size,
                f"its message would have {size} bytes, {limit} fit",
                "remove past holidays and overrides, narrow the horizon, or split the calendar",
                TooLarge.code,
            )
        ]
    )
