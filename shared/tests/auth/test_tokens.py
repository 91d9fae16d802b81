"""Tokens: who may be believed, and what happens while the identity provider is away."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from slaclock.auth.roles import Role
from slaclock.auth.tokens import KeysUnavailable, TokenVerifier
from slaclock.auth.unauthenticated import Unauthenticated

RSA = rsa.generate_private_key(65537, 2048)
OTHER_RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
ISSUER = "https://id.example"


class Provider:
    """An identity provider that can go away, and counts who asks."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.keys: list[dict[str, Any]] = [
            _public("rsa", jwt.algorithms.RSAAlgorithm, RSA, "RS256"),
            _public("ec", jwt.algorithms.ECAlgorithm, EC, "ES256"),
            _public("ed", jwt.algorithms.OKPAlgorithm, ED, "EdDSA"),
        ]

    def __call__(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.away:
            raise httpx.ConnectError("away")
        return httpx.Response(200, json={"keys": self.keys})


class Time:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _public(kid: str, algorithm: Any, key: Any, alg: str) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(algorithm.to_jwk(key.public_key()))
    return {**described, "kid": kid, "alg": alg, "use": "sig"}


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def verifier(provider: Provider, time: Time) -> TokenVerifier:
    client = httpx.AsyncClient(transport=httpx.MockTransport(provider))
    return TokenVerifier(
        "https://id.example/keys", audience="slaclock", issuer=ISSUER, now=time, client=client
    )


def claims(**more: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    made = {
        "iss": ISSUER,
        "aud": "slaclock",
        "sub": "u17",
        "tenant": "acme",
        "role": "manager",
        "exp": now + timedelta(minutes=5),
    } | more
    return {name: value for name, value in made.items() if value is not None}


def token(key: Any = RSA, alg: str = "RS256", kid: str | None = "rsa", **more: Any) -> str:
    return jwt.encode(claims(**more), key, alg, headers={"kid": kid} if kid else None)


@pytest.mark.parametrize(
    ("key", "alg", "kid"), [(RSA, "RS256", "rsa"), (EC, "ES256", "ec"), (ED, "EdDSA", "ed")]
)
async def test_a_signed_token_says_who_asks(
    verifier: TokenVerifier, key: Any, alg: str, kid: str
) -> None:
    who = await verifier.principal(token(key, alg, kid))

    assert (who.tenant, who.role, who.name) == ("acme", Role.MANAGER, "u17")


def _unsigned() -> str:
    return jwt.encode(claims(), None, "none", headers={"kid": "rsa"})  # type: ignore[arg-type]


def _signed_with_the_public_key() -> str:
    pem = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def part(raw: bytes) -> bytes:
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    head = part(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "rsa"}).encode())
    body = part(json.dumps(claims(exp=4102444800)).encode())
    signature = part(hmac.digest(pem, head + b"." + body, hashlib.sha256))
    return b".".join((head, body, signature)).decode()


def _cut(text: str) -> str:
    head, body, signature = text.split(".")
    flipped = ("A" if signature[9] != "A" else "B").join((signature[:9], signature[10:]))
    return f"{head}.{body}.{flipped}"


PAST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        pytest.param(lambda: "", "token.malformed", id="empty"),
        pytest.param(lambda: "a.b.c", "token.malformed", id="no token"),
        pytest.param(lambda: "x" * 9000, "token.malformed", id="far too long"),
        pytest.param(lambda: "ä.ö.ü", "token.malformed", id="not ASCII"),
        pytest.param(_unsigned, "token.algorithm", id="alg none"),
        pytest.param(_signed_with_the_public_key, "token.algorithm", id="HMAC with the public key"),
        pytest.param(lambda: token(OTHER_RSA), "token.invalid", id="another's key"),
        pytest.param(lambda: token(EC, "ES256", "rsa"), "token.signature", id="another kind"),
        pytest.param(lambda: token(kid="unknown"), "token.signature", id="unknown kid"),
        pytest.param(lambda: token(kid=None), "token.signature", id="no kid"),
        pytest.param(lambda: _cut(token()), "token.invalid", id="a bit of the signature"),
        pytest.param(lambda: token(exp=PAST), "token.expired", id="expired"),
        pytest.param(lambda: token(exp=None), "token.claim-missing", id="no expiry"),
        pytest.param(lambda: token(iss=None), "token.claim-missing", id="no issuer"),
        pytest.param(lambda: token(aud=None), "token.claim-missing", id="no audience"),
        pytest.param(lambda: token(sub=None), "token.claim-missing", id="no subject"),
        pytest.param(lambda: token(tenant=None), "token.claim-missing", id="no tenant"),
        pytest.param(lambda: token(role=None), "token.claim-malformed", id="no role"),
        pytest.param(lambda: token(aud="other"), "token.not-for-us", id="another audience"),
        pytest.param(lambda: token(iss="https://e.vil"), "token.not-for-us", id="another issuer"),
        pytest.param(lambda: token(tenant="A B"), "token.claim-malformed", id="malformed tenant"),
        pytest.param(lambda: token(tenant=["acme"]), "token.claim-malformed", id="tenant a list"),
        pytest.param(lambda: token(role="root"), "token.claim-malformed", id="unknown role"),
        pytest.param(lambda: token(role=["admin"]), "token.claim-malformed", id="role a list"),
        pytest.param(
            lambda: token(nbf=datetime(2999, 1, 1, tzinfo=UTC)), "token.invalid", id="not yet valid"
        ),
    ],
)
async def test_bad_tokens_are_refused(
    verifier: TokenVerifier, made: Callable[[], str], code: str
) -> None:
    with pytest.raises(Unauthenticated) as caught:
        await verifier.principal(made())

    assert caught.value.code == code
    assert caught.value.status == 401


async def test_a_minute_of_leeway(verifier: TokenVerifier) -> None:
    just_expired = datetime.now(UTC) - timedelta(seconds=30)

    assert (await verifier.principal(token(exp=just_expired))).tenant == "acme"


async def test_keys_are_fetched_once_in_ten_minutes(
    verifier: TokenVerifier, provider: Provider, time: Time
) -> None:
    for _ in range(3):
        await verifier.principal(token())
    assert provider.asked == 1

    time.now += 601
    await verifier.principal(token())
    assert provider.asked == 2


async def test_old_keys_serve_while_the_provider_is_away(
    verifier: TokenVerifier, provider: Provider, time: Time
) -> None:
    await verifier.principal(token())
    provider.away = True

    time.now += 3600
    assert (await verifier.principal(token())).tenant == "acme"

    time.now += 86_400
    with pytest.raises(KeysUnavailable):
        await verifier.principal(token())


async def test_a_provider_that_never_answered_is_an_outage(
    verifier: TokenVerifier, provider: Provider
) -> None:
    provider.away = True

    with pytest.raises(KeysUnavailable) as caught:
        await verifier.principal(token())

    assert caught.value.status == 503


async def test_unknown_keys_ask_once_a_minute_only(
    verifier: TokenVerifier, provider: Provider, time: Time
) -> None:
    await verifier.principal(token())

    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await verifier.principal(token(kid="unknown"))
    assert provider.asked == 1

    time.now += 61
    with pytest.raises(Unauthenticated):
        await verifier.principal(token(kid="unknown"))
    assert provider.asked == 2


async def test_a_rotated_key_is_found(
    verifier: TokenVerifier, provider: Provider, time: Time
) -> None:
    await verifier.principal(token())
    provider.keys = [_public("new", jwt.algorithms.RSAAlgorithm, OTHER_RSA, "RS256")]

    time.now += 61

    assert (await verifier.principal(token(OTHER_RSA, kid="new"))).tenant == "acme"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(httpx.Response(500), id="failure"),
        pytest.param(httpx.Response(200, text="<html>"), id="no JSON"),
        pytest.param(httpx.Response(200, json=[]), id="a list"),
        pytest.param(httpx.Response(200, json={"keys": []}), id="no keys"),
        pytest.param(httpx.Response(200, json={"keys": [{"kty": "oct", "k": "AA"}]}), id="secrets"),
        pytest.param(httpx.Response(200, json={"keys": [3]}), id="numbers"),
    ],
)
async def test_an_answer_that_is_no_key_set_is_no_key_set(answer: httpx.Response) -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer))
    verifier = TokenVerifier("https://id.example", audience="slaclock", client=client)

    with pytest.raises((KeysUnavailable, Unauthenticated)):
        await verifier.principal(token())
