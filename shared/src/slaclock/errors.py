"""Refusals: what the platform will not do, with the facts; the edge picks the consequence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Fault", "Refusal"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what was handed in.

    Attributes:
        field: Path to the value, as its author would write it: ``windows[2].start``. Empty for
            the document itself.
        value: What was found there; ``None`` where nothing was.
        message: What is wrong, in one sentence without the value's path.
        remedy: What to write instead.
        code: Stable name of this kind of fault; the sentence may change, the code does not.
    """

    field: str
    value: object
    message: str
    remedy: str
    code: str = ""

    def __str__(self) -> str:
        """Everything on one line, for logs and terminals."""
        found = "" if self.value is None else f" (found {self.value!r})"
        return f"{self.field or 'document'}: {self.message}{found}; {self.remedy}"


class Refusal(Exception):  # noqa: N818  a refusal is an answer, not an error of the program
    """A request that will never succeed as it stands, and why.

    Subclasses set `code` and, where 422 is not right, `status`; both may be given per instance.

    Args:
        message: One sentence for people; the faults' sentences where none is given.
        faults: Everything that is wrong, not only the first of it.
        code: Replaces the class's `code`.
        status: Replaces the class's `status`.
    """

    code: str = "refused"
    status: int = 422
    default_message: ClassVar[str] = "refused"

    def __init__(
        self,
        message: str = "",
        *,
        faults: Iterable[Fault] = (),
        code: str | None = None,
        status: int | None = None,
    ) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status
        super().__init__(message or "; ".join(map(str, self.faults)) or self.default_message)
