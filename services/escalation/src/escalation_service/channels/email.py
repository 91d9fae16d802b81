"""The e-mail channel: plain text by SMTP."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib
import idna

from escalation_service.domain.delivery import Missed, Outcome, Sent
from escalation_service.domain.letter import Letter

_ADDRESS = re.compile(
    r"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@([^\s@<>,;:\"()\[\]\\\x00-\x1f]{1,253})"
)
_TIMEOUT = 15.0
"""Seconds for each step of the conversation."""

_TOTAL = 60.0
"""Seconds for all of it."""


@dataclass(frozen=True, slots=True)
class Relay:
    """The server that takes our mail.

    Attributes:
        implicit_tls: `smtps://`: TLS from the first byte. Otherwise STARTTLS where it is offered.
    """

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    implicit_tls: bool = False

    @classmethod
    def parse(cls, url: str) -> Relay:
        """From `smtp://user:password@host:port`; ports default to 25, or 465 for `smtps`.

        Raises:
            ValueError: not such an address.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("an SMTP address looks like smtp://user:password@host:port")
        implicit = parts.scheme == "smtps"
        return cls(
            parts.hostname,
            parts.port or (465 if implicit else 25),
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            implicit,
        )


class EmailChannel:
    """Sends letters as e-mail.

    Args:
        relay: None where no server is configured: every letter is missed, and tried again.
        sender: address in `From`; its domain also names the messages.
        clock: UTC, for the `Date` header only.
        tls: how to check the server's certificate.
    """

    def __init__(
        self,
        relay: Relay | None,
        *,
        sender: str,
        clock: Callable[[], datetime],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._relay, self._sender, self._clock, self._tls = relay, sender, clock, tls

    async def send(self, letter: Letter) -> Outcome:
        """Hand the letter to the server; its queue is the server's business from then on."""
        if self._relay is None:
            return Missed("email.not-configured", "SLACLOCK_SMTP_URL is not set")
        try:
            mail = envelope(letter, sender=self._sender, at=self._clock())
        except ValueError as error:
            return Missed("email.malformed-address", str(error), hopeless=True)
        try:
            async with asyncio.timeout(_TOTAL):
                await aiosmtplib.send(
                    mail,
                    hostname=self._relay.host,
                    port=self._relay.port,
                    username=self._relay.user,
                    password=self._relay.password,
                    use_tls=self._relay.implicit_tls,
                    tls_context=self._tls,
                    timeout=_TIMEOUT,
                )
        except (aiosmtplib.SMTPException, OSError) as error:
            return _missed(error)
        return Sent()


def _missed(error: aiosmtplib.SMTPException | OSError) -> Missed:
    """What an error of the conversation means; 5xx about the letter itself is for good."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            return _refused("recipient", error.recipients[0].code)
        case aiosmtplib.SMTPSenderRefused() | aiosmtplib.SMTPAuthenticationError():
            return Missed("email.sender-refused", f"the server answered {error.code}")
        case aiosmtplib.SMTPDataError():
            return _refused("message", error.code)
        case aiosmtplib.SMTPConnectError() | ConnectionError():
            return Missed("email.not-reachable", type(error).__name__)
        case _:
            return Missed("email.interrupted", type(error).__name__, doubtful=True)


def _refused(what: str, code: int) -> Missed:
    return Missed(
        f"email.{what}-refused", f"the server answered {code}", hopeless=500 <= code < 600
    )


def _address(text: str) -> Address:
    """One plain address; lists, names, comments and quoted parts are refused."""
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise ValueError("not one e-mail address")
    try:
        domain = found[2] if found[2].isascii() else idna.encode(found[2], uts46=True).decode()
    except idna.IDNAError as error:
        raise ValueError("not a domain of e-mail") from error
    return Address(username=found[1], domain=domain)


def envelope(letter: Letter, *, sender: str, at: datetime) -> EmailMessage:
    """The letter as a message; the same `Message-ID` at every attempt.

    Raises:
        ValueError: sender or recipient is not one e-mail address.
    """
    origin, recipient = _address(sender), _address(letter.to)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = origin
    mail["To"] = recipient
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{letter.id}@{origin.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # keeps holiday replies away
    mail["X-Slaclock-Kind"] = letter.kind.value
    mail["X-Slaclock-Escalation"] = letter.document["escalation_id"]
    thread = f"<{letter.document['escalation_id']}@{origin.domain}>"
    mail["References"] = thread  # a correction is shown beside its notice
    mail.set_content(letter.text)
    return mail
