"""Routes of the calendar service; each a doorway to a use case."""

from __future__ import annotations

from fastapi import APIRouter

from calendar_service.api.business_time import business_time_routes
from calendar_service.api.drafts import draft_routes
from calendar_service.api.formats import format_routes
from calendar_service.api.impact import impact_routes
from calendar_service.api.library import library_routes
from calendar_service.api.parts import Parts
from calendar_service.api.sets import set_routes
from calendar_service.api.versions import version_routes
from calendar_service.api.year import year_routes
from slaclock.service import Late

__all__ = ["routes"]


def routes(parts: Late[Parts]) -> APIRouter:
    """All routes; each answers 503 until *parts* have arrived."""
    router = APIRouter(prefix="/v1")
    router.include_router(draft_routes(parts))
    router.include_router(version_routes(parts))
    router.include_router(set_routes(parts))
    router.include_router(library_routes(parts))
    router.include_router(format_routes(parts))
    router.include_router(business_time_routes(parts))
    router.include_router(year_routes(parts))
    router.include_router(impact_routes(parts))
    return router
