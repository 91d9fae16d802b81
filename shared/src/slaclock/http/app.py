"""The one way to make a service's HTTP application."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import Any, TypeAlias

from fastapi import APIRouter, Depends, FastAPI

from slaclock.auth import Authenticator, CredentialAuthenticator
from slaclock.http import outages, problems
from slaclock.http.doorkeeper import Doorkeeper
from slaclock.http.health import Readiness, operations
from slaclock.http.observed import Observed
from slaclock.http.parameters import only_known_parameters
from slaclock.settings import PlatformSettings
from slaclock.telemetry.metrics import Metrics

__all__ = ["Lifespan", "create_app"]

Lifespan: TypeAlias = Callable[[FastAPI], AbstractAsyncContextManager[Any]]


def create_app(  # noqa: PLR0913 - the parts that make an application, most of them optional
    name: str,
    lifespan: Lifespan,
    routers: Sequence[APIRouter],
    readiness: Readiness,
    *,
    settings: PlatformSettings | None = None,
    authenticator: Authenticator | None = None,
    metrics: Metrics | None = None,
    description: str = "",
) -> FastAPI:
    """The application of the service *name*, with its routes under `/<name>`.

    It also answers `/<name>/health/live`, `/<name>/health/ready`, `/<name>/metrics`,
    `/<name>/openapi.json`, and health and metrics without the name.

    Args:
        name: of the service, such as `ticket-clock`.
        lifespan: starts and stops what the service runs beside HTTP. It must not wait for other
            parts: a service is up, and not ready, while they are away.
        routers: the service's routes, with paths that begin with `/v1`.
        readiness: names what the service waits for.
        settings: who may ask is decided by them; the environment when None.
        authenticator: replaces what *settings* say.
        metrics: the service's; fresh when None.
        description: first paragraph of the OpenAPI document.
    """
    found = metrics or Metrics(name)
    app = FastAPI(
        title=f"slaclock {name}",
        description=description,
        version=version("slaclock"),
        lifespan=lifespan,
        openapi_url=f"/{name}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=dict(problems.RESPONSES),
        telemetry={
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.authenticator = authenticator or CredentialAuthenticator.from_settings(
        settings or PlatformSettings.load()
    )
    app.state.metrics = found
    problems.install(app)
    outages.install(app)
    for router in routers:
        app.include_router(router, prefix=f"/{name}", dependencies=[Depends(only_known_parameters)])
    for prefix in (f"/{name}", ""):
        app.include_router(operations(readiness, found.registry), prefix=prefix)
    app.add_middleware(Doorkeeper)
    app.add_middleware(Observed, metrics=found)
    return app
