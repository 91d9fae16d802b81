"""The client itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import date, datetime
from types import TracebackType
from typing import Any, Final, Literal, Self
from urllib.parse import quote

import httpx
import orjson

from slaclock.client.answers import (
    ClockPage,
    Compliance,
    Kpi,
    Published,
    RejectedEvent,
    SlaSummary,
    SlaVersion,
    TicketSla,
)
from slaclock.client.checks import a_key, a_url, an_id, aware, checked, in_order, one_of
from slaclock.client.errors import ApiRefusal, ApiUnreachable
from slaclock.client.simulation import Simulation
from slaclock.client.transport import Transport
from slaclock.contracts.envelope import BATCH_TYPE, Event

__all__ = ["SlaClient"]

_BATCH: Final = 1000
_BATCH_BYTES: Final = 2 * 1024 * 1024 - 2
_PAGE: Final = 200
_STATES: Final = ("active", "paused", "closed", "none")
_RISKS: Final = ("none", "LOW", "MEDIUM", "HIGH", "CRITICAL")
_SIMULATING: Final = 120.0
"""Seconds between two lines of a simulation's answer."""


class SlaClient:
    """Talks to a platform for the tenant of *api_key*. Use it as an async context manager.

    Args:
        url: base URL, such as `http://127.0.0.1:8080`.
        api_key: an API key, or a token of the identity provider.
        timeout: seconds for one request.
        attempts: how often a request is tried while the platform is away or wants fewer of them.
        transport: replaces the network in tests.

    Raises:
        InvalidInput: no such address or key can be.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        timeout: float = 30,
        attempts: int = 4,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        checked(a_url("url", url), a_key("api_key", api_key))
        if attempts < 1:
            raise ValueError(f"a request needs one attempt at least, not {attempts}")
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=timeout,
            transport=transport,
        )
        self._transport = Transport(self._http, attempts=attempts)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def publish(self, events: Sequence[Mapping[str, Any] | Event[Any]]) -> Published:
        """Hand events to the platform; returns when the broker has them. May be repeated.

        Args:
            events: CloudEvents, in any number: they are sent in batches that the intake takes.

        Returns:
            What became of them; refused events are listed, the others are taken.

        Raises:
            ApiRefusal: not for single events, only for the request (credential, role).
            ApiUnreachable: some of the events may have been taken; publish all of them again.
        """
        total = Published()
        for first, batch in _batches(events):
            total = _sum(total, await self._intake(batch), first)
        return total

    async def _intake(self, batch: Sequence[bytes]) -> Published:
        try:
            answer = await self._transport.ask(
                "POST",
                "/ticket-clock/v1/events",
                content=b"[" + b",".join(batch) + b"]",
                headers={"Content-Type": BATCH_TYPE},
            )
        except ApiRefusal as refusal:
            if "rejected" not in refusal.document:  # else: all of them were refused
                raise
            answer = refusal.document
        return Published.model_validate(answer)

    async def ticket(self, ticket_id: str, *, as_known_at: datetime | None = None) -> TicketSla:
        """A ticket's clocks now, or as they were known at an aware instant."""
        checked(an_id("ticket_id", ticket_id), aware("as_known_at", as_known_at))
        query = {"ticket_id": ticket_id}
        if as_known_at is not None:
            query["as_known_at"] = as_known_at.isoformat()
        answer = await self._transport.ask("GET", "/ticket-clock/v1/ticket-sla", params=query)
        return TicketSla.model_validate(answer)

    async def tickets(
        self, *, state: str | None = None, risk: str | None = None
    ) -> AsyncIterator[Mapping[str, Any]]:
        """All tickets in a clock state or risk, page after page."""
        checked(one_of("state", state, _STATES), one_of("risk", risk, _RISKS))
        async for page in self._pages("/ticket-clock/v1/tickets", state=state, risk=risk):
            for item in page["items"]:
                yield item

    async def at_risk_pages(self, *, metric: str | None = None) -> AsyncGenerator[ClockPage, None]:
        """Running clocks whose end is near, soonest first, as the dashboard lists them."""
        async for page in self._pages("/dashboard/v1/at-risk", metric=metric):
            yield ClockPage.model_validate(page)

    async def breach_pages(
        self, *, metric: str | None = None, ongoing: bool = False
    ) -> AsyncGenerator[ClockPage, None]:
        """Clocks that missed their target, latest first; *ongoing*: those that are not closed."""
        open_ = "true" if ongoing else None
        async for page in self._pages("/dashboard/v1/breaches", metric=metric, open=open_):
            yield ClockPage.model_validate(page)

    async def slas(self) -> AsyncIterator[SlaSummary]:
        """All SLAs of the tenant, drafts too."""
        async for page in self._pages("/sla/v1/slas"):
            for item in page["items"]:
                yield SlaSummary.model_validate(item)

    async def sla_version(self, sla_id: str, version: int) -> SlaVersion:
        """What is known of a published version; its content is its snapshot."""
        answer = await self._transport.ask("GET", _version(sla_id, version))
        return SlaVersion.model_validate(answer)

    async def sla_snapshot(self, sla_id: str, version: int) -> Mapping[str, Any]:
        """What a published version says; it never changes."""
        path = f"{_version(sla_id, version)}/snapshot"
        answer: Mapping[str, Any] = await self._transport.ask("GET", path)
        return answer

    async def _pages(self, path: str, **query: str | None) -> AsyncIterator[Mapping[str, Any]]:
        wanted: dict[str, str | int] = {
            name: value for name, value in query.items() if value is not None
        }
        wanted["limit"] = _PAGE
        while True:
            page = await self._transport.ask("GET", path, params=wanted)
            yield page
            if page.get("next") is None:
                return
            wanted["cursor"] = page["next"]

    async def explain(self, ticket_id: str) -> Mapping[str, Any]:
        """How a ticket's clocks came to be what they are."""
        checked(an_id("ticket_id", ticket_id))
        answer: Mapping[str, Any] = await self._transport.ask(
            "GET", "/ticket-clock/v1/ticket-explain", params={"ticket_id": ticket_id}
        )
        return answer

    async def compliance(
        self,
        *,
        metric: str,
        begin: date,
        end: date,
        by: Literal["priority", "group", "assignee", "customer"] = "priority",
    ) -> Compliance:
        """Met and breached cycles that were due from *begin* to *end*, both included, by group."""
        checked(in_order("begin", begin, "end", end))
        query = {"metric": metric, "from": begin.isoformat(), "to": end.isoformat(), "by": by}
        answer = await self._transport.ask("GET", "/dashboard/v1/compliance", params=query)
        return Compliance.model_validate(answer)

    async def kpis(
        self,
        *,
        by: Literal["role", "technician"] = "role",
        sla_id: str | None = None,
        role: str | None = None,
        begin: date | None = None,
        end: date | None = None,
    ) -> AsyncIterator[Kpi]:
        """KPIs of roles, or of each person in them, page after page.

        Args:
            by: one for each KPI, or for each person.
            sla_id: of one SLA only.
            role: of one role only.
            begin: first day of due instants.
            end: last day, included. Without either day each KPI is measured over the month,
                quarter or year, as its SLA says, that holds today.
        """
        days = {"from": begin, "to": end}
        if begin is not None and end is not None:
            checked(in_order("begin", begin, "end", end))
        query = {name: None if day is None else day.isoformat() for name, day in days.items()}
        path = "/dashboard/v1/kpis"
        async for page in self._pages(path, by=by, sla_id=sla_id, role=role, **query):
            for item in page["items"]:
                yield Kpi.model_validate(item)

    async def simulate(  # noqa: PLR0913 - what may be asked
        self,
        *,
        sla: Mapping[str, Any] | None = None,
        calendar: Mapping[str, Any] | None = None,
        snapshot: Mapping[str, Any] | None = None,
        begin: datetime,
        end: datetime,
        scope: Literal["bound", "all"] = "bound",
        examples: int = 20,
        progress: Callable[[int, int], None] | None = None,
    ) -> Simulation:
        """What tickets opened in [begin, end) would have come to under another SLA or calendar.

        Changes nothing; needs a manager's key. Cancelled, it ends on the platform as well. Give
        exactly one of *sla*, *calendar* and *snapshot*.

        Args:
            sla: an SLA file; or `{"sla_id"}`, with `version` or `draft: true`.
            calendar: a calendar's document with its `calendar_id`; or `{"calendar_id"}` likewise.
            snapshot: a sealed snapshot of either.
            begin: aware instant, included.
            end: aware instant, excluded.
            scope: tickets that are bound to what the candidate replaces, or all.
            examples: tickets listed that come out otherwise, at most.
            progress: is told how many tickets are done, and of how many.

        Raises:
            ApiRefusal: the candidate cannot be used; `faults` says why.
            ApiUnreachable: the platform, or the service that seals the candidate, is away, or
                another simulation runs; the same may succeed later.
        """
        checked(aware("begin", begin), aware("end", end))
        given = {"sla": sla, "calendar": calendar, "snapshot": snapshot}
        body = {
            **{name: dict(one) for name, one in given.items() if one is not None},
            "from": begin.isoformat(),
            "to": end.isoformat(),
            "scope": scope,
            "examples": examples,
        }
        path = "/ticket-clock/v1/simulations"
        async with aclosing(self._transport.lines(path, body, patience=_SIMULATING)) as lines:
            async for line in lines:
                if "result" in line:
                    return Simulation.model_validate(line["result"])
                if progress is not None and "progress" in line:
                    progress(line["progress"]["done"], line["progress"]["of"])
        raise ApiUnreachable("the answer ended before its result; try again")


def _version(sla_id: str, version: int) -> str:
    checked(an_id("sla_id", sla_id))
    return f"/sla/v1/slas/{quote(sla_id, safe='')}/versions/{version:d}"


def _batches(
    events: Sequence[Mapping[str, Any] | Event[Any]],
) -> Iterator[tuple[int, list[bytes]]]:
    """The index of each batch's first event, and its events as JSON."""
    first, size = 0, 0
    batch: list[bytes] = []
    for index, event in enumerate(events):
        body = event.encode() if isinstance(event, Event) else orjson.dumps(event)
        if batch and (len(batch) == _BATCH or size + len(body) + 1 > _BATCH_BYTES):
            yield first, batch
            first, size, batch = index, 0, []
        batch.append(body)
        size += len(body) + 1
    if batch:
        yield first, batch


def _sum(total: Published, more: Published, first: int) -> Published:
    moved = (one.model_copy(update={"index": one.index + first}) for one in more.rejected)
    rejected: tuple[RejectedEvent, ...] = (*total.rejected, *moved)
    return Published(
        accepted=total.accepted + more.accepted,
        duplicates=total.duplicates + more.duplicates,
        rejected=rejected,
    )
