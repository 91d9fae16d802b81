from __future__ import annotations

import hashlib
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

from slaclock.embedded.process import wait_until
from slaclock_local.testing import PlatformProcess


@pytest.fixture
def client(platform: PlatformProcess) -> httpx.Client:
    return httpx.Client(base_url=platform.runtime.http, timeout=30, trust_env=False)


def test_it_forwards_what_it_is_asked(client: httpx.Client) -> None:
    with client:
        for answer, method, path, length in (
            (client.get("/calendar/echo/a%2Fb/%C3%BC?x=1&y=%20"), "GET", "a%2Fb/%C3%BC", 0),
            (client.post("/sla/echo/batch", content=b"x" * 2_000_000), "POST", "batch", 2_000_000),
            (client.post("/sla/echo/chunks", content=iter([b"a", b"bc"])), "POST", "chunks", 3),
            (client.delete("/sla/echo/gone"), "DELETE", "gone", 0),
        ):
            document = answer.json()
            assert document["method"] == method
            assert document["path"].split("/echo/")[1] == path
            assert document["length"] == length
            assert answer.headers["etag"] == '"v1"'
        assert client.get("/calendar/echo/q?x=1&y=%20").json()["query"] == "x=1&y=%20"


def test_headers_of_one_connection_stay_on_it(client: httpx.Client) -> None:
    sent = {
        "authorization": "Bearer key",
        "connection": "x-hop",
        "x-hop": "1",
        "x-forwarded-for": "203.0.113.9",
        "te": "trailers",
    }
    with client:
        document = client.get("/calendar/echo/h", headers=sent).json()

    assert document["headers"]["authorization"] == "Bearer key"
    assert document["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert document["headers"]["host"] == client.base_url.netloc.decode()
    assert not {"x-hop", "te"} & set(document["headers"])


def test_the_root_leads_to_the_dashboard(client: httpx.Client) -> None:
    with client:
        answer = client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/dashboard/")


def test_unknown_paths_are_a_problem_with_the_remedy(client: httpx.Client) -> None:
    with client:
        answer = client.get("/calender/v1")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not-found"
    assert "/calendar/" in answer.json()["detail"]


def test_a_head_has_no_body(client: httpx.Client) -> None:
    with client:
        answer = client.head("/calendar/echo/h")
    assert answer.status_code == 200
    assert answer.content == b""


def test_a_stream_arrives_piece_by_piece(client: httpx.Client) -> None:
    with client, client.stream("GET", "/calendar/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = (line for line in answer.iter_lines() if line)
        delays = [time.time() - float(next(lines).removeprefix("data: ")) for _ in range(10)]

    assert max(delays) < 1


def test_a_slow_reader_of_a_large_answer_gets_it_whole(client: httpx.Client) -> None:
    seen = hashlib.sha256()
    with client, client.stream("GET", "/calendar/large") as answer:
        for number, piece in enumerate(answer.iter_raw()):
            seen.update(piece)
            if number < 10:
                time.sleep(0.05)  # the reader's slowness, not a wait

    expected = hashlib.sha256(b"".join(bytes([n % 256]) * 65536 for n in range(512)))
    assert seen.hexdigest() == expected.hexdigest()


def test_the_service_learns_that_a_reader_has_gone(client: httpx.Client) -> None:
    with client:
        before = client.get("/calendar/gone").json()
        with client.stream("GET", "/calendar/stream") as answer:
            next(answer.iter_raw())
        assert wait_until(lambda: client.get("/calendar/gone").json() > before, timeout=30)


def test_the_service_learns_that_nobody_waits_for_its_answer(client: httpx.Client) -> None:
    with client:
        before = client.get("/calendar/gone").json()
        with pytest.raises(httpx.ReadTimeout):
            client.post("/calendar/thinking", content=b"x" * 1000, timeout=0.2)
        assert wait_until(lambda: client.get("/calendar/gone").json() > before, timeout=30)


def test_an_answer_that_breaks_off_does_not_look_complete(client: httpx.Client) -> None:
    with client, pytest.raises(httpx.RemoteProtocolError):
        client.get("/sla/break")


def test_a_half_sent_request_harms_nobody(client: httpx.Client, platform: PlatformProcess) -> None:
    address = urlsplit(platform.runtime.http)
    assert address.hostname
    assert address.port
    with socket.create_connection((address.hostname, address.port)) as connection:
        head = b"POST /sla/echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"
        connection.sendall(head)
        time.sleep(0.1)
    with client:
        assert client.get("/sla/pid").status_code == 200


@pytest.mark.parametrize("chunked", [False, True], ids=["of known length", "in chunks"])
def test_a_body_that_a_service_does_not_read_leaks_into_no_other_request(
    client: httpx.Client, *, chunked: bool
) -> None:
    piece, times = b"GET /sla/pid HTTP/1.1\r\n\r\n" * 2000, 60
    with client:
        pid = client.get("/sla/pid").json()
        for _ in range(5):
            body = (piece for _ in range(times)) if chunked else piece * times
            assert client.post("/sla/pid", content=body).status_code == 405
            assert client.get("/sla/pid").json() == pid
            assert client.post("/sla/echo/x", content=b"abc").json()["length"] == 3
