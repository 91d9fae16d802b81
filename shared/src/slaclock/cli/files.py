"""Files that commands are given, and files that they write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from slaclock.cli.importing.csv_file import read_bytes
from slaclock.cli.importing.facts import BadFile

__all__ = ["json_in", "read_json", "write_bytes"]


def read_json(file: Path) -> Any:
    """What *file* says.

    Raises:
        BadFile: it cannot be read, or is not JSON.
    """
    return json_in(read_bytes(file), file)


def json_in(content: bytes, file: Path) -> Any:
    """What *content* says, which was read from *file*.

    Raises:
        BadFile: it is not JSON.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadFile(f"{file} is not JSON ({error}); correct it there") from error


def write_bytes(content: bytes, file: Path) -> None:
    """Make *file* hold *content*, whatever it held before.

    Raises:
        BadFile: it cannot be written.
    """
    try:
        file.write_bytes(content)
    except OSError as error:
        raise BadFile(
            f"{file} cannot be written ({error.strerror}); choose another file"
        ) from error
