"""Every question that may be asked on the bus: its request, its answer, who gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from slaclock.contracts.business_time import BusinessTimeIn, BusinessTimeOut
from slaclock.contracts.reach import ReachedIn, ReachedOut
from slaclock.contracts.sealing import CalendarSealIn, CalendarSealOut, SlaSealIn, SlaSealOut

__all__ = ["QUESTIONS", "Question", "question_schemas"]

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Question:
    """What the parties agreed on about one question.

    Attributes:
        name: `ask.<service>.<verb>`; version and tenant follow in the subject.
        request, answer: models of the bodies. A refusal is a problem, marked by its content type.
        publisher: the service that answers.
    """

    name: str
    request: type[BaseModel]
    answer: type[BaseModel]
    publisher: str
    version: int = 1

    @property
    def address(self) -> str:
        """The subject, with a place for the tenant."""
        return f"{self.name}.v{self.version}.{{tenant}}"

    def schema_name(self, part: str) -> str:
        """The file of the *part*, `request` or `answer`, without its ending."""
        return f"{self.name}.{part}.v{self.version}"


QUESTIONS: Final = (
    Question("ask.calendar.business-time", BusinessTimeIn, BusinessTimeOut, "calendar"),
    Question("ask.ticket-clock.reached", ReachedIn, ReachedOut, "ticket-clock"),
    Question("ask.sla.seal", SlaSealIn, SlaSealOut, "sla"),
    Question("ask.calendar.seal", CalendarSealIn, CalendarSealOut, "calendar"),
)


def question_schemas(question: Question) -> dict[str, dict[str, Any]]:
    """JSON Schemas of request and answer, by the names of their files."""
    models = {"request": question.request, "answer": question.answer}
    return {
        question.schema_name(part): {
            "$schema": _DRAFT,
            "$id": f"urn:slaclock:{question.name}:{part}:v{question.version}",
            **model.model_json_schema(mode="validation" if part == "request" else "serialization"),
            "title": f"{question.name} {part}",
        }
        for part, model in models.items()
    }
