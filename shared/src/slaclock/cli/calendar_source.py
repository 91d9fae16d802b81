"""Files of other software as the calendar service takes them; what they mean is its business."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from slaclock.cli.files import json_in
from slaclock.cli.importing.csv_file import read_bytes
from slaclock.cli.importing.facts import BadFile

__all__ = ["MOST_BYTES", "icalendar_body", "tables_body", "tables_of"]

MOST_BYTES: Final = 1024 * 1024
_ALGA: Final = ("business_hours_schedules", "business_hours_entries", "holidays")


def icalendar_body(file: Path) -> bytes:
    """The file, as it is.

    Raises:
        BadFile: it cannot be read, or is larger than the service takes.
    """
    return _bounded(file)


def tables_body(file: Path, software: str, holidays: Path | None) -> dict[str, Any]:
    """Tables by name: of a JSON file, or of a folder of CSV files.

    Args:
        file: the file or folder.
        software: ``alga`` or ``zendesk``.
        holidays: a second file, whose ``holidays`` stand beside the schedules.

    Raises:
        BadFile: something cannot be read, or is larger than the service takes.
    """
    more = {} if holidays is None else {"holidays": _object(holidays).get("holidays")}
    return tables_of(file, _ALGA if software == "alga" else (), more)


def tables_of(
    file: Path, tables: Collection[str], more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Tables by name: of a JSON file, or of a folder of CSV files.

    Args:
        file: the file or folder.
        tables: what a folder may hold; none where there is no such form.
        more: stands in place of what the file says.

    Raises:
        BadFile: something cannot be read, or is larger than a service takes.
    """
    document = _folder(file, tables) if tables and file.is_dir() else _object(file)
    document |= more or {}
    size = len(orjson.dumps(document))
    if size > MOST_BYTES:
        raise _too_large(file, size)
    return document


def _folder(folder: Path, wanted: Collection[str]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for name in wanted:
        path = folder / f"{name}.csv"
        if path.exists():
            try:
                lines = _bounded(path).decode("utf-8-sig").splitlines()
                tables[name] = list(csv.DictReader(lines, restkey="?", strict=True))
            except (UnicodeDecodeError, csv.Error) as error:
                raise BadFile(
                    f"{path} is no CSV file in UTF-8 ({error}); export it again"
                ) from error
    if not tables:
        names = ", ".join(f"{name}.csv" for name in wanted)
        raise BadFile(f"{folder} has none of {names}; export the tables under these names")
    return tables


def _object(file: Path) -> dict[str, Any]:
    document = json_in(_bounded(file), file)
    if not isinstance(document, dict):
        raise BadFile(f"{file} must be a JSON object; export it again")
    return document


def _bounded(file: Path) -> bytes:
    try:
        size = file.stat().st_size if file.is_file() else 0
    except OSError:  # reading says it better
        size = 0
    if size > MOST_BYTES:
        raise _too_large(file, size)
    return read_bytes(file)


def _too_large(file: Path, size: int) -> BadFile:
    return BadFile(
        f"{file} has {size} bytes, {MOST_BYTES} can be taken; "
        "export fewer years, or one calendar at a time"
    )
