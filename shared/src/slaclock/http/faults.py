"""A fault in an answer that is no refusal: what is wrong, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from pydantic import BaseModel

from slaclock.contracts.faults import shown
from slaclock.errors import Fault

__all__ = ["FaultOut"]


class FaultOut(BaseModel):
    """One thing that is wrong, where, and what to write instead."""

    field: str
    value: Any
    message: str
    remedy: str
    code: str

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> list[Self]:
        """All of them, with values short enough to show."""
        return [
            cls(
                field=fault.field,
                value=shown(fault.value),
                message=fault.message,
                remedy=fault.remedy,
                code=fault.code,
            )
            for fault in faults
        ]
