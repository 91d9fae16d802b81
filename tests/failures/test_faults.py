"""kill -9 and SIGSTOP over everything, while ten thousand thresholds fall due: the short form.

Prints its seed; `SLACLOCK_FAULTS_SEED` runs the same again.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterator

import pytest
import structlog
from rich.console import Console

from slaclock.testing.logs import log_plainly

from .plan import short
from .run import run
from .show import page

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.fixture
def quiet() -> Iterator[None]:
    """Without a line for every connection that is lost: that is what is ordered here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    log_plainly()


@pytest.mark.timeout(1200)
async def test_faults_lose_nothing_double_nothing_and_hurry_nothing(quiet: None) -> None:
    seed = int(os.environ.get("SLACLOCK_FAULTS_SEED", random.SystemRandom().randrange(2**32)))

    verdict = await run(short(seed))

    Console(width=110).print(page(verdict))
    assert verdict.ok, verdict.says()
    assert verdict.counts["thresholds that stand"] >= 10_000
    assert verdict.kills.total() >= 100
    assert verdict.stops.total() >= 30
