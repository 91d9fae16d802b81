"""Judges what a run has left behind against what its trace says must be there.

It shares no code with the services: facts are walked through by `walk`, business time is stepped
through by `business`, and everything else is compared row by row.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from .effects import effects
from .evidence import Evidence, Stored
from .findings import EARLY, LOST, TWICE, UNEXPLAINED, Finding, differences, us
from .trace import BEYOND, Tenant, Trace
from .walk import Crossing, Told, Walk, walked


class Call(NamedTuple):
    """A webhook that arrived."""

    path: str
    id: str
    document: Mapping[str, Any]


class Oracle:
    """Compares a trace with the evidence.

    Args:
        trace: what happened.
        hashes: of the agreements, by tenant and id.
        evidence: what is there.
        calls: what webhooks were received.
    """

    def __init__(
        self,
        trace: Trace,
        hashes: Mapping[tuple[str, str], str],
        evidence: Evidence,
        calls: Sequence[Call],
    ) -> None:
        self._trace, self._evidence, self._calls = trace, evidence, calls
        self._hashes = hashes
        self._names = {(tenant, digest): sla for (tenant, sla), digest in hashes.items()}
        self._events = [(one, json.loads(one.body)) for one in evidence.streams["CLOCK"]]
        self._known = _known_by_ticket(evidence)

    def judge(self) -> list[Finding]:
        """Everything that must not be."""
        return [
            *self._facts(),
            *self._poison(),
            *self._standing(),
            *self._history(),
            *self._bus(),
            *self._sequences(),
            *self._told(),
            *self._clocks(),
            *self._escalations(),
            *self._webhooks(),
            *self._dashboard(),
        ]

    # What came in

    def _facts(self) -> Iterator[Finding]:
        """Every good fact is kept once, with what it says; nothing else is."""
        wanted = {
            (tenant.name, fact.source, fact.id): fact
            for tenant in self._trace.tenants.values()
            for facts in tenant.tickets.values()
            for fact in facts
        }
        kept: Counter[tuple[str, str, str]] = Counter()
        for row in self._evidence.tables["facts"]:
            key = row["tenant_id"], row["source"], row["event_id"]
            kept[key] += 1
            fact = wanted.get(key)
            said = (row["ticket_id"], row["kind"], row["at_us"], row["sequence"])
            if fact is None:
                yield Finding(UNEXPLAINED, "facts", key[0], f"nobody told {key}")
            elif said != (fact.data["ticket_id"], fact.kind, fact.at, fact.sequence):
                yield Finding(UNEXPLAINED, "facts", key[0], f"{key} is not what was told")
        for key in wanted:
            if kept[key] != 1:
                kind = LOST if not kept[key] else TWICE
                yield Finding(kind, "facts", key[0], f"{key} is kept {kept[key]} times")
        for row in self._evidence.tables["tickets"]:
            if row["fault"] is not None:
                text = f"{row['ticket_id']} is faulted: {row['fault']}"
                yield Finding(UNEXPLAINED, "facts", row["tenant_id"], text)

    def _poison(self) -> Iterator[Finding]:
        """What nobody can take is set aside, each message once, and nothing else is."""
        poison = {(one.subject, one.body): one for one in self._trace.messages if one.poison}
        kept = {
            (row["tenant_id"], row["source"], row["event_id"]): row["data"]
            for row in self._evidence.tables["facts"]
        }
        wanted: set[int] = set()
        for message in self._evidence.streams["TICKETS"]:
            bad = poison.get((message.subject, message.body))
            if bad is not None and bad.poison != "conflict":
                wanted.add(message.sequence)
            elif bad is not None or self._is_contested(message):
                event = json.loads(message.body)
                stored = kept.get((message.tenant, event["source"], event["id"]), {})
                if stored.get("attributes") != event["data"]["attributes"]:
                    wanted.add(message.sequence)
        rows = self._evidence.parked["ticket-clock"]
        found = Counter(row["stream_sequence"] for row in rows if row["stream"] == "TICKETS")
        yield from differences(wanted, found, "parked", "message {} of TICKETS is set aside")
        dead = Counter(one.body for one in self._evidence.streams["DEAD"])
        for body, count in Counter(row["body"] for row in rows).items():
            if dead[body] != count:
                kind = LOST if dead[body] < count else TWICE
                yield Finding(kind, "parked", "-", f"{dead[body]} dead letters of {body[:80]!r}")
        for service, others in self._evidence.parked.items():
            for row in others if service != "ticket-clock" else ():
                text = f"{service} set {row['durable']} {row['stream_sequence']} aside: {row['reason']}"
                yield Finding(UNEXPLAINED, "parked", row["tenant_id"], text)

    def _is_contested(self, message: Stored) -> bool:
        if not self._trace.contested:
            return False
        event = json.loads(message.body) if message.body.startswith(b"{") else {}
        return (message.tenant, event.get("id", "")) in self._trace.contested

    # What was announced

    def _standing(self) -> Iterator[Finding]:
        """What stands in the ledger is what was crossed, at the same instants."""
        for tenant in self._trace.tenants.values():
            wanted = {
                (ticket, key): found
                for ticket in tenant.tickets
                for key, found in tenant.expected(ticket, self._trace.ends + BEYOND).items()
            }
            stands: Counter[tuple[str, Crossing]] = Counter()
            for row in self._ledger(tenant):
                if row["retracted_at"] is not None:
                    continue
                key = row["ticket_id"], self._crossing(row)
                stands[key] += 1
                if key not in wanted:
                    text = f"{key} stands (n {row['n']}) and was not crossed"
                    yield Finding(UNEXPLAINED, "announcements", tenant.name, text)
                elif wanted[key][0] != row["crossed_us"]:
                    text = f"{key} at {row['crossed_us']}, not at {wanted[key][0]}"
                    yield Finding(UNEXPLAINED, "announcements", tenant.name, text)
            for key in wanted:
                if stands[key] != 1:
                    kind = LOST if not stands[key] else TWICE
                    text = f"{key} stands {stands[key]} times"
                    yield Finding(kind, "announcements", tenant.name, text)

    def _history(self) -> Iterator[Finding]:
        """Each announcement was true by what was known then, and so was each retraction."""
        for tenant in self._trace.tenants.values():
            by_key: dict[tuple[str, Crossing], list[Mapping[str, Any]]] = defaultdict(list)
            as_known = cache(lambda ticket, at, of=tenant: self._as_known(of, ticket, at))
            for row in self._ledger(tenant):
                ticket, crossing = row["ticket_id"], self._crossing(row)
                by_key[ticket, crossing].append(row)
                then = as_known(ticket, us(row["announced_at"])).crossings
                if crossing not in then:
                    text = f"{ticket} {crossing} n {row['n']} was announced and not crossed then"
                    yield Finding(UNEXPLAINED, "history", tenant.name, text)
                if row["retracted_at"] is None:
                    continue
                then = as_known(ticket, us(row["retracted_at"])).crossings
                if crossing in then:
                    text = f"{ticket} {crossing} n {row['n']} was taken back though it was crossed"
                    yield Finding(UNEXPLAINED, "history", tenant.name, text)
            for (ticket, crossing), rows in by_key.items():
                numbers = [row["n"] for row in rows]
                ends = [row["retracted_at"] for row in rows]
                begins = [row["announced_at"] for row in rows]
                one_by_one = numbers == list(range(1, len(rows) + 1)) and all(
                    end is not None and end <= begin
                    for end, begin in zip(ends[:-1], begins[1:], strict=True)
                )
                if not one_by_one:
                    text = f"{ticket} {crossing} was announced as {numbers}"
                    yield Finding(TWICE, "history", tenant.name, text)

    def _as_known(self, tenant: Tenant, ticket: str, at: int) -> Walk:
        """The ticket's clocks by the facts that were recorded by an instant, judged at it."""
        recorded, facts = self._known[tenant.name, ticket]
        return walked(facts[: bisect_right(recorded, at)], tenant.slas, at)

    # What was told on the bus

    def _bus(self) -> Iterator[Finding]:
        """Outboxes and streams hold the same messages, each once."""
        for service, rows in self._evidence.outbox.items():
            by_stream: dict[str, Counter[str | None]] = defaultdict(Counter)
            for row in rows:
                by_stream[row["stream"]][row["msg_id"]] += 1
                if row["refused"] is not None or row["sent_at"] is None:
                    text = f"{service}: {row['subject']} was not sent: {row['refused']}"
                    yield Finding(LOST, "bus", row["tenant_id"], text)
            for stream, wanted in by_stream.items():
                if stream == "ADVISORY":  # several services write there
                    found = Counter(
                        one.msg_id for one in self._evidence.streams[stream] if one.msg_id in wanted
                    )
                else:
                    found = Counter(one.msg_id for one in self._evidence.streams[stream])
                for name in {*wanted, *found}:
                    if wanted[name] != 1 or found[name] != 1:
                        text = f"{service}: {wanted[name]} promises, {found[name]} messages {name}"
                        kind = LOST if not found[name] else TWICE if wanted[name] else UNEXPLAINED
                        yield Finding(kind, "bus", "-", text)

    def _sequences(self) -> Iterator[Finding]:
        """Events of each ticket are numbered without gaps, and belong to its tenant."""
        sequences: dict[tuple[str, str], list[int]] = defaultdict(list)
        for message, event in self._events:
            tenant, ticket = event["tenant"], event["data"]["ticket_id"]
            sequences[tenant, ticket].append(event["data"]["sequence"])
            if message.tenant != tenant or ticket not in self._trace.tenants[tenant].tickets:
                yield Finding(UNEXPLAINED, "tenants", tenant, f"{ticket} on {message.subject}")
        for (tenant, ticket), numbers in sequences.items():
            if sorted(numbers) != list(range(1, len(numbers) + 1)):
                text = f"{ticket}: sequences {sorted(numbers)}"
                yield Finding(LOST, "bus", tenant, text)

    def _told(self) -> Iterator[Finding]:
        """Each line of the ledger was told once, none before its instant by the database's clock."""
        promised = {
            row["msg_id"]: us(row["created_at"])
            for row in self._evidence.outbox["ticket-clock"]
            if row["stream"] == "CLOCK"
        }
        said: Counter[tuple[str, str, bool]] = Counter()
        for message, event in self._events:
            change = event["data"]["change"]
            if change["announcement_id"] is None:
                continue
            kind = event["type"].rpartition(".")[2]
            if kind in {"threshold_crossed", "breached"}:
                said[event["tenant"], change["announcement_id"], True] += 1
                crossed = us(datetime.fromisoformat(change["crossed_at"]))
                if promised.get(message.msg_id or "", crossed + 1) <= crossed:
                    text = f"{event['data']['ticket_id']} {change} was told before its instant"
                    yield Finding(EARLY, "bus", event["tenant"], text)
            elif kind == "retracted":
                said[event["tenant"], change["announcement_id"], False] += 1
        for row in self._evidence.tables["ledger"]:
            name = row["tenant_id"], str(row["announcement_id"])
            for told in (True, False):
                wanted = int(told or row["retracted_at"] is not None)
                found = said.pop((*name, told), 0)
                if found != wanted:
                    kind = LOST if found < wanted else TWICE
                    text = f"{row['ticket_id']} {row['threshold']} n {row['n']}: told {found} times"
                    yield Finding(kind, "bus", row["tenant_id"], text)
        for tenant, announcement, _ in said:
            text = f"announcement {announcement} is in no ledger"
            yield Finding(UNEXPLAINED, "bus", tenant, text)

    def _clocks(self) -> Iterator[Finding]:
        """The last event of each clock says how it ended."""
        latest = self._latest()
        for tenant in self._trace.tenants.values():
            for ticket, facts in tenant.tickets.items():
                walk = walked(facts, tenant.slas, self._trace.ends + BEYOND)
                for run in walk.runs:
                    event = latest.pop((tenant.name, ticket, run.metric, run.cycle), None)
                    wanted = (run.outcome, run.is_open, None if run.runs_from else run.elapsed)
                    if event is None:
                        text = f"{ticket} {run.metric} {run.cycle} was never told"
                        yield Finding(LOST, "clocks", tenant.name, text)
                        continue
                    is_open = event["state"] != "closed"
                    used = event["elapsed_us"] if event["state"] != "active" else None
                    found = (event["outcome"], is_open, used)
                    if found != wanted:
                        text = f"{ticket} {run.metric} {run.cycle} is {found}, not {wanted}"
                        yield Finding(UNEXPLAINED, "clocks", tenant.name, text)
        for (tenant_name, ticket, metric, cycle), event in latest.items():
            taken_back = event["outcome"] == "cancelled" and not event["announcements"]
            if event["state"] != "closed" or not taken_back:  # later news says it never began
                text = f"{ticket} {metric} {cycle} has no reason to be"
                yield Finding(UNEXPLAINED, "clocks", tenant_name, text)

    def _latest(self) -> dict[tuple[str, str, str, str], Mapping[str, Any]]:
        latest: dict[tuple[str, str, str, str], Mapping[str, Any]] = {}
        for _, event in self._events:
            data = event["data"]
            key = event["tenant"], data["ticket_id"], data["metric"], data["cycle"]
            known = latest.get(key)
            if known is None or _edition(known) < _edition(data):
                latest[key] = data
        return latest

    # What came of it

    def _escalations(self) -> Iterator[Finding]:
        """What was announced was acted upon once, and taken back where it was retracted."""
        yield from effects(self._trace, self._names, self._evidence)

    def _webhooks(self) -> Iterator[Finding]:
        """What counts as delivered has arrived, and for each effect under one name."""
        webhooks = {
            str(row["escalation_id"]): row
            for row in self._evidence.tables["effects"]
            if row["channel"] == "webhook"
        }
        deliveries = {str(row["delivery_id"]): row for row in self._evidence.tables["deliveries"]}
        arrived = Counter(call.id for call in self._calls)
        names: dict[tuple[str, str], set[str]] = defaultdict(set)
        for call in self._calls:
            tenant = call.document["tenant"]
            names[call.document["escalation_id"], call.document["type"]].add(call.id)
            if call.id not in deliveries:
                text = f"{call.id} arrived and was never planned"
                yield Finding(UNEXPLAINED, "webhooks", tenant, text)
            if call.path.split("/")[1] != tenant:
                yield Finding(UNEXPLAINED, "tenants", tenant, f"{call.id} came to {call.path}")
        for (effect, kind), ids in names.items():
            if len(ids) > 1:
                yield Finding(TWICE, "webhooks", "-", f"{kind} of {effect} came as {sorted(ids)}")
        for name, row in deliveries.items():
            if (
                str(row["escalation_id"]) in webhooks
                and row["state"] == "delivered"
                and not arrived[name]
            ):
                text = f"{name} counts as delivered and never came"
                yield Finding(LOST, "webhooks", row["tenant_id"], text)

    def _dashboard(self) -> Iterator[Finding]:
        """The dashboard shows the last event of each clock, and counts what it shows."""
        latest = self._latest()
        for row in self._evidence.tables["clocks"]:
            key = row["tenant_id"], row["ticket_id"], row["metric"], row["cycle"]
            event = latest.pop(key, None)
            found = row["revision"], row["sequence"], row["state"], row["outcome"]
            if event is None or found != (*_edition(event), event["state"], event["outcome"]):
                text = f"{key} shows {found}"
                yield Finding(UNEXPLAINED, "dashboard", row["tenant_id"], text)
        for key in latest:
            yield Finding(LOST, "dashboard", key[0], f"{key} is not shown")
        for row in self._evidence.tables["wrong_rollups"]:
            yield Finding(UNEXPLAINED, "dashboard", row["tenant_id"], f"wrong sum: {dict(row)}")
        shown = {
            (row["tenant_id"], row["effect_id"]): row for row in self._evidence.tables["shown"]
        }
        for row in self._evidence.tables["effects"]:
            if row["state"] == "silent":
                continue
            seen = shown.get((row["tenant_id"], str(row["escalation_id"])))
            if seen is None:
                text = f"escalation {row['escalation_id']} is not shown"
                yield Finding(LOST, "dashboard", row["tenant_id"], text)
            elif (seen["withdrawn_at"] is not None) != (row["state"] == "withdrawn"):
                text = f"escalation {row['escalation_id']} is {row['state']}, and shown otherwise"
                yield Finding(UNEXPLAINED, "dashboard", row["tenant_id"], text)

    def _ledger(self, tenant: Tenant) -> Iterator[Mapping[str, Any]]:
        return (row for row in self._evidence.tables["ledger"] if row["tenant_id"] == tenant.name)

    def _crossing(self, row: Mapping[str, Any]) -> Crossing:
        sla = self._names.get((row["tenant_id"], row["agreement"]), row["agreement"])
        return Crossing(row["metric"], row["cycle"], sla, row["priority"], row["threshold"])


def _known_by_ticket(
    evidence: Evidence,
) -> Mapping[tuple[str, str], tuple[list[int], list[Told]]]:
    """Facts of each ticket in the order in which they were recorded, with the instants."""
    found: dict[tuple[str, str], list[tuple[int, Told]]] = defaultdict(list)
    for row in evidence.tables["facts"]:
        told = Told(
            row["at_us"], row["sequence"], row["source"], row["event_id"], row["kind"], row["data"]
        )
        found[row["tenant_id"], row["ticket_id"]].append((us(row["recorded_at"]), told))
    known = {}
    for key, pairs in found.items():
        pairs.sort(key=lambda pair: pair[0])
        known[key] = [at for at, _ in pairs], [told for _, told in pairs]
    return known


def _edition(data: Mapping[str, Any]) -> tuple[int, int]:
    return data["revision"], data["sequence"]
