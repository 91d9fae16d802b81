"""Every failed request answers problem+json, with a stable code and each fault's remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import HTTPException, RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException

from slaclock.contracts.faults import fault_of, field_path, shown
from slaclock.errors import Fault, Refusal

__all__ = ["MEDIA_TYPE", "RESPONSES", "RefusedRequest", "install", "problem", "problem_of"]

MEDIA_TYPE: Final = "application/problem+json"
_MOST_FAULTS: Final = 100
_CODES: Final[Mapping[int, str]] = {
    400: "request.malformed",
    401: "credential.missing",
    403: "role.insufficient",
    404: "not-found",
    405: "method.not-allowed",
    406: "not-acceptable",
    409: "conflict",
    413: "body.too-large",
    415: "content-type.unsupported",
    429: "rate.exceeded",
    503: "unavailable",
}


_TEXT: Final = {"type": "string"}
_SCHEMA: Final[Mapping[str, Any]] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "errors"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": {**_TEXT, "description": "stable; the sentences may change"},
        "detail": _TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "value", "message", "remedy"],
                "properties": {
                    "field": _TEXT,
                    "value": {"description": "what was found, shortened"},
                    "message": _TEXT,
                    "remedy": _TEXT,
                    "code": _TEXT,
                },
            },
        },
    },
}
RESPONSES: Final[Mapping[int | str, dict[str, Any]]] = {
    status: {"description": meaning, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
    for status, meaning in (("4XX", "Refused"), ("5XX", "Not possible now"))
}
"""What every route may answer beside its own, for the OpenAPI document."""


class RefusedRequest(HTTPException):
    """A refusal raised where FastAPI lets only its own exception through (reading a body)."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status, str(refusal))
        self.refusal = refusal


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    faults: Iterable[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer of DESIGN §9: type, title, status, code, detail, errors."""
    listed = list(faults)
    body: dict[str, Any] = {
        "type": f"urn:slaclock:problem:{code}",
        "title": _title(status),
        "status": status,
        "code": code,
        "detail": shown(detail, most=1000),
        "errors": [_entry(fault) for fault in listed[:_MOST_FAULTS]],
    }
    if len(listed) > _MOST_FAULTS:
        body["errors_total"] = len(listed)
    return Response(orjson.dumps(body), status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _entry(fault: Fault) -> dict[str, Any]:
    entry = {
        "field": shown(fault.field),
        "value": shown(fault.value),
        "message": shown(fault.message, most=500),
        "remedy": shown(fault.remedy, most=500),
    }
    return entry | {"code": fault.code} if fault.code else entry


def problem_of(refusal: Refusal) -> Response:
    """The answer to a refusal; its `headers`, where it has some, come along."""
    headers: Mapping[str, str] = getattr(refusal, "headers", {})
    detail = f"{len(refusal.faults)} faults" if len(refusal.faults) > 1 else str(refusal)
    return problem(refusal.status, refusal.code, detail, faults=refusal.faults, headers=headers)


def install(app: FastAPI) -> None:
    """Let *app* answer problem+json whatever goes wrong in a route or in its dependencies."""
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(StarletteHTTPException, _on_http_error)


async def _on_refusal(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    return problem_of(error)


async def _on_invalid(request: Request, error: Exception) -> Response:
    """422 with every fault; 415 where the body was not even JSON."""
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    if any(one["loc"] == ("body",) and isinstance(one.get("input"), bytes) for one in found):
        sent = request.headers.get("content-type", "")
        fault = Fault("Content-Type", sent, "not JSON", "send Content-Type: application/json")
        return problem(415, "content-type.unsupported", "the body must be JSON", faults=[fault])
    faults = [_request_fault(one) for one in found]
    detail = str(faults[0]) if len(faults) == 1 else f"{len(faults)} faults"
    return problem(422, "request.invalid", detail, faults=faults)


def _request_fault(found: Mapping[str, Any]) -> Fault:
    """Without the leading `body`, `query`, `path` or `header` of FastAPI's locations."""
    where, *location = found["loc"]
    return fault_of(found, field_path(location or [where]))


async def _on_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, StarletteHTTPException):
        raise error
    if isinstance(error, RefusedRequest):
        return problem_of(error.refusal)
    status = error.status_code
    detail = str(error.detail)
    if status == 404 and detail == "Not Found":
        detail = f"nothing is at {request.url.path}"
    if status == 405:
        detail = f"{request.method} is not possible at {request.url.path}"
    code = _CODES.get(status, f"http.{status}")
    return problem(status, code, detail, headers=error.headers)
