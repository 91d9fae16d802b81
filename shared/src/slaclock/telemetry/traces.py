"""Traces: sent where `OTEL_EXPORTER_OTLP_ENDPOINT` says, else not made at all."""

from __future__ import annotations

import os
from collections.abc import Callable

from opentelemetry import trace

__all__ = ["configure_tracing"]


def configure_tracing(service: str) -> Callable[[], None]:
    """Send the spans of this process to the collector that the environment names.

    Args:
        service: the process's name in the traces.

    Returns:
        What to call at the end: sends what is left, for 5 s at most. Does nothing where no
        collector is named.
    """
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return _nothing
    # The exporter takes a third of a second to import, which nobody without a collector waits for.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = Resource.create({"service.namespace": "slaclock", "service.name": service})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=5)))
    trace.set_tracer_provider(provider)
    return provider.shutdown


def _nothing() -> None:
    """No collector, nothing to send."""
