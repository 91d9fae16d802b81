"""The operations of the SLA management design, on a running platform."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from slaclock.client.answers import ClockPage, ListedClock
from slaclock.client.breach import PotentialBreach, SLABreach, breach_of, potential_breach_of
from slaclock.client.checks import amount, aware, checked
from slaclock.client.client import SlaClient
from slaclock.client.errors import ApiDenied, ApiFault, ApiRefusal, ApiUnreachable, SlaClientError
from slaclock.client.policy import SLAPolicy, VersionPolicies, policies_of
from slaclock.client.ticket_status import TicketSLAStatus, status_of

__all__ = ["SLAService"]

log = logging.getLogger(__name__)

KEPT: Final = 512
"""Versions of SLAs kept in memory."""
FIVE_SECONDS: Final = timedelta(seconds=5)
A_DAY: Final = timedelta(days=1)
LONGEST_PAUSE: Final = 60.0


@dataclass(frozen=True, slots=True)
class _Scan:
    """What a look at the breaches found.

    Attributes:
        at: when, by the platform's clock, UTC.
        since: from when on breaches are told in the first look.
        breaches: oldest first.
        ids: of all that are known, told or not.
    """

    at: datetime
    since: datetime
    change_count: int
    breaches: tuple[SLABreach, ...] = ()
    ids: frozenset[str] = frozenset()


class SLAService:
    """Policies, statuses and breaches of one tenant.

    Policies are kept in memory: a version never changes, and which version is the latest is asked
    each time, so what is kept cannot be out of date. One service may serve many tasks.

    Args:
        client: asks; any role will do. Whoever made it closes it.
    """

    def __init__(self, client: SlaClient) -> None:
        self._client = client
        self._kept: dict[tuple[str, int], VersionPolicies] = {}
        self._reading: dict[tuple[str, int], asyncio.Task[VersionPolicies]] = {}

    async def get_sla_policies(self) -> list[SLAPolicy]:
        """What the latest version of every SLA promises, a policy for each priority.

        SLAs that have a draft only, and those whose latest version is retired, are left out.
        """
        return [
            policy
            async for sla in self._client.slas()
            if sla.latest_version is not None and sla.status == "published"
            for policy in (await self._policies(sla.sla_id, sla.latest_version)).rows
        ]

    async def get_ticket_sla_status(
        self, ticket_id: str, *, as_known_at: datetime | None = None
    ) -> TicketSLAStatus:
        """Where a ticket stands now, or as it was known at an aware instant.

        What is missing makes the status partial (`faults`), it does not make it fail.

        Raises:
            InvalidInput: an id that no ticket can have, or an instant without its zone.
            ApiRefusal: 404, there is no such ticket.
            ApiUnreachable: the clocks cannot be asked.
        """
        ticket = await self._client.ticket(ticket_id, as_known_at=as_known_at)
        binding = ticket.binding
        if binding is None or binding.sla_id is None or binding.sla_version is None:
            return status_of(ticket, None)
        try:
            policies = await self._policies(binding.sla_id, binding.sla_version)
        except ApiDenied:
            raise
        except (ApiRefusal, ApiUnreachable) as missing:
            fault = ApiFault(
                "sla_policy",
                f"{binding.sla_id}@{binding.sla_version}",
                f"what the SLA promises cannot be read: {missing}",
                "ask again; the clocks are right without it",
                "policy.unavailable",
            )
            return status_of(ticket, None, (fault,))
        return status_of(ticket, policies.of(ticket.priority))

    async def detect_potential_breaches(self) -> list[PotentialBreach]:
        """Running clocks whose end is near, soonest first.

        Near is: 75 % of the target or a `before_due` threshold was announced, or due within 30
        minutes.
        """
        return [
            potential_breach_of(clock, await self._policies_of(clock))
            async for page in self._client.at_risk_pages()
            for clock in page.items
            if clock.agreement_type != "ola"
        ]

    async def monitor_sla_breaches(self, *, since: datetime | None = None) -> list[SLABreach]:
        """Breaches now, latest first: of clocks that still run or are paused.

        Args:
            since: aware instant; all breaches from it on instead, of closed clocks too.
        """
        checked(aware("since", since))
        found: list[SLABreach] = []
        async with aclosing(self._client.breach_pages(ongoing=since is None)) as pages:
            async for page in pages:
                found += [
                    breach_of(clock, await self._policies_of(clock))
                    for clock in _breaches(page, since)
                ]
                if _is_over(page, since):
                    break
        return found

    async def monitor(
        self,
        *,
        since: datetime | None = None,
        every: timedelta = FIVE_SECONDS,
        look_back: timedelta = A_DAY,
    ) -> AsyncGenerator[SLABreach, None]:
        """Breaches as they become known, without end: cancel it, or leave the loop.

        Late facts make breaches known late: one is told if its `breach_time` lies within
        *look_back*. One that is withdrawn is not told again, unless it comes back. While the
        platform is away it waits, logs one warning, and goes on where it was.

        Args:
            since: aware instant; breaches from it on are told first, oldest first. To go on after
                a restart: the latest `breach_time` you have acted on. That breach is told again,
                with the same `id`. None: from now on.
            every: pause between two looks, 100 ms or more.
            look_back: how far back to look for breaches that become known late.

        Raises:
            InvalidInput: see the arguments.
            ApiDenied: the credential is not valid, or not any more.
            ApiUnreachable: the platform did not answer the very first look.
        """
        checked(
            aware("since", since),
            amount("every", every, least=timedelta(milliseconds=100)),
            amount("look_back", look_back, least=timedelta(0)),
        )
        last: _Scan | None = None
        failures = 0
        while True:
            try:
                scan = await self._scan(look_back, last.at if last else since, last)
            except ApiUnreachable as away:
                if last is None:
                    raise
                if not failures:
                    log.warning("breaches cannot be watched, trying on: %s", away)
                failures += 1
            else:
                if failures:
                    log.info("breaches are watched again")
                failures = 0
                for one in scan.breaches:
                    if one.id not in last.ids if last else one.breach_time >= scan.since:
                        yield one
                last = scan
            pause = every.total_seconds()
            await asyncio.sleep(max(pause, min(LONGEST_PAUSE, pause * 2.0 ** min(failures, 20))))

    async def _scan(
        self, look_back: timedelta, since: datetime | None, last: _Scan | None
    ) -> _Scan:
        """Breaches within *look_back*, or since an earlier instant; quick if nothing was told."""
        found: list[SLABreach] = []
        scan: _Scan | None = None
        async with aclosing(self._client.breach_pages()) as pages:
            async for page in pages:
                if scan is None:
                    if last is not None and page.change_count == last.change_count:
                        return replace(last, at=page.now, breaches=())
                    scan = _Scan(page.now, since or page.now, page.change_count)
                horizon = min(scan.since, scan.at - look_back)
                found += [
                    breach_of(clock, await self._policies_of(clock))
                    for clock in _breaches(page, horizon)
                ]
                if _is_over(page, horizon):
                    break
        if scan is None:
            raise AssertionError("there is always a first page")
        ids = frozenset(one.id for one in found)
        return replace(scan, breaches=tuple(reversed(found)), ids=ids)

    async def _policies_of(self, clock: ListedClock) -> VersionPolicies | None:
        """Those of a listed clock; None where they cannot be read now: the list goes on."""
        if clock.sla_id is None or clock.sla_version is None:
            return None
        try:
            return await self._policies(clock.sla_id, clock.sla_version)
        except ApiDenied:
            raise
        except SlaClientError as missing:
            log.warning("SLA %s@%s cannot be read: %s", clock.sla_id, clock.sla_version, missing)
            return None

    async def _policies(self, sla_id: str, version: int) -> VersionPolicies:
        """Those that are kept; else read them, once for all who ask meanwhile."""
        key = (sla_id, version)
        if (kept := self._kept.pop(key, None)) is None:
            if (reading := self._reading.get(key)) is None:
                reading = asyncio.create_task(self._read(sla_id, version))
                self._reading[key] = reading
                reading.add_done_callback(lambda _: self._reading.pop(key))
            kept = await asyncio.shield(reading)  # who is cancelled does not take the others along
        self._kept[key] = kept  # the latest used comes last
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return kept

    async def _read(self, sla_id: str, version: int) -> VersionPolicies:
        this = await self._client.sla_version(sla_id, version)
        first = this if version == 1 else await self._client.sla_version(sla_id, 1)
        snapshot = await self._client.sla_snapshot(sla_id, version)
        return policies_of(
            snapshot, hash_=this.hash, created_at=first.published_at, updated_at=this.published_at
        )


def _breaches(page: ClockPage, since: datetime | None) -> list[ListedClock]:
    return [
        clock
        for clock in page.items
        if clock.breached_at is not None
        and clock.agreement_type != "ola"
        and (since is None or clock.breached_at >= since)
    ]


def _is_over(page: ClockPage, since: datetime | None) -> bool:
    """Whether what follows *page*, latest first, lies before *since*."""
    last = page.items[-1].breached_at if page.items else None
    return since is not None and last is not None and last < since
