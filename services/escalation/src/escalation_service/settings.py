"""Every environment variable of this service, typed, unit in its name."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field

from escalation_service.domain.address import parse_networks
from escalation_service.domain.delivery import Backoff
from escalation_service.domain.endpoint import Allowed
from slaclock.errors import Fault
from slaclock.settings import InvalidSettings, PlatformSettings, variable


def _networks(text: str) -> str:
    try:
        parse_networks(text)
    except ValueError as error:
        raise ValueError(f"{error}; list networks such as 10.96.0.0/12, fd00::/8") from error
    return text


class EscalationSettings(PlatformSettings):
    """The platform's variables and, prefixed `SLACLOCK_ESCALATION_`, those of this service.

    Attributes:
        escalation_settle_seconds: people are told no sooner than this after an announcement was
            heard; a retraction meanwhile cancels the notice.
        escalation_tries: attempts at a delivery before it has failed.
        escalation_retry_first_seconds: pause after the first missed attempt; doubles each time.
        escalation_retry_most_seconds: the longest pause.
        escalation_at_once: deliveries under way in one process; at most half are one tenant's.
        escalation_lease_seconds: after which another sender takes what one has claimed and not
            brought to an end; longer than the slowest attempt (an e-mail may take 60 s), or copies
            go out.
        escalation_mail_from: sender of e-mail; its domain names the messages.
        escalation_webhook_deny: networks that webhooks never reach although they are public.
    """

    escalation_settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 5.0
    escalation_tries: Annotated[int, Field(ge=1, le=100)] = 14
    escalation_retry_first_seconds: Annotated[float, Field(gt=0, le=3600)] = 2.0
    escalation_retry_most_seconds: Annotated[float, Field(gt=0, le=86400)] = 3600.0
    escalation_at_once: Annotated[int, Field(ge=1, le=500)] = 20
    escalation_lease_seconds: Annotated[float, Field(ge=10, le=3600)] = 90.0
    escalation_mail_from: Annotated[str, Field(pattern=r"^[^@\s]+@[A-Za-z0-9.-]+$")] = (
        "slaclock@localhost"
    )
    escalation_webhook_deny: Annotated[str, AfterValidator(_networks)] = ""

    @classmethod
    def of(cls, settings: PlatformSettings) -> Self:
        """*settings* with this service's own variables from the environment.

        Raises:
            InvalidSettings: lists every variable that cannot be used.
        """
        return settings if isinstance(settings, cls) else cls.load(**settings.model_dump())

    @property
    def settle(self) -> timedelta:
        """`escalation_settle_seconds` as an amount of time."""
        return timedelta(seconds=self.escalation_settle_seconds)

    @property
    def lease(self) -> timedelta:
        """`escalation_lease_seconds` as an amount of time."""
        return timedelta(seconds=self.escalation_lease_seconds)

    @property
    def backoff(self) -> Backoff:
        """When missed deliveries are tried again.

        Raises:
            InvalidSettings: the first pause is longer than the longest.
        """
        first = timedelta(seconds=self.escalation_retry_first_seconds)
        most = timedelta(seconds=self.escalation_retry_most_seconds)
        if first > most:
            raise _invalid(
                "escalation_retry_first_seconds",
                first.total_seconds(),
                "is longer than the longest pause",
                "raise SLACLOCK_ESCALATION_RETRY_MOST_SECONDS",
            )
        return Backoff(first, most, self.escalation_tries)

    @property
    def allowed(self) -> Allowed:
        """Hosts that webhooks may reach although they are not public https.

        Raises:
            InvalidSettings: an entry is neither host nor host:port.
        """
        try:
            return Allowed.parse(",".join(sorted(self.webhook_allow)))
        except ValueError as error:
            raise _invalid(
                "webhook_allow", None, str(error), "list hosts such as sink.example:8443"
            ) from error


def _invalid(field: str, value: object, message: str, remedy: str) -> InvalidSettings:
    return InvalidSettings(faults=[Fault(variable(field), value, message, remedy)])
