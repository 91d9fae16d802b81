"""Rows of an export: JSON values, or the texts that a CSV file has in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from slaclock.contracts.faults import shown
from slaclock.foreign.findings import Findings, Place, UnusableFile

__all__ = [
    "MOST_CALENDARS",
    "MOST_HOLIDAYS",
    "MOST_ROWS",
    "Row",
    "Unusable",
    "refuse_several_tenants",
    "rows_of",
    "short_name",
    "too_many_calendars",
]

MOST_ROWS: Final = 10_000
MOST_CALENDARS: Final = 200
MOST_HOLIDAYS: Final = 5_000
"""Dates of one calendar."""
_TRUE: Final = frozenset({"t", "true", "1", "yes", "on"})
_FALSE: Final = frozenset({"f", "false", "0", "no", "off", ""})
_WHOLE: Final = re.compile(r"-?\d{1,12}", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_LONGEST_NAME: Final = 200


class Unusable(ValueError):  # noqa: N818 - names what is wrong with a row
    """A row that cannot be taken."""

    def __init__(self, field: str, value: object, message: str, remedy: str, code: str) -> None:
        self.fault = (field, shown(value), message, remedy, code)
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        values: by column.
    """

    place: Place
    values: Mapping[str, Any]

    def text(self, column: str) -> str:
        """A text; empty where there is none.

        Raises:
            Unusable: it is something else.
        """
        value = self.values.get(column)
        if value is None:
            return ""
        if isinstance(value, bool | dict | list | float):
            raise Unusable(column, value, "is not a text", "write a text", "import.type")
        return str(value).strip()

    def flag(self, column: str, *, default: bool) -> bool:
        """True or false.

        Raises:
            Unusable: it is neither.
        """
        value = self.values.get(column)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        text = str(value).strip().lower()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return default if text == "" else False
        raise Unusable(
            column, value, "is neither true nor false", "write true or false", "import.type"
        )

    def whole(self, column: str) -> int:
        """A whole number.

        Raises:
            Unusable: it is none.
        """
        value = self.values.get(column)
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            return int(value)
        if type(value) is not int:
            raise Unusable(
                column, value, "is not a whole number", "write a whole number", "import.type"
            )
        return value

    def date(self, column: str) -> date:
        """A date, written YYYY-MM-DD.

        Raises:
            Unusable: it is none.
        """
        text = self.text(column)
        try:
            if len(text) == 10:
                return date.fromisoformat(text)
        except ValueError as error:
            raise Unusable(
                column,
                text,
                "is a date that does not exist",
                "write an existing date as YYYY-MM-DD",
                "import.date",
            ) from error
        raise Unusable(
            column, text, "is not a date", "write an existing date as YYYY-MM-DD", "import.date"
        )


def rows_of(document: Mapping[str, Any], table: str, key: str, findings: Findings) -> Iterator[Row]:
    """The rows of a table; what is none is a finding.

    Args:
        document: tables by name.
        table: the one wanted.
        key: the column that names a row.
        findings: get what is no row.

    Raises:
        UnusableFile: it is no table, or has too many rows.
    """
    listed = document.get(table)
    if listed is None:
        return
    if not isinstance(listed, list):
        raise UnusableFile.because(
            table, shown(listed), "is not a list of rows", "write a JSON array", "import.type"
        )
    if len(listed) > MOST_ROWS:
        raise UnusableFile.because(
            table,
            len(listed),
            f"has more than {MOST_ROWS} rows",
            "export one tenant, and fewer years",
            "import.too-many",
        )
    for number, values in enumerate(listed):
        place = Place(table=table, row=f"{table}[{number}]")
        if not isinstance(values, dict):
            findings.left(
                place, "", shown(values), "is not a row", "write a JSON object", "import.type"
            )
            continue
        name = values.get(key)
        named = isinstance(name, str | int) and not isinstance(name, bool) and str(name).strip()
        yield Row(Place(table=table, row=str(shown(str(name)))) if named else place, values)


def refuse_several_tenants(tables: Mapping[str, list[Row]]) -> None:
    """Refuse a file whose rows belong to several tenants.

    Raises:
        UnusableFile: they do.
    """
    tenants = {
        str(row.values["tenant"])
        for rows in tables.values()
        for row in rows
        if "tenant" in row.values
    }
    if len(tenants) > 1:
        raise UnusableFile.because(
            "tenant",
            ", ".join(sorted(tenants)[:5]),
            f"are {len(tenants)} tenants",
            "export one tenant at a time",
            "import.several-tenants",
        )


def too_many_calendars(table: str, number: int) -> UnusableFile:
    """The refusal of a file with more calendars than are read at once."""
    return UnusableFile.because(
        table,
        number,
        f"are more than {MOST_CALENDARS} schedules",
        "export some of them at a time",
        "import.too-many",
    )


def short_name(text: str) -> str:
    """*text* on one line of 200 characters at most."""
    plain = " ".join(_CONTROL.sub(" ", text).split()) if _CONTROL.search(text) else text
    return plain if len(plain) <= _LONGEST_NAME else plain[: _LONGEST_NAME - 1] + "…"
