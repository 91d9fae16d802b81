"""Seeded defects on trial: each in a short fault run of its own, and runs without any.

`make faults ARGS="defects [seed=N] [at_once=N] [DEFECT ...]"`

A harness that never failed proves nothing. Trials have one of two forms, drawn from one seed; a run
of each form without a defect says that nothing is found where nothing is wrong.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from slaclock.embedded.process import until_death_of_parent

from .defects import DEFECTS
from .plan import Plan
from .run import run

__all__ = ["CALM", "CONTROLS", "HURT", "Trial", "aimed", "trials"]

HURT: Final = "control-hurt"
CALM: Final = "control-calm"
CONTROLS: Final = (HURT, CALM)
"""The trials without a defect, one of each form."""

UNDER_FAULTS: Final = frozenset({"ack-before-commit", "outbox-apart", "bare-retry-limit"})
"""Mistakes that show when something dies. Any service could make them; the others, which show
where replicas work side by side, are ticket-clock's own."""

ROOT: Final = Path(__file__).parents[2]
VICTIMS: Final = (
    *["ticket-clock"] * 3,
    "postgres",
    *["ticket-clock"] * 3,
    "postgres",
    "ticket-clock",
)
"""Who is killed in the form for what shows when something dies."""

PATIENCE: Final = 60.0
"""Seconds after the last fault: what a defect has lost never comes."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one.

    Attributes:
        defect: its name, or one of `CONTROLS`.
        found: findings by kind and promise, such as `lost facts`.
        left: what was not done in time.
        says: counts, seed and commit in a line.
        seconds: how long it took.
    """

    defect: str
    found: Mapping[str, int]
    left: int
    says: str
    seconds: float

    @property
    def as_wanted(self) -> bool:
        """Whether the defect was caught by what it breaks; nothing is found in the control."""
        if self.defect in CONTROLS:
            return not self.found and not self.left
        return any(" ".join(one) in self.found for one in DEFECTS[self.defect].shows)


def aimed(seed: int, name: str) -> Plan:
    """The form in which a defect does its harm and nothing else does any.

    Hurt: the database is away for longer than a few attempts take, and replicas die in the middle
    of a batch. Calm: nothing dies; thresholds are crossed again after late pauses, facts come late
    and two of a ticket at a time.
    """
    hurt = name == HURT or name in UNDER_FAULTS
    services = ("ticket-clock", "escalation") if hurt else ("ticket-clock",)
    return Plan(
        seed,
        thresholds=300,
        seconds=27 if hurt else 20,
        kills=len(VICTIMS) if hurt else 0,
        stops=0,
        long_stops=0,
        down=(4.0, 4.5),
        victims=VICTIMS,
        replicas={"ticket-clock": 2, "escalation": 1, "sla": 1, "dashboard": 1},
        scripts={"silent": 15, "busy": 40, "announced again": 20, "at once": 25},
        defects={} if name in CONTROLS else dict.fromkeys(services, name),
        patience=PATIENCE,
    )


async def trials(
    seed: int, names: Sequence[str], *, at_once: int = 4, say: Callable[[str], None] = print
) -> list[Trial]:
    """Try *names*, each in a process with servers of its own; so many at a time.

    Raises:
        RuntimeError: one broke off; with its last words.
    """
    places = asyncio.Semaphore(at_once)

    async def tried(name: str) -> Trial:
        async with places:
            trial = await _apart(seed, name)
        say(f"{name}: {'as wanted' if trial.as_wanted else 'NOT as wanted'}; {trial.says}")
        return trial

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(tried(name)) for name in names]
    return [task.result() for task in tasks]


async def _apart(seed: int, name: str) -> Trial:
    process = await asyncio.create_subprocess_exec(
        *until_death_of_parent(signal.SIGTERM),
        *(sys.executable, "-m", "tests.failures.trials", "alone", str(seed), name),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        out, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"{name} broke off: {said.decode(errors='replace')[-4000:]}")
    return Trial(**json.loads(out.splitlines()[-1]))


async def _alone(seed: int, name: str) -> None:
    aside = Console(stderr=True)
    verdict = await run(aimed(seed, name), aside.print)
    found = dict(Counter(f"{one.kind} {one.where}" for one in verdict.findings))
    left = sum(verdict.left.values())
    trial = Trial(name, found, left, verdict.says(), round(verdict.seconds, 1))
    if trial.as_wanted and verdict.logs is not None:
        shutil.rmtree(verdict.logs, ignore_errors=True)
    sys.stdout.write(json.dumps(asdict(trial)) + "\n")


def page(found: Sequence[Trial]) -> Table:
    """All trials as a table."""
    table = Table("defect", "as wanted", "found", "seconds", title="seeded defects")
    for trial in found:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(trial.found.items()))
        kinds += f"; {trial.left} not done in time" if trial.left else ""
        verdict = "yes" if trial.as_wanted else "NO"
        table.add_row(trial.defect, verdict, kinds or "nothing", f"{trial.seconds:.0f}")
    return table


def main(words: Sequence[str]) -> int:
    """0 if every defect was caught and nothing else was found, else 1; 2 for unknown words."""
    if words[:1] == ["alone"]:
        asyncio.run(_alone(int(words[1]), words[2]))
        return 0
    numbers = {"seed": random.SystemRandom().randrange(2**32), "at_once": 4}
    names = []
    for word in words:
        name, is_number, text = word.partition("=")
        if is_number and name in numbers and text.isdecimal():
            numbers[name] = int(text)
        elif word in DEFECTS or word in CONTROLS:
            names.append(word)
        else:
            known = ", ".join((*CONTROLS, *DEFECTS))
            sys.stderr.write(f"{word!r}: say seed=NUMBER, at_once=NUMBER, or some of {known}\n")
            return 2
    aside = Console(stderr=True)
    aside.print(f"seed={numbers['seed']}")
    chosen = names or [*CONTROLS, *DEFECTS]
    found = asyncio.run(
        trials(numbers["seed"], chosen, at_once=numbers["at_once"], say=aside.print)
    )
    Console().print(page(found))
    return 0 if all(trial.as_wanted for trial in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
