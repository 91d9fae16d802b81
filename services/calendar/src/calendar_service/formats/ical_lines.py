"""Bytes of an iCalendar file as content lines (RFC 5545 §3.1), within limits."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from slaclock.foreign.findings import UnusableFile

__all__ = ["MOST_BYTES", "Line", "content_lines", "decoded", "unescaped"]

MOST_BYTES: Final = 1024 * 1024
MOST_LINES: Final = 200_000
LONGEST_VALUE: Final = 64 * 1024
"""Characters of a property that is read; others are passed over, however long."""
_SHOWN: Final = 60
_HEAD: Final = re.compile(
    r'(?P<name>[A-Za-z0-9-]+)(?P<parameters>(?:;[^;:="]+=(?:"[^"]*"|[^":;]*))*):', re.ASCII
)
_PARAMETER: Final = re.compile(r';([^;:="]+)=("[^"]*"|[^":;]*)')
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ENCODINGS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One property: ``NAME;PARAMETER=x:value``, unfolded.

    Attributes:
        number: of its first line in the file, from 1.
        name: upper case.
        parameters: names in upper case, values without quotes.
        value: as it was written, escapes and all.
    """

    number: int
    name: str
    parameters: Mapping[str, str]
    value: str


def decoded(body: bytes) -> str:
    """The text of a file, without its byte order mark.

    Raises:
        UnusableFile: too large, or not UTF-8.
    """
    if len(body) > MOST_BYTES:
        raise UnusableFile.because(
            "file",
            len(body),
            f"has more than {MOST_BYTES} bytes",
            "export fewer years, or leave out attachments and descriptions",
            "import.too-large",
        )
    for mark, name in _ENCODINGS:
        if body.startswith(mark):
            raise _encoding(name, f"is {name}")
    at = body.find(b"\x00")
    if at >= 0:
        raise _encoding(f"byte {at}", "contains NUL: it is binary, or UTF-16")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        shown = body[error.start : error.start + 1].hex()
        raise _encoding(f"0x{shown} in line {line}", "is not UTF-8") from error


def content_lines(text: str) -> Iterator[Line | tuple[int, str]]:
    """Each content line; a number and text where a line is none.

    Raises:
        UnusableFile: more lines than are read.
    """
    for number, parts in _unfolded(text):
        line = "".join(parts)
        head = _HEAD.match(line)
        if head is None:
            yield number, line[:_SHOWN]
            continue
        found = _PARAMETER.findall(head["parameters"])
        parameters = {name.strip().upper(): value.strip('"') for name, value in found}
        yield Line(number, head["name"].upper(), parameters, line[head.end() :])


def unescaped(text: str) -> str:
    """TEXT without its escapes."""
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)


def _unfolded(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number of its first line, and the pieces, of each logical line that is not empty."""
    first, parts = 0, list[str]()
    for number, piece in enumerate(_physical(text), start=1):
        if number > MOST_LINES:
            raise UnusableFile.because(
                "file",
                f"more than {MOST_LINES} lines",
                "is too long",
                "export fewer years",
                "import.too-large",
            )
        if piece[:1] in {" ", "\t"} and parts:
            parts.append(piece[1:])
            continue
        if parts:
            yield first, parts
        first, parts = number, [piece] if piece.strip() else []
    if parts:
        yield first, parts


def _physical(text: str) -> Iterator[str]:
    """Lines ended by CRLF, LF or CR; nothing else ends one (U+2028 may stand in a text)."""
    at = 0
    for end in re.finditer(r"\r\n|\n|\r", text):
        yield text[at : end.start()]
        at = end.end()
    if at < len(text):
        yield text[at:]


def _encoding(value: str, message: str) -> UnusableFile:
    return UnusableFile.because(
        "file", value, message, "save it as UTF-8 and send it again", "import.encoding"
    )
