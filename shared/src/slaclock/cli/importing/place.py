"""Where an import goes: the platform, and the tenant's identity on its bus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any, Final

from slaclock.auth.roles import Role
from slaclock.cli.exits import NotReachable
from slaclock.cli.platform import Platform
from slaclock.errors import Refusal
from slaclock.home import Home
from slaclock.messaging.connection import NatsAccess
from slaclock.settings import PlatformSettings

__all__ = ["TENANT_MAKERS", "helpdesk_of", "platform_of"]

TENANT_MAKERS: Final = "slaclock.tenants"
"""Entry point group of the embedded platform: `ensure(home, tenant) -> credentials`."""

EnsureTenant = Callable[[Home, str], Mapping[str, Any]]


class NoIdentity(Refusal):
    """Nothing says who we are on the bus."""

    code = "credential.missing"


def platform_of(tenant: str) -> Platform:
    """The platform, seen by an administrator of *tenant*; a local one makes a missing tenant.

    Raises:
        NotReachable: no platform runs.
        Refusal: it is remote, and nothing says who is asking.
    """
    settings = PlatformSettings.load()
    home = Home(settings.home)
    runtime = home.runtime()
    is_local = settings.url is None and settings.api_key is None
    if is_local and runtime is not None and runtime.is_alive and home.credentials(tenant) is None:
        for point in entry_points(group=TENANT_MAKERS):
            ensure: EnsureTenant = point.load()
            ensure(home, tenant)
    return Platform.find(Role.ADMIN, tenant=tenant, settings=settings)


def helpdesk_of(platform: Platform, settings: PlatformSettings | None = None) -> NatsAccess:
    """The tenant's helpdesk identity, from the home of a local platform or the environment.

    Raises:
        NotReachable: nothing says where the broker is.
        NoIdentity: nothing says who we are there.
    """
    settings = settings or PlatformSettings.load()
    if platform.nats_url is None:
        raise NotReachable("nothing says where the broker is; set SLACLOCK_NATS_URL")
    known = platform.nats.get("helpdesk")
    if known:
        return NatsAccess(platform.nats_url, known["user"], known["password"])
    if settings.nats_credentials is None:
        raise NoIdentity(
            "nothing says who we are on the bus; set SLACLOCK_NATS_CREDENTIALS to the tenant's "
            'helpdesk identity, {"user": "...", "password": "..."} or the path of such a file'
        )
    try:
        return NatsAccess.read(platform.nats_url, settings.nats_credentials.get_secret_value())
    except (OSError, ValueError) as error:
        raise NoIdentity(f"SLACLOCK_NATS_CREDENTIALS cannot be used: {error}") from error
