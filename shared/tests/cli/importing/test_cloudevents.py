"""Lines of CloudEvents become messages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slaclock.cli.importing.cloudevents import messages
from slaclock.cli.importing.facts import Message, Tally
from slaclock.contracts.examples import example

OPENED = json.loads(example("sla.ticket.opened"))


def read(content: bytes) -> tuple[list[Message], Tally]:
    tally = Tally()
    return list(messages(content, tenant="acme", run_id="run-1", tally=tally)), tally


def line(document: Any = OPENED, **changes: Any) -> bytes:
    return json.dumps({**document, **changes}).encode() + b"\n"


def test_an_event_stays_as_it_is_but_for_where_it_comes_from() -> None:
    (message,), tally = read(line(OPENED, correlationid="theirs", colour="red"))
    assert message.subject == "sla.ticket.opened.v1.acme"
    assert json.loads(message.body) == {
        **OPENED,
        "colour": "red",
        "origin": "import",
        "correlationid": "run-1",
    }
    assert (tally.rows, list(tally.tickets), tally.rejected) == (1, ["INC-1"], [])


def test_every_kind_of_ticket_event_is_taken() -> None:
    kinds = ("opened", "updated", "replied", "deleted")
    content = b"".join(line(json.loads(example(f"sla.ticket.{kind}"))) for kind in kinds)
    found, tally = read(b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n\r\n"))
    assert [message.subject.split(".")[2] for message in found] == list(kinds)
    assert tally.rows == 4


@pytest.mark.parametrize(
    ("bad", "field", "reason"),
    [
        pytest.param(b"{\n", "", "is not JSON", id="half an object"),
        pytest.param(b"\xff\n", "", "is not JSON", id="not UTF-8"),
        pytest.param(b"[1]\n", "", "is not an object", id="a list"),
        pytest.param(b"{}\n", "type", "is missing", id="an empty object"),
        pytest.param(line(type="sla.ticket.moved"), "type", "no event has this type", id="type"),
        pytest.param(
            line(json.loads(example("sla.quote.accepted"))), "type", "no ticket event", id="quote"
        ),
        pytest.param(line(tenant="other"), "tenant", "differs from 'acme'", id="tenant"),
        pytest.param(line(time="2026-03-02"), "time", "RFC 3339", id="time"),
        pytest.param(line(subject="INC-2"), "subject", "differs from data.ticket_id", id="subject"),
        pytest.param(line(pad="x" * 65536), "", "more than 65536", id="too large"),
    ],
)
def test_bad_lines_are_named_and_the_rest_goes_on(bad: bytes, field: str, reason: str) -> None:
    found, tally = read(line() + bad + line(id="e-2"))
    assert len(found) == 2
    assert (tally.rows, len(tally.rejected)) == (3, 1)
    assert (tally.rejected[0].line, tally.rejected[0].field) == (2, field)
    assert reason in tally.rejected[0].reason
