"""The webhook channel against real sinks on this machine."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from escalation_service.channels import webhook
from escalation_service.channels.reach import Reach
from escalation_service.channels.webhook import WebhookChannel
from escalation_service.domain.delivery import Kind, Missed, Outcome, Sent
from escalation_service.domain.endpoint import Allowed
from escalation_service.domain.letter import Letter
from escalation_service.domain.signature import make_secret

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
KEY = bytes(range(32))


def letter(to: str) -> Letter:
    return Letter(UUID(int=3), "acme", Kind.NOTICE, to, "subject", "text", {"b": 1, "a": "ä"})


class QuietServer(ThreadingHTTPServer):
    """Says nothing of clients that hang up."""

    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Quiet."""


class Sink:
    """A receiver that remembers what it got and answers what it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b"ok"
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                sink.got.append((self.path, headers, body))
                self.send_response(sink.status)
                for name, value in sink.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(sink.body)))
                self.end_headers()
                self.wfile.write(sink.body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = QuietServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@asynccontextmanager
async def channel(allow: str = "127.0.0.1", **more: Any) -> AsyncIterator[WebhookChannel]:
    async def secret_of(tenant: str) -> str:
        assert tenant == "acme"
        return make_secret(KEY)

    resolve = more.pop("resolve", None)
    reach = Reach(Allowed.parse(allow), resolve=resolve) if resolve else Reach(Allowed.parse(allow))
    made = WebhookChannel(secret_of, reach, clock=lambda: AT, **more)
    try:
        yield made
    finally:
        await made.close()


async def post(to: str, allow: str = "127.0.0.1", **more: Any) -> Outcome:
    async with channel(allow, **more) as hook:
        return await hook.send(letter(to))


def answers(*addresses: str) -> Callable[[str, int], Awaitable[list[str]]]:
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


async def test_a_webhook_is_signed_json_with_a_stable_id(sink: Sink) -> None:
    # when
    assert await post(f"http://127.0.0.1:{sink.port}/hook?x=1") == Sent()

    # then
    ((path, headers, body),) = sink.got
    assert path == "/hook?x=1"
    assert json.loads(body) == {"a": "ä", "b": 1}
    assert headers["webhook-id"] == str(UUID(int=3))
    assert headers["webhook-timestamp"] == str(int(AT.timestamp()))
    assert headers["host"] == f"127.0.0.1:{sink.port}"
    signed = b".".join(
        (headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body)
    )
    mac = base64.b64encode(hmac.new(KEY, signed, "sha256").digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Sent()),
        (202, Sent()),
        (204, Sent()),
        (301, "webhook.status-3xx"),
        (302, "webhook.status-3xx"),
        (307, "webhook.status-3xx"),
        (400, "webhook.status-4xx"),
        (401, "webhook.status-4xx"),
        (429, "webhook.status-4xx"),
        (500, "webhook.status-5xx"),
        (503, "webhook.status-5xx"),
    ],
)
async def test_statuses(sink: Sink, status: int, outcome: Outcome | str) -> None:
    sink.status = status
    sink.headers = {"Location": f"http://127.0.0.1:{sink.port}/elsewhere"}
    sink.body = b"" if status == 204 else b"do not repeat this"

    found = await post(f"http://127.0.0.1:{sink.port}/")

    if isinstance(found, Missed):
        assert (found.code, found.hopeless, found.doubtful) == (outcome, False, False)
        assert "repeat" not in found.detail, "only the class of the status is kept"
    else:
        assert found == outcome
    assert len(sink.got) == 1, "redirects are not followed"


async def test_gone_is_for_good(sink: Sink) -> None:
    sink.status = 410

    found = await post(f"http://127.0.0.1:{sink.port}/")

    assert isinstance(found, Missed)
    assert found.hopeless


async def test_the_environments_proxy_is_not_used(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert await post(f"http://127.0.0.1:{sink.port}/") == Sent()


async def test_a_large_or_compressed_answer_is_not_swallowed(sink: Sink) -> None:
    sink.body = b"x" * 5_000_000
    sink.headers = {"Content-Encoding": "gzip"}

    assert await post(f"http://127.0.0.1:{sink.port}/") == Sent()


async def test_nobody_listens(free_port: int) -> None:
    found = await post(f"http://127.0.0.1:{free_port}/")

    assert isinstance(found, Missed)
    assert (found.code, found.hopeless, found.doubtful) == ("webhook.not-reachable", False, False)


async def test_the_next_address_is_tried(sink: Sink) -> None:
    found = await post(
        f"http://sink.test:{sink.port}/", "sink.test", resolve=answers("127.0.0.99", "127.0.0.1")
    )

    assert found == Sent()
    assert sink.got[0][1]["host"] == f"sink.test:{sink.port}"


@pytest.mark.parametrize(
    "to",
    [
        pytest.param("https://127.0.0.1/", id="an address"),
        pytest.param("http://localhost/", id="http"),
        pytest.param("https://localhost/", id="a name of this machine"),
        pytest.param("https://metadata.example/", id="a name that leads inside"),
        pytest.param("not a url", id="nonsense"),
    ],
)
async def test_what_is_not_public_is_refused_for_good(to: str) -> None:
    found = await post(to, "", resolve=answers("169.254.169.254"))

    assert isinstance(found, Missed)
    assert (found.code, found.hopeless) == ("webhook.endpoint-refused", True)
    assert "169.254" not in found.detail, "a refusal does not tell where names lead"


async def test_a_name_that_changes_its_mind_is_asked_once(sink: Sink) -> None:
    # given a resolver that answers something public first and this machine afterwards
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["192.0.2.1"] if len(asked) > 1 else ["127.0.0.1"]

    found = await post(f"http://sink.test:{sink.port}/", "sink.test", resolve=rebinding)

    assert found == Sent()
    assert asked == ["sink.test"]


async def test_a_name_that_does_not_resolve_may_do_so_later() -> None:
    async def failing(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    found = await post("https://sink.test/", "", resolve=failing)

    assert isinstance(found, Missed)
    assert (found.code, found.hopeless) == ("webhook.not-resolved", False)


@asynccontextmanager
async def listening(talk: Callable[..., Awaitable[None]], **more: Any) -> AsyncIterator[int]:
    """A raw TCP server that treats each connection as *talk* says."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, **more)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_a_receiver_that_hangs_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setattr(webhook, "TOTAL_SECONDS", 0.3)
    over = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await over.wait()

    # when
    async with listening(hang) as port:
        found = await post(f"http://127.0.0.1:{port}/")
        over.set()

    # then it may have been understood all the same
    assert isinstance(found, Missed)
    assert (found.code, found.doubtful) == ("webhook.timeout", True)


async def test_headers_that_trickle_in_do_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "TOTAL_SECONDS", 0.3)
    over = asyncio.Event()

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not over.is_set():
            writer.write(b"x-more: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with listening(trickle) as port:
        found = await post(f"http://127.0.0.1:{port}/")
        over.set()

    assert isinstance(found, Missed)
    assert found.code == "webhook.timeout"


async def test_a_body_that_never_ends_does_not_hide_a_success() -> None:
    over = asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx")
        await writer.drain()
        await over.wait()

    async with listening(endless) as port:
        found = await post(f"http://127.0.0.1:{port}/")
        over.set()

    assert found == Sent()


async def test_a_connection_cut_before_the_answer() -> None:
    async def cut(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with listening(cut) as port:
        found = await post(f"http://127.0.0.1:{port}/")

    assert isinstance(found, Missed)
    assert (found.code, found.doubtful) == ("webhook.interrupted", True)


def certificate(name: str, directory: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server that is called *name*, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = directory / f"{name}.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = directory / f"{name}.key"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(public, private)
    return server, ssl.create_default_context(cafile=str(public))


@pytest.mark.parametrize(
    ("called", "outcome"),
    [
        pytest.param("sink.test", Sent(), id="the certificate is the name's"),
        pytest.param("other.test", "webhook.not-reachable", id="it is another's"),
    ],
)
async def test_tls_is_checked_for_the_name_while_we_connect_to_the_address(
    tmp_path: Path, called: str, outcome: Outcome | str
) -> None:
    # given a server whose certificate says sink.test
    server, client = certificate("sink.test", tmp_path)
    heads: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()

    # when
    async with listening(talk, ssl=server) as port:
        found = await post(
            f"https://{called}:{port}/x", called, resolve=answers("127.0.0.1"), tls=client
        )

    # then
    if outcome == Sent():
        assert found == Sent()
        assert f"host: {called}:{port}".encode() in heads[0].lower()
    else:
        assert isinstance(found, Missed)
        assert found.code == outcome
        assert heads == []
