"""Findings of foreign files as HTTP answers carry them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from pydantic import BaseModel, Field

from slaclock.contracts.faults import shown
from slaclock.foreign.findings import Finding

__all__ = ["ToldOut"]


class ToldOut(BaseModel):
    """One thing that did not come in (`taken` false), or not quite as it stood."""

    line: int | None = Field(description="of a text file, from 1")
    table: str | None = Field(description="of an export of tables")
    row: str | None = Field(description="the row's own id, or the event's UID")
    field: str
    value: Any
    message: str
    remedy: str
    code: str
    taken: bool

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> list[Self]:
        """All of them, with values short enough to show."""
        return [
            cls(
                line=one.place.line,
                table=one.place.table,
                row=shown(one.place.row),
                field=one.fault.field,
                value=shown(one.fault.value),
                message=one.fault.message,
                remedy=one.fault.remedy,
                code=one.fault.code,
                taken=one.taken,
            )
            for one in findings
        ]
