"""Drafts and versions against a model: whatever is done in whatever order, both agree."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sla_service.domain.original import file_of
from sla_service.ports import Begin
from sla_service.store.desk import PgDesk
from sla_service.store.work import beginner
from sla_service.usecases.publish import NothingToPublish, Rules, Wish, publish, retire
from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.store import open_pool
from slaclock.store.models import open_engine

RULES = Rules(SNAPSHOT_BYTES)
NAMES = st.sampled_from(["Gold", "Silver", "Bronze"])
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """One event loop and one database; each run of the machine is an SLA of its own."""

    loop: asyncio.AbstractEventLoop
    desk: PgDesk
    begin: Begin
    gold: Document
    runs: Iterator[int] = field(default_factory=count)

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """What *doing* answers."""
        return self.loop.run_until_complete(doing)


class Machine(RuleBasedStateMachine):
    """The model: a draft's name or none, and for each version its name and state."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.sla_id = f"sla-{next(self.world.runs)}"
        self.draft: str | None = None
        self.versions: list[tuple[str, str]] = []

    def named(self, name: str) -> Document:
        return copy.deepcopy(self.world.gold) | {"sla_id": self.sla_id, "name": name}

    @rule(name=NAMES)
    def write(self, name: str) -> None:
        self.put(self.named(name))
        self.draft = name

    def put(self, document: Document) -> None:
        before = self.world.run(self.world.desk.draft("acme", self.sla_id))
        if before is None:
            made = self.world.run(self.world.desk.create("acme", self.sla_id, document, "a"))
        else:
            made = self.world.run(
                self.world.desk.replace("acme", self.sla_id, document, "a", before.etag)
            )
        assert made is not None

    @rule(number=st.integers(1, 4))
    def copy_version(self, number: int) -> None:
        found = self.world.run(self.snapshot(number))
        assert (found is None) == (number > len(self.versions))
        if found is not None:
            self.put(file_of(found))
            self.draft = self.versions[number - 1][0]

    async def snapshot(self, number: int) -> Any:
        async with self.world.begin({"acme"}) as work:
            version = await work.version("acme", self.sla_id, number)
            return None if version is None else await work.snapshot(version)

    @rule(dry=st.booleans())
    def publish_draft(self, dry: bool) -> None:
        async def act() -> Any:
            async with self.world.begin({"acme"}) as work:
                return await publish(work, Wish("acme", self.sla_id, "a", dry_run=dry), RULES)

        if self.draft is None and not self.versions:
            try:
                self.world.run(act())
            except NothingToPublish:
                return
            raise AssertionError("there was nothing to publish")
        done = self.world.run(act())
        same = self.draft is None or (
            bool(self.versions) and self.versions[-1] == (self.draft, "published")
        )
        assert done.created is not same
        assert done.version.version == len(self.versions) + (0 if same else 1)
        if dry:
            return
        if not same and self.draft is not None:
            self.versions.append((self.draft, "published"))
        self.draft = None

    @rule(number=st.integers(1, 4))
    def retire_version(self, number: int) -> None:
        async def act() -> Any:
            async with self.world.begin({"acme"}) as work:
                return await retire(work, "acme", self.sla_id, number, "a")

        found = self.world.run(act())
        assert (found is None) == (number > len(self.versions))
        if found is not None:
            self.versions[number - 1] = (self.versions[number - 1][0], "retired")

    @invariant()
    def both_agree(self) -> None:
        draft = self.world.run(self.world.desk.draft("acme", self.sla_id))
        listed = self.world.run(
            self.world.desk.versions("acme", self.sla_id, below=None, limit=100)
        )
        assert (None if draft is None else draft.document["name"]) == self.draft
        assert [(one.name, one.status) for one in reversed(listed)] == self.versions


def test_versions_agree_with_a_model(dsn: str, gold: dict[str, Any]) -> None:
    loop = asyncio.new_event_loop()
    pool = loop.run_until_complete(open_pool(dsn, application="test"))
    engine = open_engine(dsn, application="test")

    class Run(Machine):
        world = World(loop, PgDesk(engine), beginner(pool), gold)

    try:
        run_state_machine_as_test(
            Run,
            settings=settings(
                max_examples=20,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        loop.run_until_complete(pool.close())
        loop.run_until_complete(engine.dispose())
        loop.close()
