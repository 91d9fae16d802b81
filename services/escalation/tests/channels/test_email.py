"""The e-mail channel against a real SMTP server, and the log channel."""

# ruff: noqa: ARG002, N802 - names and arguments are the server library's

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import UUID

import pytest
import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from escalation_service.channels.email import EmailChannel, Relay
from escalation_service.channels.log import LogChannel
from escalation_service.domain.delivery import Kind, Missed, Sent
from escalation_service.domain.letter import Letter

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
LETTER = Letter(
    UUID(int=3),
    "acme",
    Kind.NOTICE,
    "boss@example.com",
    "[P1] INC-1: resolution target missed",
    "Zeile ä\n.\nSchluss\n",
    {"escalation_id": "e-1", "ticket_id": "INC-1", "priority": None},
)


class Post:
    """A mail server's memory; refuses what it is told to."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.answers: dict[str, str] = {}

    async def handle_MAIL(self, _s: Any, session: Any, envelope: Any, who: str, opts: Any) -> str:
        envelope.mail_from = who
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, _s: Any, session: Any, envelope: Any, who: str, opts: Any) -> str:
        envelope.rcpt_tos.append(who)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, _s: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope.content)
        return self.answers.get("DATA", "250 OK")


def authenticate(_s: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == b"p@ss"
    return AuthResult(success=good, handled=good)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def server(post: Post, free_port: int) -> Iterator[Controller]:
    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=free_port,
        authenticator=authenticate,
        auth_require_tls=False,
        auth_required=False,
    )
    controller.start()
    yield controller
    controller.stop()


def channel(url: str | None) -> EmailChannel:
    relay = Relay.parse(url) if url else None
    return EmailChannel(relay, sender="sla@help.example", clock=lambda: AT)


async def test_a_letter_arrives_as_mail(post: Post, server: Controller) -> None:
    # when it goes out twice, as after a crash
    for _ in range(2):
        assert await channel(f"smtp://u:p%40ss@127.0.0.1:{server.port}").send(LETTER) == Sent()

    # then
    mails = [message_from_bytes(raw, policy=default) for raw in post.mails]
    assert {mail["Message-ID"] for mail in mails} == {f"<{UUID(int=3)}@help.example>"}
    assert mails[0]["To"] == "boss@example.com"
    assert mails[0]["Subject"] == LETTER.subject
    assert mails[0]["X-Slaclock-Escalation"] == "e-1"
    assert mails[0].get_content().replace("\r\n", "\n") == LETTER.text


@pytest.mark.parametrize(
    ("step", "answer", "code", "hopeless"),
    [
        ("RCPT", "550 no such user", "email.recipient-refused", True),
        ("RCPT", "450 greylisted", "email.recipient-refused", False),
        ("DATA", "554 spam", "email.message-refused", True),
        ("DATA", "451 try later", "email.message-refused", False),
        ("MAIL", "550 who are you", "email.sender-refused", False),
    ],
)
async def test_refusals(
    post: Post, server: Controller, step: str, answer: str, code: str, hopeless: bool
) -> None:
    post.answers = {step: answer}

    found = await channel(f"smtp://127.0.0.1:{server.port}").send(LETTER)

    assert found == Missed(code, f"the server answered {answer[:3]}", hopeless=hopeless)


async def test_a_wrong_password_is_ours_to_correct(server: Controller) -> None:
    found = await channel(f"smtp://u:wrong@127.0.0.1:{server.port}").send(LETTER)

    assert isinstance(found, Missed)
    assert (found.code, found.hopeless) == ("email.sender-refused", False)


async def test_no_server_there(free_port: int) -> None:
    found = await channel(f"smtp://127.0.0.1:{free_port}").send(LETTER)

    assert isinstance(found, Missed)
    assert (found.code, found.hopeless, found.doubtful) == ("email.not-reachable", False, False)


async def test_no_server_configured() -> None:
    found = await channel(None).send(LETTER)

    assert found == Missed("email.not-configured", "SLACLOCK_SMTP_URL is not set")


async def test_an_address_that_is_none(server: Controller) -> None:
    found = await channel(f"smtp://127.0.0.1:{server.port}").send(replace(LETTER, to="boss"))

    assert isinstance(found, Missed)
    assert (found.code, found.hopeless) == ("email.malformed-address", True)


async def test_the_log_channel_writes_one_line() -> None:
    with structlog.testing.capture_logs() as lines:
        assert await LogChannel().send(LETTER) == Sent()

    (line,) = lines
    assert line["event"] == "escalation"
    assert line["to"] == "boss@example.com"
    assert line["ticket_id"] == "INC-1"
    assert "priority" not in line
