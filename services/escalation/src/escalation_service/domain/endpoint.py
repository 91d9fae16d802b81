"""Webhook addresses: which URLs may be called at all, before any name is resolved."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import urlsplit

import idna

from escalation_service.domain.address import Address, parse_address
from slaclock.errors import Refusal

_LONGEST = 2048
_PORTS = (443, 8443)
_LABEL = re.compile(r"^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$")
_NUMBER = re.compile(r"^(0x[0-9a-f]*|[0-9]+)$")
_TARGET = re.compile(r"^[!-~]*$")  # visible ASCII


class RefusedEndpoint(Refusal):
    """A webhook address that must not be called."""

    code = "webhook.endpoint-refused"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a webhook goes.

    Attributes:
        host: lower case, IDNA-encoded, without a trailing dot; an IPv6 literal has no brackets.
        port: always set.
        target: path and query as sent.
        literal: the address, when the URL names one instead of a host.
        trusted: on the operator's list: may be http, and any address.
    """

    scheme: str
    host: str
    port: int
    target: str
    literal: Address | None = None
    trusted: bool = False

    @property
    def authority(self) -> str:
        """What the `Host` header says."""
        usual = 443 if self.scheme == "https" else 80
        return bracketed(self.host) + ("" if self.port == usual else f":{self.port}")


@dataclass(frozen=True, slots=True)
class Allowed:
    """Hosts that the operator trusts, each with one port or all of them (None)."""

    hosts: frozenset[tuple[str, int | None]] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Allowed:
        """From `host` and `host:port`, separated by commas or blanks; IPv6 in brackets.

        Raises:
            ValueError: an entry is neither.
        """
        found: set[tuple[str, int | None]] = set()
        for part in text.replace(",", " ").split():
            try:
                split = urlsplit(f"//{part}")
                host, port = _host(split.hostname or "")[0], split.port
            except (ValueError, RefusedEndpoint) as error:
                raise ValueError(f"not a host or host:port: {part!r}") from error
            if split.path or split.query or split.fragment or "@" in part:
                raise ValueError(f"not a host or host:port: {part!r}")
            found.add((host, port))
        return cls(frozenset(found))

    def names(self, host: str, port: int) -> bool:
        """Whether this host and port are on the list."""
        return (host, None) in self.hosts or (host, port) in self.hosts


def bracketed(host: str) -> str:
    """*host* as a URL writes it."""
    return f"[{host}]" if ":" in host else host


def endpoint(url: str, allowed: Allowed) -> Endpoint:
    """Read *url* strictly.

    Raises:
        RefusedEndpoint: it must not be called, whatever its name resolves to.
    """
    if len(url) > _LONGEST or not url.isprintable() or " " in url or "\\" in url:
        raise RefusedEndpoint("a webhook address is one line without blanks or backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RefusedEndpoint(f"not an address: {error}") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise RefusedEndpoint("a webhook address begins with https:// and names a host")
    if "@" in parts.netloc or "#" in url or parts.netloc.endswith(":"):
        raise RefusedEndpoint("no user, password, fragment or empty port in a webhook address")
    host, literal = _host(parts.hostname)
    if (":" in host) != parts.netloc.startswith("["):
        raise RefusedEndpoint("brackets hold an IPv6 address and nothing else")
    port = (443 if parts.scheme == "https" else 80) if port is None else port
    trusted = allowed.names(host, port)
    if not trusted:
        if parts.scheme != "https" or port not in _PORTS:
            raise RefusedEndpoint("webhooks go to https, port 443 or 8443")
        if literal is not None:
            raise RefusedEndpoint("a webhook address names a host, not an IP address")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not _TARGET.match(target):
        raise RefusedEndpoint("percent-encode what is not ASCII in path and query")
    return Endpoint(parts.scheme, host, port, target, literal, trusted)


def _host(text: str) -> tuple[str, Address | None]:
    """A host's one spelling, and its address where it is a literal."""
    if ":" in text:
        try:
            address = parse_address(text)
        except ValueError as error:
            raise RefusedEndpoint(f"not an IPv6 address: {text!r}") from error
        return str(IPv6Address(address)), address
    try:
        host = idna.encode(text.rstrip("."), uts46=True).decode() if not text.isascii() else text
    except idna.IDNAError as error:
        raise RefusedEndpoint(f"not a host name: {text!r}") from error
    host = host.lower().removesuffix(".")
    labels = host.split(".")
    if _NUMBER.match(labels[-1]):
        try:
            literal = parse_address(host)
        except ValueError as error:
            raise RefusedEndpoint(f"an odd spelling of an address: {text!r}") from error
        return str(literal), literal
    if len(host) > 253 or not all(_LABEL.match(label) for label in labels):
        raise RefusedEndpoint(f"not a host name: {text!r}")
    return host, None
