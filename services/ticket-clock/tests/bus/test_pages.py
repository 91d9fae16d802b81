"""The list of tickets, page by page."""

from __future__ import annotations

from collections import Counter
from typing import Any

import httpx
import pytest

from ..desk import Desk, ago, opened, sla, status


@pytest.mark.parametrize("limit", [1, 7, 50])
async def test_pages_hold_every_ticket_once_whatever_the_filter(
    client: httpx.AsyncClient, desk: Desk, limit: int
) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    names = [f"T{n}" for n in range(12)] + ["a/b", "é ☎️", "Z" * 200, "_", "a-b", "ab", "AB"]
    for number, name in enumerate(names):
        await desk.take(opened(name, ago(now, minutes=230 if number % 3 else 10)))
        if number % 4 == 0:
            await desk.take(status(name, ago(now, minutes=5), "waiting_on_customer"))

    async def walk(**params: Any) -> list[str]:
        seen: list[str] = []
        cursor = None
        while True:
            asked = {"limit": limit, **params} | ({"cursor": cursor} if cursor else {})
            found = (await client.get("/ticket-clock/v1/tickets", params=asked)).json()
            assert len(found["items"]) <= limit
            seen += [item["ticket_id"] for item in found["items"]]
            cursor = found["next"]
            if cursor is None:
                return seen

    everything = await walk()
    assert Counter(everything) == Counter(names)
    by_state = {state: await walk(state=state) for state in ("active", "paused", "closed", "none")}
    assert Counter(name for found in by_state.values() for name in found) == Counter(names)
    assert set(by_state["paused"]) == set(names[::4])
    risks = ("none", "LOW", "MEDIUM", "HIGH", "CRITICAL")
    by_risk = {risk: await walk(risk=risk) for risk in risks}
    assert Counter(name for found in by_risk.values() for name in found) == Counter(names)
    assert len({len(found) for found in by_risk.values()}) > 1, "the filter filters"


@pytest.mark.parametrize("ticket_id", ["a/b", "..", "é ☎️", "INC 1.2", "%2F?#"])
async def test_whatever_its_id_a_ticket_is_shown_explained_and_told_of(
    client: httpx.AsyncClient, desk: Desk, ticket_id: str
) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(opened(ticket_id, ago(now, minutes=30)))
    await desk.take(status(ticket_id, ago(now, minutes=5), "waiting_on_customer"))

    async def asked(route: str, **params: Any) -> dict[str, Any]:
        found = await client.get(
            f"/ticket-clock/v1/{route}", params={"ticket_id": ticket_id, **params}
        )
        assert found.status_code == 200, found.text
        answer: dict[str, Any] = found.json()
        return answer

    assert (await asked("ticket-sla"))["ticket_id"] == ticket_id
    assert (await asked("ticket-explain"))["ticket_id"] == ticket_id
    whole = await asked("ticket-activity")
    assert whole["next"] is None
    first = await asked("ticket-activity", limit=1)
    rest = await asked("ticket-activity", cursor=first["next"])
    assert len(first["items"]) == 1
    assert first["items"] + rest["items"] == whole["items"]
