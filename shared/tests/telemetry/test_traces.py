"""Traces go where the environment says, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry import trace

from slaclock.telemetry import configure_tracing

PROGRAM = """
from opentelemetry import trace
from slaclock.telemetry import configure_tracing
flush = configure_tracing("sample")
with trace.get_tracer("t").start_as_current_span("work") as span:
    print(span.get_span_context().is_valid)
flush()
"""


def test_no_collector_no_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)

    configure_tracing("sample")()

    with trace.get_tracer("t").start_as_current_span("work") as span:
        assert not span.get_span_context().is_valid


def test_a_collector_that_is_away_holds_nothing_up(tmp_path: Path) -> None:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "PATH": ""}

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout == "True\n"
