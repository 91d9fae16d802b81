"""Query parameters that a route does not know: refused by name, never passed over.

A misspelt filter that is passed over answers another question than the one that was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from slaclock.errors import Fault, Refusal

__all__ = ["UnknownParameters", "known_parameters", "only_known_parameters"]


class UnknownParameters(Refusal):
    """A request with query parameters that its route does not list in the OpenAPI document."""

    code = "request.invalid"


async def only_known_parameters(request: Request) -> None:
    """For every route that is in the OpenAPI document.

    Raises:
        UnknownParameters: each that is not listed there, with those that are.
    """
    if not request.scope["query_string"]:
        return
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or not route.include_in_schema:
        return
    known = known_parameters(route)
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise UnknownParameters(
            faults=[_fault(name, request.query_params[name], known) for name in unknown]
        )


def known_parameters(route: APIRoute) -> Sequence[str]:
    """Names of the query parameters of a route, as its OpenAPI operation lists them."""
    return list(dict.fromkeys(_names(route.dependant)))


def _names(dependant: Dependant) -> Iterator[str]:
    """Its own, then those of what it depends on; a model's fields are parameters of their own."""
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (info.alias or name for name, info in model.model_fields.items())
        else:
            yield field.alias
    for other in dependant.dependencies:
        yield from _names(other)


def _fault(name: str, value: str, known: Sequence[str]) -> Fault:
    near = get_close_matches(name.lower(), known, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    takes = f"it takes {', '.join(known)}" if known else "it takes no parameters"
    message = "is not a parameter of this address"
    return Fault(name, value, message, f"{meant}{takes}", "field.unknown")
