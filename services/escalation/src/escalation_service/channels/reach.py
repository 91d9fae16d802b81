"""Names to addresses, once per attempt: what was checked is what is connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from escalation_service.domain.address import Address, Network, is_public, parse_address
from escalation_service.domain.endpoint import Allowed, Endpoint, RefusedEndpoint

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""A host and port to the addresses of all its answers, in the resolver's order."""

_AT_MOST = 32
"""Answers taken into account; more are an attack or a mistake."""


async def system_resolve(host: str, port: int) -> list[str]:
    """What the operating system's resolver answers.

    Raises:
        OSError: the name does not resolve.
    """
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


@dataclass(frozen=True, slots=True)
class Reach:
    """What webhooks may reach.

    Attributes:
        allowed: hosts that may be called although they are not public https.
        denied: networks that may not, although they are public: the cluster's own.
        resolve: names to addresses.
    """

    allowed: Allowed = field(default_factory=Allowed)
    denied: tuple[Network, ...] = ()
    resolve: Resolve = system_resolve

    async def addresses(self, endpoint: Endpoint) -> list[Address]:
        """Where *endpoint* may be connected to; never empty.

        Raises:
            RefusedEndpoint: one of the answers is not public, and the host is not trusted.
            OSError: the name does not resolve.
        """
        if endpoint.literal is not None:
            return [endpoint.literal]
        texts = await self.resolve(endpoint.host, endpoint.port)
        if not texts:
            raise OSError("the name has no address")
        try:
            found = [parse_address(text) for text in texts]
        except ValueError as error:
            raise RefusedEndpoint("the name leads to an address of one link only") from error
        if endpoint.trusted:
            return found
        if len(found) > _AT_MOST or not all(is_public(one, self.denied) for one in found):
            raise RefusedEndpoint("the name leads to an address that is not public")
        return found
