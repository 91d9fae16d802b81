from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from slaclock_local.layout import Layout, out_of_room, write_private
from slaclock_local.logs import LARGEST, trim_logs
from slaclock_local.refusals import AlreadyRunning, HomeUnusable


def test_only_one_holds_a_home(tmp_path: Path) -> None:
    first, second = Layout(tmp_path), Layout(tmp_path)

    with first.locked(), pytest.raises(AlreadyRunning, match="already runs"), second.locked():
        pass
    with second.locked():
        pass


def test_a_nearly_full_disk_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil._ntuple_diskusage(10**9, 10**9 - 2**24, 2**24)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    with pytest.raises(HomeUnusable, match="only 16 MiB are free"), Layout(tmp_path).locked():
        pass
    assert "only 16 MiB" in (out_of_room(tmp_path) or "")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        pytest.param(errno.ENOSPC, "the disk is full", id="full"),
        pytest.param(errno.EROFS, "read-only", id="read-only"),
        pytest.param(errno.EACCES, "may not write", id="forbidden"),
    ],
)
def test_what_the_disk_refuses_becomes_a_sentence(tmp_path: Path, number: int, words: str) -> None:
    with pytest.raises(HomeUnusable, match=words), Layout(tmp_path).usable():
        raise OSError(number, os.strerror(number))


def test_other_errors_are_not_explained_away(tmp_path: Path) -> None:
    with pytest.raises(ConnectionRefusedError), Layout(tmp_path).usable():
        raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")


def test_a_private_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.json"
    write_private(path, {"a": 1})
    with pytest.raises(TypeError):
        write_private(path, {"a": object()})

    assert path.read_text() == '{\n "a": 1\n}\n'
    assert [entry.name for entry in path.parent.iterdir()] == ["file.json"]


def test_a_large_log_is_moved_aside_while_it_is_written(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    with log.open("ab") as writer:
        writer.write(b"x" * (LARGEST + 1))
        writer.flush()
        trim_logs(tmp_path)
        writer.write(b"new")

    assert log.read_bytes() == b"new"
    assert (tmp_path / "part.log.1").stat().st_size == LARGEST + 1
