"""KPIs: from what help desks tell to figures over HTTP, whatever the order in which it is told."""

from __future__ import annotations

import random
from typing import Any

from slaclock.testing import eventually

from .client import Systems

MONDAY = "2026-03-02"
APRIL = "2026-04-01"
SLA = {
    "schema": "slaclock.sla/1",
    "sla_id": "gold",
    "name": "Gold",
    "calendars": {"auckland": {"timezone": "Pacific/Auckland", "windows": [
        {"weekday": day, "start": "00:00", "end": "24:00"} for day in range(7)
    ]}},
    "targets": [
        {"metric": "resolution", "priority": None, "minutes": 60, "calendar": "auckland"},
        {"metric": "first_response", "priority": None, "minutes": 30, "calendar": "auckland"},
    ],
    "roles": {
        "lead": {
            "recipients": [{"person": "ann"}, {"role": "second-line"}],
            "kpis": [{"metric": "resolution", "target": "66.66"}],
        },
        "second-line": {
            "recipients": [{"group": "l2"}],
            "kpis": [{"metric": "resolution", "target": "50.00", "priority": "P1"}],
        },
        "owner": {"recipients": [{"channel": "email", "to": "owner@example.com"}]},
    },
}  # fmt: skip


def asked(systems: Systems, path: str, **query: str) -> list[dict[str, Any]]:
    answer = systems.http.get(path, params=query or None)
    assert answer.is_success, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def at(time: str, day: str = MONDAY) -> str:
    return f"{day}T{time}:00Z"


def story(systems: Systems) -> list[dict[str, Any]]:
    """What happens to the tickets, in order."""
    told: list[dict[str, Any]] = []

    def tell(kind: str, ticket: str, time: str, day: str = MONDAY, **data: Any) -> None:
        told.append(systems.ticket(kind, ticket, at(time, day), **data))

    def opened(ticket: str, time: str = "09:00", day: str = MONDAY, **data: Any) -> None:
        tell("opened", ticket, time, day, **({"status": "open"} | data))

    def solved(ticket: str, time: str, day: str = MONDAY, **data: Any) -> None:
        tell("updated", ticket, time, day, status="resolved", **data)

    opened("met", assignee="ann")
    solved("met", "09:30")
    tell("updated", "met", "09:40", assignee="bob")  # afterwards: no part in it
    opened("late", assignee="ann")
    tell("updated", "late", "10:30", assignee="bob")  # after the breach
    solved("late", "11:00")
    opened("handed-on", assignee="bob", priority="P1")
    tell("updated", "handed-on", "09:59", assignee="cay", group="l2")
    solved("handed-on", "10:30")
    opened("others", assignee="bob", group="l1")
    solved("others", "09:30")
    opened("nobody")
    solved("nobody", "11:00")
    opened("gone", assignee="ann")
    tell("deleted", "gone", "09:30", reason="deleted")
    opened("spoilt", assignee="ann")
    tell("updated", "spoilt", "09:10", status="never heard of")
    solved("spoilt", "09:20")
    # due on 1 April in Auckland, though it is March in UTC
    opened("april", "12:30", "2026-03-31", assignee="ann")
    solved("april", "13:00", "2026-03-31")
    return told


def figures(item: dict[str, Any]) -> tuple[Any, ...]:
    names = ("met", "breached", "pending", "cancelled", "unattributed", "verdict")
    return (item["technician"] or item["role"], *(item[name] for name in names))


MARCH = {
    # ann: met and spoilt, late breached; l2: handed-on breached. Nobody had "nobody".
    ("lead", 2, 2, 0, 1, 1, "missed"),
    # of priority P1 only
    ("second-line", 0, 1, 0, 0, 0, "missed"),
    # all tickets of the agreement
    ("owner", 3, 3, 0, 1, 0, "missed"),
}


async def test_kpis_are_the_same_in_whatever_order_facts_come(systems: Systems) -> None:
    systems.publish_sla(SLA)
    told = story(systems)
    seed = 20260302
    chance = random.Random(seed)
    chance.shuffle(told)
    told += chance.sample(told, 6)
    for start in range(0, len(told), 5):
        await systems.publish(*told[start : start + 5])

    def kpis(**query: str) -> list[tuple[Any, ...]]:
        found = asked(systems, "/dashboard/v1/kpis", metric="resolution", **query)
        return [figures(one) for one in found]

    march = {"from": "2026-03-01", "to": "2026-03-31"}

    def counted() -> bool:
        assert set(kpis(**march)) == MARCH, f"{seed=}"
        return True

    await eventually(counted, 60)
    # The day of a cycle is that of its due instant in the agreement's zone
    april = [one for one in kpis(**{"from": APRIL, "to": APRIL}) if one[0] == "lead"]
    assert april == [("lead", 1, 0, 0, 0, 0, "kept")]
    # No data is not 100 %
    assert {one[-1] for one in kpis(**{"from": "2020-01-01", "to": "2020-12-31"})} == {"no_data"}
    # By person; who had it at the instant, whoever has it now
    assert kpis(role="lead", by="technician", **march) == [
        ("lead", 0, 0, 0, 0, 1, "no_data"),
        ("ann", 2, 1, 0, 1, 0, "kept"),
        ("cay", 0, 1, 0, 0, 0, "missed"),
    ]

    # When it is told late that bob had had the ticket since before its breach
    await systems.publish(systems.ticket("updated", "late", at("09:50"), assignee="bob"))

    def corrected() -> bool:
        assert ("lead", 2, 1, 0, 1, 1, "kept") in kpis(**march)
        return True

    # Then it is no breach of ann's any more, and the tickets behind the figure agree
    await eventually(corrected, 60)
    (lead,) = asked(systems, "/dashboard/v1/kpis", role="lead", **march)
    behind = asked(systems, lead["tickets"])
    assert {(one["ticket_id"], one["standing"]) for one in behind} == {
        ("met", "met"),
        ("spoilt", "met"),
        ("handed-on", "breached"),
        ("gone", "cancelled"),
        ("nobody", "unattributed"),
    }
