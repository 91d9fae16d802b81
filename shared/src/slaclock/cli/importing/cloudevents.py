"""CloudEvents of a JSON Lines file, one per line, as their publisher would have sent them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from slaclock.cli.importing.facts import ORIGIN, Message, Rejected, Tally
from slaclock.contracts.envelope import EventRefused, message_id, nats_subject
from slaclock.contracts.faults import shown
from slaclock.contracts.registry import EVENT_BYTES, REGISTRY, decode_document

__all__ = ["messages"]

_TICKETS: Final = tuple(kind for kind, found in REGISTRY.items() if found.stream == "TICKETS")


class _NotOne(ValueError):  # noqa: N818 - what is wrong with a line; never leaves this module
    """A line that is no ticket event; the text says why."""

    def __init__(self, field: str, value: Any, reason: str) -> None:
        self.field, self.value = field, value
        super().__init__(reason)


def messages(content: bytes, *, tenant: str, run_id: str, tally: Tally) -> Iterator[Message]:
    """Every good line's message, in order; *tally* is complete when they have been drawn.

    An event stays as it is written, but for `origin` and `correlationid`, which say that it came
    with this import.
    """
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        tally.rows += 1
        try:
            message, ticket = _message(line, tenant, run_id)
        except EventRefused as refused:
            tally.rejected.extend(
                Rejected(number, fault.field, fault.value, f"{fault.message}; {fault.remedy}")
                for fault in refused.faults
            )
        except _NotOne as wrong:
            tally.rejected.append(Rejected(number, wrong.field, shown(wrong.value), str(wrong)))
        else:
            tally.tickets.setdefault(ticket)
            yield message


def _message(line: bytes, tenant: str, run_id: str) -> tuple[Message, str]:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _NotOne("", line, f"is not JSON: {error}; write one event per line") from error
    if not isinstance(document, dict):
        raise _NotOne("", line, "is not an object; write one CloudEvent per line")
    kind = document.get("type")
    if isinstance(kind, str) and kind in REGISTRY and kind not in _TICKETS:
        raise _NotOne("type", kind, f"is no ticket event; imports take {', '.join(_TICKETS)}")
    event = decode_document(document, tenant)
    body = orjson.dumps({**document, "origin": ORIGIN, "correlationid": run_id})
    if len(body) > EVENT_BYTES:
        raise _NotOne("", len(body), f"{len(body)} bytes are more than {EVENT_BYTES}")
    message = Message(
        subject=nats_subject(event.type, tenant),
        msg_id=message_id(tenant, event.source, event.id),
        body=body,
    )
    return message, event.subject
