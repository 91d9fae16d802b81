"""What a running process tells of itself: log lines, metrics, traces."""

from slaclock.telemetry.logs import configure_logging
from slaclock.telemetry.metrics import Metrics
from slaclock.telemetry.traces import configure_tracing

__all__ = ["Metrics", "configure_logging", "configure_tracing"]
