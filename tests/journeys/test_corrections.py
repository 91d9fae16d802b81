"""What is learnt late, through all services: taken back, corrected once, and counted anew."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from slaclock.testing import eventually

from .client import Systems
from .sink import Sink

METRICS = ("first_response", "next_reply", "periodic_update", "resolution")
KINDS = (*METRICS, "ola")
PATH = "/corrections"
REPLIES = ("first_response", "next_reply", "periodic_update")
CORRECTED = {
    "stays": (),
    "waits": KINDS,
    "answered": REPLIES,
    "lower": KINDS,
    "deleted": KINDS,
    "merged": KINDS,
    "cancelled": KINDS,
    "too late": (),
    "handed over": ("ola",),
}
"""Tickets, and the clocks of each of which a breach was told that was none."""


def sla(sla_id: str, sink: Sink, metrics: tuple[str, ...], **more: Any) -> dict[str, Any]:
    """An hour around the clock for everything, ten for P3; each breach is told to somebody."""
    return {
        "schema": "slaclock.sla/1",
        "sla_id": sla_id,
        "name": sla_id,
        "calendars": {},
        "targets": [
            {"metric": metric, "priority": priority, "minutes": minutes, "calendar": "24x7"}
            for metric in metrics
            for priority, minutes in (("P3", 600), (None, 60))
        ],
        "thresholds": ["percent:100"],
        "escalations": [
            {
                "rule_id": "breach",
                "threshold": "percent:100",
                "deliver": [{"channel": "webhook", "to": f"http://{sink.address}{PATH}"}],
            }
        ],
        **more,
    }


class Told:
    """What the sink was sent: notices and corrections by ticket and clock."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def counted(self, kind: str) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for call in self._sink.to(PATH):
            told = call.document
            if told["type"] == f"sla.escalation.{kind}":
                clock = "ola" if told["sla_id"] == "ola" else told["metric"]
                found[told["ticket_id"], clock] += 1
        return found


async def test_what_is_learnt_late_is_corrected_once_everywhere(
    systems: Systems, sink: Sink
) -> None:
    told, now = Told(sink), datetime.now(UTC)

    def ago(minutes: float) -> str:
        return (now - timedelta(minutes=minutes)).isoformat()

    # Given tickets that were opened to group l1, and asked about, ninety minutes ago
    published = systems.publish_sla(sla("gold", sink, METRICS))
    systems.publish_sla(
        sla("ola", sink, ("resolution",), agreement_type="ola", group="l1"), default=False
    )
    bound = {"sla_id": "ola", "match": {"group": "l1"}, "effective_from": "2020-01-01T00:00:00Z"}
    answer = systems.http.post("/sla/v1/assignments", json=bound)
    assert answer.status_code == 201, answer.text
    await eventually(lambda: systems.default_agreement() == published["hash"])
    opened = [
        event
        for ticket in CORRECTED
        for event in (
            systems.ticket("opened", ticket, ago(90), status="open", group="l1"),
            systems.ticket("replied", ticket, ago(90), author="customer", public=True),
        )
    ]
    await systems.publish(*opened)
    everything = {(ticket, kind): 1 for ticket in CORRECTED for kind in KINDS}
    # Then half an hour ago each of their five clocks was breached, and somebody is told of each
    await eventually(lambda: told.counted("notice") == everything, timeout=90)
    believed = systems.status("waits") or {}
    assert {clock["outcome"] for clock in believed["clocks"]} == {"breached"}

    # When it is learnt what had happened meanwhile, in no order, and twice
    late = [
        systems.ticket("updated", "waits", ago(60), status="waiting_on_customer"),
        systems.ticket("replied", "answered", ago(40), author="agent", public=True),
        systems.ticket("updated", "lower", ago(60), priority="P3"),
        systems.ticket("deleted", "deleted", ago(60), reason="deleted", into=None),
        systems.ticket("deleted", "merged", ago(45), reason="merged", into="stays"),
        systems.ticket("updated", "cancelled", ago(60), status="cancelled"),
        systems.ticket("updated", "handed over", ago(40), group="l2"),
        systems.ticket("deleted", "too late", ago(10), reason="merged", into="stays"),
    ]
    await systems.publish(*reversed(late), *late)
    # Then whoever was told what was not so is corrected, once, and nobody else
    wrong = {(ticket, kind): 1 for ticket, kinds in CORRECTED.items() for kind in kinds}
    await eventually(lambda: told.counted("correction") == wrong, timeout=90)
    # and every service says the same
    right = everything.keys() - wrong.keys()
    await eventually(lambda: breaches(systems) == {one for one in right if one[1] != "ola"})
    await eventually(
        lambda: of_olas(systems) == {ticket for ticket, kind in right if kind == "ola"}
    )
    for ticket, kinds in CORRECTED.items():
        states = escalations(systems, ticket)
        assert states["withdrawn"] == len(kinds), (ticket, states)
        assert states["delivered"] == len(KINDS) - len(kinds), (ticket, states)
    gone = {clock["outcome"] for clock in (systems.status("deleted") or {})["clocks"]}
    assert gone == {"cancelled"}
    assert {clock["outcome"] for clock in (systems.status("too late") or {})["clocks"]} == {
        "breached"
    }

    # When the one that waited had gone on long before
    await systems.publish(systems.ticket("updated", "waits", ago(40), status="open"))
    # Then its breaches come after all, ten minutes ago, as the second of their kind
    again = Counter(everything) + Counter({("waits", kind): 1 for kind in KINDS})
    await eventually(lambda: told.counted("notice") == again, timeout=90)
    assert {one["n"] for one in feed(systems, "waits", "breached")} == {1, 2}
    assert {clock["breached_at"][:19] for clock in (systems.status("waits") or {})["clocks"]} == {
        ago(10)[:19]
    }
    await eventually(lambda: ("waits", "resolution") in breaches(systems))

    # And what was believed when people were told is still known
    path = "/ticket-clock/v1/tickets/waits/sla"
    then = systems.http.get(path, params={"as_known_at": believed["as_of"]}).json()
    assert [
        (clock["metric"], clock["outcome"], clock["breached_at"]) for clock in then["clocks"]
    ] == [(clock["metric"], clock["outcome"], clock["breached_at"]) for clock in believed["clocks"]]
    assert all(one["fired_at"] for clock in then["clocks"] for one in clock["thresholds"])
    # and everything stored is what the facts say
    found = systems.http.post("/ticket-clock/v1/verify", json={}).json()
    assert (found["tickets"], found["findings"]) == (len(CORRECTED), [])
    assert told.counted("correction") == wrong, "nobody was told anything more"


def breaches(systems: Systems) -> set[tuple[str, str]]:
    """Of what customers were promised."""
    items = systems.http.get("/dashboard/v1/breaches", params={"limit": 200}).json()["items"]
    return {(one["ticket_id"], one["metric"]) for one in items}


def of_olas(systems: Systems) -> set[str]:
    """Tickets that group l1 has had for too long."""
    query: dict[str, str | int] = {"limit": 200, "agreement_type": "ola"}
    items = systems.http.get("/dashboard/v1/breaches", params=query).json()["items"]
    assert {one["owner_group"] for one in items} == {"l1"}
    return {one["ticket_id"] for one in items}


def escalations(systems: Systems, ticket: str) -> Counter[str]:
    query: dict[str, str | int] = {"ticket_id": ticket, "limit": 200}
    items = systems.http.get("/escalation/v1/escalations", params=query).json()["items"]
    return Counter(one["state"] for one in items)


def feed(systems: Systems, ticket: str, kind: str) -> list[dict[str, Any]]:
    query = {"limit": 200}
    found = systems.http.get(f"/ticket-clock/v1/tickets/{ticket}/activity", params=query).json()
    return [one for one in found["items"] if one["kind"] == kind]
