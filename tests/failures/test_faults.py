"""kill -9 and SIGSTOP over everything, while ten thousand thresholds fall due: the short form.

Prints its seed; `SLACLOCK_FAULTS_SEED` runs the same again.
"""

from __future__ import annotations

import os
import random

import pytest
from rich.console import Console

from .plan import short
from .run import run
from .show import page

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.mark.timeout(1200)
async def test_faults_lose_nothing_double_nothing_and_hurry_nothing() -> None:
    seed = int(os.environ.get("SLACLOCK_FAULTS_SEED", random.SystemRandom().randrange(2**32)))

    verdict = await run(short(seed))

    Console(width=110).print(page(verdict))
    assert verdict.ok, verdict.says()
    assert verdict.counts["thresholds that stand"] >= 10_000
    assert verdict.kills.total() >= 100
    assert verdict.stops.total() >= 30
