"""Past tickets under other SLAs and another calendar: figures that were worked out by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from slaclock.client import ApiRefusal, SlaClient
from slaclock.testing import eventually
from slaclock_local.testing import json_of, run_slaclock

from .client import Systems

CALENDAR = {
    "calendar_id": "desk",
    "name": "Desk",
    "timezone": "Europe/London",
    "windows": [{"weekday": day, "start": "09:00", "end": "17:30"} for day in range(5)],
}
FEWER_HOURS = {
    **CALENDAR,
    "windows": [{"weekday": day, "start": "10:00", "end": "16:00"} for day in range(5)],
}
MARCH: dict[str, Any] = {
    "begin": datetime(2026, 3, 1, tzinfo=UTC),
    "end": datetime(2026, 4, 1, tzinfo=UTC),
}
"""London is at UTC until the 29th."""


def gold(p1: int, others: int) -> dict[str, Any]:
    return {
        "schema": "slaclock.sla/1",
        "sla_id": "gold",
        "name": "Gold",
        "calendars": {"desk": {"calendar_id": "desk", "version": 1}},
        "targets": [
            {"metric": "resolution", "priority": "P1", "minutes": p1, "calendar": "desk"},
            {"metric": "resolution", "priority": None, "minutes": others, "calendar": "desk"},
        ],
    }


BRONZE = {
    "schema": "slaclock.sla/1",
    "sla_id": "bronze",
    "name": "Bronze",
    "targets": [{"metric": "resolution", "priority": None, "minutes": 6000, "calendar": "24x7"}],
}
OPENED_RESOLVED = {
    # 180 office minutes of 240
    "A": ("P1", "umbrella", "2026-03-02T09:00:00Z", "2026-03-02T12:00:00Z"),
    # 300 of 240
    "B": ("P1", "umbrella", "2026-03-02T09:00:00Z", "2026-03-02T14:00:00Z"),
    # 30, then it waits until Tuesday at ten, then 360: 390 of 480
    "C": ("P2", "umbrella", "2026-03-02T16:00:00Z", "2026-03-03T16:00:00Z"),
    # over a weekend 60 and 480: 540 of 480
    "D": ("P2", "hooli", "2026-03-06T16:30:00Z", "2026-03-09T17:00:00Z"),
    # bronze, by contract: ten hours of a hundred; in office hours 510 minutes
    "E": ("P2", "initech", "2026-03-02T09:00:00Z", "2026-03-02T19:00:00Z"),
}


async def four_gold_tickets_and_a_bronze_one(systems: Systems) -> None:
    published = systems.http.post(
        "/calendar/v1/calendars/desk/publish", json={"calendar": CALENDAR}
    )
    assert published.is_success, published.text
    for document, default in ((gold(240, 480), True), (BRONZE, False)):
        await eventually(lambda: _is_published(systems, document, default=default))  # noqa: B023
    quote = systems.event(
        "quote.accepted",
        "C-1",
        "2026-02-01T00:00:00Z",
        quote_id="Q-1",
        contract_id="C-1",
        customer_id="initech",
        sla_id="bronze",
        sla_version=None,
        effective_from="2026-02-01T00:00:00Z",
        effective_to=None,
    )
    await systems.publish(quote, kind="commerce")
    await eventually(lambda: systems.http.get("/sla/v1/contracts/C-1").is_success)
    for ticket, (priority, customer, opened, resolved) in OPENED_RESOLVED.items():
        events = [
            systems.ticket(
                "opened", ticket, opened, status="open", priority=priority, customer_id=customer
            )
        ]
        if ticket == "C":
            for at, status in (("02T16:30", "waiting_on_customer"), ("03T10:00", "open")):
                events.append(systems.ticket("updated", ticket, f"2026-03-{at}:00Z", status=status))
        events.append(systems.ticket("updated", ticket, resolved, status="resolved"))
        await systems.publish(*events)
    outcomes = {"A": "met", "B": "breached", "C": "met", "D": "breached", "E": "met"}
    await eventually(
        lambda: outcomes == {one: systems.clock(one).get("outcome") for one in outcomes}
    )
    await eventually(
        lambda: (
            systems.clock("E").get("target_minutes") == 6000
            and systems.clock("A").get("target_minutes") == 240
        )
    )


def _is_published(systems: Systems, document: dict[str, Any], *, default: bool) -> bool:
    """The calendar may still be on its way to the sla service."""
    wish = {"sla": document, "default": default, "effective_from": "1970-01-01T00:00:00Z"}
    path = f"/sla/v1/slas/{document['sla_id']}/publish"
    return systems.http.post(path, json=wish).is_success


def told(found: Any) -> tuple[Any, ...]:
    """What matters of a simulation of resolution clocks."""
    (metric,) = found.metrics
    return (
        (metric.in_force.met, metric.in_force.breached),
        (metric.simulated.met, metric.simulated.breached),
        {one.ticket_id: one.difference for one in found.examples},
    )


async def test_what_other_terms_would_have_come_to(systems: Systems, tmp_path: Path) -> None:
    await four_gold_tickets_and_a_bronze_one(systems)
    before = {one: (systems.status(one) or {})["revision"] for one in OPENED_RESOLVED}
    key = systems.credentials["api_keys"]["manager"]
    async with SlaClient(systems.platform.runtime.http, key) as client:
        # When two and six hours were promised instead of four and eight
        stricter = gold(120, 360)
        found = await client.simulate(sla=stricter, **MARCH)
        newly = {"A": "newly_breached", "C": "newly_breached"}
        assert told(found) == ((2, 2), (0, 4), newly)
        assert (found.candidate.version, found.scope) == (None, "bound")
        assert (found.tickets.considered, found.tickets.simulated, found.tickets.unbound) == (
            5,
            4,
            1,
        )
        by_priority = {row.key: row for row in found.metrics[0].by_priority}
        assert by_priority["P1"].simulated.breached == 2
        by_customer = {row.key: row.newly_breached for row in found.metrics[0].by_customer}
        assert by_customer == {"umbrella": 2, "hooli": 0}
        example = next(one for one in found.examples if one.ticket_id == "C")
        assert example.in_force is not None
        assert example.simulated is not None
        assert example.simulated.elapsed_seconds == example.in_force.elapsed_seconds == 390 * 60
        # six hours after the opening, half of one before the pause: Tuesday 15:30
        assert example.simulated.due_at == datetime(2026, 3, 3, 15, 30, tzinfo=UTC)

        # When it holds for all tickets, bronze ones among them
        everybody = await client.simulate(sla=stricter, scope="all", **MARCH)
        assert told(everybody) == ((3, 2), (0, 5), {**newly, "E": "newly_breached"})

        # When six and ten hours were promised
        looser = await client.simulate(sla=gold(360, 600), **MARCH)
        assert told(looser) == ((2, 2), (4, 0), {"B": "newly_met", "D": "newly_met"})

        # When the desk had been open from ten to four: B ends at its due instant, which is in time
        hours = await client.simulate(calendar=FEWER_HOURS, **MARCH)
        assert told(hours) == ((2, 2), (4, 0), {"B": "newly_met", "D": "newly_met"})
        assert (hours.candidate.kind, hours.tickets.unbound) == ("calendar", 1)

        # Then a draft, what is published, and a window without tickets answer as well
        draft = systems.http.put("/sla/v1/slas/gold/draft", json=stricter)
        assert draft.is_success, draft.text
        same = await client.simulate(sla={"sla_id": "gold", "draft": True}, **MARCH)
        assert told(same) == told(found)
        itself = await client.simulate(sla={"sla_id": "gold"}, **MARCH)
        assert told(itself) == ((2, 2), (2, 2), {})
        assert itself.candidate.version == 1
        path = "/sla/v1/slas/gold/versions/1/snapshot"
        sealed = await client.simulate(snapshot=systems.http.get(path).json(), **MARCH)
        assert told(sealed) == told(itself)
        later = {"begin": MARCH["end"], "end": datetime(2026, 5, 1, tzinfo=UTC)}
        assert (await client.simulate(sla=stricter, **later)).tickets.considered == 0
    # and nothing has changed
    assert {one: (systems.status(one) or {})["revision"] for one in OPENED_RESOLVED} == before

    # And the command line says the same
    file = tmp_path / "stricter.json"
    file.write_text(json.dumps(stricter))
    home, window = systems.platform.layout.path, ("--from", "2026-03-01", "--to", "2026-04-01")
    options = ("--sla", str(file), *window, "--tenant", systems.tenant)
    document = json_of(run_slaclock("simulate", *options, "--json", home=home))
    assert document["metrics"][0]["newly_breached"] == 2
    page = run_slaclock("simulate", *options, "--by", "customer", home=home)
    assert page.returncode == 0, page.stderr
    assert "umbrella" in page.stdout
    assert "due Tue 2026-03-03 15:30:00 UTC" in page.stdout


async def test_another_tenant_sees_nothing_of_it(systems: Systems) -> None:
    key = systems.credentials["api_keys"]["manager"]
    async with SlaClient(systems.platform.runtime.http, key) as client:
        with pytest.raises(ApiRefusal) as refused:
            await client.simulate(sla={"sla_id": "gold"}, **MARCH)
        assert (refused.value.status, refused.value.code) == (404, "sla-version.not-found")
        found = await client.simulate(sla=BRONZE, **MARCH)
        assert found.tickets.considered == 0
