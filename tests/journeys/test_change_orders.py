"""A contract from its quote over change orders to its end, and what the clocks of tickets do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from slaclock.testing import eventually

from .client import Systems

OFFICE = {
    "timezone": "Europe/London",
    "windows": [{"weekday": day, "start": "09:00", "end": "17:30"} for day in range(5)],
}
MONDAY = "2026-03-02"
"""In London's winter: its time is UTC."""


def sla(sla_id: str, minutes: int, calendar: str) -> dict[str, Any]:
    target = {"metric": "resolution", "priority": None, "minutes": minutes, "calendar": calendar}
    return {
        "schema": "slaclock.sla/1",
        "sla_id": sla_id,
        "name": sla_id,
        "calendars": {"office": OFFICE},
        "targets": [target],
    }


def at(time: str) -> str:
    return f"{MONDAY}T{time}:00Z"


MODES = {
    # elapsed in office hours from 09:00 to 17:30: nothing has changed for this ticket
    "keep": ("gold", 480, 510, "17:00"),
    # three office hours until noon, then eight round the clock
    "from_effective_instant": ("silver", 600, 660, "19:00"),
    # twelve hours round the clock since it was opened
    "from_start": ("silver", 600, 720, "18:00"),
}
"""SLA, target, elapsed minutes and the breach of a ticket from 08:00 to 20:00 on Monday."""


async def test_what_open_tickets_do_is_what_the_change_order_says(systems: Systems) -> None:
    systems.publish_sla(sla("bronze", 6000, "24x7"))
    gold = systems.publish_sla(sla("gold", 480, "office"), default=False)
    silver = systems.publish_sla(sla("silver", 600, "24x7"), default=False)

    # Given a ticket under each contract, told before anybody publishes anything else
    await systems.publish(
        *(
            systems.event(
                "quote.accepted",
                f"C-{mode}",
                "2026-02-01T00:00:00Z",
                quote_id=f"Q-{mode}",
                contract_id=f"C-{mode}",
                customer_id=mode,
                sla_id="gold",
                sla_version=None,
                effective_from="2026-03-01T00:00:00Z",
                effective_to=None,
            )
            for mode in MODES
        ),
        kind="commerce",
    )
    for mode in MODES:
        await systems.publish(
            systems.ticket("opened", f"T-{mode}", at("08:00"), status="open", customer_id=mode),
            systems.ticket("updated", f"T-{mode}", at("20:00"), status="resolved"),
        )
        await is_bound(systems, f"T-{mode}", ("gold", 480))
        await shows(systems, f"T-{mode}", ("gold", 480, 510, "17:00"))
    before = (systems.status("T-keep") or {})["revision"]

    # When the contracts change at noon; it is told late, and twice
    orders = [
        systems.event(
            "changeorder.approved",
            f"C-{mode}",
            "2026-03-02T10:00:00Z",
            change_order_id=f"CO-{mode}",
            contract_id=f"C-{mode}",
            sla_id="silver",
            sla_version=None,
            effective_from=at("12:00"),
            running_tickets=mode,
        )
        for mode in MODES
    ]
    await systems.publish(*orders, *orders[::-1], kind="commerce")
    # Then open tickets do what each change order says
    for mode, expected in MODES.items():
        await shows(systems, f"T-{mode}", expected)
    # and tickets that are opened later are measured by the new SLA in every mode
    for mode in MODES:
        await systems.publish(
            systems.ticket("opened", f"L-{mode}", at("13:00"), status="open", customer_id=mode),
            systems.ticket("updated", f"L-{mode}", at("14:00"), status="resolved"),
        )
        await is_bound(systems, f"L-{mode}", ("silver", 600))
    assert figures(systems, "T-keep") == MODES["keep"]
    assert (systems.status("T-keep") or {})["revision"] == before, "a kept ticket is not touched"

    # And both services say the same of it
    for mode in MODES:
        contract = f"/sla/v1/contracts/C-{mode}/sla"
        for instant, published in (("11:59", gold), ("12:00", silver)):
            answer = systems.http.get(contract, params={"at": at(instant)}).json()
            assert answer["hash"] == published["hash"]
        asked = {"customer_id": mode, "opened": at("08:00"), "at": at("20:00")}
        found = systems.http.get("/sla/v1/what-applies", params=asked).json()
        binding = (systems.status(f"T-{mode}") or {})["binding"]
        assert (found["reason"], found["agreement"]) == (binding["reason"], binding["snapshot"])

    # When a contract ends, and silver is published anew
    later = systems.publish_sla(sla("silver", 1, "24x7"), default=False)
    await systems.publish(
        systems.event(
            "contract.ended",
            "C-from_start",
            at("15:00"),
            contract_id="C-from_start",
            effective_from=at("15:00"),
        ),
        kind="commerce",
    )
    await systems.publish(
        systems.ticket("opened", "E-1", at("15:00"), status="open", customer_id="from_start"),
        systems.ticket("opened", "E-2", at("15:00"), status="open", customer_id="keep"),
    )
    # Then the default decides what is opened afterwards, and what contracts pin stays
    await is_bound(systems, "E-1", ("bronze", 6000))
    await is_bound(systems, "E-2", ("silver", 600))
    assert figures(systems, "T-from_start") == MODES["from_start"]
    assert later["hash"] != silver["hash"]
    # And facts, terms, clocks and what was told agree with each other
    verified = systems.http.post("/ticket-clock/v1/verify", json={}).json()
    assert (verified["tickets"], verified["findings"]) == (3 * len(MODES) - 1, [])


async def test_a_dry_run_counts_the_tickets_that_the_entry_then_reaches(systems: Systems) -> None:
    now = datetime.now(UTC)
    gold = systems.publish_sla(sla("gold", 480, "24x7"))
    systems.publish_sla(sla("silver", 600, "24x7"), default=False)
    await eventually(lambda: systems.default_agreement() == gold["hash"])
    since = (now - timedelta(minutes=30)).isoformat()
    await systems.publish(
        systems.ticket("opened", "R-1", since, status="open", group="l1"),
        systems.ticket("opened", "R-2", since, status="open", group="l1"),
        systems.ticket("opened", "R-3", since, status="open", group="l2"),
    )
    for ticket in ("R-1", "R-2", "R-3"):
        await is_bound(systems, ticket, ("gold", 480))
    wish = {"sla_id": "silver", "match": {"group": "l1"}, "mode": "from_start"}
    dry = systems.http.post("/sla/v1/assignments", json={**wish, "dry_run": True})
    assert dry.status_code == 200, dry.text
    reached = dry.json()["reached"]
    assert (reached["tickets"], reached["looked_at"], reached["complete"]) == (2, 3, True)
    assert bound(systems, "R-1") == ("gold", 480)
    made = systems.http.post("/sla/v1/assignments", json=wish)
    assert made.status_code == 201, made.text
    for ticket, expected in (("R-1", 600), ("R-2", 600), ("R-3", 480)):
        await is_bound(systems, ticket, ("silver" if expected == 600 else "gold", expected))


Figures = tuple[str | None, int | None, int, str]


async def is_bound(systems: Systems, ticket: str, expected: tuple[str, int]) -> None:
    await eventually(lambda: bound(systems, ticket) == expected)


async def shows(systems: Systems, ticket: str, expected: Figures) -> None:
    await eventually(lambda: figures(systems, ticket) == expected)


def bound(systems: Systems, ticket: str) -> tuple[str | None, int | None]:
    status = systems.status(ticket) or {}
    clock = systems.clock(ticket)
    return (status.get("binding") or {}).get("sla_id"), clock.get("target_minutes")


def figures(systems: Systems, ticket: str) -> Figures:
    sla_id, minutes = bound(systems, ticket)
    clock = systems.clock(ticket)
    breached = (clock.get("breached_at") or "T??:??")[11:16]
    return sla_id, minutes, clock.get("elapsed_seconds", 0) // 60, breached
