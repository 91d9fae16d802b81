"""Every HTTP request: counted, logged, answered even when the code fails, with safe headers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slaclock.http.problems import problem
from slaclock.telemetry.metrics import Metrics

__all__ = ["SAFE_HEADERS", "Observed"]

log = structlog.get_logger(__name__)

SAFE_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "",
        "Cache-Control": "no-store",
    }
)
"""Set on every answer that does not set them itself."""
_QUIET: Final = ("/health/live", "/health/ready", "/metrics")


class Observed:
    """Middleware, the outermost: nothing leaves without headers, nothing fails without a line."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self._taken = metrics.histogram(
            "http_request_seconds", "Time to answer", ["method", "route", "status"]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 500 without a trace where everything else failed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = uuid4().hex
        began = time.perf_counter()
        status = 0

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_safely)
            except Exception:  # the last who can answer; told below, with the trace
                log.exception("request_failed", method=scope["method"], route=_route(scope))
                if status:
                    raise  # too late for an answer: the connection must break
                answer = problem(
                    500, "internal", f"our fault; give the id {request_id} to the operator"
                )
                await answer(scope, receive, send_safely)
            finally:
                self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = _route(scope), _method(scope)
        self._taken.labels(method, route, str(status)).observe(seconds)
        if route.endswith(_QUIET) and status < 400:
            return
        who = scope.get("state", {}).get("principal")
        log.info(
            "request",
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            **({"tenant": who.tenant, "by": who.name} if who else {}),
        )


def _route(scope: Scope) -> str:
    """The route's template, never the path: a path holds ids."""
    route = scope.get("route")
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    return str(path) if path else "unknown"


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "OTHER"
