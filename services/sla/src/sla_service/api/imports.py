"""Policies of other software: drafts of what they promise, and all that could not be carried."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Query, Response

from sla_service.api.import_schemas import ImportQuery, ItilQuery, PoliciesOut
from sla_service.api.parts import Parts
from sla_service.formats.alga import read_alga_policies
from sla_service.formats.found import Policies
from sla_service.formats.itil import read_itil
from sla_service.formats.zendesk import read_zendesk_policies
from sla_service.usecases.importing import bring_in, judged, with_published_calendars
from slaclock.auth import ByManager, Principal
from slaclock.http import MIB, body_limit
from slaclock.service import Late

__all__ = ["import_routes"]

Tables = Annotated[dict[str, Any], Body(description="the export, as the other software writes it")]
Wanted = Annotated[ImportQuery, Query()]
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    201: {"model": PoliciesOut, "description": "there are drafts that were not there before"}
}


def import_routes(parts: Late[Parts]) -> APIRouter:
    """Read, judge, keep as drafts."""
    router = APIRouter(prefix="/imports", tags=["imports"])

    @router.post("/alga", responses=_ANSWERS, summary="Drafts of an Alga PSA export's policies")
    @body_limit(MIB)
    async def alga(
        who: ByManager, tables: Tables, wanted: Wanted, response: Response
    ) -> PoliciesOut:
        """Rows of sla_policies, sla_policy_targets and the tables around them, by table."""

        def read() -> Policies:
            files = parts.now().rules.files
            return read_alga_policies(tables, published=wanted.published, files=files)

        return await _bring(parts, who, read, wanted, response)

    @router.post("/zendesk", responses=_ANSWERS, summary="Drafts of Zendesk's SLA policies")
    @body_limit(MIB)
    async def zendesk(
        who: ByManager, tables: Tables, wanted: Wanted, response: Response
    ) -> PoliciesOut:
        """`{"sla_policies": [...]}`, beside them `schedules` whose first counts business hours."""

        def read() -> Policies:
            files = parts.now().rules.files
            return read_zendesk_policies(tables, published=wanted.published, files=files)

        return await _bring(parts, who, read, wanted, response)

    @router.post("/itil-default", responses=_ANSWERS, summary="A draft of the ITIL default set")
    async def itil(
        who: ByManager, wanted: Annotated[ItilQuery, Query()], response: Response
    ) -> PoliciesOut:
        """Alga PSA's: P1 15/60 minutes around the clock to P5 480/10080 business minutes."""

        def read() -> Policies:
            return read_itil(
                sla_id=wanted.sla_id,
                timezone=wanted.timezone,
                published=wanted.published,
                files=parts.now().rules.files,
            )

        return await _bring(parts, who, read, wanted, response)

    return router


async def _bring(
    parts: Late[Parts],
    who: Principal,
    read: Callable[[], Policies],
    wanted: ImportQuery,
    response: Response,
) -> PoliciesOut:
    now = parts.now()
    found = await asyncio.to_thread(read)
    if wanted.calendars == "published":
        found = await with_published_calendars(now.begin, who.tenant, found)
    slas = await judged(now.begin, who.tenant, found.slas, now.rules)
    if not wanted.dry_run:
        slas = await bring_in(now.desk, who.tenant, who.name, slas, overwrite=wanted.replace)
    if any(one.outcome == "created" for one in slas):
        response.status_code = 201
    return PoliciesOut.of(found, slas, dry_run=wanted.dry_run)
