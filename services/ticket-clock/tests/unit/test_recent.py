"""Pictures that a process remembers, so that it need not read what it has just written."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ticket_clock_service.domain.codec import picture_bytes, picture_of
from ticket_clock_service.domain.picture import BLANK
from ticket_clock_service.ports import Key
from ticket_clock_service.usecases import stored
from ticket_clock_service.usecases.stored import Recent

KEY = ("acme", "T1")


def test_what_is_remembered_is_what_reading_would_give() -> None:
    recent, picture = Recent(), replace(BLANK, at=7)
    state = picture_bytes(picture)
    recent.keep(KEY, state, picture)
    assert recent.take(KEY, bytes(bytearray(state))) == picture_of(state)
    assert recent.take(KEY, state) is None, "a row that is locked will change"


@pytest.mark.parametrize(
    ("key", "state"),
    [
        pytest.param(KEY, None, id="not folded yet"),
        pytest.param(KEY, picture_bytes(BLANK)[:-1], id="written by somebody else since"),
        pytest.param(("acme", "T2"), picture_bytes(BLANK), id="another ticket"),
        pytest.param(("globex", "T1"), picture_bytes(BLANK), id="another tenant"),
    ],
)
def test_nothing_else_is_remembered(key: Key, state: bytes | None) -> None:
    recent = Recent()
    recent.keep(KEY, picture_bytes(BLANK), BLANK)
    assert recent.take(key, state) is None


def test_of_a_ticket_the_last_picture_is_remembered() -> None:
    recent, later = Recent(), replace(BLANK, at=7)
    for picture in (BLANK, later):
        recent.keep(KEY, picture_bytes(picture), picture)
    assert recent.take(KEY, picture_bytes(later)) is later


def test_little_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MOST_RECENT", 2)
    recent = Recent()
    pictures = {("acme", f"T{at}"): replace(BLANK, at=at) for at in range(3)}
    for key, picture in pictures.items():
        recent.keep(key, picture_bytes(picture), picture)
    found = [recent.take(key, picture_bytes(picture)) for key, picture in pictures.items()]
    assert found == [None, *list(pictures.values())[1:]]


def test_large_pictures_are_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    state = picture_bytes(BLANK)
    monkeypatch.setattr(stored, "SMALL", len(state) - 1)
    recent = Recent()
    recent.keep(KEY, state, BLANK)
    assert recent.take(KEY, state) is None
