"""Pictures as bytes: what is stored of a ticket between two changes. JSON, as the structs say.

Fields stand in the order in which the structs declare them, and small structs are arrays of them:
another field, or another order, is another version of the fold. A reader of the stored JSON may
count on `fold`, and on the names of the fields of pictures and clocks.
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from msgspec.json import Decoder, Encoder

from ticket_clock_service.domain.picture import FOLD_VERSION, Picture


class StalePictureError(ValueError):
    """Bytes that another version of the fold has made; the ticket is folded from its facts."""


def picture_bytes(picture: Picture) -> bytes:
    """*picture* as JSON: equal pictures give equal bytes."""
    return _ENCODER.encode(picture)


def picture_of(content: bytes) -> Picture:
    """The picture that `picture_bytes` made *content* of.

    It has to give the same bytes again: the decoder alone would fill in what is missing.

    Raises:
        StalePictureError: another version of the fold has made it.
        ValueError: nothing of this platform has.
    """
    try:
        picture = _DECODER.decode(content)
    except (ValueError, RecursionError) as error:
        raise _unreadable(content, str(error)) from error
    if _ENCODER.encode(picture) != content:
        raise _unreadable(content, "no picture is spelled like this")
    return picture


def fold_in(content: bytes) -> Any:
    """The version of the fold that made *content*.

    Raises:
        ValueError: it is no JSON object.
    """
    document = orjson.loads(content)
    if not isinstance(document, dict):
        raise ValueError("a picture is a JSON object")  # noqa: TRY004  of content, not of a type
    return document.get("fold")


def _unreadable(content: bytes, reason: str) -> ValueError:
    made = fold_in(content)
    if made != FOLD_VERSION:
        return StalePictureError(f"made by fold {made}, this is {FOLD_VERSION}")
    return ValueError(reason)


_ENCODER: Final = Encoder()
_DECODER: Final = Decoder(Picture)
