"""Which addresses an SLA may name for its deliveries, judged by their text alone.

What a name resolves to is judged again by escalation, at each delivery.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import SplitResult, urlsplit

__all__ = ["email_objection", "webhook_objection"]

_LONGEST_URL: Final = 2048
_PORTS: Final = (443, 8443)
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")
_PRIVATE: Final = ("localhost", "local", "internal", "home.arpa", "localdomain")
_LOCAL_PART: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)
_MAIL_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def webhook_objection(url: str, allowed: Collection[str]) -> tuple[str, str] | None:
    """What speaks against *url* as a webhook's address, and the remedy; None for nothing.

    Args:
        url: as the author wrote it.
        allowed: hosts, or `host:port`, in lower case, that the operator trusts: they may be http,
            private, or an IP address.
    """
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return (
            "is not a URL of printable ASCII",
            "percent-encode the path and write the host in punycode (xn--...)",
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"is not a URL ({error})", "write https://HOST/PATH"
    host = (parts.hostname or "").lower().removesuffix(".")
    if parts.scheme not in ("https", "http") or not host:
        return "is not a web address", "write https://HOST/PATH"
    if "@" in parts.netloc or "#" in url or "\\" in url or parts.netloc.endswith(":"):
        return "carries a user, a fragment or an empty port", "write https://HOST/PATH"
    port = (443 if parts.scheme == "https" else 80) if port is None else port
    if host in allowed or f"{host}:{port}" in allowed or f"[{host}]:{port}" in allowed:
        return None
    return _not_public(parts, host, port)


def _not_public(parts: SplitResult, host: str, port: int) -> tuple[str, str] | None:
    operator = "or ask the operator to list the host in SLACLOCK_WEBHOOK_ALLOW"
    if parts.scheme != "https" or port not in _PORTS:
        return "is not https on port 443 or 8443", f"use https, {operator}"
    labels = host.split(".")
    if ":" in host or _NUMBER.fullmatch(labels[-1]):
        return "names an IP address instead of a host", f"write the host's name, {operator}"
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return "names no possible host", "write https://HOST/PATH"
    if len(labels) == 1 or any(host == name or host.endswith(f".{name}") for name in _PRIVATE):
        return "names a host that is not public", f"use a public host, {operator}"
    return None


def email_objection(address: str) -> tuple[str, str] | None:
    """What speaks against *address* as an e-mail address, and the remedy; None for nothing."""
    local, at, domain = address.rpartition("@")
    if (
        at
        and len(address) <= 254
        and len(local) <= 64
        and _LOCAL_PART.fullmatch(local)
        and all(_MAIL_LABEL.fullmatch(label) for label in domain.split("."))
    ):
        return None
    return "is not an e-mail address", "write one address such as duty@example.com"
