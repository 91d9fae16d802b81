"""CSV files as the importers want them: the right columns, readable text, line numbers."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from slaclock.cli.importing.facts import BadFile, Rejected
from slaclock.contracts.faults import shown

__all__ = ["CsvFile", "CsvRow", "read_bytes"]

_CSV: Final = "save it as CSV with commas, in the encoding that --encoding names (default UTF-8)"


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row: the line on which it begins, and its text by column."""

    line: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file whose header has been checked.

    Attributes:
        text: all of it.
        columns: as the header names them.
    """

    text: str
    columns: tuple[str, ...]

    @classmethod
    def read(cls, path: Path, *, required: Collection[str], encoding: str = "utf-8") -> CsvFile:
        """Open *path* and check its header.

        Raises:
            BadFile: not there, not readable, empty, in another encoding, or without one of the
                *required* columns.
        """
        text = _decoded(path, read_bytes(path), encoding)
        try:
            header = next(csv.reader(io.StringIO(text, newline="")), [])
        except csv.Error as error:
            raise BadFile(f"{path} is not a CSV file ({error}); {_CSV}") from error
        columns = tuple(name.strip() for name in header)
        if not any(columns):
            raise BadFile(f"{path} begins with an empty line; its first line must name the columns")
        if absent := [name for name in required if name not in columns]:
            found = ", ".join(str(shown(name)) for name in columns[:12])
            more = ", ..." if len(columns) > 12 else ""
            raise BadFile(
                f"{path} lacks the column{'s' * (len(absent) > 1)} {', '.join(absent)} (it has "
                f"{found}{more}); export them with the others, separated by commas"
            )
        if twice := sorted({name for name in columns if columns.count(name) > 1}):
            raise BadFile(f"{path} names the column {twice[0]!r} twice; remove one of them")
        return cls(text, columns)

    def rows(self) -> Iterator[CsvRow | Rejected]:
        """Every row after the header; blank lines are no rows."""
        reader = csv.reader(io.StringIO(self.text, newline=""))
        next(reader)
        while True:
            line = reader.line_num + 1
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Rejected(line, "", None, f"is not CSV: {error}")
                continue
            if not values:
                continue
            if len(values) != len(self.columns):
                yield Rejected(
                    line,
                    "",
                    shown(",".join(values)),
                    f"has {len(values)} values where the header names {len(self.columns)}; "
                    "put values that hold a comma or a line break into double quotes",
                )
                continue
            yield CsvRow(line, dict(zip(self.columns, values, strict=True)))


def read_bytes(path: Path) -> bytes:
    """The content of *path*.

    Raises:
        BadFile: it cannot be read, or there is nothing in it.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise BadFile(f"there is no file {path}; check the path") from error
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}") from error
    if not content.strip():
        raise BadFile(f"{path} is empty; export the file again")
    return content


def _decoded(path: Path, content: bytes, encoding: str) -> str:
    try:
        known = codecs.lookup(encoding).name
    except LookupError as error:
        raise BadFile(
            f"--encoding {encoding!r} is unknown; use a name such as utf-8 or windows-1252"
        ) from error
    try:
        return content.decode("utf-8-sig" if known == "utf-8" else known)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadFile(
            f"{path} is not written in {encoding} (byte 0x{content[error.start]:02x} in line "
            f"{line}); name its encoding, such as --encoding windows-1252"
        ) from error
    except UnicodeError as error:
        raise BadFile(
            f"{path} is not written in {encoding} ({error}); name its encoding"
        ) from error
