"""Calendars of agreements, parsed once: a hash never means anything else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

from dashboard_service.domain.agreement import Agreement
from dashboard_service.domain.clock import Clock
from dashboard_service.ports import View
from slaclock.business_time import BusinessCalendar


class Library:
    """Finds the calendar that counts for a clock.

    Args:
        most: agreements kept in memory; beyond it, those that were not asked for longest go.
    """

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._agreements: OrderedDict[tuple[str, str], _Shelved] = OrderedDict()

    async def calendars(
        self, view: View, clocks: Collection[Clock]
    ) -> dict[Clock, BusinessCalendar | None]:
        """The calendar of each clock.

        None is around the clock, and also stands where the agreement has not come yet: the screen
        then counts by the wall until it has.
        """
        wanted = {(clock.key.tenant, clock.snapshot) for clock in clocks if clock.snapshot}
        missing = [hash_ for tenant, hash_ in wanted if (tenant, hash_) not in self._agreements]
        if missing:
            for agreement in await view.agreements(missing):
                self._agreements[agreement.tenant, agreement.hash] = _Shelved(agreement)
        found = {clock: self._calendar(clock) for clock in clocks}
        while len(self._agreements) > self._most:
            self._agreements.popitem(last=False)
        return found

    def _calendar(self, clock: Clock) -> BusinessCalendar | None:
        place = (clock.key.tenant, clock.snapshot or "")
        shelved = self._agreements.get(place)
        if shelved is None:
            return None
        self._agreements.move_to_end(place)
        return shelved.calendar(clock)


class _Shelved:
    """An agreement whose calendars are parsed when first needed."""

    def __init__(self, agreement: Agreement) -> None:
        self._agreement = agreement
        self._calendars: dict[str, BusinessCalendar] = {}

    def calendar(self, clock: Clock) -> BusinessCalendar | None:
        target = self._agreement.target(clock.key.metric, clock.priority)
        if target is None or target.calendar is None:
            return None
        if target.calendar not in self._calendars:
            self._calendars[target.calendar] = BusinessCalendar.from_snapshot(
                dict(self._agreement.calendars[target.calendar])
            )
        return self._calendars[target.calendar]
