"""Which calendars use a holiday set, and what a version of it would change in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from calendar_service.domain.differences import Difference, differences
from calendar_service.domain.draft import written
from calendar_service.domain.expansion import expanded, horizon_of
from calendar_service.domain.sets import SetVersion
from calendar_service.domain.version import WholeVersion
from calendar_service.ports import Use, Work
from slaclock.business_time import InvalidCalendar, ZoneFiles, seal
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
    """A use of a set, with all that it takes to judge what would change."""

    use: Use
    calendar: WholeVersion
    sets: Mapping[str, SetVersion]


async def following(work: Work, set_id: str, uses: Sequence[Use]) -> list[Following]:
    """What is needed to judge *uses* of a set, as the transaction sees it."""
    known: dict[tuple[str, int], SetVersion] = {}
    found = []
    for use in uses:
        calendar = await work.whole(use.calendar_id, use.version)
        if calendar is None:
            raise AssertionError(f"{use.calendar_id} {use.version} uses {set_id} and is not there")
        for used in calendar.facts.sets:
            name = (used.set_id, used.version)
            if name not in known and (kept := await work.set_version(*name)):
                known[name] = kept.of
        sets = {one.set_id: known[one.set_id, one.version] for one in calendar.facts.sets}
        found.append(Following(use, calendar, sets))
    return found


def followers_of(
    new: SetVersion, found: Sequence[Following], files: ZoneFiles, at: datetime
) -> list[Follower]:
    """What *new* would change in each calendar, if its version were published again with it.

    Nothing else changes meanwhile: not the horizon, the time zone's rules, or other sets.
    """
    return [_follower(new, one, files, at) for one in found]


def _follower(new: SetVersion, found: Following, files: ZoneFiles, at: datetime) -> Follower:
    if found.use.pinned:
        return Follower(found.use, would_change=False)
    before = found.calendar.snapshot
    draft = written(found.calendar.document)
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
