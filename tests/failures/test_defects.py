"""The fault run fails where it must: defects that are put in on purpose are caught.

Prints its seed; `SLACLOCK_FAULTS_SEED` chooses another.
"""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from rich.console import Console

from .defects import DEFECTS
from .trials import CALM, CONTROLS, HURT, UNDER_FAULTS, Trial, aimed, page, trials

SEED = 20261121


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_every_seeded_defect_is_caught_and_nothing_else_is() -> None:
    seed = int(os.environ.get("SLACLOCK_FAULTS_SEED", SEED))
    print(f"seed {seed}")
    found = await trials(seed, [*CONTROLS, *DEFECTS])
    Console(width=110).print(page(found))
    wrong = [f"{one.defect}: {one.found} {one.says}" for one in found if not one.as_wanted]
    assert not wrong


@pytest.mark.parametrize(
    ("defect", "found", "left", "as_wanted"),
    [
        pytest.param(CALM, {}, 0, True, id="nothing where nothing is wrong"),
        pytest.param(HURT, {"lost facts": 1}, 0, False, id="something where nothing is wrong"),
        pytest.param(HURT, {}, 1, False, id="not done in time"),
        pytest.param("ack-before-commit", {"lost facts": 3, "lost bus": 1}, 9, True, id="caught"),
        pytest.param("ack-before-commit", {}, 9, False, id="missed"),
        pytest.param("application-clock", {"lost facts": 1}, 0, False, id="by something else"),
    ],
)
def test_a_defect_is_caught_by_what_it_breaks(
    defect: str, found: dict[str, int], left: int, as_wanted: bool
) -> None:
    assert Trial(defect, found, left, "", 1.0).as_wanted is as_wanted


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_trial_has_a_control_that_differs_by_the_defect_alone(defect: str) -> None:
    seeded = aimed(SEED, defect)
    control = aimed(SEED, HURT if defect in UNDER_FAULTS else CALM)
    assert set(seeded.defects.values()) == {defect}
    assert not control.defects
    assert replace(seeded, defects={}) == control
