"""What HTTP gives of holiday sets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from calendar_service.api.schemas import DifferenceOut
from calendar_service.ports import PublishedSet, SetRow
from calendar_service.usecases.following import Follower
from calendar_service.usecases.publish_set import SetDone
from slaclock.contracts.instants import Instant
from slaclock.http.faults import FaultOut

__all__ = ["FollowerOut", "PublishedSetOut", "SetSummary", "SetVersionOut", "SetVersionWhole"]


class SetSummary(BaseModel):
    """A set in a list; `used_by` counts calendars whose newest published version uses it."""

    model_config = ConfigDict(from_attributes=True)

    set_id: str
    name: str
    latest_version: int
    hash: str
    published_at: Instant
    used_by: int

    @classmethod
    def of(cls, row: SetRow) -> Self:
        """From a row of the list."""
        return cls.model_validate(row)


class SetVersionOut(BaseModel):
    """A version of a set, which never changes; its hash names what it says."""

    set_id: str
    version: int
    name: str
    hash: str
    note: str
    published_at: Instant
    published_by: str

    @classmethod
    def of(cls, found: PublishedSet) -> Self:
        """From what is kept."""
        return cls(**_facts(found))


class SetVersionWhole(SetVersionOut):
    """The same with its document."""

    document: dict[str, Any]

    @classmethod
    def of(cls, found: PublishedSet) -> Self:
        """From what is kept."""
        return cls(**_facts(found), document=dict(found.of.document))


class FollowerOut(BaseModel):
    """A calendar whose newest published version uses the set.

    `would_change`: published again with the set's version it would say something else;
    `differences` says what, `faults` why it could not be published. A pinned version stays.
    """

    calendar_id: str
    version: int
    set_version: int
    pinned: bool
    would_change: bool
    differences: list[DifferenceOut]
    words: list[str]
    faults: list[FaultOut]

    @classmethod
    def of(cls, found: Follower) -> Self:
        """From what was judged."""
        return cls(
            calendar_id=found.use.calendar_id,
            version=found.use.version,
            set_version=found.use.set_version,
            pinned=found.use.pinned,
            would_change=found.would_change,
            differences=DifferenceOut.all_of(found.differences),
            words=[one.words for one in found.differences],
            faults=FaultOut.of(found.faults),
        )


class PublishedSetOut(BaseModel):
    """The version that says what was published; `created` is false where it did before.

    After a dry run nothing was made: `created` says whether it would have been.
    """

    id: str
    version: int
    hash: str
    created: bool
    published_at: Instant
    dry_run: bool
    followers: list[FollowerOut]

    @classmethod
    def of_done(cls, done: SetDone, followers: Iterable[Follower], *, dry_run: bool) -> Self:
        """From what publishing answers."""
        return cls(
            id=done.made.of.set_id,
            version=done.made.of.version,
            hash=done.made.of.hash,
            created=done.created,
            published_at=done.made.published_at,
            dry_run=dry_run,
            followers=[FollowerOut.of(one) for one in followers],
        )


def _facts(found: PublishedSet) -> dict[str, Any]:
    return {
        "set_id": found.of.set_id,
        "version": found.of.version,
        "name": found.name,
        "hash": found.of.hash,
        "note": found.note,
        "published_at": found.published_at,
        "published_by": found.published_by,
    }
