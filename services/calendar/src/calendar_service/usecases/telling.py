"""Answers as JSON, spelt directly: ten thousand of them take milliseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from calendar_service.usecases.compute import Answer
from slaclock.contracts.business_time import Operation
from slaclock.contracts.faults import shown
from slaclock.contracts.instants import rfc3339
from slaclock.errors import Refusal

__all__ = ["told_alone", "told_of"]


def told_of(
    used: Mapping[str, Any], operations: Sequence[Operation], answers: Sequence[Answer]
) -> bytes:
    """The calendar *used*, and an entry for each operation, in order."""
    results = [_entry(one, answer) for one, answer in zip(operations, answers, strict=True)]
    return orjson.dumps({"calendar": used, "results": results})


def told_alone(used: Mapping[str, Any], operation: Operation, answer: Answer) -> bytes:
    """The same for one operation.

    Raises:
        Refusal: that is the answer.
    """
    if isinstance(answer, Refusal):
        raise answer
    return orjson.dumps({"calendar": used, "op": operation.op, "result": answer})


def _entry(operation: Operation, answer: Answer) -> dict[str, Any]:
    if not isinstance(answer, Refusal):
        return {"op": operation.op, "result": answer}
    fault = answer.faults[0] if answer.faults else None
    error = {
        "code": answer.code,
        "field": fault.field if fault else "start",
        "value": shown(fault.value) if fault else rfc3339(operation.start),
        "message": fault.message if fault else str(answer),
        "remedy": fault.remedy if fault else "ask for another instant or amount",
    }
    return {"op": operation.op, "error": error}
