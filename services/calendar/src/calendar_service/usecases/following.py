"""Which calendars use a holiday set, and what a version of it would change in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from calendar_service.domain.draft import written
from calendar_service.domain.expansion import expanded, horizon_of
from calendar_service.domain.sets import SetVersion
from calendar_service.ports import Use, UsingVersion, Work
from slaclock.business_time import InvalidCalendar, ZoneFiles, seal
from slaclock.business_time.differences import Difference, differences
from slaclock.errors import Fault

__all__ = ["Follower", "Following", "followers_of", "following"]


@dataclass(frozen=True, slots=True)
class Follower:
    """A calendar whose newest published version uses a set.

    Attributes:
        would_change: whether the calendar would say something else with the set's version, all
            other things being equal. Never where the version is pinned.
        faults: what would keep it from being published with that version.
    """

    use: Use
    would_change: bool
    differences: tuple[Difference, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Following:
    """A use of a set, with all that it takes to judge what would change.

    Attributes:
        calendar: None where the use is pinned: there nothing changes.
        sets: by id, the versions that went into the calendar.
    """

    use: Use
    calendar: UsingVersion | None
    sets: Mapping[str, SetVersion]


async def following(work: Work, uses: Sequence[Use]) -> list[Following]:
    """What is needed to judge *uses* of a set, as the transaction sees it.

    Two statements, however many there are; what they answer is parsed where it is judged.
    """
    using = await work.using([use for use in uses if not use.pinned])
    known = await work.known_sets({name for one in using.values() for name in one.sets})
    found = []
    for use in uses:
        calendar = None if use.pinned else using[use.calendar_id]
        names = calendar.sets if calendar else ()
        found.append(Following(use, calendar, {name[0]: known[name] for name in names}))
    return found


def followers_of(
    new: SetVersion, found: Sequence[Following], files: ZoneFiles, at: datetime
) -> list[Follower]:
    """What *new* would change in each calendar, if its version were published again with it.

    Nothing else changes meanwhile: not the horizon, the time zone's rules, or other sets.
    """
    return [_follower(new, one, files, at) for one in found]


def _follower(new: SetVersion, found: Following, files: ZoneFiles, at: datetime) -> Follower:
    if found.calendar is None:
        return Follower(found.use, would_change=False)
    before = orjson.loads(found.calendar.snapshot)
    draft = written(orjson.loads(found.calendar.document))
    horizon = horizon_of({"horizon": before.get("horizon")}, at)
    expansion = expanded(draft, {**found.sets, new.set_id: new}, horizon)
    name = found.use.calendar_id
    try:
        after = seal(expansion.document, calendar_id=name, version=found.use.version, files=files)
    except InvalidCalendar as error:
        return Follower(found.use, would_change=True, faults=error.faults)
    same = {key: before[key] for key in ("zone", "tzdata")}
    told = tuple(differences(before, {**after, **same}))
    return Follower(found.use, would_change=bool(told), differences=told)
