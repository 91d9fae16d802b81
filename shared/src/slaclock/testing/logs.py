"""How tests log."""

from __future__ import annotations

import structlog

__all__ = ["log_plainly"]


def log_plainly() -> None:
    """Lines without the locals of every frame, which take many seconds to print.

    For all tests from now on: call it again after a test that has configured logging.
    """
    structlog.reset_defaults()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    )
