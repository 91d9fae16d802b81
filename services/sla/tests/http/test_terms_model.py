"""Versions, contracts and terms together, over HTTP and on a real database, against a model.

The model is lists and a few loops; it shares no line with what it judges.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sla_service.domain.commerce import ContractNews
from sla_service.domain.contract import ContractConflict
from sla_service.main import service
from sla_service.store.work import beginner
from sla_service.usecases.bind import bind
from slaclock.contracts.instants import rfc3339
from slaclock.store import Pool, open_pool
from slaclock.testing.serving import Served, serving

from ..unit.test_commerce_laws import CONTRACTS, DAYS, SLAS, commerce, day, instants

MODES = st.sampled_from(["keep", "from_effective_instant", "from_start"])
WHEN = st.integers(0, DAYS).map(day)
MATCHES = st.sampled_from([{"group": "l1"}, {"group": "l2"}, {"group": "l1", "service": "vpn"}])
WORDS = st.dictionaries(
    st.sampled_from(["parked", "new"]), st.sampled_from(["open", "on_hold"]), min_size=1
)
Pinned = tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class World:
    """One event loop, one service, one database; each run of the machine is a tenant of its own."""

    loop: asyncio.AbstractEventLoop
    served: Served
    pool: Pool
    gold: dict[str, Any]
    runs: Iterator[int] = field(default_factory=count)

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """What *doing* answers."""
        return self.loop.run_until_complete(doing)


@dataclass(frozen=True, slots=True)
class Said:
    """An entry of the model's timeline."""

    kind: str
    match: frozenset[tuple[str, str]]
    since: datetime
    mode: str
    says: Any


class Machine(RuleBasedStateMachine):
    """What was published, what is bound or waits, and what the terms say."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.tenant = f"tenant-{next(self.world.runs)}"
        self.admin: httpx.AsyncClient = self.world.run(self.world.served.client(self.tenant))
        self.number = 0
        self.told: list[ContractNews] = []
        self.versions: dict[str, list[bool]] = {sla_id: [] for sla_id in SLAS}  # in use or retired
        self.hashes: dict[Pinned, str] = {}
        self.waits: list[ContractNews] = []
        self.bound: list[tuple[ContractNews, Pinned]] = []
        self.terms: list[Said] = []

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        found: httpx.Response = self.world.run(self.admin.request(method, f"/sla/v1{path}", **more))
        return found

    # versions

    @rule(sla_id=st.sampled_from(SLAS), dry=st.booleans())
    def publish(self, sla_id: str, dry: bool) -> None:
        self.number += 1
        file = copy.deepcopy(self.world.gold) | {"sla_id": sla_id, "name": f"{self.number}"}
        answer = self.ask("POST", f"/slas/{sla_id}/publish", json={"sla": file, "dry_run": dry})
        assert answer.status_code == (200 if dry else 201), answer.text
        assert answer.json()["version"] == len(self.versions[sla_id]) + 1
        if not dry:
            self.versions[sla_id].append(True)
            self.hashes[sla_id, len(self.versions[sla_id])] = answer.json()["hash"]
            self.settle()

    @rule(sla_id=st.sampled_from(SLAS), version=st.integers(1, 3))
    def retire(self, sla_id: str, version: int) -> None:
        answer = self.ask("POST", f"/slas/{sla_id}/versions/{version}/retire")
        known = version <= len(self.versions[sla_id])
        assert answer.status_code == (200 if known else 404)
        if known:
            self.versions[sla_id][version - 1] = False

    def pick(self, sla_id: str | None, version: int | None) -> Pinned:
        """The version that somebody gets who names it so; by its number also a retired one."""
        if sla_id is None:
            return None
        known = self.versions[sla_id]
        if version is None:
            version = max((n for n, in_use in enumerate(known, 1) if in_use), default=0)
        return (sla_id, version) if 1 <= version <= len(known) else None

    # contracts

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        news = replace(data.draw(commerce(self.number)), tenant=self.tenant)
        self.number += 1
        self.told.append(news)
        self.waits.append(news)
        self.tell(news)
        self.settle()

    @rule(data=st.data())
    def it_is_told_again(self, data: st.DataObject) -> None:
        if self.told:
            self.tell(*data.draw(st.lists(st.sampled_from(self.told), max_size=3)))

    @rule(data=st.data())
    def it_is_told_otherwise(self, data: st.DataObject) -> None:
        if not self.told:
            return
        news = data.draw(st.sampled_from(self.told))
        try:
            self.tell(replace(news, effective_from=day(DAYS + 1)))
        except ContractConflict:
            return
        raise AssertionError("taken, although it says something else")

    def tell(self, *news: ContractNews) -> None:
        async def act() -> None:
            async with beginner(self.world.pool)({self.tenant}) as work:
                await bind(work, news)

        self.world.run(act())

    def settle(self) -> None:
        """Bind whatever can be, until nothing can."""
        for news in self.waits:
            pin = self.pick(news.sla_id, news.sla_version)
            begun = any(
                one.contract_id == news.contract_id and one.cause_kind == "quote"
                for one, _ in self.bound
            )
            known = pin is not None or news.sla_id is None
            if known and (begun or news.cause_kind == "quote"):
                self.bound.append((news, pin))
                self.waits.remove(news)
                return self.settle()
        return None

    def binds(self, contract_id: str, at: datetime) -> Pinned:
        """Quotes begin, ends end; a change order alters what runs at its instant."""
        found: Pinned = None
        until: datetime | None = None
        runs = False
        for news, pin in sorted(
            ((news, pin) for news, pin in self.bound if news.contract_id == contract_id),
            key=lambda one: (one[0].effective_from, one[0].happened_at, str(one[0].entry_id)),
        ):
            if news.effective_from > at:
                break
            if news.cause_kind == "change_order":
                found = pin if runs and (until is None or until > news.effective_from) else found
            else:
                found, until, runs = pin, news.effective_to, news.cause_kind == "quote"
        return found if until is None or at < until else None

    @rule(contract_id=st.sampled_from(CONTRACTS), at=st.sampled_from(instants()))
    def ask_contract(self, contract_id: str, at: datetime) -> None:
        answer = self.ask("GET", f"/contracts/{contract_id}/sla", params={"at": rfc3339(at)})
        if all(news.contract_id != contract_id for news, _ in self.bound):
            assert answer.status_code == 404
            return
        said, expected = answer.json(), self.binds(contract_id, at)
        assert said["hash"] == (None if expected is None else self.hashes[expected])
        if expected is None:
            assert (said["sla_id"], said["snapshot"]) == (None, None)
        else:
            assert (said["sla_id"], said["sla_version"]) == expected
            assert (said["snapshot"]["sla_id"], said["snapshot"]["version"]) == expected

    # the rest of the terms

    @rule(
        match=st.none() | MATCHES,
        since=WHEN,
        mode=MODES,
        sla_id=st.none() | st.sampled_from(SLAS),
        version=st.none() | st.integers(1, 2),
    )
    def assign(
        self,
        match: dict[str, str] | None,
        since: datetime,
        mode: str,
        sla_id: str | None,
        version: int | None,
    ) -> None:
        pin = self.pick(sla_id, version)
        path = "/default" if match is None else "/assignments"
        body = {"sla_id": sla_id, "sla_version": version, "mode": mode}
        if match is not None:
            body["match"] = match  # type: ignore[assignment] # a document
        if sla_id is not None and pin is None:
            answer = self.ask("POST", path, json={**body, "effective_from": rfc3339(since)})
            assert answer.status_code == 404
            return
        kind = "default" if match is None else "assignment"
        self.say(path, body, Said(kind, frozenset((match or {}).items()), since, mode, pin))

    @rule(since=WHEN, mode=MODES, words=WORDS)
    def map_statuses(self, since: datetime, mode: str, words: dict[str, str]) -> None:
        body = {"statuses": words, "mode": mode}
        self.say("/status-map", body, Said("status_map", frozenset(), since, mode, words))

    @rule(since=WHEN, mode=MODES, required=st.booleans())
    def require(self, since: datetime, mode: str, required: bool) -> None:
        body = {"binding_required": required, "mode": mode}
        self.say("/settings", body, Said("settings", frozenset(), since, mode, required))

    def say(self, path: str, body: dict[str, Any], said: Said) -> None:
        same = self.decides(said.kind, said.match, said.since) == said
        body = {**body, "effective_from": rfc3339(said.since)}
        answer = self.ask("POST", path, json=body)
        assert answer.status_code == (200 if same else 201), answer.text
        if not same:
            self.terms.append(said)
            assert answer.json()["revision"] == len(self.terms)

    def decides(self, kind: str, match: frozenset[tuple[str, str]], at: datetime) -> Said | None:
        """Of entries about one thing the one that began last; of two, the one said later."""
        found = None
        for said in self.terms:
            if (said.kind, said.match) != (kind, match) or said.since > at:
                continue
            if found is None or said.since >= found.since:
                found = said
        return found

    @rule(at=st.sampled_from(instants()))
    def ask_terms(self, at: datetime) -> None:
        query = {"at": rfc3339(at)}
        default = self.ask("GET", "/default", params=query).json()
        assert self.read(default) == self.decides("default", frozenset(), at)
        required = self.ask("GET", "/settings", params=query).json()
        assert self.read(required) == self.decides("settings", frozenset(), at)
        listed = self.ask("GET", "/assignments", params=query).json()
        places = {said.match for said in self.terms if said.kind == "assignment"}
        expected = {self.decides("assignment", place, at) for place in places} - {None}
        assert {self.read(one) for one in listed} == expected
        meant: dict[str, str] = {}
        for said in sorted(self.terms, key=lambda one: one.since):  # stable: said later wins
            if said.kind == "status_map" and said.since <= at:
                meant |= said.says
        assert self.ask("GET", "/status-map", params=query).json()["statuses"] == meant

    def read(self, entry: dict[str, Any] | None) -> Said | None:
        """An answer in the model's words."""
        if entry is None:
            return None
        pin = (entry["sla_id"], entry["sla_version"]) if entry["sla_id"] else None
        assert entry["agreement"] == (None if pin is None else self.hashes[pin])
        says = entry["settings"]["binding_required"] if entry["settings"] else pin
        return Said(
            entry["kind"],
            frozenset((entry["match"] or {}).items()),
            datetime.fromisoformat(entry["effective_from"]),
            entry["mode"],
            says,
        )

    @invariant()
    def what_waits_waits(self) -> None:
        listed = self.ask("GET", "/waiting-contracts").json()["items"]
        assert sorted(one["cause"]["id"] for one in listed) == sorted(
            news.cause_id for news in self.waits
        )

    def teardown(self) -> None:
        """All histories, whole."""
        for contract_id in CONTRACTS:
            own = {
                news.cause_id: pin for news, pin in self.bound if news.contract_id == contract_id
            }
            history = self.ask("GET", f"/contracts/{contract_id}")
            entries = history.json()["entries"] if history.status_code == 200 else []
            assert {
                one["cause"]["id"]: (one["sla_id"], one["sla_version"]) if one["sla_id"] else None
                for one in entries
            } == own
        timeline = self.ask("GET", "/terms", params={"limit": 200}).json()["items"]
        assert [one["revision"] for one in timeline] == list(range(1, len(self.terms) + 1))
        self.world.run(self.admin.aclose())


def test_versions_contracts_and_terms_agree_with_a_model(
    dsn: str, tmp_path: Path, gold: dict[str, Any]
) -> None:
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        pool = runner.run(open_pool(dsn, application="test"))
        running = serving(service(), dsn, tmp_path)
        served = runner.run(running.__aenter__())

        class Run(Machine):
            world = World(loop, served, pool, gold)

        try:
            run_state_machine_as_test(
                Run,
                settings=settings(
                    max_examples=20,
                    stateful_step_count=30,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(running.__aexit__(None, None, None))
            runner.run(pool.close())
