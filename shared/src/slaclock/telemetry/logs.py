"""Log lines: JSON, one per event, on stderr; what is secret by its name is hidden."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor

__all__ = ["configure_logging"]

_SECRET: Final = re.compile(
    r"password|secret|token|authorization|api_?key|credential|dsn|database_url", re.IGNORECASE
)
_USERINFO: Final = re.compile(r"(?<=://)[^/@\s:]*:[^/@\s]+@")
_LOUD: Final = ("httpx", "httpcore", "faststream", "alembic", "asyncio")


def configure_logging(service: str, level: str = "info", *, stream: TextIO | None = None) -> None:
    """Let everything that this process logs, ours or a library's, become JSON lines.

    Args:
        service: stands in every line.
        level: least severity: debug, info, warning or error.
        stream: stderr when None.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
        _traced,
        _hidden,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _plain,
                structlog.processors.format_exc_info,
                structlog.processors.UnicodeDecoder(),
                structlog.processors.JSONRenderer(default=repr, ensure_ascii=True),
            ],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        if type(old) is logging.StreamHandler:  # a command's, or ours of before; no test's
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _LOUD:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _named(service: str) -> Processor:
    def add(_: Any, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add


def _traced(_: Any, __: str, event: EventDict) -> EventDict:
    """The trace that the line belongs to, where there is one."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
    return event


def _plain(_: Any, __: str, event: EventDict) -> EventDict:
    """Without the copy of the text that the HTTP server makes for terminals."""
    event.pop("color_message", None)
    return event


def _hidden(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if _SECRET.search(name):
            event[name] = "(hidden)"
        elif isinstance(value, str) and "://" in value:
            event[name] = _USERINFO.sub("(hidden)@", value)
    return event
