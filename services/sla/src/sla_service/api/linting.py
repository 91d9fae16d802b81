"""The linter by itself: any SLA file, and nothing is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Self

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from sla_service.api.parts import Parts
from sla_service.domain.finding import Finding, Severity
from sla_service.usecases.lint import lint_file
from slaclock.auth import ByViewer
from slaclock.contracts.faults import shown
from slaclock.service import Late

__all__ = ["lint_routes"]


class FindingOut(BaseModel):
    """One thing that somebody should look at."""

    path: str = Field(description="of the value, as its author would write it; empty: the file")
    value: Any
    code: str
    severity: Severity = Field(description="an error keeps the file from being published")
    reason: str
    remedy: str


class LintOut(BaseModel):
    """All that publishing the file now would be refused for, and all that it would warn of."""

    publishable: bool
    errors: int
    warnings: int
    findings: list[FindingOut]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Self:
        """All of them, with values short enough to show; errors first."""
        ordered = sorted(findings, key=lambda one: one.severity != "error")
        wrong = sum(one.severity == "error" for one in ordered)
        return cls(
            publishable=not wrong,
            errors=wrong,
            warnings=len(ordered) - wrong,
            findings=[
                FindingOut(
                    path=one.path,
                    value=shown(one.value),
                    code=one.code,
                    severity=one.severity,
                    reason=one.message,
                    remedy=one.remedy,
                )
                for one in ordered
            ],
        )


def lint_routes(parts: Late[Parts]) -> APIRouter:
    """One question; its answer is 200 whatever is found."""
    router = APIRouter(tags=["slas"])

    @router.post("/lint", summary="Everything that is to be said of an SLA file; keeps nothing")
    async def linted(
        who: ByViewer,
        document: Annotated[dict[str, Any], Body(description="an SLA file")],
    ) -> LintOut:
        """`docs/sla-linter.md` lists what it looks for, beside the faults of reading."""
        now = parts.now()
        async with now.begin({who.tenant}) as work:
            findings = await lint_file(work, who.tenant, document, now.rules)
        return LintOut.of(findings)

    return router
