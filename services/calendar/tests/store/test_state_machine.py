"""Drafts, versions and sets against a model of a few lines, through the use cases, on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from calendar_service.ports import Work
from calendar_service.store.desk import PgDesk
from calendar_service.store.work import beginner
from calendar_service.usecases.publish import NothingToPublish, Wish, publish, retire
from calendar_service.usecases.publish_set import SetPublication, publish_set
from slaclock.business_time import PACKAGED, InvalidCalendar
from slaclock.contracts.canonical import sha256_hex
from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.store import open_pool
from slaclock.store.models import open_engine

EXAMPLES: Final = 40
STEPS: Final = 20
HORIZON: Final = {"first_year": 2026, "last_year": 2026}
CALENDARS: Final = ("a", "b")
SETS: Final = ("s", "t")
T = TypeVar("T")


@dataclass
class Version:
    """What the model knows of a version: what it says, and the sets' versions within."""

    says: Any
    sets: dict[str, int]
    retired: bool = False


@dataclass
class Model:
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: dict[str, list[Version]] = field(default_factory=lambda: {c: [] for c in CALENDARS})
    sets: dict[str, list[int]] = field(default_factory=lambda: {s: [] for s in SETS})
    events: list[tuple[str, str, int]] = field(default_factory=list)

    def resolved(self, draft: dict[str, Any]) -> tuple[Any, dict[str, int]] | None:
        """What *draft* would say, and the sets' versions; None where a set is missing."""
        used: dict[str, int] = {}
        for wish in draft["holiday_sets"]:
            there = self.sets[wish["set_id"]]
            number = wish["version"] or len(there)
            if not 1 <= number <= len(there):
                return None
            used[wish["set_id"]] = number
        days = {self.sets[name][number - 1] for name, number in used.items()}
        return (draft["name"], frozenset(days), bool(used)), used


def day_of(number: int) -> list[dict[str, Any]]:
    return [{"date": f"2026-03-{number:02}", "name": "x"}]


documents = st.builds(
    lambda name, wishes: {
        "name": name,
        "timezone": "Europe/London",
        "windows": [{"weekday": 0, "start": "09:00", "end": "17:00"}],
        "horizon": HORIZON,
        "holiday_sets": [
            {"set_id": set_id, "version": version} for set_id, version in wishes.items()
        ],
    },
    st.sampled_from(["x", "y"]),
    st.dictionaries(st.sampled_from(SETS), st.sampled_from([None, None, 1, 2])),
)
calendars = st.sampled_from(CALENDARS)


class Calendars(RuleBasedStateMachine):
    """Every example has a tenant of its own, so that they share one database."""

    run: ClassVar[Callable[[Coroutine[Any, Any, Any]], Any]]
    begin: ClassVar[Any]
    desk: ClassVar[PgDesk]
    tenants: ClassVar[Iterator[int]]

    def __init__(self) -> None:
        super().__init__()
        self.tenant = f"tenant-{next(self.tenants)}"
        self.model = Model()
        self.snapshots: dict[tuple[str, int], bytes] = {}

    def work(self, act: Callable[[Work], Coroutine[Any, Any, T]]) -> T:
        async def acting() -> T:
            async with type(self).begin(self.tenant) as work:
                return await act(work)

        found: T = type(self).run(acting())
        return found

    def edit(self, act: Coroutine[Any, Any, T]) -> T:
        found: T = type(self).run(act)
        return found

    @initialize(numbers=st.sampled_from([(), (1, 2), (1, 2)]))
    def begin_with_a_set(self, numbers: tuple[int, ...]) -> None:
        """Mostly of two versions, so that a pinned one is not the newest."""
        for number in numbers:
            self.publish_a_set("s", number)

    @rule(calendar=calendars, document=documents)
    def write(self, calendar: str, document: dict[str, Any]) -> None:
        before = self.edit(self.desk.draft(self.tenant, calendar))
        assert (before is not None) == (calendar in self.model.drafts)
        if before is None:
            made = self.edit(self.desk.create(self.tenant, calendar, document, "me"))
        else:
            made = self.edit(self.desk.replace(self.tenant, calendar, document, "me", before.etag))
        assert made is not None
        self.model.drafts[calendar] = document

    @rule(calendar=calendars, document=documents)
    def write_over_what_was_not_read(self, calendar: str, document: dict[str, Any]) -> None:
        stale = "0" * 64
        assert self.edit(self.desk.replace(self.tenant, calendar, document, "me", stale)) is None
        if calendar in self.model.drafts:
            assert self.edit(self.desk.create(self.tenant, calendar, document, "me")) is None

    @rule(name=st.sampled_from(SETS), number=st.integers(1, 3))
    def publish_a_set(self, name: str, number: int) -> None:
        document = {"holidays": day_of(number)}
        done = self.work(lambda work: publish_set(work, SetPublication(name, "me", document)))
        there = self.model.sets[name]
        assert done.created == (not there or there[-1] != number)
        if done.created:
            there.append(number)
        assert done.made.of.version == len(there)
        assert {one.use.calendar_id for one in done.following} == self.users(name)

    def users(self, name: str) -> set[str]:
        """Calendars whose newest published version uses the set."""
        newest = {
            calendar: next((one for one in reversed(versions) if not one.retired), None)
            for calendar, versions in self.model.versions.items()
        }
        return {calendar for calendar, one in newest.items() if one and name in one.sets}

    @rule(calendar=calendars, dry_run=st.sampled_from([False, False, False, True]))
    def publish_the_draft(self, calendar: str, dry_run: bool) -> None:
        wish = Wish(self.tenant, calendar, "me", dry_run=dry_run)
        versions, draft = self.model.versions[calendar], self.model.drafts.get(calendar)
        act = lambda work: publish(work, wish, files=PACKAGED, limit=SNAPSHOT_BYTES)  # noqa: E731
        if draft is None:
            if not versions:
                with pytest.raises(NothingToPublish):
                    self.work(act)
                return
            done = self.work(act)
            assert (done.created, done.version.version) == (False, len(versions))
            return
        resolved = self.model.resolved(draft)
        if resolved is None:
            with pytest.raises(InvalidCalendar):
                self.work(act)
            return
        says, used = resolved
        done = self.work(act)
        latest = versions[-1] if versions else None
        assert done.created == (latest is None or latest.retired or latest.says != says)
        assert done.version.version == len(versions) + done.created
        if dry_run:
            return
        del self.model.drafts[calendar]
        if done.created:
            versions.append(Version(says, used))
            self.model.events.append(("published", calendar, len(versions)))

    @rule(calendar=calendars, number=st.integers(1, 4))
    def retire_a_version(self, calendar: str, number: int) -> None:
        versions = self.model.versions[calendar]
        done = self.work(lambda work: retire(work, calendar, number, "me"))
        if number > len(versions):
            assert done is None
            return
        assert done is not None
        assert done.status == "retired"
        if not versions[number - 1].retired:
            versions[number - 1].retired = True
            self.model.events.append(("retired", calendar, number))

    @precondition(lambda self: any(self.model.versions.values()))
    @rule(data=st.data())
    def retire_the_latest_and_publish_it_again(self, data: st.DataObject) -> None:
        """What is out of use is no answer to a wish: the same content becomes a new version."""
        calendar = data.draw(st.sampled_from([c for c in CALENDARS if self.model.versions[c]]))
        number = len(self.model.versions[calendar])
        self.retire_a_version(calendar, number)
        whole = self.work(lambda work: work.whole(calendar, number))
        assert whole is not None
        self.write(calendar, dict(whole.document))
        self.publish_the_draft(calendar, dry_run=False)

    @precondition(lambda self: any(self.model.versions.values()))
    @rule(data=st.data())
    def copy_a_version(self, data: st.DataObject) -> None:
        """What comes out of a copy says the same as the version, if its sets are pinned."""
        calendar = data.draw(st.sampled_from([c for c in CALENDARS if self.model.versions[c]]))
        number = data.draw(st.integers(1, len(self.model.versions[calendar])))
        whole = self.work(lambda work: work.whole(calendar, number))
        assert whole is not None
        self.write(calendar, dict(whole.document))

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        for calendar, versions in self.model.versions.items():
            found = self.edit(self.desk.versions(self.tenant, calendar, below=None, limit=100))
            assert [one.version for one in found] == list(range(len(versions), 0, -1))
            for one, expected in zip(reversed(found), versions, strict=True):
                assert (one.status == "retired") == expected.retired
                assert {used.set_id: used.version for used in one.sets} == expected.sets
                kept = self.edit(self.desk.snapshot(self.tenant, calendar, one.version))
                assert kept is not None
                assert sha256_hex(kept[1]) == kept[0] == one.hash
                assert self.snapshots.setdefault((calendar, one.version), kept[1]) == kept[1]

    def teardown(self) -> None:
        assert self.work(told) == self.model.events
        super().teardown()


async def told(work: Any) -> list[tuple[str, str, int]]:
    """Events in the outbox, in their order."""
    rows = await work._connection.fetch(
        "SELECT convert_from(body, 'UTF8')::jsonb AS event FROM outbox ORDER BY position"
    )
    events = [row["event"] for row in rows]
    return [
        (one["type"].rpartition(".")[2], one["data"]["calendar_id"], one["data"]["version"])
        for one in events
    ]


def test_drafts_versions_and_sets_do_what_the_model_does(dsn: str) -> None:
    with asyncio.Runner() as runner:
        pool = runner.run(open_pool(dsn, application="test"))
        engine = open_engine(dsn, application="test")
        Calendars.run = runner.run
        Calendars.begin = staticmethod(beginner(pool))
        Calendars.desk = PgDesk(engine)
        Calendars.tenants = iter(range(1_000_000))
        try:
            run_state_machine_as_test(
                Calendars,
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=STEPS,
                    deadline=None,
                    print_blob=True,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(engine.dispose())
            runner.run(pool.close())
