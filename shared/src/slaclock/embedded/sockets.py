"""Addresses on this machine: free ports, and directories short enough for a socket."""

from __future__ import annotations

import hashlib
import os
import random
import re
import socket
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

_LONGEST = 103  # bytes of a socket's path; Linux allows 107, other systems 103
NOBODY = 65534  # the user that nobody is, everywhere
_PLAIN = re.compile(r"^[A-Za-z0-9/._-]+$")  # a comma or a blank would mean something in a DSN


_LASTING = range(10_000, 32_000)
"""Ports that, as systems come, none gives away by itself, to an outgoing connection for instance:
a server that takes a while to start finds its port as free as before, and a second time, too."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on, and that stays so unless somebody asks.

    Raises:
        OSError: none is free.
    """
    for port in random.SystemRandom().sample(_LASTING, 1000):
        if is_free(port):
            return port
    raise OSError(f"none of 1,000 TCP ports from {_LASTING.start} to {_LASTING.stop - 1} is free")


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether nobody listens on *port*; connections that are just closing do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def socket_directory(wanted: Path, *, longest_name: str = ".s.PGSQL.65535.lock") -> Path:
    """*wanted*, made for this user only, or a stand-in where its path is too long for a socket.

    A Unix socket's path ends at about 107 bytes. The stand-in lies in the temporary directory, has
    a name that follows from *wanted*, and is named by a link in its place.

    Raises:
        PermissionError: the stand-in's name is taken by another user.
        OSError: the directory cannot be made.
    """
    wanted = wanted.absolute()
    if _fits(wanted, longest_name) and _PLAIN.match(str(wanted)):
        return _private(wanted)
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    name = f"slaclock-{os.geteuid()}-{digest}"
    places = (Path(place) / name for place in (tempfile.gettempdir(), "/tmp", "/dev/shm"))  # noqa: S108 - private below
    standin = _private(next(place for place in places if _fits(place, longest_name)))
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if not wanted.is_symlink() and not wanted.exists():
        wanted.symlink_to(standin)
    return standin


def forget_socket_directory(wanted: Path) -> None:
    """Remove the stand-in of *wanted*, if there is one and nobody's socket is left in it."""
    if wanted.is_symlink():
        standin = wanted.readlink()
        with suppress(OSError):  # in use, or gone already
            standin.rmdir()
            wanted.unlink()


def _fits(directory: Path, name: str) -> bool:
    return len(os.fsencode(directory / name)) <= _LONGEST


def _private(directory: Path) -> Path:
    """*directory*, of this user and for this user only (root may have lent it to `nobody`)."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()
    owners = {os.geteuid()} | ({NOBODY} if os.geteuid() == 0 else set())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
        raise PermissionError(f"{directory} belongs to somebody else")
    directory.chmod(0o700)
    return directory
