"""Reads a JSON document piece by piece and keeps every fault, not only the first."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final

from slaclock.errors import Fault

__all__ = ["Reader"]

_TEXT_MOST: Final = 200
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PERCENT: Final = re.compile(r"(0|[1-9][0-9]{0,2})(\.[0-9]{1,2})?")
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Reader:
    """Collects what is wrong while values are taken out.

    Every method answers a usable value or `None`; where it answers `None` a fault was kept, so a
    caller goes on with what it has and looks at `faults` in the end.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def refuse(self, field: str, value: object, message: str, remedy: str, code: str) -> None:
        """Keep one fault; *code* is stable, the sentences are for people."""
        self.faults.append(Fault(field, value, message, remedy, code))

    def record(
        self,
        value: object,
        field: str,
        *,
        required: Collection[str] = (),
        optional: Collection[str] = (),
    ) -> Mapping[str, Any] | None:
        """An object with these keys and no others; a missing or unknown key is a fault."""
        if not isinstance(value, dict):
            self._wrong_kind(field, value, "an object")
            return None
        known = [*required, *optional]
        for name in required:
            if name not in value:
                self.refuse(
                    self._at(field, name), None, "is missing", "add it", "sla.field-missing"
                )
        for name in value:
            if name not in known:
                close = get_close_matches(name, known, n=1)
                remedy = f"write {close[0]}" if close else f"remove it; known: {', '.join(known)}"
                path = self._at(field, name)
                self.refuse(path, value[name], "no such key", remedy, "sla.field-unknown")
        return value

    def table(self, value: object, field: str, *, most: int) -> Mapping[str, Any]:
        """An object whose keys are the author's names; empty where it is none."""
        if not isinstance(value, dict):
            self._wrong_kind(field, value, "an object")
            return _NOTHING
        if len(value) > most:
            self._too_many(field, len(value), most)
            return _NOTHING
        return value

    def items(self, value: object, field: str, *, most: int, least: int = 0) -> Sequence[Any]:
        """A list of *least* to *most* entries; empty where it is none."""
        if not isinstance(value, list):
            self._wrong_kind(field, value, "a list")
            return ()
        if len(value) > most:
            self._too_many(field, len(value), most)
            return ()
        if len(value) < least:
            self.refuse(field, value, "is empty", "add an entry", "sla.list-empty")
        return value

    def text(self, value: object, field: str, *, most: int = _TEXT_MOST) -> str | None:
        """One line of 1 to *most* characters, without blanks at its ends."""
        if not isinstance(value, str):
            self._wrong_kind(field, value, "text")
            return None
        if not 1 <= len(value) <= most:
            remedy = f"write 1 to {most} characters"
            self.refuse(field, value, f"has {len(value)} characters", remedy, "sla.text-length")
            return None
        if _CONTROL.search(value) or value != value.strip():
            remedy = "write one line without control characters, no blanks at its ends"
            self.refuse(field, value, "is not one clean line", remedy, "sla.text-unclean")
            return None
        return value

    def choice(
        self, value: object, field: str, among: Sequence[str], *, otherwise: str = ""
    ) -> str | None:
        """One of the texts *among*; *otherwise* ends the remedy."""
        if isinstance(value, str) and value in among:
            return value
        remedy = f"use one of {', '.join(among)}{otherwise}"
        self.refuse(field, value, "is not one of the possible values", remedy, "sla.value-unknown")
        return None

    def choices(self, value: object, field: str, among: Sequence[str]) -> tuple[str, ...]:
        """Some of the texts *among*, at least one, none twice."""
        found: list[str] = []
        for index, item in enumerate(self.items(value, field, least=1, most=len(among))):
            one = self.choice(item, f"{field}[{index}]", among)
            if one is not None and self.fresh(one, f"{field}[{index}]", found):
                found.append(one)
        return tuple(found)

    def texts(self, value: object, field: str, *, most: int) -> tuple[str, ...]:
        """A list of 1 to *most* texts, none twice."""
        found: list[str] = []
        for index, item in enumerate(self.items(value, field, least=1, most=most)):
            one = self.text(item, f"{field}[{index}]")
            if one is not None and self.fresh(one, f"{field}[{index}]", found):
                found.append(one)
        return tuple(found)

    def fresh(self, value: str, field: str, among: Collection[str]) -> bool:
        """Whether *value* is not *among* those before it; a fault where it is."""
        if value not in among:
            return True
        self.refuse(field, value, "stands twice", "remove one", "sla.value-duplicate")
        return False

    def percent(self, value: object, field: str, *, least: str = "0.01") -> Decimal | None:
        """A decimal text of *least* to 100 with at most two places; never a number of JSON."""
        if not isinstance(value, str) or not _PERCENT.fullmatch(value):
            remedy = 'write a text such as "95.00", at most two places'
            self.refuse(field, value, "is not a decimal text", remedy, "sla.decimal-malformed")
            return None
        if not Decimal(least) <= Decimal(value) <= Decimal(100):
            remedy = f'write "{least}" to "100.00"'
            self.refuse(field, value, "is out of bounds", remedy, "sla.number-bounds")
            return None
        return Decimal(value)

    def whole(self, value: object, field: str, *, least: int, most: int) -> int | None:
        """A whole number of *least* to *most*; true and false are none."""
        if isinstance(value, int) and not isinstance(value, bool):
            if least <= value <= most:
                return value
            remedy = f"write {least} to {most}"
            self.refuse(field, value, "is out of bounds", remedy, "sla.number-bounds")
            return None
        self._wrong_kind(field, value, "a whole number")
        return None

    def _wrong_kind(self, field: str, value: object, wanted: str) -> None:
        self.refuse(field, value, f"is not {wanted}", f"write {wanted}", "sla.field-type")

    def _too_many(self, field: str, found: int, most: int) -> None:
        self.refuse(field, found, f"has {found} entries", f"keep to {most}", "sla.list-too-long")

    @staticmethod
    def _at(field: str, name: str) -> str:
        return f"{field}.{name}" if field else name
