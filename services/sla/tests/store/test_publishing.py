"""Publishing is one transaction: a crash between any two steps leaves draft or version, whole."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sla_service.domain.file import InvalidAgreement
from sla_service.domain.finding import Finding
from sla_service.ports import Work
from sla_service.store.desk import PgDesk
from sla_service.store.work import PgWork, beginner
from sla_service.usecases import check
from sla_service.usecases.publish import Rules, Wish, publish, retire
from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.store import Pool, begin
from slaclock.store.models import open_engine

RULES = Rules(SNAPSHOT_BYTES)
STEPS = ["add_version", "emit", "note", "discard_draft"]


class CrashedError(Exception):
    """The process goes away."""


def dying_in(step: str, *, after: bool) -> Any:
    """A `Work` method that dies before it did anything, or just after."""
    real = getattr(PgWork, step)

    async def crash(self: PgWork, *args: Any, **more: Any) -> None:
        if after:
            await real(self, *args, **more)
        raise CrashedError

    return crash


async def counts(pool: Pool) -> dict[str, int]:
    tables = ("sla_versions", "sla_targets", "sla_escalation_rules", "outbox", "sla_drafts")
    async with begin(pool, {"acme"}) as connection:
        return {
            table: await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - ours
            for table in tables
        }


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_leaves_the_draft_as_it_was(
    pool: Pool,
    dsn: str,
    gold: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    after: bool,
) -> None:
    # given a draft
    engine = open_engine(dsn, application="test")
    assert await PgDesk(engine).create("acme", "gold", gold, "somebody")
    await engine.dispose()

    # when the process dies in a step of publishing
    with monkeypatch.context() as patch:
        patch.setattr(PgWork, step, dying_in(step, after=after))
        with pytest.raises(CrashedError):
            async with beginner(pool)({"acme"}) as work:
                await publish(work, Wish("acme", "gold", "somebody"), RULES)

    # then nothing happened
    assert await counts(pool) == {
        "sla_versions": 0,
        "sla_targets": 0,
        "sla_escalation_rules": 0,
        "outbox": 0,
        "sla_drafts": 1,
    }

    # and the next attempt publishes it once
    async with beginner(pool)({"acme"}) as work:
        assert (await publish(work, Wish("acme", "gold", "somebody"), RULES)).created
    found = await counts(pool)
    assert (found["sla_versions"], found["outbox"], found["sla_drafts"]) == (1, 1, 0)


async def test_retiring_is_told_once(pool: Pool, gold: dict[str, Any]) -> None:
    async with beginner(pool)({"acme"}) as work:
        done = await publish(work, Wish("acme", "gold", "a", document=gold), RULES)
    for _ in range(2):
        async with beginner(pool)({"acme"}) as work:
            found = await retire(work, "acme", "gold", 1, "somebody")
            assert found is not None
            assert found.status == "retired"
    async with begin(pool, {"acme"}) as connection:
        rows = await connection.fetch("SELECT subject, body FROM outbox ORDER BY position")
    assert [row["subject"] for row in rows] == [
        "sla.agreement.published.v1.acme",
        "sla.agreement.retired.v1.acme",
    ]
    event = json.loads(rows[1]["body"])
    assert event["data"] == {"sla_id": "gold", "version": 1, "hash": done.version.hash}


async def test_a_check_that_came_later_does_not_unpublish(
    pool: Pool, gold: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a version, and a release whose linter finds an error in it
    wish = Wish("acme", "gold", "a", document=gold)
    async with beginner(pool)({"acme"}) as work:
        await publish(work, wish, RULES)
    error = Finding("error", "sla.new-check", "targets", None, "is wrong", "correct it")
    monkeypatch.setattr(check, "lint", lambda *_, **__: (error,))

    # when it is published again unchanged, and changed
    async with beginner(pool)({"acme"}) as work:
        same = await publish(work, wish, RULES)
        with pytest.raises(InvalidAgreement):
            await publish(work, replace(wish, document={**gold, "name": "G"}), RULES)

    # then the first answers what is there, with the error as something to look at
    assert (same.created, [one.code for one in same.warnings]) == (False, ["sla.new-check"])


async def test_a_file_that_comes_along_leaves_another_draft(
    pool: Pool, dsn: str, gold: dict[str, Any]
) -> None:
    engine = open_engine(dsn, application="test")
    await PgDesk(engine).create("acme", "gold", {**gold, "name": "being written"}, "a")
    async with beginner(pool)({"acme"}) as work:
        assert (await publish(work, Wish("acme", "gold", "a", document=gold), RULES)).created
    draft = await PgDesk(engine).draft("acme", "gold")
    await engine.dispose()
    assert draft is not None
    assert draft.document["name"] == "being written"


async def test_what_was_retired_may_be_published_again(pool: Pool, gold: dict[str, Any]) -> None:
    async def published() -> int:
        async with beginner(pool)({"acme"}) as work:
            typed: Work = work
            return (
                await publish(typed, Wish("acme", "gold", "a", document=gold), RULES)
            ).version.version

    assert await published() == 1
    async with beginner(pool)({"acme"}) as work:
        await retire(work, "acme", "gold", 1, "a")
    assert [await published(), await published()] == [2, 2]
