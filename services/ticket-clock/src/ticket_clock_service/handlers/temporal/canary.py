"""A workflow that sleeps for ever and answers one question: whether anybody runs workflows here.

A server says that it is well although no worker polls it, or although every task of every worker
is rejected. An answer to a query has passed through the frontend, matching and a worker.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

__all__ = ["SlaCanary", "sings"]

WITHIN: Final = timedelta(seconds=3)
"""An answer takes milliseconds, also from a busy worker; without one it never comes."""


@workflow.defn(name="SlaCanary")
class SlaCanary:
    """Answers `sing`."""

    @workflow.run
    async def run(self) -> None:
        """Wait for ever."""
        await workflow.wait_condition(lambda: False)

    @workflow.query
    def sing(self) -> str:
        """Anything at all."""
        return "tweet"


async def sings(client: Client, queue: str) -> None:
    """Return once the canary of a task queue has answered; it is started where there is none.

    Raises:
        RPCError: nobody answered in time, or not even the server did.
    """
    name = f"{queue}-canary"
    try:
        await client.get_workflow_handle(name).query(SlaCanary.sing, rpc_timeout=WITHIN)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        handle = await client.start_workflow(
            SlaCanary.run,
            id=name,
            task_queue=queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            rpc_timeout=WITHIN,
        )
        await handle.query(SlaCanary.sing, rpc_timeout=WITHIN)
