"""What an annex is made of: sections, tables and sentences, without any look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

__all__ = [
    "Annex",
    "Block",
    "Cell",
    "Command",
    "Facts",
    "Notice",
    "Original",
    "Paragraph",
    "Run",
    "Section",
    "Signatures",
    "Table",
    "Text",
    "code",
    "data",
    "lines",
    "strong",
    "text",
]

Style: TypeAlias = Literal["plain", "code", "data", "strong"]
"""`code` is to be read letter by letter, `data` is what somebody else has written."""


@dataclass(frozen=True, slots=True)
class Run:
    """Some characters of one style."""

    content: str
    style: Style = "plain"


Text: TypeAlias = tuple[Run, ...]
"""What stands on a line."""

Cell: TypeAlias = tuple[Text, ...]
"""The lines of a table's cell."""

NOTHING: Final[Text] = (Run("—"),)


def text(*parts: str | Run | Text) -> Text:
    """One text of *parts*; plain characters where nothing else is said."""
    found: list[Run] = []
    for part in parts:
        match part:
            case str():
                found.append(Run(part))
            case Run():
                found.append(part)
            case _:
                found.extend(part)
    return tuple(found)


def code(content: object) -> Run:
    """An identifier, a hash or an address."""
    return Run(str(content), "code")


def data(content: object) -> Run:
    """A name that somebody else has given."""
    return Run(str(content), "data")


def strong(content: str) -> Run:
    """What the eye should find."""
    return Run(content, "strong")


def lines(*parts: str | Run | Text) -> Cell:
    """A cell with a line of each part; a dash where there is none."""
    return tuple(text(part) for part in parts) or (NOTHING,)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences."""

    content: Text


@dataclass(frozen=True, slots=True)
class Facts:
    """Names of things, each with what it is."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads.

    Attributes:
        widths: of the columns, as shares of the whole.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]

    @classmethod
    def of(cls, caption: str, heads: dict[str, int], rows: Iterable[tuple[Cell, ...]]) -> Table:
        """A table whose *heads* carry the widths of their columns."""
        return cls(caption, tuple(heads), tuple(rows), tuple(heads.values()))


@dataclass(frozen=True, slots=True)
class Command:
    """Lines to type into a shell, as they stand here."""

    content: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that nobody should miss."""

    content: Text


@dataclass(frozen=True, slots=True)
class Original:
    """Here the reader finds the snapshot itself, in whatever way the document can carry it."""

    name: str


@dataclass(frozen=True, slots=True)
class Signatures:
    """Room for those who sign."""

    parties: tuple[str, ...]


Block: TypeAlias = Paragraph | Facts | Table | Command | Notice | Original | Signatures


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it.

    Attributes:
        number: as text, `9.1` for a part of another section.
    """

    number: str
    title: str
    blocks: tuple[Block, ...]
    parts: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Annex:
    """The whole document.

    Attributes:
        title: of the document.
        subtitle: which version, for which contract.
        running: what every page says at its head.
        hash: SHA-256 of the snapshot, which every page says at its foot.
        name: a file name for it, without an ending.
        dated: an RFC 3339 instant that belongs to the content; the instant of its making would
            give other bytes each time.
        original: canonical bytes of the snapshot.
    """

    title: str
    subtitle: str
    running: str
    hash: str
    name: str
    dated: str
    sections: tuple[Section, ...]
    original: bytes = field(repr=False)

    @property
    def cells(self) -> int:
        """Of all its tables: what decides how much work it is to set."""
        return sum(map(_cells, self.sections))


def _cells(section: Section) -> int:
    tables = (block.rows for block in section.blocks if isinstance(block, Table | Facts))
    return sum(len(row) for rows in tables for row in rows) + sum(map(_cells, section.parts))
