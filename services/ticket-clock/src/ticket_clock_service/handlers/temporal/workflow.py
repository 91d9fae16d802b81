"""One workflow a ticket: an alarm clock, which knows no calendar, no target and no threshold.

Its only arithmetic is "how long until that instant": a replay cannot tell that a timer's duration
was computed otherwise, so whatever might be corrected later stays outside. What to do at the
instant, and when the next one is, the activity answers out of the database.

This module is replayed with histories that older versions wrote. Whoever changes the order of its
commands must do so with `workflow.patched`; `tests/temporal/histories` catches it otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from ticket_clock_service.handlers.temporal.wire import (
        RECENT,
        WAKE,
        WORKFLOW,
        Answer,
        Course,
        Fired,
        Plan,
        State,
        Wake,
    )

SIGNALS_A_RUN: Final = 2000
"""Then it continues as new: a server refuses more than 10,000 and does not suggest to."""

AT_ONCE: Final = timedelta(seconds=5)
"""For the first attempt, which holds a task of the worker; less than a task may take."""

PATIENCE: Final = timedelta(seconds=10)
"""For each attempt after it; they go on for ever and leave no trace in the history."""

RETRIES: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
)

AGAIN: Final = timedelta(seconds=1)
"""Before asking again, where the answer was the instant that has just passed."""


@workflow.defn(name=WORKFLOW)
class SlaTicket:
    """Sleeps until the ticket is due, has it reconciled, and sleeps until the next instant."""

    @workflow.init
    def __init__(self, course: Course) -> None:
        self._course = course
        self._changed = False
        self._signals = 0

    @workflow.run
    async def run(self, course: Course) -> str:  # noqa: ARG002 - `__init__` has taken it
        """Until nothing will be due any more; answers how the ticket ended."""
        while not self._plan.closed:
            self._changed = False
            if workflow.info().is_continue_as_new_suggested() or self._signals >= SIGNALS_A_RUN:
                workflow.continue_as_new(self._course)
            due = self._plan.next_due_at
            if due is None:
                await workflow.wait_condition(lambda: self._changed)
            elif not await self._interrupted(_instant(due) - workflow.now()):
                await self._wake(due)
        return self._course.status

    @workflow.signal
    def start(self, plan: Plan) -> None:
        """The ticket was opened, or opened again."""
        self._take(plan, "running")

    @workflow.signal
    def pause(self, plan: Plan) -> None:
        """All its clocks stand still."""
        self._take(plan, "paused")

    @workflow.signal
    def resume(self, plan: Plan) -> None:
        """A clock runs again."""
        self._take(plan, "running")

    @workflow.signal
    def complete_response(self, plan: Plan) -> None:
        """The first response was given."""
        if self._take(plan, "paused" if _waits(plan) else self._course.status):
            self._course = replace(self._course, response_completed=True)

    @workflow.signal
    def complete_resolution(self, plan: Plan) -> None:
        """The ticket was resolved."""
        self._take(plan, "completed")

    @workflow.signal
    def cancel(self, plan: Plan) -> None:
        """The ticket was deleted, merged or cancelled."""
        self._take(plan, "cancelled")

    @workflow.signal
    def rearm(self, plan: Plan) -> None:
        """Another instant, for any other reason: priority, terms, a correction."""
        goes_on = self._course.status == "paused" and not _waits(plan)
        self._take(plan, "running" if goes_on else self._course.status)

    @workflow.query
    def get_state(self) -> State:
        """How it stands, for operators."""
        with workflow.unsafe.sandbox_unrestricted():  # an answer is no part of the history
            now = datetime.now(UTC)
        plan, course = self._plan, self._course
        due = plan.next_due_at
        return State(
            tenant=plan.tenant,
            ticket_id=plan.ticket_id,
            revision=plan.revision,
            status=course.status,
            paused=course.status == "paused",
            response_completed=course.response_completed,
            as_of=_text(now),
            next_wake=due,
            remaining_seconds=None if due is None else (_instant(due) - now).total_seconds(),
            fired_count=course.fired_count,
            fired=course.fired,
        )

    @property
    def _plan(self) -> Plan:
        return self._course.plan

    def _take(self, plan: Plan, status: str) -> bool:
        """Keep what a signal says, unless it is old news; one loop acts on it.

        Of one revision the last counts: a row may get another instant without another revision.
        """
        self._signals += 1
        mine = (self._plan.tenant, self._plan.ticket_id)
        if (plan.tenant, plan.ticket_id) != mine or plan.revision < self._plan.revision:
            return False
        self._changed = self._changed or plan != self._plan
        self._course = replace(self._course, plan=plan, status=status)
        return True

    async def _interrupted(self, ahead: timedelta) -> bool:
        """Sleep; true when another plan came first."""
        if ahead <= timedelta(0):
            return False
        try:
            await workflow.wait_condition(lambda: self._changed, timeout=ahead)
        except TimeoutError:
            return False
        return True

    async def _wake(self, due: str) -> None:
        asked = self._plan
        answer = await _reconciled(Wake(asked.tenant, asked.ticket_id, asked.revision))
        fired = Fired(due, _text(workflow.now()), answer.result)
        self._course = replace(
            self._course,
            plan=self._answered(answer),
            fired=[*self._course.fired, fired][-RECENT:],
            fired_count=self._course.fired_count + 1,
        )
        if self._plan == asked:
            await self._interrupted(AGAIN)

    def _answered(self, answer: Answer) -> Plan:
        """The plan after an answer, which a signal may have overtaken meanwhile."""
        plan = self._plan
        told = replace(
            plan,
            revision=answer.revision,
            next_due_at=answer.next_due_at,
            closed=answer.closed,
        )
        if not self._changed:
            return told  # the database's word, whatever its revision: it may have been restored
        if plan.revision != told.revision:
            return max(plan, told, key=lambda one: one.revision)
        # One revision, two instants, and nobody knows which is newer: too early does no harm.
        return min(plan, told, key=_earliest)


def _waits(plan: Plan) -> bool:
    """Whether nothing is due until something happens: most who answer ask back."""
    return plan.next_due_at is None and not plan.closed


async def _reconciled(wake: Wake) -> Answer:
    """Have the ticket reconciled: at once if that is possible, else as soon as it is.

    A local activity costs the server two thirds of what another one does, and is there sooner; but
    only of the other one a thousand attempts leave no trace.
    """
    try:
        answer: Answer = await workflow.execute_local_activity(
            WAKE,
            wake,
            result_type=Answer,
            start_to_close_timeout=AT_ONCE,
            retry_policy=RetryPolicy(maximum_attempts=1),
        )
    except FailureError:  # of a local activity it is what the activity raised, not an ActivityError
        answer = await workflow.execute_activity(
            WAKE,
            wake,
            result_type=Answer,
            start_to_close_timeout=PATIENCE,
            retry_policy=RETRIES,
        )
    return answer


def _earliest(plan: Plan) -> tuple[bool, bool, str]:
    return plan.closed, plan.next_due_at is None, plan.next_due_at or ""


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
