"""Malformed messages are refused with the field, the value, and a stable code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from slaclock.contracts import EventRefused, decode, decode_document, decode_ticket_event
from slaclock.contracts.examples import example

OPENED = "sla.ticket.opened"
Document = dict[str, Any]


def opened(change: Callable[[Document], Any] = lambda _: None) -> Document:
    document: Document = json.loads(example(OPENED))
    change(document)
    return document


def put(path: str, value: Any) -> Document:
    """The example with one value replaced."""
    *parents, key = path.split(".")
    document = opened()
    inner = document
    for parent in parents:
        inner = inner[parent]
    inner[key] = value
    return document


def without(path: str) -> Document:
    *parents, key = path.split(".")
    document = opened()
    inner = document
    for parent in parents:
        inner = inner[parent]
    del inner[key]
    return document


@pytest.mark.parametrize(
    ("document", "field", "code"),
    [
        pytest.param(without("specversion"), "specversion", "field.missing", id="no specversion"),
        pytest.param(put("specversion", "0.3"), "specversion", "field.value", id="old CloudEvents"),
        pytest.param(without("id"), "id", "field.missing", id="no id"),
        pytest.param(put("id", ""), "id", "field.length", id="empty id"),
        pytest.param(put("id", 7), "id", "field.type", id="a number as id"),
        pytest.param(put("id", "x" * 201), "id", "field.length", id="id of 201 characters"),
        pytest.param(put("id", "a\x00b"), "id", "field.format", id="NUL in an id"),
        pytest.param(without("source"), "source", "field.missing", id="no source"),
        pytest.param(without("time"), "time", "field.missing", id="no time"),
        pytest.param(put("time", "2026-03-02T09:00:00"), "time", "field.instant", id="naive time"),
        pytest.param(put("time", "2026-03-02"), "time", "field.instant", id="a date as time"),
        pytest.param(put("time", 1772442000), "time", "field.instant", id="epoch seconds"),
        pytest.param(put("time", "1772442000"), "time", "field.instant", id="digits as time"),
        pytest.param(
            put("time", "1969-12-31T23:59:59Z"), "time", "field.instant", id="before 1970"
        ),
        pytest.param(put("time", "2200-01-01T00:00:01Z"), "time", "field.instant", id="after 2200"),
        pytest.param(
            put("time", "2026-02-30T00:00:00Z"), "time", "field.instant", id="no such date"
        ),
        pytest.param(put("tenant", "Acme"), "tenant", "field.format", id="upper-case tenant"),
        pytest.param(put("tenant", "acme\n"), "tenant", "field.format", id="tenant with newline"),
        pytest.param(put("tenant", "a" * 64), "tenant", "field.format", id="long tenant"),
        pytest.param(put("sequence", "12a"), "sequence", "field.format", id="letters in sequence"),
        pytest.param(put("sequence", "1" * 19), "sequence", "field.format", id="19 digits"),
        pytest.param(put("sequence", "\u0661"), "sequence", "field.format", id="foreign digits"),
        pytest.param(put("sequence", 12), "sequence", "field.type", id="sequence as a number"),
        pytest.param(put("origin", "me"), "origin", "field.value", id="unknown origin"),
        pytest.param(put("subject", ""), "subject", "field.length", id="empty subject"),
        pytest.param(without("data"), "data", "field.missing", id="no data"),
        pytest.param(put("data", None), "data", "field.type", id="data is null"),
        pytest.param(put("data", []), "data", "field.type", id="data is a list"),
        pytest.param(without("data.ticket_id"), "data.ticket_id", "field.missing", id="no ticket"),
        pytest.param(without("data.status"), "data.status", "field.missing", id="no status"),
        pytest.param(put("data.status", None), "data.status", "field.type", id="status is null"),
        pytest.param(put("data.priority", 2), "data.priority", "field.type", id="priority 2"),
        pytest.param(
            put("data.attributes", []), "data.attributes", "field.type", id="attributes list"
        ),
        pytest.param(
            put("data.attributes", {"n": 2**60}),
            "data.attributes",
            "json.not-canonical",
            id="an integer that JSON cannot carry",
        ),
        pytest.param(
            put("data.attributes", {"n": "a\x00"}),
            "data.attributes",
            "json.not-canonical",
            id="NUL in an attribute",
        ),
    ],
)
def test_a_fault_names_its_field_and_code(document: Document, field: str, code: str) -> None:
    for take in (
        lambda: decode_ticket_event(json.dumps(document).encode(), f"{OPENED}.v1.acme"),
        lambda: decode_document(document, "acme"),
    ):
        with pytest.raises(EventRefused) as caught:
            take()
        assert caught.value.code == "event.malformed"
        assert [(fault.field, fault.code) for fault in caught.value.faults] == [(field, code)]
        assert caught.value.faults[0].remedy


@pytest.mark.parametrize(
    ("raw", "subject", "code", "field"),
    [
        pytest.param(b"", f"{OPENED}.v1.acme", "event.malformed", "", id="empty body"),
        pytest.param(b"{", f"{OPENED}.v1.acme", "event.malformed", "", id="half a body"),
        pytest.param(b"\xff\xfe", f"{OPENED}.v1.acme", "event.malformed", "", id="not UTF-8"),
        pytest.param(b"[1]", f"{OPENED}.v1.acme", "event.malformed", "", id="a list"),
        pytest.param(
            b'{"id": "\\ud800"}', f"{OPENED}.v1.acme", "event.malformed", "", id="half a surrogate"
        ),
        pytest.param(
            b"[" * 5000, f"{OPENED}.v1.acme", "event.malformed", "", id="nested without end"
        ),
        pytest.param(
            json.dumps(put("data.attributes", {"x": "y" * 65536})).encode(),
            f"{OPENED}.v1.acme",
            "event.too-large",
            "",
            id="more than 64 KiB",
        ),
        pytest.param(
            example(OPENED), f"{OPENED}.v1.other", "event.tenant-mismatch", "tenant", id="tenant"
        ),
        pytest.param(
            example(OPENED), "sla.ticket.deleted.v1.acme", "event.type-mismatch", "type",
            id="another type's data",
        ),
        pytest.param(
            example("sla.clock.met"), "sla.clock.breached.v1.acme", "event.type-mismatch", "type",
            id="type",
        ),
        pytest.param(
            json.dumps(put("subject", "INC-2")).encode(), f"{OPENED}.v1.acme",
            "event.subject-mismatch", "subject", id="subject",
        ),
        pytest.param(
            example(OPENED), "sla.ticket.exploded.v1.acme", "event.unknown-type", "type",
            id="unknown type",
        ),
        pytest.param(
            example(OPENED), f"{OPENED}.v2.acme", "event.unknown-version", "NATS subject",
            id="unknown version",
        ),
        pytest.param(
            example(OPENED), f"{OPENED}.v1.ACME", "event.bus-subject-malformed", "NATS subject",
            id="subject's tenant",
        ),
        pytest.param(
            example(OPENED), f"{OPENED}.acme", "event.bus-subject-malformed", "NATS subject",
            id="subject without version",
        ),
        pytest.param(
            example(OPENED), f"{OPENED}.v1.acme.more", "event.bus-subject-malformed",
            "NATS subject", id="subject with more",
        ),
    ],
)  # fmt: skip
def test_a_message_as_a_whole_is_refused(raw: bytes, subject: str, code: str, field: str) -> None:
    with pytest.raises(EventRefused) as caught:
        decode(raw, subject)
    assert caught.value.code == code
    assert caught.value.faults[0].field == field


def test_a_ticket_decoder_takes_ticket_events_only() -> None:
    with pytest.raises(EventRefused) as caught:
        decode_ticket_event(example("sla.clock.met"), "sla.clock.met.v1.acme")
    assert caught.value.code == "event.unknown-type"


@pytest.mark.parametrize(
    ("event_type", "path", "value", "code"),
    [
        pytest.param("sla.ticket.updated", "data.changes.status", None, "field.type", id="status"),
        pytest.param("sla.ticket.updated", "data.changes", "open", "field.type", id="changes"),
        pytest.param("sla.ticket.replied", "data.author", "robot", "field.value", id="author"),
        pytest.param("sla.ticket.replied", "data.public", "true", "field.type", id="public"),
        pytest.param("sla.ticket.deleted", "data.reason", "gone", "field.value", id="reason"),
        pytest.param("sla.quote.accepted", "data.sla_version", 0, "field.value", id="version 0"),
        pytest.param("sla.quote.accepted", "data.sla_version", 1.0, "field.type", id="version 1.0"),
        pytest.param(
            "sla.changeorder.approved", "data.running_tickets", "all", "field.value", id="mode"
        ),
        pytest.param(
            "sla.contract.ended", "data.effective_from", "now", "field.instant", id="effective from"
        ),
        pytest.param("sla.calendar.published", "data.hash", "x", "field.format", id="hash"),
        pytest.param("sla.clock.met", "data.metric", "speed", "field.value", id="metric"),
        pytest.param("sla.clock.met", "data.elapsed_us", -1, "field.value", id="elapsed"),
        pytest.param("sla.escalation.raised", "data.threshold", "50%", "field.format", id="%"),
    ],
)
def test_each_data_is_strict(event_type: str, path: str, value: Any, code: str) -> None:
    document = json.loads(example(event_type))
    *parents, key = path.split(".")
    inner = document
    for parent in parents:
        inner = inner[parent]
    inner[key] = value
    with pytest.raises(EventRefused) as caught:
        decode(json.dumps(document).encode(), f"{event_type}.v1.acme")
    assert (caught.value.faults[0].field, caught.value.faults[0].code) == (path, code)


def test_a_contract_ends_after_it_begins() -> None:
    document = json.loads(example("sla.quote.accepted"))
    document["data"]["effective_to"] = document["data"]["effective_from"]
    with pytest.raises(EventRefused, match="effective_to is not after effective_from"):
        decode(json.dumps(document).encode(), "sla.quote.accepted.v1.acme")


@pytest.mark.parametrize(
    ("kind", "missing"),
    [("assignment", "match"), ("status_map", "statuses"), ("settings", "settings")],
)
def test_an_assignment_has_what_its_kind_needs(kind: str, missing: str) -> None:
    document = json.loads(example("sla.assignment.changed"))
    document["data"]["kind"] = kind
    with pytest.raises(EventRefused, match=f"needs {missing}"):
        decode(json.dumps(document).encode(), "sla.assignment.changed.v1.acme")


def test_all_faults_are_told_at_once_and_long_values_are_cut() -> None:
    document = put("id", "x" * 5000)
    del document["time"]
    document["data"]["status"] = 3
    with pytest.raises(EventRefused) as caught:
        decode_document(document, "acme")
    assert [fault.field for fault in caught.value.faults] == ["id", "time", "data.status"]
    assert len(str(caught.value.faults[0].value)) < 160
    assert str(caught.value.faults[0].value).endswith("(5000 characters)")


@pytest.mark.parametrize("kind", [None, 3, ["sla.ticket.opened"]])
def test_by_http_the_type_must_be_a_text(kind: Any) -> None:
    with pytest.raises(EventRefused) as caught:
        decode_document(put("type", kind), "acme")
    assert caught.value.faults[0].field == "type"


def test_by_http_the_tenant_is_the_credential_s() -> None:
    with pytest.raises(EventRefused) as caught:
        decode_document(opened(), "other")
    assert caught.value.code == "event.tenant-mismatch"


def test_nul_is_named_instead_of_a_pattern() -> None:
    with pytest.raises(EventRefused) as caught:
        decode(json.dumps(put("id", "a\x00b")).encode(), f"{OPENED}.v1.acme")
    (fault,) = caught.value.faults
    assert (fault.message, fault.remedy) == ("contains the character NUL", "leave it out")
