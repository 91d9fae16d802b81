"""Imports: their end, and what they brought."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from slaclock.auth import Principal, Role, requires
from slaclock.contracts.instants import rfc3339
from slaclock.http.fields import Id, IdInPath
from slaclock.store import begin
from ticket_clock_service.api.edge import Edge
from ticket_clock_service.store.work import SQL

ByImporter = Annotated[Principal, Depends(requires(Role.SERVICE, Role.ADMIN))]
PATIENCE = 60.0
"""Seconds that the end of an import may take before the answer says that it goes on."""


def import_routes(edge: Edge) -> APIRouter:
    """For importers."""
    router = APIRouter(tags=["imports"])

    @router.post("/imports/{import_id}/complete")
    async def complete(who: ByImporter, import_id: IdInPath) -> dict[str, Any]:
        """End an import, named by the `correlationid` of its facts.

        Its tickets are judged against now; what was due before is announced as history. Answers
        when that is done, or with `complete: false` after a minute.
        """
        async with begin(edge.pool, {who.tenant}) as connection:
            await connection.execute(SQL["end_import"], who.tenant, import_id)
        deadline = asyncio.get_running_loop().time() + PATIENCE
        left = await _left(edge, who.tenant, import_id)
        while left and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.1)
            left = await _left(edge, who.tenant, import_id)
        async with begin(edge.pool, {who.tenant}) as connection:
            row = await connection.fetchrow(SQL["count_import"], who.tenant, import_id)
        counted = {"facts": 0, "tickets": 0} if row is None else dict(row)
        return {"import_id": import_id, "complete": left == 0, **counted}

    @router.get("/terms")
    async def terms(
        who: ByImporter, entry_id: Annotated[Id | None, Query()] = None
    ) -> dict[str, Any]:
        """What has been learnt of the tenant's terms: their revision, and the latest default.

        `known` says whether the entry that was asked for has arrived.
        """
        async with begin(edge.pool, {who.tenant}) as connection:
            rows = await connection.fetch(SQL["terms_of_tenants"], [who.tenant])
            revision = await connection.fetchval(
                "SELECT terms_revision FROM terms_state WHERE tenant_id = $1", who.tenant
            )
        defaults = [row for row in rows if row["kind"] == "default"]
        latest = max(
            defaults, key=lambda row: (row["effective_from"], row["terms_revision"]), default=None
        )
        return {
            "ready": edge.terms_ready(),
            "terms_revision": revision or 0,
            "known": entry_id in {str(row["entry_id"]) for row in rows} if entry_id else None,
            "default": None
            if latest is None
            else {
                "agreement": latest["body"]["agreement"],
                "sla_id": latest["body"].get("sla_id"),
                "sla_version": latest["body"].get("sla_version"),
                "effective_from": rfc3339(latest["effective_from"]),
            },
        }

    return router


async def _left(edge: Edge, tenant: str, import_id: str) -> int:
    async with begin(edge.pool, {tenant}) as connection:
        left: int = await connection.fetchval(SQL["still_importing"], tenant, import_id)
    return left
