"""What ticket-clock tells itself later: wake-ups. Stream TIMERS.

A wake-up is a hint that a ticket may need looking at, never the truth: it may come early, late,
twice or not at all.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from slaclock.contracts.fields import Amount, Data, Id

__all__ = ["TimerDue"]


class TimerDue(Data):
    """A ticket is due; the envelope's `time` is the instant that was armed."""

    subject_field: ClassVar[str] = "ticket_id"

    ticket_id: Id
    revision: Amount = Field(description="of the ticket's row when the alarm was set")
