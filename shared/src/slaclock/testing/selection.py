"""Leaving out tests that this machine cannot run, and saying so in one line each."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from slaclock.testing.containers import engine_answers

SERVERS = frozenset(
    {"postgres", "own_postgres", "databases", "nats_server", "topology", "temporal_server"}
)
"""Fixtures that start a server."""
HEAVY = frozenset({"faults", "slow", "browser", "containers", "servicenow"})
"""Markers of tests that are never fast."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
"""Names that Chromium goes by."""
_LEFT_OUT = pytest.StashKey[dict[str, int]]()
_REMARKS = pytest.StashKey[list[str]]()


def remember(config: pytest.Config, remark: str) -> None:
    """Have the summary at the end say *remark*."""
    config.stash.setdefault(_REMARKS, []).append(remark)


def lacking() -> dict[str, str]:
    """Markers whose tests cannot run here, each with what would help."""
    missing: dict[str, str] = {}
    if not any(map(shutil.which, BROWSERS)):
        missing["browser"] = "no Chromium on this machine; install its package"
    if not engine_answers():
        missing["containers"] = "no container engine answers; start one or set DOCKER_HOST"
    if shutil.which("node") is None:
        missing["node"] = "no Node.js on this machine; install its package"
    log = os.environ.get("SLACLOCK_SERVICENOW_CSV")
    if not log or not Path(log).is_file():
        missing["servicenow"] = "no incident log; set SLACLOCK_SERVICENOW_CSV to the CSV file"
    return missing


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--fast`."""
    parser.addoption("--fast", action="store_true", help="only tests that start no server")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what this machine lacks and, with `--fast`, what starts a server."""
    left_out = config.stash.setdefault(_LEFT_OUT, {})
    missing = lacking()
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        markers = {marker.name for marker in item.iter_markers()}
        unable = next((name for name in missing if name in markers), None)
        fixtures = SERVERS.intersection(getattr(item, "fixturenames", ()))
        too_slow = config.getoption("--fast") and (fixtures or markers & HEAVY)
        if unable is not None and not too_slow:
            left_out[unable] = left_out.get(unable, 0) + 1
        (dropped if unable is not None or too_slow else kept).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """One line for each thing that is lacking, and for each remark."""
    left_out: dict[str, int] = config.stash.get(_LEFT_OUT, {})
    for name, reason in lacking().items():
        if name in left_out:
            text = f"left out: {left_out[name]} {name} test(s): {reason}"
        elif config.getoption("numprocesses", None):  # the workers know how many
            text = f"left out: {name} tests: {reason}"
        else:
            continue
        terminalreporter.write_line(text, yellow=True)
    for remark in config.stash.get(_REMARKS, []):
        terminalreporter.write_line(remark, yellow=True)
