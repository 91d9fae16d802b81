"""What a publication would do to tickets that are open, before anybody publishes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

from sla_service.ports import Begin
from sla_service.usecases.check import Rules
from sla_service.usecases.events import assignment_changed
from sla_service.usecases.publish import Published, Wish, publish
from slaclock.contracts.reach import ReachedIn, ReachedOut

__all__ = ["Reached", "try_out"]

Reached: TypeAlias = Callable[[str, ReachedIn], Awaitable[ReachedOut]]
"""How many open tickets an entry of a tenant would reach."""


async def try_out(
    begin: Begin, reached: Reached, wish: Wish, rules: Rules
) -> tuple[Published, ReachedOut | None]:
    """A dry run of *wish*, and how many open tickets its default would bind otherwise.

    None where it reaches no ticket that is open: it is no default, the entry in force says the
    same, or it holds from now on and tickets keep theirs. Counting may take seconds, so it happens
    outside the transaction.

    Raises:
        Refusal: what `publish` refuses; ticket-clock does not answer.
    """
    async with begin({wish.tenant}) as work:
        tried = await publish(work, replace(wish, dry_run=True), rules)
    if tried.default is None or not tried.reaching:
        return tried, None
    question = ReachedIn(assignment=assignment_changed(tried.default).data)
    return tried, await reached(wish.tenant, question)
