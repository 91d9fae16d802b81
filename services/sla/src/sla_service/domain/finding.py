"""What somebody should look at before an SLA file is published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from slaclock.errors import Fault

__all__ = ["Finding", "Severity", "errors", "warnings"]

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing: an error keeps the file from being published, a warning does not.

    Attributes:
        code: stable; `docs/sla-linter.md` lists those of the linter.
        path: of the value, as its author would write it.
    """

    severity: Severity
    code: str
    path: str
    value: object
    message: str
    remedy: str

    @classmethod
    def of(cls, fault: Fault) -> Finding:
        """A fault that reading found: always an error."""
        return cls("error", fault.code, fault.field, fault.value, fault.message, fault.remedy)

    @property
    def fault(self) -> Fault:
        """The same without its severity."""
        return Fault(self.path, self.value, self.message, self.remedy, self.code)


def errors(findings: Iterable[Finding]) -> tuple[Fault, ...]:
    """What keeps the file from being published."""
    return tuple(one.fault for one in findings if one.severity == "error")


def warnings(findings: Iterable[Finding]) -> tuple[Fault, ...]:
    """What does not."""
    return tuple(one.fault for one in findings if one.severity == "warning")
