"""Text of strangers for terminals and logs: what steers a terminal, or a line, is spelled out."""

from __future__ import annotations

from typing import Final

__all__ = ["visible"]

_LINE_END: Final = 0x0A
_STEERING: Final = (
    *range(0x20),  # escape sequences begin here; line ends forge lines
    *range(0x7F, 0xA0),
    0x061C,  # those that turn the direction of what follows
    *range(0x200E, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2066, 0x206A),
)
_SPELLED: Final = {code: ascii(chr(code))[1:-1] for code in _STEERING}
_LINES: Final = {code: spelled for code, spelled in _SPELLED.items() if code != _LINE_END}


def visible(text: str, *, lines: bool = False) -> str:
    r"""*text* with characters that steer instead of showing anything as `\x1b` and the like.

    Args:
        text: anything.
        lines: it is our own text of several lines, so line ends stay.
    """
    return text.translate(_LINES if lines else _SPELLED)
