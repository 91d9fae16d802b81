"""The ITIL default set from its import to the verdicts; and what goes on while sla is away."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from slaclock.contracts.canonical import content_hash
from slaclock.testing import eventually
from slaclock_local.testing import PlatformProcess

from .client import Systems
from .sink import Sink

CUSTOMERS = {"C-1": "one", "C-2": "two", "C-3": "three"}
STANDARD, STRICT = ("itil-standard", 60), ("itil-strict", 40)
"""SLA and minutes of a P1's resolution."""


@dataclass(frozen=True, slots=True)
class Story:
    """What a tenant's systems tell, in minutes before the beginning of the test."""

    systems: Systems
    now: datetime

    def ago(self, minutes: int) -> str:
        return (self.now - timedelta(minutes=minutes)).isoformat()

    async def accepts(self, contract: str, customer: str, sla_id: str) -> None:
        event = self.systems.event(
            "quote.accepted",
            contract,
            self.ago(60 * 24),
            quote_id=f"Q-{contract}",
            contract_id=contract,
            customer_id=customer,
            sla_id=sla_id,
            sla_version=None,
            effective_from=self.ago(60 * 24),
            effective_to=None,
        )
        await self.systems.publish(event, kind="commerce")

    def changes(self, contract: str, mode: str) -> dict[str, Any]:
        return self.systems.event(
            "changeorder.approved",
            contract,
            self.ago(12),
            change_order_id=f"CO-{contract}",
            contract_id=contract,
            sla_id="itil-strict",
            sla_version=None,
            effective_from=self.ago(10),
            running_tickets=mode,
        )

    def ends(self, contract: str) -> dict[str, Any]:
        since = self.ago(10)
        return self.systems.event(
            "contract.ended", contract, since, contract_id=contract, effective_from=since
        )

    async def opens(self, ticket: str, minutes: int, customer: str | None = None) -> None:
        who = {} if customer is None else {"customer_id": customer}
        told = self.systems.ticket(
            "opened", ticket, self.ago(minutes), status="open", priority="P1", **who
        )
        await self.systems.publish(told)

    async def works_on(self, ticket: str) -> None:
        """Answered 10 minutes after its opening; then it waits for its customer for 5."""
        ticketing = self.systems.ticket
        await self.systems.publish(
            ticketing("replied", ticket, self.ago(40), author="agent", public=True, person=None),
            ticketing("updated", ticket, self.ago(35), status="waiting_on_customer"),
            ticketing("updated", ticket, self.ago(30), status="open"),
        )

    def waiting(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.systems.http.get("/sla/v1/waiting-contracts").json()[
            "items"
        ]
        return found

    def contract(self, contract: str, minutes: int) -> dict[str, Any]:
        path = f"/sla/v1/contracts/{contract}/sla"
        found: dict[str, Any] = self.systems.http.get(path, params={"at": self.ago(minutes)}).json()
        return found

    def bound(self, ticket: str) -> tuple[str | None, int | None]:
        status = self.systems.status(ticket) or {}
        clock = self.systems.clock(ticket)
        return (status.get("binding") or {}).get("sla_id"), clock.get("target_minutes")

    def reason(self, ticket: str) -> str | None:
        """Why a ticket is bound to what it is bound to; None while nobody knows of it."""
        binding = (self.systems.status(ticket) or {}).get("binding") or {}
        return binding.get("reason")

    async def is_bound(self, ticket: str, expected: tuple[str, int]) -> None:
        await eventually(lambda: self.bound(ticket) == expected)

    def compliance(self) -> dict[str, tuple[int, int]]:
        """Met and breached resolutions by customer."""
        query = {
            "metric": "resolution",
            "from": (self.now - timedelta(days=1)).date().isoformat(),
            "to": (self.now + timedelta(days=1)).date().isoformat(),
            "by": "customer",
        }
        groups = self.systems.http.get("/dashboard/v1/compliance", params=query).json()["groups"]
        return {one["key"]: (one["met"], one["breached"]) for one in groups}


@pytest.fixture
def story(systems: Systems) -> Story:
    return Story(systems, datetime.now(UTC).replace(microsecond=0))


async def test_the_itil_set_is_imported_published_bound_and_changed_in_flight(
    story: Story,
) -> None:
    # given quotes of three contracts whose SLA nobody has published
    for contract, customer in CUSTOMERS.items():
        await story.accepts(contract, customer, "itil-standard")
    await eventually(lambda: len(story.waiting()) == 3)

    # when the set is imported and published, and another one that gives a P1 40 minutes
    standard, strict = published(story)

    # then the contracts that waited are bound to it
    assert story.waiting() == []
    assert {story.contract(one, 0)["hash"] for one in CUSTOMERS} == {standard}

    # given a ticket of each customer, open for 45 of its 60 minutes
    for contract, customer in CUSTOMERS.items():
        await story.opens(f"T-{contract}", 50, customer)
        await story.works_on(f"T-{contract}")
        await story.is_bound(f"T-{contract}", STANDARD)
        await eventually(partial(is_due, story, f"T-{contract}", 15))

    # when change orders come in flight, each told twice, and one contract ends
    counted(story, strict)
    changes = [
        story.changes("C-1", "from_effective_instant"),
        story.changes("C-2", "keep"),
        story.ends("C-3"),
    ]
    await story.systems.publish(*changes, *changes[::-1], kind="commerce")

    # then the first ticket is measured by 40 minutes, and was late five minutes ago
    await story.is_bound("T-C-1", STRICT)
    await eventually(lambda: story.systems.clock("T-C-1")["outcome"] == "breached")
    breached = datetime.fromisoformat(story.systems.clock("T-C-1")["breached_at"])
    assert breached == story.now - timedelta(minutes=5)

    # and the others go on as they were; who comes later gets what holds by then
    for contract, customer in CUSTOMERS.items():
        await story.opens(f"N-{contract}", 2, customer)
    await story.is_bound("N-C-1", STRICT)
    await story.is_bound("N-C-2", STRICT)
    await eventually(lambda: story.reason("N-C-3") == "none")
    for ticket in ("T-C-2", "T-C-3"):
        assert story.bound(ticket) == STANDARD
        assert story.systems.clock(ticket)["outcome"] == "pending"
    agree(story, {"C-1": strict, "C-2": strict, "C-3": None}, before=standard)

    # when all of them are resolved
    await story.systems.publish(
        *(
            story.systems.ticket("updated", f"{kind}-{contract}", story.ago(0), status="resolved")
            for kind in "TN"
            for contract in CUSTOMERS
        )
    )

    # then the dashboard shows one breach, of the customer whose order reached its ticket
    expected = {"one": (1, 1), "two": (2, 0), "three": (1, 0)}
    await eventually(lambda: story.compliance() == expected)
    assert story.systems.clock("T-C-1")["elapsed_seconds"] == 45 * 60
    assert {story.systems.clock(ticket)["outcome"] for ticket in ("T-C-2", "T-C-3")} == {"met"}
    answer = story.systems.http.post("/ticket-clock/v1/verify", json={}).json()
    assert answer["findings"] == []

    # and the annex of the contract names what it pins
    annex = "/sla/v1/contracts/C-1/annex"
    page = story.systems.http.get(annex, headers={"Accept": "text/html"})
    assert (page.status_code, strict in page.text) == (200, True), page.text


def published(story: Story) -> tuple[str, str]:
    """The set, and one that gives a P1 40 minutes; their hashes."""
    http = story.systems.http
    imported = http.post("/sla/v1/imports/itil-default", params={"timezone": "Europe/London"})
    assert imported.status_code == 201, imported.text
    assert imported.json()["told"], "what could not be carried is said"
    draft = http.get("/sla/v1/slas/itil-standard/draft").json()
    assert draft["faults"] == []
    wish = {"effective_from": "1970-01-01T00:00:00Z"}
    standard = http.post("/sla/v1/slas/itil-standard/publish", json=wish)
    assert standard.status_code == 201, standard.text
    stricter = {**draft["document"], "sla_id": "itil-strict", "name": "Strict"}
    for target in stricter["targets"]:
        if (target["metric"], target["priority"]) == ("resolution", "P1"):
            target["minutes"] = 40
    strict = story.systems.publish_sla(stricter, default=False)
    return standard.json()["hash"], strict["hash"]


def is_due(story: Story, ticket: str, minutes: int) -> bool:
    """Whether it was answered, has waited once, and is due in so many minutes."""
    clock = story.systems.clock(ticket)
    assert clock["due_at"], "it waits"
    due = datetime.fromisoformat(clock["due_at"]) - story.now
    answered = story.systems.clock(ticket, "first_response")["outcome"]
    return (due, len(clock["pauses"]), answered) == (timedelta(minutes=minutes), 1, "met")


def counted(story: Story, strict: str) -> None:
    """The dry run of a change order says what it would do, and does nothing."""
    order = {
        "sla_id": "itil-strict",
        "effective_from": story.ago(10),
        "running_tickets": "from_effective_instant",
    }
    dry = story.systems.http.post("/sla/v1/contracts/C-1/change-order-dry-run", json=order).json()
    assert (dry["has_effect"], dry["reached"]["tickets"], dry["agreement"]) == (True, 1, strict)
    assert story.bound("T-C-1") == STANDARD


def agree(story: Story, after: dict[str, str | None], *, before: str) -> None:
    """sla and ticket-clock answer the same, for any instant."""
    for contract, changed in after.items():
        for minutes, expected in ((11, before), (10, changed), (0, changed)):
            said = story.contract(contract, minutes)
            assert said["hash"] == expected
            assert expected is None or content_hash(said["snapshot"]) == expected
        asked = {
            "customer_id": CUSTOMERS[contract],
            "opened": story.ago(50),
            "at": story.ago(0),
        }
        found = story.systems.http.get("/sla/v1/what-applies", params=asked).json()
        binding = (story.systems.status(f"T-{contract}") or {})["binding"]
        assert (found["reason"], found["agreement"]) == (binding["reason"], binding["snapshot"])


@contextmanager
def away(platform: PlatformProcess, part: str) -> Iterator[None]:
    """*part* does not answer, and nobody starts another one in its place."""
    stopped = platform.kill(part, signal.SIGSTOP)
    try:
        yield
    finally:
        assert stopped.signal(signal.SIGCONT)


async def test_the_others_go_on_while_sla_is_away(
    story: Story, platform: PlatformProcess, sink: Sink
) -> None:
    systems = story.systems
    # given a default whose breaches are told to a webhook
    agreement = systems.publish_sla(
        {
            "schema": "slaclock.sla/1",
            "sla_id": "gold",
            "name": "Gold",
            "calendars": {},
            "targets": [
                {"metric": "resolution", "priority": None, "minutes": 30, "calendar": "24x7"}
            ],
            "thresholds": ["percent:100"],
            "escalations": [
                {
                    "rule_id": "late",
                    "threshold": "percent:100",
                    "metric": "resolution",
                    "deliver": [{"channel": "webhook", "to": f"http://{sink.address}/away"}],
                }
            ],
        }
    )
    await eventually(lambda: systems.default_agreement() == agreement["hash"])

    with away(platform, "sla"):
        # when tickets come, over the bus and by HTTP, and commerce goes on
        await story.opens("LATE", 40)
        event = systems.ticket("opened", "IN-TIME", story.ago(5), status="open", priority="P1")
        taken = systems.http.post(
            "/ticket-clock/v1/events",
            json=event,
            headers={"Content-Type": "application/cloudevents+json"},
        )
        assert taken.status_code == 202, taken.text
        await story.accepts("C-9", "nine", "gold")

        # then clocks run, breaches are told to people, and the dashboard shows them
        await eventually(lambda: story.bound("IN-TIME") == ("gold", 30))
        await eventually(lambda: systems.clock("LATE").get("outcome") == "breached")
        await eventually(
            lambda: [call.document["ticket_id"] for call in sink.to("/away")] == ["LATE"]
        )
        await eventually(
            lambda: (
                "LATE"
                in {
                    one["ticket_id"]
                    for one in systems.http.get("/dashboard/v1/breaches").json()["items"]
                }
            )
        )
        # and what needs no SLA service goes on: verifying, explaining, publishing calendars
        assert systems.http.post("/ticket-clock/v1/verify", json={}).json()["findings"] == []
        assert systems.http.get("/ticket-clock/v1/tickets/LATE/explain").status_code == 200
        hours = {
            "timezone": "Europe/London",
            "windows": [{"weekday": 0, "start": "09:00", "end": "17:30"}],
        }
        calendar = systems.http.post("/calendar/v1/calendars/uk/publish", json={"calendar": hours})
        assert calendar.status_code == 201, calendar.text

    # and when it is back, it takes up what came meanwhile
    await eventually(lambda: story.contract("C-9", 0).get("hash") == agreement["hash"], timeout=60)
    file = {
        "schema": "slaclock.sla/1",
        "sla_id": "office",
        "name": "Office",
        "calendars": {"office": {"calendar_id": "uk", "version": 1}},
        "targets": [
            {"metric": "resolution", "priority": None, "minutes": 30, "calendar": "office"}
        ],
    }

    def learnt() -> bool:
        return systems.http.post("/sla/v1/slas/office/publish", json={"sla": file}).is_success

    await eventually(learnt)
