"""Files that are replaced as a whole: who reads one finds the former text or the new one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["replace_file"]


def replace_file(path: Path, text: str) -> None:
    """Replace *path* by *text* in UTF-8, readable by its owner only (mode 0600).

    The text is on the disk before it takes the name, so that a crash, too, leaves one of the two
    whole. The directory must exist.

    Raises:
        OSError: it cannot be written; the former file stays.
        UnicodeEncodeError: *text* has half of a surrogate pair; the former file stays.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)  # there only if it did not take the name
