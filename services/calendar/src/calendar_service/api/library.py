"""National and regional holidays, ready to be pasted into a calendar or a set."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from calendar_service.api.parts import Parts
from calendar_service.domain.expansion import horizon_of
from calendar_service.national import Country, countries, national
from slaclock.auth import ByViewer
from slaclock.errors import Fault, Refusal
from slaclock.http import IdInPath
from slaclock.service import Late

__all__ = ["library_routes"]

Year = Annotated[int | None, Query(ge=1970, le=2199)]
Name = Annotated[str | None, Query(min_length=1, max_length=50)]
Categories = Annotated[list[Annotated[str, Query(max_length=50)]], Query(max_length=20)]


class UpsideDown(Refusal):
    """The years end before they begin."""

    code = "request.invalid"


class CountryOut(BaseModel):
    """A country whose holidays are known."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    name: str
    subdivisions: list[str]
    categories: list[str]
    languages: list[str]

    @classmethod
    def of(cls, country: Country) -> Self:
        """From the library."""
        return cls.model_validate(country)


class CountriesOut(BaseModel):
    """All countries, by code."""

    items: list[CountryOut]


class NationalOut(BaseModel):
    """Holidays as `holidays` of a calendar or a set carry them; nothing is kept of this."""

    country: str
    subdivision: str | None
    from_year: int
    to_year: int
    holidays: list[dict[str, Any]]


def library_routes(parts: Late[Parts]) -> APIRouter:
    """The countries, and a preview of one's holidays."""
    router = APIRouter(prefix="/holiday-library", tags=["holiday library"])

    @router.get("", summary="Countries whose holidays are known")
    async def listed(_: ByViewer) -> CountriesOut:
        found = await asyncio.to_thread(countries)
        return CountriesOut(items=[CountryOut.of(country) for country in found])

    @router.get("/{country}", summary="Holidays of a country or a part of it: a preview")
    async def preview(  # noqa: PLR0913, PLR0917 - a request has many parts
        who: ByViewer,
        country: IdInPath,
        subdivision: Name = None,
        from_year: Year = None,
        to_year: Year = None,
        category: Categories = [],  # noqa: B006 - FastAPI copies it
        language: Name = None,
    ) -> NationalOut:
        """Five years back and ten ahead where no years are given, as rules are expanded."""
        async with parts.now().begin(who.tenant) as work:
            usual = horizon_of({}, await work.now())
        first = from_year if from_year is not None else min(usual.first_year, to_year or 2199)
        last = to_year if to_year is not None else max(usual.last_year, first)
        if last < first:
            message, remedy = f"ends before it begins in {first}", f"send {first} or later"
            raise UpsideDown(faults=[Fault("to_year", last, message, remedy, UpsideDown.code)])
        found = await asyncio.to_thread(
            national,
            country,
            subdivision,
            range(first, last + 1),
            categories=category,
            language=language,
        )
        return NationalOut(
            country=country, subdivision=subdivision, from_year=first, to_year=last, holidays=found
        )

    return router
