"""The answer to a request with an Idempotency-Key, kept together with what the request did."""

from __future__ import annotations

from typing import Protocol

from fastapi import Response

from slaclock.http.idempotency import Answers, Claim, KeptAnswer, Slot, kept_of

__all__ = ["AnswerKeeper", "Keeping"]


class AnswerKeeper(Protocol):
    """A transaction that can keep an answer."""

    async def keep_answer(self, slot: Slot, answer: KeptAnswer) -> None:
        """Answer this to whoever sends the request again, if the transaction is committed."""
        ...


class Keeping:
    """The answers of one request, for `once`; its own is kept in the transaction that acts.

    Kept after the commit, an answer is lost where the process dies between the two, and the
    repeated request would act a second time.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._slot: Slot | None = None
        self._kept = False

    async def keep(self, work: AnswerKeeper, response: Response) -> None:
        """Keep *response* with what *work* does: both are there, or neither. Without key, nothing.

        The last step of the transaction.
        """
        if self._slot is None:
            return
        await work.keep_answer(self._slot, kept_of(response))
        self._kept = True

    async def claim(self, slot: Slot) -> Claim:
        """See `Answers.claim`."""
        self._slot = slot
        return await self._answers.claim(slot)

    async def fill(self, slot: Slot, answer: KeptAnswer) -> None:
        """See `Answers.fill`."""
        if not self._kept:
            await self._answers.fill(slot, answer)

    async def free(self, slot: Slot) -> None:
        """See `Answers.free`.

        Nobody knows whether a transaction whose commit failed is there. If it is not, its slot is
        free after a minute.
        """
        if not self._kept:
            await self._answers.free(slot)
