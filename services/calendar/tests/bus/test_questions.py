from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from calendar_service.main import service
from slaclock.contracts.canonical import content_hash
from slaclock.messaging.asking import Declined, NoAnswer, ask
from slaclock.messaging.topology import BUSINESS_TIME, CALENDAR_SEAL
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served, serving

PATH = "/calendar/v1/business-time"
OPERATIONS = [
    {"op": "add", "start": "2026-03-06T17:00:00Z", "minutes": 90},
    {"op": "explain", "start": "2026-03-06T17:00:00Z", "minutes": 90},
    {"op": "add", "start": "2026-03-06T17:00:00Z", "minutes": 199_999_999},
]


async def test_the_bus_answers_what_http_answers(
    on_the_bus: Served, topology: Bus, office: dict[str, Any]
) -> None:
    admin = await on_the_bus.client()
    await admin.post("/calendar/v1/calendars/uk/publish", json={"calendar": office})
    asker = await topology.connect("acme.helpdesk")
    try:
        for which in ({"id": "uk"}, {"snapshot": office}):
            body = {"calendar": which, "operations": OPERATIONS}
            over_http = await admin.post(PATH, json=body)
            on_the_wire = await ask(asker, BUSINESS_TIME, "acme", orjson.dumps(body))
            assert orjson.loads(on_the_wire) == over_http.json()
    finally:
        await asker.close()


@pytest.mark.parametrize(
    ("tenant", "body", "code"),
    [
        pytest.param("acme", b"{", "body.malformed", id="no JSON"),
        pytest.param("acme", b"[" * 60_000, "body.too-deep", id="deep"),
        pytest.param("acme", b"{}", "request.invalid", id="empty"),
        pytest.param(
            "acme",
            b'{"calendar": {"id": "\\u0000"}, "operations": []}',
            "body.unusable-value",
            id="NUL",
        ),
        pytest.param(
            "acme",
            b'{"calendar": {"snapshot": {"timezone": "Mars"}}, "operations": []}',
            "calendar.invalid",
            id="a faulty calendar",
        ),
        pytest.param(
            "globex",
            b'{"calendar": {"id": "uk"}, "operations": []}',
            "calendar.not-found",
            id="another tenant's",
        ),
    ],
)
async def test_malformed_and_foreign_questions_are_refused(
    on_the_bus: Served,
    topology: Bus,
    office: dict[str, Any],
    tenant: str,
    body: bytes,
    code: str,
) -> None:
    admin = await on_the_bus.client()
    await admin.post("/calendar/v1/calendars/uk/publish", json={"calendar": office})
    asker = await topology.connect("sla")
    try:
        with pytest.raises(Declined) as refused:
            await ask(asker, BUSINESS_TIME, tenant, body)
        assert refused.value.code == code
    finally:
        await asker.close()


async def test_replicas_share_the_questions_until_none_is_left(
    dsn: str, topology: Bus, tmp_path: Path, office: dict[str, Any]
) -> None:
    body = orjson.dumps({"calendar": {"snapshot": office}, "operations": OPERATIONS[:1]})
    asker = await topology.connect("ticket-clock")
    try:
        async with serving(service(), dsn, tmp_path, topology):
            async with serving(service(), dsn, tmp_path, topology):
                for _ in range(20):
                    await ask(asker, BUSINESS_TIME, "acme", body)
            await ask(asker, BUSINESS_TIME, "acme", body)
        with pytest.raises(NoAnswer, match="no calendar service answers"):
            await ask(asker, BUSINESS_TIME, "acme", body)
    finally:
        await asker.close()


async def test_a_document_is_sealed_as_publishing_would_and_not_kept(
    on_the_bus: Served, topology: Bus, office: dict[str, Any]
) -> None:
    admin = await on_the_bus.client()
    asker = await topology.connect("ticket-clock")
    rules = [{"rule": "easter", "days": -2, "name": "Good Friday"}]
    years = {"first_year": 2026, "last_year": 2026}
    document = {**office, "calendar_id": "uk", "holiday_rules": rules, "horizon": years}
    try:
        before = orjson.loads(
            await ask(asker, CALENDAR_SEAL, "acme", orjson.dumps({"calendar": document}))
        )
        assert (await admin.get("/calendar/v1/calendars")).json()["items"] == []
        done = await admin.post("/calendar/v1/calendars/uk/publish", json={"calendar": document})
        assert (before["version"], before["hash"]) == (None, done.json()["hash"])
        assert content_hash(before["snapshot"]) == before["hash"]
        assert before["snapshot"]["holidays"][0] == {"date": "2026-04-03", "name": "Good Friday"}
        for which in ({"calendar_id": "uk"}, {"calendar_id": "uk", "version": 1}):
            found = orjson.loads(await ask(asker, CALENDAR_SEAL, "acme", orjson.dumps(which)))
            assert found == {**before, "version": 1, "findings": []}
        await admin.put("/calendar/v1/calendars/uk/draft", json={**office, "name": "Later"})
        body = orjson.dumps({"calendar_id": "uk", "draft": True})
        draft = orjson.loads(await ask(asker, CALENDAR_SEAL, "acme", body))
        assert (draft["name"], draft["version"], draft["snapshot"]["version"]) == ("Later", None, 2)
    finally:
        await asker.close()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({}, "request.invalid", id="nothing"),
        pytest.param({"calendar_id": "uk"}, "calendar-version.not-found", id="unknown"),
        pytest.param(
            {"calendar_id": "uk", "draft": True}, "calendar-draft.not-found", id="no draft"
        ),
        pytest.param({"calendar": {"timezone": "UTC"}}, "calendar.invalid", id="without id"),
        pytest.param(
            {"calendar": {"calendar_id": "uk", "timezone": "Mars"}}, "calendar.invalid", id="faulty"
        ),
        pytest.param(
            {"calendar_id": "uk", "version": 1, "draft": True}, "request.invalid", id="two ways"
        ),
    ],
)
async def test_what_cannot_be_sealed(
    on_the_bus: Served, topology: Bus, body: dict[str, Any], code: str
) -> None:
    asker = await topology.connect("ticket-clock")
    try:
        with pytest.raises(Declined) as refused:
            await ask(asker, CALENDAR_SEAL, "acme", orjson.dumps(body))
        assert refused.value.code == code
    finally:
        await asker.close()
