"""Imports: their end, and what they brought."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from slaclock.auth import Principal, Role, requires
from slaclock.contracts.instants import rfc3339
from slaclock.http.fields import Id, IdInPath
from slaclock.service import Late
from ticket_clock_service.api.edge import Edge

ByImporter = Annotated[Principal, Depends(requires(Role.SERVICE, Role.ADMIN))]
PATIENCE = 60.0
"""Seconds that the end of an import may take before the answer says that it goes on."""


def import_routes(late: Late[Edge]) -> APIRouter:
    """For importers."""
    router = APIRouter(tags=["imports"])

    @router.post("/imports/{import_id}/complete")
    async def complete(who: ByImporter, import_id: IdInPath) -> dict[str, Any]:
        """End an import, named by the `correlationid` of its facts.

        Its tickets are judged against now; what was due before is announced as history. Answers
        when that is done, or with `complete: false` after a minute.
        """
        imports = late.now().imports()
        await imports.end(who.tenant, import_id)
        deadline = asyncio.get_running_loop().time() + PATIENCE
        left = await imports.left(who.tenant, import_id)
        while left and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.1)
            left = await imports.left(who.tenant, import_id)
        facts, tickets = await imports.counted(who.tenant, import_id)
        return {
            "import_id": import_id,
            "complete": left == 0,
            "facts": facts,
            "tickets": tickets,
        }

    @router.get("/terms")
    async def terms(
        who: ByImporter, entry_id: Annotated[Id | None, Query()] = None
    ) -> dict[str, Any]:
        """What has been learnt of the tenant's terms: their revision, and the latest default.

        `known` says whether the entry that was asked for has arrived.
        """
        edge = late.now()
        async with edge.begin({who.tenant}) as work:
            rows = (await work.terms([who.tenant]))[who.tenant]
            _, revisions = await work.now_and_terms([who.tenant])
        defaults = [row for row in rows if row.kind == "default"]
        latest = max(
            defaults, key=lambda row: (row.effective_from, row.terms_revision), default=None
        )
        return {
            "ready": edge.terms_ready(),
            "terms_revision": revisions[who.tenant],
            "known": entry_id in {row.entry_id for row in rows} if entry_id else None,
            "default": None
            if latest is None
            else {
                "agreement": latest.body["agreement"],
                "sla_id": latest.body.get("sla_id"),
                "sla_version": latest.body.get("sla_version"),
                "effective_from": rfc3339(latest.effective_from),
            },
        }

    return router
