"""Routes of ticket-clock; each a doorway to a use case."""

from __future__ import annotations

from fastapi import APIRouter

from slaclock.service import Late
from ticket_clock_service.api.audit import audit_routes
from ticket_clock_service.api.edge import Edge
from ticket_clock_service.api.imports import import_routes
from ticket_clock_service.api.intake import intake_routes
from ticket_clock_service.api.repairs import repair_routes
from ticket_clock_service.api.simulations import simulation_routes
from ticket_clock_service.api.stories import story_routes
from ticket_clock_service.api.tickets import ticket_routes


def routes(late: Late[Edge]) -> APIRouter:
    """All routes of this service."""
    router = APIRouter(prefix="/v1")
    router.include_router(ticket_routes(late))  # asked most: a request tries them in this order
    router.include_router(intake_routes(late))
    router.include_router(import_routes(late))
    router.include_router(story_routes(late))
    router.include_router(audit_routes(late))
    router.include_router(simulation_routes(late))
    router.include_router(repair_routes(late))
    return router
