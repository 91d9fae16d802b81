"""What operators should know. Stream ADVISORY."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from slaclock.contracts.fields import Data, Id, JsonObject, Text

__all__ = ["AdvisoryRaised"]


class AdvisoryRaised(Data):
    """Something wants attention: a parked message, a refused change order, a faulted ticket."""

    subject_field: ClassVar[str] = "advisory_id"

    advisory_id: Id
    kind: Id = Field(description="stable, such as `message.parked`")
    severity: Literal["info", "warning", "error"]
    message: Text
    detail: JsonObject = Field(default_factory=dict[str, Any])
