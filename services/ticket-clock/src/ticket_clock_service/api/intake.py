"""`POST /v1/events`: CloudEvents by HTTP, one or many."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from slaclock.auth import Principal, Role, requires
from slaclock.contracts.faults import shown
from slaclock.errors import Fault, Refusal
from slaclock.http.body import BODY_LIMIT, MIB, body_limit, raw_body
from slaclock.service import Late
from ticket_clock_service.api.edge import Edge
from ticket_clock_service.usecases.facts import fact_in
from ticket_clock_service.usecases.intake import Caller, take_in

ONE: Final = "application/cloudevents+json"
MANY: Final = "application/cloudevents-batch+json"
MOST: Final = 1000
BySender = Annotated[Principal, Depends(requires(Role.SERVICE, Role.TECHNICIAN))]


def intake_routes(late: Late[Edge]) -> APIRouter:
    """Events in, and how far they have been processed."""
    router = APIRouter(tags=["intake"])

    @router.post("/events", status_code=202)
    @body_limit(2 * MIB)
    @raw_body
    async def take_events(who: BySender, request: Request) -> Response:
        """Hand CloudEvents to the bus; answers after the broker's acknowledgement.

        `application/cloudevents+json` is one event (64 KiB), `application/cloudevents-batch+json`
        an array of up to 1,000 (2 MiB). Events that cannot be taken are listed with the reason and
        the others go on; 422 if none could be taken. 503 with `Retry-After` while so much waits to
        be processed that more would only wait longer.
        """
        await late.now().let_in()
        documents = _documents(await request.body(), request.headers.get("content-type", ""))
        caller = Caller(
            tenant=who.tenant,
            may_trade=who.role in {Role.SERVICE, Role.ADMIN},
            may_import=who.role is Role.ADMIN,
        )
        answer = await take_in(documents, caller, datetime.now(UTC), late.now().intake(), fact_in)
        nothing = bool(answer.rejected) and len(answer.rejected) == len(documents)
        return JSONResponse(asdict(answer), 422 if nothing else 202)

    @router.get("/intake/position")
    async def position(_: BySender) -> dict[str, int]:
        """`processed`: stream sequence of TICKETS up to which every message has been settled."""
        return {"processed": await late.now().processed()}

    return router


def _documents(body: bytes, content_type: str) -> list[Any]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in {ONE, MANY}:
        raise _unusable(
            "Content-Type",
            content_type,
            "not a CloudEvents type",
            f"send {ONE} for one event, {MANY} for an array",
            "content-type.unsupported",
            415,
        )
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _unusable(
            "", shown(body), f"not JSON: {error}", "send JSON in UTF-8", "body.malformed", 400
        ) from error
    if kind == ONE:
        if len(body) > BODY_LIMIT:
            raise _unusable(
                "",
                len(body),
                f"more than {BODY_LIMIT} bytes",
                "send ids instead of texts",
                "body.too-large",
                413,
            )
        return [found]
    if not isinstance(found, list):
        raise _unusable(
            "", None, "not an array", f"send an array, or one event as {ONE}", "body.malformed", 400
        )
    if len(found) > MOST:
        raise _unusable(
            "", len(found), f"more than {MOST} events", "send them in parts", "batch.too-large", 413
        )
    return found


def _unusable(  # noqa: PLR0913, PLR0917 - the parts of a fault
    field: str, value: object, message: str, remedy: str, code: str, status: int
) -> Refusal:
    fault = Fault(field, value, message, remedy, code)
    return Refusal(faults=[fault], code=code, status=status)
