"""The webhook channel: signed, to public https addresses only."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

import httpx
import structlog

from escalation_service.channels.reach import Reach
from escalation_service.domain.address import Address
from escalation_service.domain.delivery import Missed, Outcome, Sent
from escalation_service.domain.endpoint import Endpoint, RefusedEndpoint, bracketed, endpoint
from escalation_service.domain.letter import Letter
from escalation_service.domain.signature import signature
from slaclock.contracts.canonical import canonical

log = structlog.get_logger(__name__)

CONNECT_SECONDS: Final = 3.0
TOTAL_SECONDS: Final = 10.0
READ_BYTES: Final = 64 * 1024
_GONE: Final = 410
_ADDRESSES: Final = 2
"""Of a name's addresses, those that are tried."""

SecretOf = Callable[[str], Awaitable[str]]
"""A tenant's signing secret."""


class WebhookChannel:
    """Posts letters as signed JSON.

    Args:
        secret_of: the signing secret of a tenant.
        reach: what may be called.
        clock: UTC, for the timestamp that is signed.
        tls: trusted authorities; the usual ones when None.
    """

    def __init__(
        self,
        secret_of: SecretOf,
        reach: Reach,
        *,
        clock: Callable[[], datetime],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._secret_of, self._reach, self._clock = secret_of, reach, clock
        self._client = httpx.AsyncClient(
            verify=tls or ssl.create_default_context(),
            trust_env=False,  # no proxy, no .netrc
            follow_redirects=False,
            timeout=httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_keepalive_connections=0),  # each attempt checks its address
        )

    async def close(self) -> None:
        """Release connections."""
        await self._client.aclose()

    async def send(self, letter: Letter) -> Outcome:
        """Post once; a 2xx answer is a delivery, whatever it says."""
        deadline = asyncio.get_running_loop().time() + TOTAL_SECONDS
        try:
            where = endpoint(letter.to, self._reach.allowed)
            async with asyncio.timeout(CONNECT_SECONDS):
                addresses = await self._reach.addresses(where)
        except RefusedEndpoint as refusal:
            return Missed(refusal.code, str(refusal), hopeless=True)
        except OSError as error:  # TimeoutError is one
            return Missed("webhook.not-resolved", type(error).__name__)
        secret = await self._secret_of(letter.tenant)
        try:
            async with asyncio.timeout_at(deadline):
                answer = await self._post_to_one(where, addresses, letter, secret)
        except TimeoutError:
            return Missed("webhook.timeout", f"no answer in {TOTAL_SECONDS:g} s", doubtful=True)
        if isinstance(answer, Missed):
            return answer
        await _drain(answer)
        return _meaning(answer.status_code)

    async def _post_to_one(
        self, where: Endpoint, addresses: list[Address], letter: Letter, secret: str
    ) -> httpx.Response | Missed:
        """The first address that can be connected to; only connecting moves on to the next."""
        missed = Missed("webhook.not-reachable", "no address answered")
        for address in addresses[:_ADDRESSES]:
            try:
                return await self._client.send(
                    self._request(where, address, letter, secret), stream=True
                )
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                missed = Missed("webhook.not-reachable", type(error).__name__)
            except httpx.TimeoutException as error:
                return Missed("webhook.timeout", type(error).__name__, doubtful=True)
            except httpx.HTTPError as error:
                return Missed("webhook.interrupted", type(error).__name__, doubtful=True)
        return missed

    def _request(
        self, where: Endpoint, address: Address, letter: Letter, secret: str
    ) -> httpx.Request:
        timestamp = int(self._clock().timestamp())
        body = canonical(letter.document)
        return self._client.build_request(
            "POST",
            f"{where.scheme}://{bracketed(str(address))}:{where.port}{where.target}",
            content=body,
            headers={
                "host": where.authority,
                "content-type": "application/json",
                "accept-encoding": "identity",
                "user-agent": "slaclock-escalation/1",
                "webhook-id": str(letter.id),
                "webhook-timestamp": str(timestamp),
                "webhook-signature": signature(secret, str(letter.id), timestamp, body),
            },
            # The certificate must be the name's, although we connect to the address.
            extensions={"sni_hostname": where.host},
        )


async def _drain(response: httpx.Response) -> None:
    """Read a little, so that a polite server may finish; the status has decided already."""
    read = 0
    try:
        async with asyncio.timeout(1):
            async for piece in response.aiter_raw():
                read += len(piece)
                if read >= READ_BYTES:
                    break
    except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
        log.debug("answer_unfinished", error=type(error).__name__)  # the status has decided
    finally:
        await response.aclose()


def _meaning(status: int) -> Outcome:
    """What a status says. The class is all that is kept: a body could be somebody's secret."""
    if 200 <= status < 300:
        return Sent()
    return Missed(
        f"webhook.status-{status // 100}xx",
        f"the receiver answered with status class {status // 100}xx",
        hopeless=status == _GONE,
    )
