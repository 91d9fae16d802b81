"""Tickets sleep for weeks: the workflow must go on with histories that older versions wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.common import RawValue
from temporalio.worker import Replayer

from ticket_clock_service.handlers.temporal.wire import WORKFLOW, Course
from ticket_clock_service.handlers.temporal.workflow import SlaTicket

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


def history(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(file.stem, file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)
async def test_recorded_histories_replay(file: Path) -> None:
    """In the sandbox, too, which refuses whatever may come out otherwise the next time."""
    await Replayer(workflows=[SlaTicket]).replay_workflow(history(file))


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)
def test_histories_tell_nothing_of_the_machine_that_recorded_them(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "stackTrace" not in text
    assert ".py" not in text


@workflow.defn(name=WORKFLOW, sandboxed=False)
class Hasty:
    """Sleeps before it looks whether anything is due."""

    @workflow.init
    def __init__(self, course: Course) -> None:
        self.course = course

    @workflow.run
    async def run(self, course: Course) -> str:  # noqa: ARG002 - as the real one
        await workflow.sleep(1)
        return "completed"

    @workflow.signal(dynamic=True)
    def anything(self, name: str, args: Sequence[RawValue]) -> None:
        """Passed over."""


async def test_another_order_of_commands_is_caught() -> None:
    file = next(one for one in HISTORIES if one.stem.endswith("lived"))
    with pytest.raises(workflow.NondeterminismError):
        await Replayer(workflows=[Hasty]).replay_workflow(history(file))


def events(file: Path) -> Iterator[str]:
    for event in json.loads(file.read_text(encoding="utf-8"))["events"]:
        yield event["eventType"].removeprefix("EVENT_TYPE_")


@pytest.mark.parametrize(
    ("story", "least"),
    [
        pytest.param("lived", {"TIMER_FIRED": 1, "TIMER_CANCELED": 1}, id="warned and paused"),
        pytest.param(
            "corrected", {"MARKER_RECORDED": 2, "ACTIVITY_TASK_COMPLETED": 1}, id="early and held"
        ),
        pytest.param("continued", {"WORKFLOW_EXECUTION_SIGNALED": 1}, id="continued as new"),
    ],
)
def test_histories_hold_what_they_are_for(story: str, least: dict[str, int]) -> None:
    for file in (one for one in HISTORIES if one.stem.endswith(story)):
        found = list(events(file))
        assert all(found.count(kind) >= count for kind, count in least.items())
        assert len(found) < 120
