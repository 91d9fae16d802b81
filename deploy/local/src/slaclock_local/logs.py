"""The parts' logs: kept small while they are being written."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["trim_logs"]

LARGEST: Final = 20 * 1024 * 1024
"""Bytes of one log; its predecessor is kept beside it."""


def trim_logs(directory: Path) -> None:
    """Move what too large logs hold into `<name>.log.1`, in place: their writers append."""
    for log in directory.glob("*.log"):
        with suppress(OSError):  # a full disk: the next look tries again
            if log.stat().st_size > LARGEST:
                shutil.copyfile(log, log.with_name(f"{log.name}.1"))
                log.write_bytes(b"")
