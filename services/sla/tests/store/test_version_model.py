"""Drafts and versions against a model: whatever is done in whatever order, both agree."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sla_service.domain.original import file_of
from sla_service.domain.version import SlaVersion
from sla_service.ports import Begin, Draft
from sla_service.store.desk import PgDesk
from sla_service.store.work import beginner
from sla_service.usecases.publish import (
    DraftChanged,
    NothingToPublish,
    Rules,
    Wish,
    publish,
    retire,
)
from slaclock.contracts.canonical import content_hash, sha256_hex
from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.store import Pool, begin, open_pool
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
    pool: Pool
    gold: Document
    runs: Iterator[int] = field(default_factory=count)

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """What *doing* answers."""
        return self.loop.run_until_complete(doing)


class Machine(RuleBasedStateMachine):
    """The model: a draft's name and tag or none, and for each version its name and state."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.sla_id = f"sla-{next(self.world.runs)}"
        self.draft: tuple[str, str] | None = None
        self.last: str | None = None  # tag of the document that the newest version was made of
        self.versions: list[tuple[str, str]] = []
        self.bodies: list[tuple[str, bytes]] = []
        self.tags: list[str] = []  # of all drafts that ever were
        self.told = 0

    def named(self, name: str) -> Document:
        return copy.deepcopy(self.world.gold) | {"sla_id": self.sla_id, "name": name}

    @rule(name=NAMES)
    def write(self, name: str) -> None:
        self.put(name, self.named(name))

    def put(self, name: str, document: Document) -> None:
        before = self.world.run(self.world.desk.draft("acme", self.sla_id))
        if before is None:
            made = self.world.run(self.world.desk.create("acme", self.sla_id, document, "a"))
        else:
            made = self.world.run(
                self.world.desk.replace("acme", self.sla_id, document, "a", before.etag)
            )
        assert made is not None
        self.wrote(name, made)

    def wrote(self, name: str, draft: Draft) -> None:
        self.draft = name, draft.etag
        self.tags.append(draft.etag)

    @property
    def tag(self) -> str | None:
        """The tag of the draft."""
        return None if self.draft is None else self.draft[1]

    @rule(name=NAMES)
    def write_beside_one(self, name: str) -> None:
        """Who believes that there is no draft makes none where there is one."""
        made = self.world.run(self.world.desk.create("acme", self.sla_id, self.named(name), "a"))
        assert (made is None) == (self.draft is not None)
        if made is not None:
            self.wrote(name, made)

    @rule(name=NAMES, data=st.data())
    def write_with_any_tag(self, name: str, data: st.DataObject) -> None:
        tag = data.draw(st.sampled_from([self.tag or "0" * 64, *self.tags[-2:], "0" * 64]))
        fits = tag == self.tag
        document = self.named(name)
        made = self.world.run(self.world.desk.replace("acme", self.sla_id, document, "a", tag))
        assert (made is not None) == fits
        if made is not None:
            self.wrote(name, made)

    @rule(data=st.data())
    def discard_with_any_tag(self, data: st.DataObject) -> None:
        tag = data.draw(st.sampled_from([self.tag or "0" * 64, *self.tags[-2:], "0" * 64]))
        fits = tag == self.tag
        assert self.world.run(self.world.desk.discard("acme", self.sla_id, "me", tag)) == fits
        if fits:
            self.draft = None

    @rule(number=st.integers(1, 4))
    def copy_version(self, number: int) -> None:
        found = self.world.run(self.snapshot(number))
        assert (found is None) == (number > len(self.versions))
        if found is not None:
            self.put(self.versions[number - 1][0], file_of(found))

    async def snapshot(self, number: int) -> Any:
        async with self.world.begin({"acme"}) as work:
            version = await work.version("acme", self.sla_id, number)
            return None if version is None else await work.snapshot(version)

    @rule(dry=st.booleans(), name=st.none() | NAMES, data=st.data())
    def publish(self, dry: bool, name: str | None, data: st.DataObject) -> None:
        """The draft, as it is or that of any tag; or a file that comes along."""
        document = None if name is None else self.named(name)
        tag = data.draw(st.sampled_from([None, None, self.tag, self.last, *self.tags[-2:]]))
        wish = Wish("acme", self.sla_id, "a", document=document, etag=tag, dry_run=dry)

        async def act() -> Any:
            async with self.world.begin({"acme"}) as work:
                return await publish(work, wish, RULES)

        published = name or (self.draft[0] if self.draft else None)
        made_of = self.tag if document is None else content_hash(document)
        if tag is not None and tag != (self.tag or self.last):
            with pytest.raises(DraftChanged):
                self.world.run(act())
            return
        if published is None and not self.versions:
            with pytest.raises(NothingToPublish):
                self.world.run(act())
            return
        done = self.world.run(act())
        same = published is None or (
            bool(self.versions) and self.versions[-1] == (published, "published")
        )
        assert done.created is not same
        assert done.version.version == len(self.versions) + (0 if same else 1)
        if dry:
            return
        if not same and published is not None:
            self.versions.append((published, "published"))
            self.told += 1
            self.last = made_of
        if made_of == self.tag:
            self.draft = None

    @rule(number=st.integers(1, 4))
    def retire_version(self, number: int) -> None:
        async def act() -> Any:
            async with self.world.begin({"acme"}) as work:
                return await retire(work, "acme", self.sla_id, number, "a")

        found = self.world.run(act())
        assert (found is None) == (number > len(self.versions))
        if found is not None:
            self.told += self.versions[number - 1][1] == "published"
            self.versions[number - 1] = (self.versions[number - 1][0], "retired")

    @invariant()
    def both_agree(self) -> None:
        draft = self.world.run(self.world.desk.draft("acme", self.sla_id))
        listed = self.world.run(
            self.world.desk.versions("acme", self.sla_id, below=None, limit=100)
        )
        expected = (None, None) if self.draft is None else self.draft
        found = (None, None) if draft is None else (draft.document["name"], draft.etag)
        assert found == expected
        assert [(one.name, one.status) for one in reversed(listed)] == self.versions
        assert [one.version for one in listed] == list(range(len(self.versions), 0, -1))

    @invariant()
    def what_was_published_stays(self) -> None:
        """Bytes and hashes; and of every change one message and one entry of the trail."""
        bodies = [
            self.world.run(self.world.desk.snapshot("acme", self.sla_id, number + 1))
            for number in range(len(self.versions))
        ]
        assert all(hash_ == sha256_hex(body) for hash_, body in bodies)
        assert bodies[: len(self.bodies)] == self.bodies
        self.bodies = bodies
        assert self.world.run(self.messages()) == (self.told, self.told)

    async def messages(self) -> tuple[int, int]:
        async with begin(self.world.pool, {"acme"}) as connection:
            told = await connection.fetchval(
                "SELECT count(*) FROM outbox"
                " WHERE convert_from(body, 'UTF8')::jsonb ->> 'subject' = $1",
                self.sla_id,
            )
            noted = await connection.fetchval(
                "SELECT count(*) FROM audit WHERE subject = $1"
                " AND action IN ('sla.published', 'sla.retired')",
                self.sla_id,
            )
        return told, noted

    @invariant()
    def the_newest_in_use_is_found(self) -> None:
        in_use = [number for number, (_, status) in enumerate(self.versions, 1) if status[0] == "p"]
        found = self.world.run(self.newest())
        assert (None if found is None else found.version) == (in_use[-1] if in_use else None)

    async def newest(self) -> SlaVersion | None:
        async with self.world.begin({"acme"}) as work:
            return await work.version("acme", self.sla_id, None)


def test_versions_agree_with_a_model(dsn: str, gold: dict[str, Any]) -> None:
    loop = asyncio.new_event_loop()
    pool = loop.run_until_complete(open_pool(dsn, application="test"))
    engine = open_engine(dsn, application="test")

    class Run(Machine):
        world = World(loop, PgDesk(engine), beginner(pool), pool, gold)

    try:
        run_state_machine_as_test(
            Run,
            settings=settings(
                max_examples=25,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        loop.run_until_complete(pool.close())
        loop.run_until_complete(engine.dispose())
        loop.close()
