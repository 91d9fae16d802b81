"""Kinds of fields that several messages share."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from slaclock.contracts.canonical import NotCanonical, canonical
from slaclock.tenancy import TENANT

__all__ = [
    "TENANT_PATTERN",
    "Amount",
    "Count",
    "Data",
    "Hash",
    "Id",
    "JsonObject",
    "Metric",
    "Part",
    "Tenant",
    "Text",
    "Threshold",
]

_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
TENANT_PATTERN: Final = f"^{TENANT.pattern}$"

Tenant = Annotated[str, StringConstraints(pattern=TENANT_PATTERN)]
"""A tenant's name, safe in subjects, in settings of a transaction and in file names."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
"""An opaque name that another system gave: Unicode, up to 200 characters, no NUL."""

Text = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
"""A sentence for people."""

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of canonical JSON: the name of a snapshot."""

Count = Annotated[int, Field(ge=1, le=2**53 - 1)]
"""A number that begins with 1."""

Amount = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""A number that may be 0."""

Threshold = Annotated[
    str,
    StringConstraints(pattern=r"^(percent:[1-9][0-9]{0,3}|(before|after)_due:[1-9][0-9]{0,6})$"),
]
"""A point of a clock: `percent:75`, `before_due:60` or `after_due:240` (business minutes)."""

Metric = Literal["first_response", "next_reply", "periodic_update", "resolution"]


def _exact(value: dict[str, Any]) -> dict[str, Any]:
    if value:
        try:
            spelled = canonical(value)
        except NotCanonical as error:
            raise PydanticCustomError(
                "json_exact", "{reason}", {"reason": error.faults[0].message}
            ) from error
        if _NUL.search(spelled):
            raise PydanticCustomError("json_exact", "holds the character NUL")
    return value


JsonObject = Annotated[dict[str, Any], AfterValidator(_exact)]
"""A JSON object of any content that JSON carries exactly."""


class Part(BaseModel):
    """An object inside a message: nothing is coerced, unknown keys are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Data(Part):
    """The data of an event; `subject_field` names the key that the envelope's subject equals."""

    subject_field: ClassVar[str]
