"""Every `SLACLOCK_*` variable of the platform, typed, with errors that name the remedy.

Secrets never show in `repr`, logs or errors. No `.env` file is read: what is not in the
environment is not set, and a variable set to nothing counts as not set.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from slaclock.contracts.faults import fault_of
from slaclock.errors import Fault, Refusal

__all__ = ["InvalidSettings", "LogLevel", "PlatformSettings", "TimerBackend"]

PREFIX: Final = "SLACLOCK_"
_SECRET: Final = re.compile(r"credential|database_url|redis_url|smtp_url|api_key$")
_IDENTITY: Final = 'set it to {"user": "...", "password": "..."}, or to a file that holds it'
_HOST: Final = re.compile(r"[a-z0-9_.:\[\]*-]{1,253}")


class InvalidSettings(Refusal):
    """One or more environment variables cannot be used; `faults` lists each."""

    code = "settings.invalid"


class TimerBackend(StrEnum):
    """What wakes ticket clocks; see `PlatformSettings.timer_backend`."""

    AUTO = "auto"
    POLLING = "polling"
    JETSTREAM = "jetstream"
    TEMPORAL = "temporal"


class LogLevel(StrEnum):
    """Least severity that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _url(*schemes: str, remedy: str) -> AfterValidator:
    """Text that begins with one of *schemes* and names a host (or a socket directory)."""

    def check(value: SecretStr | str) -> SecretStr | str:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        try:
            parts = urlsplit(text)
            _ = parts.port  # the property raises for a port that is none
        except ValueError as error:
            raise ValueError(f"not a URL ({error}); {remedy}") from error
        if parts.scheme not in schemes or not (parts.netloc or parts.query):
            raise ValueError(f"not a URL beginning with {' or '.join(schemes)}://; {remedy}")
        return value

    return AfterValidator(check)


def _hosts(value: object) -> object:
    """Comma-separated host names, in lower case."""
    if isinstance(value, str):
        value = [part.strip().lower() for part in value.split(",") if part.strip()]
    if isinstance(value, list | tuple | set | frozenset):
        for host in value:
            if not isinstance(host, str) or not _HOST.fullmatch(host):
                raise ValueError(
                    f"not a host name: {str(host)[:60]!r}; list hosts such as sink.example, "
                    "without scheme or path, separated by commas"
                )
    return value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


_DATABASE = _url(
    "postgresql", "postgres", remedy="use postgresql://USER@HOST/DATABASE or ...?host=SOCKET_DIR"
)
DatabaseUrl = Annotated[SecretStr, _DATABASE]
HttpUrl = Annotated[str, _url("http", "https", remedy="use https://HOST/PATH")]


class PlatformSettings(BaseSettings):
    """The environment of one process. Build it with `PlatformSettings.load()`.

    Attributes:
        home: directory of the embedded runtime's files.
        http_port: TCP port; 0 picks a free one.
        nats_url: the server, or any server of the cluster.
        nats_credentials: identity of this process on the bus: JSON `{"user", "password"}`, or
            the path of a file that holds it.
        redis_url: a cache; nothing needs it.
        temporal_address: `host:port` of a Temporal frontend.
        temporal_namespace: there, of this installation alone.
        timer_backend: `auto` is `temporal` where `temporal_address` is set, else `polling`.
        url: where a running platform answers, for commands and clients.
        api_key: credential of commands and clients.
        api_keys_file: hashes of the keys that services accept (see `slaclock.auth.keys`).
        jwks_url: public keys of the identity provider whose tokens services accept.
        jwt_issuer: the `iss` that tokens must carry; any when None.
        jwt_audience: the `aud` that tokens must carry.
        smtp_url: where e-mail is handed over, `smtp://user:password@host:port`.
        webhook_allow: hosts that webhooks may reach although they are not public https.
        log_level: least severity logged.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, env_file=None
    )

    home: Path = Path(".slaclock")
    http_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    nats_url: Annotated[str, _url("nats", "tls", "ws", "wss", remedy="use nats://HOST:4222")] = (
        "nats://127.0.0.1:4222"
    )
    nats_credentials: SecretStr | None = None
    calendar_database_url: DatabaseUrl | None = None
    sla_database_url: DatabaseUrl | None = None
    ticket_clock_database_url: DatabaseUrl | None = None
    escalation_database_url: DatabaseUrl | None = None
    dashboard_database_url: DatabaseUrl | None = None
    redis_url: (
        Annotated[SecretStr, _url("redis", "rediss", "unix", remedy="use redis://HOST:6379/0")]
        | None
    ) = None
    temporal_address: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\[\]:-]+:[0-9]{1,5}$")] | None = (
        None
    )
    temporal_namespace: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{2,255}$")] = "default"
    timer_backend: Annotated[TimerBackend, BeforeValidator(_lower)] = TimerBackend.AUTO
    url: HttpUrl | None = None
    api_key: SecretStr | None = None
    api_keys_file: Path | None = None
    jwks_url: HttpUrl | None = None
    jwt_issuer: str | None = None
    jwt_audience: str = "slaclock"
    smtp_url: Annotated[SecretStr, _url("smtp", "smtps", remedy="use smtp://HOST:25")] | None = None
    webhook_allow: Annotated[frozenset[str], NoDecode, BeforeValidator(_hosts)] = frozenset()
    log_level: Annotated[LogLevel, BeforeValidator(_lower)] = LogLevel.INFO

    @classmethod
    def load(cls, **values: Any) -> Self:
        """From the environment; *values* win over it (tests, command line).

        Raises:
            InvalidSettings: lists every variable that cannot be used.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            raise InvalidSettings(faults=[_fault(found) for found in error.errors()]) from None

    def database_url(self, service: str) -> str:
        """The DSN of *service* (`ticket-clock` or `ticket_clock`).

        Raises:
            InvalidSettings: the variable is not set.
        """
        name = f"{service.replace('-', '_')}_database_url"
        found: SecretStr | None = getattr(self, name, None)
        if found is None:
            raise missing(name, "set it to postgresql://USER@HOST/DATABASE")
        return found.get_secret_value()

    def nats_identity(self) -> str | None:
        """`nats_credentials` as JSON text, for `NatsAccess.read`; None where it is not set.

        Raises:
            InvalidSettings: neither JSON with user and password, nor a file that holds it.
        """
        if self.nats_credentials is None:
            return None
        text = self.nats_credentials.get_secret_value().strip()
        try:
            if not text.startswith(("{", "[")):
                text = Path(text).read_text(encoding="utf-8")
            found = json.loads(text)
            identity = {name: str(found[name]) for name in ("user", "password")}
        except OSError as error:
            reason = f"names a file that cannot be read: {error.strerror}"
            raise missing("nats_credentials", _IDENTITY, reason) from None
        except (ValueError, KeyError, TypeError):
            # Not even as a cause: an error of the JSON parser repeats the text.
            raise missing("nats_credentials", _IDENTITY, "is no identity on the bus") from None
        return json.dumps(identity)

    @property
    def chosen_timer_backend(self) -> TimerBackend:
        """`timer_backend` with `auto` resolved."""
        if self.timer_backend is not TimerBackend.AUTO:
            return self.timer_backend
        return TimerBackend.TEMPORAL if self.temporal_address else TimerBackend.POLLING


def variable(field: str) -> str:
    """The environment variable behind the attribute *field*."""
    return PREFIX + field.upper()


def missing(field: str, remedy: str, reason: str = "is not set") -> InvalidSettings:
    """The refusal for a variable that is needed here and not set, or leads nowhere."""
    name = variable(field)
    return InvalidSettings(faults=[Fault(name, None, reason, remedy, code="settings.missing")])


def _fault(found: Mapping[str, Any]) -> Fault:
    field = str(found["loc"][0]) if found["loc"] else ""
    fault = fault_of(found, variable(field))
    value = "(hidden)" if _SECRET.search(field) else fault.value
    remedy = f"{fault.remedy}, or unset {variable(field)}"
    return Fault(variable(field), value, fault.message, remedy, "settings.malformed")
