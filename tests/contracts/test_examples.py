"""Every example message parses, fits its schema, and is what its type says."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from slaclock.contracts import (
    REGISTRY,
    content_hash,
    decode,
    decode_document,
    decode_ticket_event,
    nats_subject,
)
from slaclock.contracts.examples import example, example_types
from slaclock.contracts.schemas import json_schema
from slaclock.messaging.topology import STREAMS

TYPES = sorted(REGISTRY)


def document(event_type: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(example(event_type))
    return loaded


def test_each_type_has_an_example_and_no_example_is_of_an_unknown_type() -> None:
    assert list(example_types()) == TYPES


@pytest.mark.parametrize("event_type", TYPES)
def test_an_example_decodes(event_type: str) -> None:
    event = decode(example(event_type), nats_subject(event_type, "acme"))
    assert isinstance(event.data, REGISTRY[event_type].data)


@pytest.mark.parametrize("event_type", TYPES)
def test_an_example_survives_encoding(event_type: str) -> None:
    event = decode(example(event_type), nats_subject(event_type, "acme"))
    again = decode(event.encode(), nats_subject(event_type, "acme"))
    assert again == event


@pytest.mark.parametrize("event_type", TYPES)
def test_an_example_names_every_key_of_its_data(event_type: str) -> None:
    written = document(event_type)["data"]
    assert set(written) == set(REGISTRY[event_type].data.model_fields)


@pytest.mark.parametrize("event_type", TYPES)
def test_an_example_fits_its_schema(event_type: str) -> None:
    schema = json_schema(REGISTRY[event_type])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document(event_type), schema)


@pytest.mark.parametrize("event_type", TYPES)
def test_a_schema_refuses_what_lacks_a_required_attribute(event_type: str) -> None:
    broken = document(event_type)
    del broken["time"]
    with pytest.raises(jsonschema.ValidationError, match="'time' is a required property"):
        jsonschema.validate(broken, json_schema(REGISTRY[event_type]))


@pytest.mark.parametrize("event_type", [name for name in TYPES if name.endswith(".published")])
def test_a_published_snapshot_is_named_by_its_hash(event_type: str) -> None:
    data = document(event_type)["data"]
    assert content_hash(data["snapshot"]) == data["hash"]
    for name, calendar in data["snapshot"].get("calendar_snapshots", {}).items():
        assert content_hash(calendar) == name


@pytest.mark.parametrize("event_type", TYPES)
def test_a_type_is_in_the_stream_that_holds_it_and_within_its_limit(event_type: str) -> None:
    contract = REGISTRY[event_type]
    stream = STREAMS[contract.stream]
    assert event_type in stream.types
    assert contract.limit <= 1024 * 1024
    assert contract.limit >= stream.max_bytes_each


@pytest.mark.parametrize("event_type", [n for n in TYPES if REGISTRY[n].stream == "TICKETS"])
def test_ticket_events_decode_alike_on_the_hot_path_and_by_http(event_type: str) -> None:
    subject = nats_subject(event_type, "acme")
    event = decode(example(event_type), subject)
    assert decode_ticket_event(example(event_type), subject) == event
    assert decode_document(document(event_type), "acme") == event


def test_an_updated_ticket_keeps_the_difference_between_null_and_absent() -> None:
    given = document("sla.ticket.updated")
    given["data"]["changes"] = {"assignee": None, "unknown": 1}
    event = decode(json.dumps(given).encode(), "sla.ticket.updated.v1.acme")
    assert event.data.changes == {"assignee": None}
    assert json.loads(event.encode())["data"]["changes"] == {"assignee": None}


@pytest.mark.parametrize(
    ("written", "order"),
    [
        pytest.param(None, 0, id="absent"),
        pytest.param("7", 7, id="digits"),
        pytest.param("007", 7, id="leading zeros do not count"),
        pytest.param("9" * 18, 10**18 - 1, id="18 digits"),
    ],
)
def test_sequence_is_compared_as_an_integer(written: str | None, order: int) -> None:
    given = document("sla.ticket.opened") | {"sequence": written}
    event = decode_ticket_event(json.dumps(given).encode(), "sla.ticket.opened.v1.acme")
    assert event.order == order


def test_attributes_of_other_systems_are_ignored() -> None:
    given = document("sla.ticket.opened") | {"x-shard": 3, "dataschema": "https://example.org/s"}
    given["data"]["colour"] = "red"
    event = decode_ticket_event(json.dumps(given).encode(), "sla.ticket.opened.v1.acme")
    assert "colour" not in event.data.model_dump()
