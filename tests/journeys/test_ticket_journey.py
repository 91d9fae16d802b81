"""One ticket through all five services: in by NATS, clocks, webhook, dashboard, and corrections."""

from __future__ import annotations

from typing import Any

from slaclock.testing import eventually

from .client import Systems
from .sink import Sink

OFFICE = {
    "timezone": "Europe/London",
    "windows": [{"weekday": day, "start": "09:00", "end": "17:30"} for day in range(5)],
}


def sla(sink: Sink, path: str) -> dict[str, Any]:
    url = f"http://{sink.address}{path}"
    return {
        "schema": "slaclock.sla/1",
        "sla_id": "journey",
        "name": "Journey",
        "calendars": {"office": OFFICE},
        "targets": [
            {"metric": "first_response", "priority": None, "minutes": 60, "calendar": "office"},
            {"metric": "resolution", "priority": "P1", "minutes": 240, "calendar": "office"},
            {"metric": "resolution", "priority": None, "minutes": 480, "calendar": "office"},
        ],
        "escalations": [
            {
                "rule_id": rule,
                "threshold": f"percent:{percent}",
                "metric": "resolution",
                "deliver": [{"channel": "webhook", "to": url}],
            }
            for rule, percent in (("warn", 90), ("breach", 100))
        ],
    }


async def test_a_ticket_over_the_weekend_in_which_the_clocks_change(
    systems: Systems, sink: Sink
) -> None:
    """Friday 27 March to Monday 30 March 2026: London goes to summer time on Sunday."""
    path = "/journey"
    published = systems.publish_sla(sla(sink, path))
    await eventually(lambda: systems.default_agreement() == published["hash"])

    # Given a ticket that waits for its customer over the weekend, becomes urgent and is resolved
    await systems.publish(
        systems.ticket(
            "opened", "INC-1", "2026-03-27T15:00:00Z", priority="P2", status="open", group="l1"
        ),
        systems.ticket(
            "replied", "INC-1", "2026-03-27T15:30:00Z", author="agent", person="u1", public=True
        ),
        systems.ticket("updated", "INC-1", "2026-03-27T16:30:00Z", status="waiting_on_customer"),
        systems.ticket("updated", "INC-1", "2026-03-30T08:30:00Z", status="open"),
        systems.ticket("updated", "INC-1", "2026-03-30T09:30:00Z", priority="P1"),
        systems.ticket("updated", "INC-1", "2026-03-30T10:30:00Z", status="resolved"),
    )
    await eventually(lambda: systems.clock("INC-1").get("state") == "closed")
    response, resolution = systems.clock("INC-1", "first_response"), systems.clock("INC-1")
    assert (response["outcome"], response["elapsed_seconds"]) == ("met", 30 * 60)
    # 90 minutes on Friday, 120 on Monday from 09:30 British Summer Time on
    assert (resolution["outcome"], resolution["elapsed_seconds"]) == ("met", 210 * 60)
    assert resolution["target_minutes"] == 240
    assert resolution["pauses"] == [
        {
            "from": "2026-03-27T16:30:00Z",
            "to": "2026-03-30T08:30:00Z",
            "reasons": ["waiting_on_customer"],
        }
    ]
    await eventually(
        lambda: systems.compliance("resolution", "2026-03-30").get("P1", {}).get("met") == 1
    )
    assert sink.to(path) == []

    # When it is reopened and ends too late
    await systems.publish(
        systems.ticket("updated", "INC-1", "2026-03-30T12:00:00Z", status="in_progress"),
        systems.ticket("updated", "INC-1", "2026-03-30T12:40:00Z", status="resolved"),
    )
    await eventually(lambda: systems.clock("INC-1").get("outcome") == "breached")
    assert systems.clock("INC-1")["breached_at"] == "2026-03-30T12:30:00Z"
    # Then both rules notify, once each, signed, and the dashboard counts the breach
    await eventually(lambda: len(sink.to(path)) == 2)
    secret = systems.http.get("/escalation/v1/webhook-secret").json()
    key = secret["secret"]
    assert all(call.is_signed_with(key) for call in sink.to(path))
    await eventually(
        lambda: systems.compliance("resolution", "2026-03-30").get("P1", {}).get("breached") == 1
    )
    assert systems.compliance("resolution", "2026-03-30")["P1"]["met"] == 0

    # When it is learnt late that it had waited for the customer again
    await systems.publish(
        systems.ticket("updated", "INC-1", "2026-03-30T12:02:00Z", status="waiting_on_customer"),
        systems.ticket("updated", "INC-1", "2026-03-30T12:38:00Z", status="in_progress"),
    )
    await eventually(lambda: systems.clock("INC-1").get("outcome") == "met")
    # Then what was told is corrected, once, and the dashboard follows
    await eventually(lambda: len(sink.to(path)) == 4)
    await eventually(
        lambda: systems.compliance("resolution", "2026-03-30").get("P1", {}).get("met") == 1
    )
    thresholds = {one["threshold"]: one for one in systems.clock("INC-1")["thresholds"]}
    assert thresholds["percent:100"]["fired_at"]
    assert thresholds["percent:100"]["retracted_at"]

    # When it is learnt that it had been reopened an hour earlier
    await systems.publish(
        systems.ticket("updated", "INC-1", "2026-03-30T11:00:00Z", status="in_progress")
    )
    await eventually(lambda: systems.clock("INC-1").get("outcome") == "breached")
    # Then it is announced again, as the second of its kind, and escalated again
    await eventually(lambda: len(sink.to(path)) == 6)
    feed = systems.http.get("/ticket-clock/v1/tickets/INC-1/activity?limit=200").json()["items"]
    told = [(one["kind"], one.get("n")) for one in feed if one.get("threshold") == "percent:100"]
    assert ("breached", 1) in told
    assert ("breached", 2) in told
    explained = systems.http.get("/ticket-clock/v1/tickets/INC-1/explain").json()
    for clock in explained["clocks"]:
        used = sum(stretch["used_us"] for stretch in clock["stretches"])
        assert used == clock["elapsed_us"], "the parts of the explanation add up"


async def test_a_contract_decides_before_the_default(systems: Systems, sink: Sink) -> None:
    systems.publish_sla(sla(sink, "/default"))
    premium = {
        **sla(sink, "/premium"),
        "sla_id": "premium",
        "targets": [{"metric": "resolution", "priority": None, "minutes": 30, "calendar": "24x7"}],
    }
    systems.publish_sla(premium, default=False)
    await systems.publish(
        systems.event(
            "quote.accepted",
            "C-7",
            "2026-03-01T00:00:00Z",
            quote_id="Q-7",
            contract_id="C-7",
            customer_id="initech",
            sla_id="premium",
            sla_version=None,
            effective_from="2026-03-01T00:00:00Z",
            effective_to=None,
        ),
        kind="commerce",
    )
    await systems.publish(
        systems.ticket(
            "opened",
            "INC-7",
            "2026-03-02T09:00:00Z",
            priority="P3",
            status="open",
            customer_id="initech",
        ),
        systems.ticket("updated", "INC-7", "2026-03-02T09:29:00Z", status="resolved"),
    )
    await eventually(
        lambda: ((systems.status("INC-7") or {}).get("binding") or {}).get("contract_id") == "C-7"
    )
    clock = systems.clock("INC-7")
    assert (clock["target_minutes"], clock["outcome"]) == (30, "met")
    at = systems.http.get("/sla/v1/contracts/C-7/sla", params={"at": "2026-03-02T09:00:00Z"})
    assert at.status_code == 200, at.text


async def test_a_deadline_that_comes_while_we_watch(systems: Systems, sink: Sink) -> None:
    """Live: the platform wakes by itself, tells once, and the list of breaches has it."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - here only

    document = sla(sink, "/live")
    document["targets"] = [
        {"metric": "resolution", "priority": None, "minutes": 10, "calendar": "24x7"}
    ]
    published = systems.publish_sla(document)
    await eventually(lambda: systems.default_agreement() == published["hash"])
    opened_at = datetime.now(UTC) - timedelta(minutes=10) + timedelta(seconds=4)
    at = opened_at.isoformat().replace("+00:00", "Z")
    await systems.publish(systems.ticket("opened", "LIVE ☎️ 1/2", at, priority="P1", status="open"))
    await eventually(lambda: len(sink.to("/live")) == 2)
    breaches = systems.http.get("/dashboard/v1/breaches").json()["items"]
    assert [row["ticket_id"] for row in breaches] == ["LIVE ☎️ 1/2"]
