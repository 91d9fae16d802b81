"""A file is replaced as a whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from slaclock.files import replace_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def names(path: Path) -> list[str]:
    """Of all files beside *path*, and its own."""
    return sorted(one.name for one in path.parent.iterdir())


def full(_: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(_: int) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "former",
    [
        pytest.param(None, id="a new file"),
        pytest.param("something longer than what follows", id="another text"),
    ],
)
def test_the_new_text_takes_the_place(path: Path, former: str | None) -> None:
    if former is not None:
        path.write_text(former, encoding="utf-8")

    replace_file(path, "Zürich 東京\n")

    assert path.read_bytes() == "Zürich 東京\n".encode()
    assert names(path) == ["keys.json"]


def test_only_its_owner_reads_it(path: Path) -> None:
    path.write_text("open to all")
    path.chmod(0o644)

    replace_file(path, "secret")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_text_is_on_the_disk_before_it_takes_the_name(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("former")
    seen: list[tuple[int, str]] = []

    def look(handle: int) -> None:
        seen.append((os.fstat(handle).st_size, path.read_text()))

    monkeypatch.setattr(os, "fsync", look)
    replace_file(path, "new")

    assert seen == [(len("new"), "former")]


@pytest.mark.parametrize(
    ("fsync", "error"),
    [
        pytest.param(full, OSError, id="the disk is full"),
        pytest.param(interrupted, KeyboardInterrupt, id="interrupted"),
    ],
)
def test_a_failing_write_leaves_the_former_file_and_nothing_else(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fsync: object,
    error: type[BaseException],
) -> None:
    path.write_text("former")
    monkeypatch.setattr(os, "fsync", fsync)

    with pytest.raises(error):
        replace_file(path, "new")

    assert path.read_text() == "former"
    assert names(path) == ["keys.json"]


def test_what_is_no_text_leaves_the_former_file(path: Path) -> None:
    path.write_text("former")

    with pytest.raises(UnicodeEncodeError):
        replace_file(path, "half a pair: \ud800")

    assert path.read_text() == "former"
    assert names(path) == ["keys.json"]


def test_a_directory_is_not_replaced(path: Path) -> None:
    path.mkdir()

    with pytest.raises(IsADirectoryError):
        replace_file(path, "new")

    assert names(path) == ["keys.json"]
