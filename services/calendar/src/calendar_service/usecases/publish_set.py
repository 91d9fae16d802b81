"""Publishing a holiday set: no calendar changes by itself, but all that use it are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from calendar_service.domain.set_document import set_version_of
from calendar_service.domain.sets import set_faults_in
from calendar_service.ports import PublishedSet, Work
from calendar_service.usecases.following import Following, following
from slaclock.business_time import InvalidCalendar
from slaclock.errors import Refusal

__all__ = ["SetChanged", "SetDone", "SetPublication", "publish_set"]


class SetChanged(Refusal):
    """The newest version is not the one that was to be followed."""

    code = "precondition.failed"
    status = 412
    default_message = "the set was published meanwhile; read it again and decide anew"


@dataclass(frozen=True, slots=True)
class SetPublication:
    """What somebody wants published.

    Attributes:
        after: hash of the version that is to be the newest until then; None takes any.
        first: there must not be a version yet.
        dry_run: only tell what would be.
    """

    set_id: str
    actor: str
    document: Mapping[str, Any]
    after: str | None = None
    first: bool = False
    note: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class SetDone:
    """The version that says what was wished, whether it is new, and who uses the set."""

    made: PublishedSet
    created: bool
    following: tuple[Following, ...]


async def publish_set(work: Work, wish: SetPublication) -> SetDone:
    """Make the next version of a set, unless the newest one says the same already.

    No calendar that uses the set is published meanwhile: see the order of locks in `publish`.

    Raises:
        InvalidCalendar: lists everything that is wrong.
        SetChanged: the newest version is not the one that was meant.
    """
    faults = set_faults_in(wish.document, wish.set_id)
    if faults:
        raise InvalidCalendar(faults)
    await work.lock_set(wish.set_id)
    latest = await work.set_version(wish.set_id, None)
    if wish.first and latest is not None:
        raise SetChanged("there is such a set already; send If-Match to follow its newest version")
    if wish.after is not None and (latest is None or latest.of.hash != wish.after):
        raise SetChanged
    number = 1 if latest is None else latest.of.version + 1
    of = set_version_of(wish.document, wish.set_id, number)
    uses = await work.users(wish.set_id, after=None, limit=None)
    found = tuple(await following(work, uses))
    if latest is not None and latest.of.hash == of.hash:
        return SetDone(latest, created=False, following=found)
    made = PublishedSet(of, of.document["name"], wish.note, await work.now(), wish.actor)
    if not wish.dry_run:
        await work.add_set_version(made)
        await work.note(
            wish.actor, "holiday-set.published", wish.set_id, version=number, hash=of.hash
        )
    return SetDone(made, created=True, following=found)
