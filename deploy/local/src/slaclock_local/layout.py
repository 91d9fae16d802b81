"""The home of an embedded platform: its files, its lock, and what a crash leaves there."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from slaclock.embedded.process import ProcessMark
from slaclock.files import replace_file
from slaclock.home import Home
from slaclock_local.refusals import AlreadyRunning, HomeUnusable

__all__ = ["Layout", "out_of_room", "write_private"]

ROOM_NEEDED: Final = 256 * 1024 * 1024
"""Bytes that a platform needs free to start: databases, journals and streams grow by files."""


class Layout:
    """Where everything is below one home, and who may work there.

    Args:
        path: `SLACLOCK_HOME`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.home = Home(self.path)
        self.nats = self.path / "nats"
        self.postgres = self.path / "postgres"
        self.temporal = self.path / "temporal"
        self.logs = self.path / "logs"
        self.identities_file = self.path / "identities.json"
        self.processes_file = self.path / "processes.json"

    def log(self, part: str) -> Path:
        """Where *part* writes what it has to say."""
        return self.logs / f"{part}.log"

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Hold this home for one platform; the kernel lets go when the holder dies.

        Yields:
            The lock's file descriptor; children must close their copy, or they would hold it too.

        Raises:
            AlreadyRunning: another platform holds it.
            HomeUnusable: it cannot be made or written, or the disk is full.
        """
        with self.usable():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for directory in (self.nats, self.postgres, self.logs):
                directory.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise self._already_running() from error
            with self.usable():
                self._check_room()
            yield handle
        finally:
            os.close(handle)

    def _already_running(self) -> AlreadyRunning:
        runtime = self.home.runtime()
        mark = self.read_processes().get("slaclock")
        pid = mark.pid if mark and mark.is_alive() else None
        return AlreadyRunning(self.path, pid, runtime.http if runtime and pid else None)

    def _check_room(self) -> None:
        free = shutil.disk_usage(self.path).free
        if free < ROOM_NEEDED:
            raise HomeUnusable(
                self.path,
                f"only {free >> 20} MiB are free on its disk, {ROOM_NEEDED >> 20} are needed",
            )
        probe = self.path / ".writable"
        probe.write_bytes(b"x")
        probe.unlink()

    @contextmanager
    def usable(self) -> Iterator[None]:
        """Turn what the disk refuses into a sentence.

        Raises:
            HomeUnusable: the home is full, read-only, another user's, or no directory.
        """
        try:
            yield
        except OSError as error:
            reasons = {
                errno.ENOSPC: "the disk is full",
                errno.EDQUOT: "the disk quota is used up",
                errno.EROFS: "its file system is read-only",
                errno.EACCES: "you may not write there",
                errno.EPERM: "you may not write there",
                errno.EEXIST: "it is not a directory",
                errno.ENOTDIR: "a part of its path is not a directory",
            }
            if error.errno not in reasons:
                raise
            raise HomeUnusable(self.path, reasons[error.errno]) from error

    def read_processes(self) -> Mapping[str, ProcessMark]:
        """The processes of the platform that runs here, or ran until it crashed, by part."""
        try:
            found: dict[str, Any] = json.loads(self.processes_file.read_bytes())
            return {part: ProcessMark(**mark) for part, mark in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def write_processes(self, marks: Mapping[str, ProcessMark]) -> None:
        """Keep who runs, for other commands and for the next start after a crash."""
        write_private(self.processes_file, {part: asdict(mark) for part, mark in marks.items()})

    def forget_run(self) -> None:
        """Remove what says that a platform runs here."""
        for path in (self.home.runtime_file, self.processes_file):
            path.unlink(missing_ok=True)


def write_private(path: Path, document: object) -> None:
    """Replace *path* as a whole by JSON (or by the text that is given), readable by its owner only.

    Raises:
        OSError: it cannot be written; the former file stays.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = document if isinstance(document, str) else json.dumps(document, indent=1) + "\n"
    replace_file(path, text)


def out_of_room(path: Path) -> str | None:
    """A warning when the disk of *path* is nearly full, None otherwise."""
    free = shutil.disk_usage(path).free
    return f"only {free >> 20} MiB are free for {path}" if free < ROOM_NEEDED // 4 else None
