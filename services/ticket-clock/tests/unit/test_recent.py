"""Pictures that a process remembers, so that it need not read what it has just written."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ticket_clock_service.domain.codec import picture_bytes, picture_of
from ticket_clock_service.domain.picture import BLANK
from ticket_clock_service.usecases import stored
from ticket_clock_service.usecases.stored import Recent


def test_what_is_remembered_is_what_reading_would_give() -> None:
    recent, picture = Recent(), replace(BLANK, at=7)
    state = picture_bytes(picture)
    recent.keep(state, picture)
    assert recent.take(bytes(bytearray(state))) == picture_of(state)
    assert recent.take(state) is None, "a row that changes leaves its old bytes behind"


def test_nothing_is_remembered_of_other_bytes() -> None:
    recent = Recent()
    recent.keep(picture_bytes(BLANK), BLANK)
    assert recent.take(None) is None
    assert recent.take(picture_bytes(BLANK)[:-1]) is None


def test_little_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MOST_RECENT", 2)
    recent = Recent()
    pictures = [replace(BLANK, at=at) for at in range(3)]
    for picture in pictures:
        recent.keep(picture_bytes(picture), picture)
    found = [recent.take(picture_bytes(picture)) for picture in pictures]
    assert found == [None, *pictures[1:]]


def test_large_pictures_are_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    state = picture_bytes(BLANK)
    monkeypatch.setattr(stored, "SMALL", len(state) - 1)
    recent = Recent()
    recent.keep(state, BLANK)
    assert recent.take(state) is None
