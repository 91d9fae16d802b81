"""Log lines are JSON, say whose they are, and keep secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from slaclock.telemetry import configure_logging
from slaclock.testing.logs import log_plainly

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging("sample", "info", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    log_plainly()


def test_our_lines(lines: Lines) -> None:
    structlog.get_logger("x").info("ticket_reconciled", tickets=3)

    (line,) = lines()
    assert line["event"] == "ticket_reconciled"
    assert (line["service"], line["level"], line["tickets"]) == ("sample", "info", 3)
    assert line["timestamp"].endswith("Z")


def test_lines_of_libraries(lines: Lines) -> None:
    logging.getLogger("library").warning("slow: %s ms", 12)

    (line,) = lines()
    assert (line["event"], line["level"]) == ("slow: 12 ms", "warning")


def test_less_severe_lines_are_left_out(lines: Lines) -> None:
    structlog.get_logger("x").debug("detail")
    logging.getLogger("library").debug("detail")
    logging.getLogger("httpx").info("GET")

    assert lines() == []


def test_a_trace_is_one_line(lines: Lines) -> None:
    structlog.get_logger("x").error("failed", exc_info=RuntimeError("broken"))

    (line,) = lines()
    assert "RuntimeError: broken" in line["exception"]


@pytest.mark.parametrize(
    "name",
    ["password", "api_key", "Authorization", "nats_credentials", "dsn", "token", "client_secret"],
)
def test_what_is_secret_by_its_name_is_hidden(lines: Lines, name: str) -> None:
    structlog.get_logger("x").info("connected", **{name: "geheim"})

    assert "geheim" not in json.dumps(lines())


def test_a_password_in_an_address_is_hidden(lines: Lines) -> None:
    structlog.get_logger("x").info("connected", url="postgresql://app:geheim@db:5432/sla")

    (line,) = lines()
    assert line["url"] == "postgresql://(hidden)@db:5432/sla"


def test_any_value_can_be_logged(lines: Lines) -> None:
    structlog.get_logger("x").info("odd", surrogate="\ud800", data=b"\xff", other=object())

    assert lines()[0]["event"] == "odd"


@pytest.mark.usefixtures("lines")
def test_a_commands_own_lines_end() -> None:
    plain = io.StringIO()
    logging.getLogger().addHandler(logging.StreamHandler(plain))
    configure_logging("other", "info", stream=io.StringIO())

    logging.getLogger("library").warning("once")

    assert plain.getvalue() == ""


def test_configuring_twice_writes_once(lines: Lines) -> None:
    again = io.StringIO()
    configure_logging("other", "info", stream=again)
    structlog.get_logger("x").info("once")

    assert lines() == []
    assert json.loads(again.getvalue())["service"] == "other"
