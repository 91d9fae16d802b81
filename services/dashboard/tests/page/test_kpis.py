"""The panel of KPIs, in a real browser on real parts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from slaclock.contracts.canonical import content_hash
from slaclock.contracts.instants import rfc3339

from ..bus.builders import GOLD, breached, clock, met, published
from .screen import Screen, Site

pytestmark = pytest.mark.browser

NOTHING = "\N{EN DASH}"
HOSTILE = "<img src=x onerror='window.broken = true'>"


def snapshot(*people: str) -> dict[str, Any]:
    """An SLA whose leads are *people*, who are to be in time in 66 of 100 cases."""
    template = {
        "kpi_id": "lead.resolution.month",
        "role": "lead",
        "measure": "compliance",
        "metric": "resolution",
        "target": "66.67",
        "period": "month",
        "priority": None,
    }
    recipients = [{"person": one} for one in people]
    return {
        "roles": {"lead": {"recipients": recipients, "kpis": []}},
        "kpi_templates": [template],
    }


def held(at: datetime, assignee: str | None, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "attributed_to": {"assignee": assignee, "group": None, "at": rfc3339(at)},
        "snapshot": content_hash(GOLD | more),
        "due_on": at.date().isoformat(),
    }


async def test_kpis_by_role_and_person_with_the_tickets_behind_them(
    screen: Screen, site: Site
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    roles = snapshot("ann", HOSTILE)
    undecided = held(now, None, roles) | {"attributed_to": None}
    await screen.open()
    assert not await screen.page.is_visible("#kpi-card")

    # when
    await site.tell(
        met("INC-1", now, **held(now, "ann", roles)),
        met("INC-2", now, **held(now, HOSTILE, roles)),
        breached("INC-3", now, **held(now, "ann", roles), assignee="bob"),
        breached("INC-4", now, **held(now, None, roles)),
        clock("started", "INC-5", now, **undecided, assignee="ann"),
        met("INC-6", now, **held(now, "cay", roles)),
        published(now, **roles),
    )

    # then the role just misses its target: 66.66 % is not shown as 66.7 %
    await screen.page.wait_for_selector("#kpis .counts:has-text('1 unattributed')")
    assert await screen.text("#kpis .name") == "lead"
    assert await screen.text("#kpis .share") == "66.66 %"
    assert await screen.text("#kpis .state") == "Missed"
    assert "1 pending, 1 unattributed" in await screen.text("#kpis .counts")
    title = await screen.page.get_attribute("#kpis .what", "title") or ""
    assert "decided while person" in title

    # and the tickets behind it can be seen
    await screen.page.click("#kpis .behind")
    await screen.page.wait_for_selector("#kpis .cycles li")
    found = await screen.page.locator("#kpis .cycles li b").all_inner_texts()
    assert sorted(found) == ["INC-1", "INC-2", "INC-3", "INC-4", "INC-5"]
    assert "ann" in await screen.text("#kpis .cycles [data-standing=breached]")

    # by person
    await screen.page.locator("#kpi label").nth(1).click()
    await screen.page.wait_for_selector("#kpis .name:text-is('ann')")
    names = await screen.page.locator("#kpis .name").all_inner_texts()
    assert names == ["Nobody known", HOSTILE, "ann"]
    assert await screen.page.evaluate("window.broken") is None
    assert "kpi=technician" in screen.page.url
    for width in (390, 1280):
        await screen.page.set_viewport_size({"width": width, "height": 900})
        wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert await screen.page.evaluate(wide)


async def test_without_data_there_is_no_percentage(screen: Screen, site: Site) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    await site.tell(published(now, **snapshot()))
    await screen.open()
    await screen.page.wait_for_selector("#kpis .state:text-is('No data')")
    assert await screen.text("#kpis .share") == NOTHING
    assert not await screen.page.is_visible("#kpis .behind")
