"""Our copies of published calendars, and what is told of those that went out of use."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from sla_service.domain.agreement import PublishedCalendar
from sla_service.domain.snapshot import SealedCalendar
from sla_service.store.work import beginner
from sla_service.usecases.learn import Lesson, Retirement, TamperedCalendar, learn_calendars
from slaclock.business_time import seal
from slaclock.contracts.canonical import content_hash
from slaclock.store import Pool

UK = PublishedCalendar("uk", 1)


@pytest.fixture
def office(gold: dict[str, Any]) -> SealedCalendar:
    document = seal(gold["calendars"]["office"], calendar_id="uk", version=1)
    return SealedCalendar(document, content_hash(document), "uk", 1)


async def test_a_retirement_holds_whenever_and_however_often_it_comes(
    pool: Pool, office: SealedCalendar
) -> None:
    orders = sorted(set(permutations(["published", "retired"] * 2)))
    for number, order in enumerate(orders):
        tenant = f"t{number}"
        news: dict[str, Lesson | Retirement] = {
            "published": Lesson(tenant, office),
            "retired": Retirement(tenant, UK, office.hash),
        }
        async with beginner(pool)({tenant, "other"}) as work:
            for kind in order:
                await learn_calendars(work, [news[kind]])
            await learn_calendars(work, [Lesson("other", office)])
            assert (await work.calendars(tenant, {UK}))[UK].retired
            assert not (await work.calendars("other", {UK}))[UK].retired


async def test_a_retirement_of_other_content_is_refused_or_means_nothing(
    pool: Pool, office: SealedCalendar
) -> None:
    other = Retirement("acme", UK, "0" * 64)
    async with beginner(pool)({"acme"}) as work:
        await learn_calendars(work, [Lesson("acme", office)])
        with pytest.raises(TamperedCalendar, match="uk version 1"):
            await learn_calendars(work, [other])
        assert not (await work.calendars("acme", {UK}))[UK].retired
    async with beginner(pool)({"globex"}) as work:
        early = Retirement("globex", UK, "0" * 64)
        await learn_calendars(work, [early, Lesson("globex", office)])
        assert not (await work.calendars("globex", {UK}))[UK].retired
