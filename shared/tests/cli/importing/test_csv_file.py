"""CSV files: what is read, what is refused, and with which sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from slaclock.cli.importing.csv_file import CsvFile, CsvRow
from slaclock.cli.importing.facts import BadFile, Rejected


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    return path


def read(tmp_path: Path, content: bytes, encoding: str = "utf-8") -> CsvFile:
    return CsvFile.read(written(tmp_path, content), required=("a", "b"), encoding=encoding)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b" \n\n", "is empty", id="blank"),
        pytest.param(b"\na,b\n1,2\n", "begins with an empty line", id="empty first line"),
        pytest.param(b"a,c\n1,2\n", "lacks the column b \\(it has a, c\\)", id="missing"),
        pytest.param(b"x\n1\n", "lacks the columns a, b", id="missing both"),
        pytest.param(b"a;b\n1;2\n", "separated by commas", id="semicolons"),
        pytest.param(b"a,b,a\n", "names the column 'a' twice", id="doubled"),
        pytest.param(
            b"a,b\n\xe9,2\n", "byte 0xe9 in line 2\\); name its encoding", id="windows-1252"
        ),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00", "is not written in utf-8", id="an image"),
    ],
)
def test_a_file_that_cannot_be_imported(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(BadFile, match=sentence) as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="there is no file"):
        CsvFile.read(tmp_path / "none.csv", required=())


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        CsvFile.read(tmp_path, required=())


def test_an_unknown_encoding(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="--encoding 'klingon' is unknown"):
        read(tmp_path, b"a,b\n", "klingon")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        pytest.param("a,b\né,2\n".encode(), "utf-8", id="UTF-8"),
        pytest.param(b"\xef\xbb\xbfa,b\r\n\xc3\xa9,2\r\n", "UTF8", id="BOM and CRLF"),
        pytest.param("a,b\né,2".encode("cp1252"), "windows-1252", id="windows-1252"),
        pytest.param("a,b\né,2\n".encode("utf-16"), "utf-16", id="UTF-16"),
        pytest.param(b'"a"," b "\n"\xc3\xa9","2"\n\n', "utf-8", id="quotes, spaces, blank line"),
    ],
)
def test_rows(tmp_path: Path, content: bytes, encoding: str) -> None:
    assert list(read(tmp_path, content, encoding).rows()) == [CsvRow(2, {"a": "é", "b": "2"})]


def test_bad_rows_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    file = read(tmp_path, b'a,b\n1\n1,2,3\n"x\ny",2\n3,4\n')
    rows = list(file.rows())
    assert [type(row) for row in rows] == [Rejected, Rejected, CsvRow, CsvRow]
    assert [row.line for row in rows] == [2, 3, 4, 6]
    assert isinstance(rows[0], Rejected)
    assert "has 1 values where the header names 2" in rows[0].reason


def test_a_value_beyond_the_reader_s_limit_is_one_bad_row(tmp_path: Path) -> None:
    file = read(tmp_path, b"a,b\n" + b"x" * 200_000 + b",2\n3,4\n")
    first, second = file.rows()
    assert isinstance(first, Rejected)
    assert "field larger than" in first.reason
    assert second == CsvRow(3, {"a": "3", "b": "4"})
