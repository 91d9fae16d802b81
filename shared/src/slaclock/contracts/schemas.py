"""The contracts as other systems read them: JSON Schemas and an AsyncAPI 3 document."""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from slaclock.contracts.examples import example
from slaclock.contracts.questions import QUESTIONS, Question
from slaclock.contracts.registry import REGISTRY, Contract

__all__ = ["asyncapi", "json_schema"]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

_ADDRESSES: Final = "Subject `{}`. Stream {}. Published by {}."


class _Schema(GenerateJsonSchema):
    """Our dialect: no titles that only repeat the key."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the base's signature
        """Never: a description says more."""
        return False


def json_schema(contract: Contract) -> dict[str, Any]:
    """The JSON Schema of one event, its envelope included."""
    schema = contract.event.model_json_schema(schema_generator=_Schema)
    schema["properties"]["type"] = {"const": contract.type}
    return {
        "$schema": DRAFT,
        "$id": f"urn:slaclock:event:{contract.type}:v{contract.version}",
        **schema,
        "title": contract.type,
        "description": _summary(contract),
    }


def asyncapi() -> dict[str, Any]:
    """The bus as an AsyncAPI 3 document; payloads are the files of `json_schema`."""
    contracts = REGISTRY.values()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "slaclock",
            "version": "1.0.0",
            "description": (
                "Events of the SLA platform: CloudEvents 1.0 in structured JSON on NATS JetStream."
                " A message only ever gains optional fields; a new meaning is a new version."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {
            "local": {
                "host": "127.0.0.1:4222",
                "pathname": "/",
                "protocol": "nats",
                "description": "The embedded platform; user and password per tenant and role",
            }
        },
        "channels": {contract.type: _channel(contract) for contract in contracts}
        | {one.name: _question_channel(one) for one in QUESTIONS}
        | {f"{one.name}.answer": _answer_channel(one) for one in QUESTIONS},
        "operations": {_operation_name(contract): _operation(contract) for contract in contracts}
        | {f"receive.{one.name}": _asking(one) for one in QUESTIONS},
        "components": {
            "messages": {contract.type: _message(contract) for contract in contracts}
            | {
                f"{one.name}.{part}": _question_message(one, part)
                for one in QUESTIONS
                for part in ("request", "answer")
            }
        },
    }


def _question_channel(question: Question) -> dict[str, Any]:
    name = f"{question.name}.request"
    return {
        "address": question.address,
        "description": "In no stream: the asker waits for the answer",
        "parameters": {"tenant": {"description": "1 to 63 of a-z, 0-9 and -"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
    }


def _answer_channel(question: Question) -> dict[str, Any]:
    name = f"{question.name}.answer"
    return {
        "address": None,
        "description": "The asker's own inbox, which no other tenant may read",
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
    }


def _asking(question: Question) -> dict[str, Any]:
    asked, answered = f"#/channels/{question.name}", f"#/channels/{question.name}.answer"
    return {
        "action": "receive",
        "channel": {"$ref": asked},
        "messages": [{"$ref": f"{asked}/messages/{question.name}.request"}],
        "reply": {
            "channel": {"$ref": answered},
            "messages": [{"$ref": f"{answered}/messages/{question.name}.answer"}],
        },
        "summary": f"Subject `{question.address}`. Answered by {question.publisher}, always: with"
        " the answer, or with a problem (`Content-Type: application/problem+json`).",
    }


def _question_message(question: Question, part: str) -> dict[str, Any]:
    return {
        "name": f"{question.name}.{part}",
        "title": f"{question.name} {part}",
        "contentType": "application/json",
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"./schemas/{question.schema_name(part)}.json"},
        },
    }


def _summary(contract: Contract) -> str:
    first = (contract.data.__doc__ or "").strip().split("\n")[0]
    address = _ADDRESSES.format(_address(contract), contract.stream, contract.publisher)
    return f"{first} {address}"


def _address(contract: Contract) -> str:
    return f"{contract.type}.v{contract.version}.{{tenant}}"


def _channel(contract: Contract) -> dict[str, Any]:
    return {
        "address": _address(contract),
        "description": f"Stream {contract.stream}",
        "parameters": {"tenant": {"description": "1 to 63 of a-z, 0-9 and -"}},
        "messages": {contract.type: {"$ref": f"#/components/messages/{contract.type}"}},
    }


def _operation_name(contract: Contract) -> str:
    return f"{_action(contract)}.{contract.type}"


def _operation(contract: Contract) -> dict[str, Any]:
    channel = f"#/channels/{contract.type}"
    return {
        "action": _action(contract),
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{contract.type}"}],
        "summary": _summary(contract),
    }


def _action(contract: Contract) -> str:
    return "receive" if contract.publisher == "other systems" else "send"


def _message(contract: Contract) -> dict[str, Any]:
    return {
        "name": contract.type,
        "title": contract.type,
        "contentType": "application/cloudevents+json",
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"./schemas/{contract.type}.v{contract.version}.json"},
        },
        "examples": [{"name": contract.type, "payload": json.loads(example(contract.type))}],
    }
