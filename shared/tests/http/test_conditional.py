"""ETag, If-Match, If-None-Match."""

from __future__ import annotations

import httpx
import pytest

from slaclock.http.conditional import (
    PreconditionFailed,
    PreconditionRequired,
    etag,
    is_known,
    meant_by,
    require_match,
)

CURRENT = etag(3)


@pytest.mark.parametrize("header", ['"3"', '"1", "3"', '  "3"  ', "*", '"1","2","3"'])
def test_a_state_that_is_current_may_be_changed(header: str) -> None:
    require_match(header, CURRENT)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        pytest.param(None, None, id="no header"),
        pytest.param(" * ", None, id="any"),
        pytest.param('"abc"', "abc", id="one"),
        pytest.param(' "abc" ', "abc", id="blanks"),
        pytest.param('"abc", W/"abc", "abc"', "abc", id="the same again"),
    ],
)
def test_the_state_that_is_meant(header: str | None, value: str | None) -> None:
    assert meant_by(header) == value


@pytest.mark.parametrize("header", ["", "abc", 'W/"abc"', '"abc', '"a", "b"'])
def test_no_state_or_several_are_meant(header: str) -> None:
    with pytest.raises(PreconditionFailed) as caught:
        meant_by(header)
    assert (caught.value.status, caught.value.headers) == (412, {})


@pytest.mark.parametrize(
    "header",
    [
        pytest.param('"2"', id="another state"),
        pytest.param('W/"3"', id="weak"),
        pytest.param("3", id="without quotes"),
        pytest.param('"3', id="half quoted"),
        pytest.param("", id="empty"),
        pytest.param('"\x00"', id="NUL"),
        pytest.param('"33"', id="longer"),
    ],
)
def test_another_state_is_lost(header: str) -> None:
    with pytest.raises(PreconditionFailed) as caught:
        require_match(header, CURRENT)

    assert caught.value.status == 412
    assert caught.value.headers == {"ETag": CURRENT}


def test_saying_no_state_is_refused() -> None:
    with pytest.raises(PreconditionRequired) as caught:
        require_match(None, CURRENT)

    assert caught.value.status == 428


@pytest.mark.parametrize(
    ("header", "known"),
    [(None, False), ('"3"', True), ('W/"3"', True), ("*", True), ('"2"', False), ("", False)],
)
def test_what_the_client_knows(header: str | None, known: bool) -> None:
    assert is_known(header, CURRENT) is known


async def test_over_http(client: httpx.AsyncClient) -> None:
    path = "/sample/v1/things/a/versions/3"

    assert (await client.put(path)).status_code == 428
    assert (await client.put(path, headers={"If-Match": '"3"'})).status_code == 200
    lost = await client.put(path, headers={"If-Match": '"2"'})
    assert (lost.status_code, lost.headers["etag"]) == (412, CURRENT)
