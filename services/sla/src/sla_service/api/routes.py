"""Routes of the sla service; each a doorway to a use case."""

from __future__ import annotations

from fastapi import APIRouter

from sla_service.api.annexes import annex_routes
from sla_service.api.applies import applies_routes
from sla_service.api.audit import audit_routes
from sla_service.api.contracts import contract_routes, history_routes
from sla_service.api.drafts import draft_routes
from sla_service.api.exports import export_routes
from sla_service.api.imports import import_routes
from sla_service.api.linting import lint_routes
from sla_service.api.parts import Parts
from sla_service.api.terms import terms_routes
from sla_service.api.versions import version_routes
from slaclock.service import Late

__all__ = ["routes"]


def routes(parts: Late[Parts]) -> APIRouter:
    """All routes; each answers 503 until *parts* have arrived."""
    router = APIRouter(prefix="/v1")
    router.include_router(draft_routes(parts))
    router.include_router(version_routes(parts))
    router.include_router(terms_routes(parts))
    router.include_router(contract_routes(parts))
    router.include_router(applies_routes(parts))
    router.include_router(lint_routes(parts))
    router.include_router(import_routes(parts))
    router.include_router(export_routes(parts))
    router.include_router(audit_routes(parts))
    router.include_router(annex_routes(parts))
    router.include_router(history_routes(parts))
    return router
