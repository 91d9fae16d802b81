"""Policies of other software come in as drafts of the real service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sla_service.domain.agreement import PublishedCalendar
from sla_service.domain.snapshot import SealedCalendar
from sla_service.store.work import beginner
from sla_service.usecases.importing import Brought, DraftExists, bring_in
from sla_service.usecases.learn import Lesson, Retirement, learn_calendars
from slaclock.auth.roles import Role
from slaclock.business_time import seal
from slaclock.contracts.canonical import content_hash
from slaclock.store import Pool
from slaclock.testing.serving import Served

ITIL = "/sla/v1/imports/itil-default"
DRAFT = "/sla/v1/slas/itil-standard/draft"


async def test_the_itil_default_set_is_imported_and_published(served: Served) -> None:
    # given a manager
    manager = await served.client(role=Role.MANAGER)

    # when
    made = await manager.post(ITIL, params={"timezone": "Europe/London"})

    # then there is a draft without faults, and what differs from Alga PSA is told
    answer = made.json()
    assert (made.status_code, answer["format"], answer["dry_run"]) == (201, "itil-default", False)
    (sla,) = answer["slas"]
    assert (sla["sla_id"], sla["draft"], sla["faults"]) == ("itil-standard", "created", [])
    assert {
        (one["priority"], one["metric"]): (one["minutes"], one["calendar"])
        for one in sla["document"]["targets"]
    } == {
        ("P1", "first_response"): (15, "24x7"),
        ("P1", "resolution"): (60, "24x7"),
        ("P2", "first_response"): (30, "office-hours"),
        ("P2", "resolution"): (240, "office-hours"),
        ("P3", "first_response"): (60, "office-hours"),
        ("P3", "resolution"): (1440, "office-hours"),
        ("P4", "first_response"): (240, "office-hours"),
        ("P4", "resolution"): (4320, "office-hours"),
        ("P5", "first_response"): (480, "office-hours"),
        ("P5", "resolution"): (10080, "office-hours"),
    }
    told = [one["message"] for one in answer["told"] if one["code"] == "import.business-minutes"]
    assert told[0] == "are minutes of business hours, 2.4 days of 10 open hours, not 1 day"
    kept = await manager.get(DRAFT)
    assert (kept.headers["ETag"], kept.json()["document"]) == (f'"{sla["etag"]}"', sla["document"])

    # and it is published as it is; the same import finds the same draft later
    admin = await served.client()
    assert (await admin.post("/sla/v1/slas/itil-standard/publish")).status_code == 201
    again = await manager.post(ITIL, params={"timezone": "Europe/London"})
    assert (again.status_code, again.json()["slas"][0]["draft"]) == (201, "created")
    same = await manager.post(ITIL, params={"timezone": "Europe/London"})
    assert (same.status_code, same.json()["slas"][0]["draft"]) == (200, "unchanged")


async def test_a_draft_that_says_something_else_stays(served: Served) -> None:
    manager = await served.client(role=Role.MANAGER)
    await manager.post(ITIL)
    other = {"timezone": "Asia/Kolkata"}
    refused = await manager.post(ITIL, params=other)
    assert (refused.status_code, refused.json()["code"]) == (409, "import.draft-exists")
    (fault,) = refused.json()["errors"]
    assert (fault["field"], fault["value"]) == ("sla_id", "itil-standard")
    tried = await manager.post(ITIL, params={**other, "dry_run": True})
    assert (tried.status_code, tried.json()["slas"][0]["draft"]) == (200, "none")
    done = await manager.post(ITIL, params={**other, "replace": True})
    assert (done.status_code, done.json()["slas"][0]["draft"]) == (200, "replaced")


@pytest.mark.parametrize(
    ("role", "params", "status", "code"),
    [
        pytest.param(Role.VIEWER, {}, 403, "role.insufficient", id="viewers only read"),
        pytest.param(Role.MANAGER, {"timezone": "X"}, 422, "import.timezone", id="zone"),
        pytest.param(Role.MANAGER, {"sla_id": "a/b"}, 422, "sla.invalid", id="id"),
        pytest.param(Role.MANAGER, {"zone": "UTC"}, 422, "request.invalid", id="unknown"),
        pytest.param(Role.MANAGER, {"calendar_id": "c"}, 422, "request.invalid", id="half"),
    ],
)
async def test_what_is_refused(
    served: Served, role: Role, params: dict[str, Any], status: int, code: str
) -> None:
    client = await served.client(role=role)
    refused = await client.post(ITIL, params=params)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    assert (await client.get(DRAFT)).status_code == 404


async def test_a_published_calendar_stands_for_business_hours(served: Served) -> None:
    manager = await served.client(role=Role.MANAGER)
    params: dict[str, Any] = {"calendar_id": "uk", "calendar_version": 3}
    made = (await manager.post(ITIL, params=params)).json()
    (sla,) = made["slas"]
    assert sla["document"]["calendars"] == {"business-hours": {"calendar_id": "uk", "version": 3}}
    assert [one["code"] for one in sla["faults"]] == ["sla.calendar-unknown"]


async def test_schedules_are_what_was_published_of_them(served: Served, pool: Pool) -> None:
    # given three versions of the calendar that the schedule becomes, the last one retired
    manager = await served.client(role=Role.MANAGER)
    inline = (await manager.post(ITIL, params={"dry_run": True})).json()
    ((name, document),) = inline["slas"][0]["document"]["calendars"].items()
    sealed = [seal(document, calendar_id=name, version=version) for version in (1, 2, 3)]
    versions = [SealedCalendar(one, content_hash(one), name, one["version"]) for one in sealed]
    async with beginner(pool)({"acme"}) as work:
        await learn_calendars(work, [Lesson("acme", one) for one in versions])
        last = versions[-1]
        gone = Retirement("acme", PublishedCalendar(name, 3), last.hash)
        await learn_calendars(work, [gone])

    # when
    made = (await manager.post(ITIL, params={"calendars": "published"})).json()

    # then
    (sla,) = made["slas"]
    assert sla["document"]["calendars"] == {name: {"calendar_id": name, "version": 2}}
    assert sla["faults"] == []
    assert made["told"][0]["code"] == "import.calendar-published"
    other = await (await served.client("globex")).post(ITIL, params={"calendars": "published"})
    assert other.json()["told"][0]["code"] == "import.calendar-inline"
    assert other.json()["slas"][0]["document"]["calendars"] == {name: document}


class Overtaken:
    """A desk on which somebody else is always a moment faster."""

    async def draft(self, _tenant: str, _sla_id: str) -> None:
        return None

    async def create(
        self, _tenant: str, _sla_id: str, _document: Mapping[str, Any], _actor: str
    ) -> None:
        return None


async def test_a_draft_that_comes_in_between_is_not_overwritten() -> None:
    slas = [Brought("gold", {}, ())]
    with pytest.raises(DraftExists):
        await bring_in(Overtaken(), "acme", "me", slas, overwrite=True)  # type: ignore[arg-type] # no more is asked of it
