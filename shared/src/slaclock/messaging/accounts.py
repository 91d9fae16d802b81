"""Who may connect to the bus: the users of the server's configuration, made from the topology."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from slaclock.messaging.topology import (
    OUTSIDERS,
    SERVICES,
    Permissions,
    outside_permissions,
    provisioner_permissions,
    service_permissions,
)

PROVISIONER = "provisioner"


@dataclass(frozen=True, slots=True)
class BusUser:
    """One user of the account that holds the streams.

    Attributes:
        name: an identity: `provisioner`, a service, or `<tenant>.<kind>` for an outside system.
        password: never shown; a bcrypt hash is taken as one by the server.
        permissions: None: everything (tests only).
    """

    name: str
    password: str = field(repr=False)
    permissions: Permissions | None

    def as_config(self) -> dict[str, object]:
        """The server's words for this user."""
        config: dict[str, object] = {"user": self.name, "password": self.password}
        if self.permissions is not None:
            permissions: dict[str, object] = {
                "publish": {"allow": list(self.permissions.publish)},
                "subscribe": {"allow": list(self.permissions.subscribe)},
            }
            if self.permissions.answers:
                permissions["allow_responses"] = {"max": 1, "expires": "1m"}
            config["permissions"] = permissions
        return config


def identity_permissions(identity: str) -> Permissions:
    """The least that *identity* needs.

    Raises:
        ValueError: it is no provisioner, service or `<tenant>.<kind>`.
    """
    if identity == PROVISIONER:
        return provisioner_permissions()
    tenant, dot, kind = identity.rpartition(".")
    if dot and kind in OUTSIDERS:
        return outside_permissions(kind, tenant)
    return service_permissions(identity)


def platform_identities() -> tuple[str, ...]:
    """The provisioner and every service."""
    return (PROVISIONER, *SERVICES)


def outside_identities(tenant: str) -> tuple[str, ...]:
    """The outside systems of *tenant*."""
    return tuple(f"{tenant}.{kind}" for kind in OUTSIDERS)


def users(passwords: Mapping[str, str]) -> list[BusUser]:
    """A user with least privilege for each identity of *passwords*."""
    return [
        BusUser(identity, password, identity_permissions(identity))
        for identity, password in passwords.items()
    ]


def render_accounts(members: Iterable[BusUser]) -> str:
    """The `accounts` part of a server's configuration. Nobody enters without a user.

    JSON is a part of NATS' configuration language, so no name or password can break out of it.
    """
    accounts = {
        "SYS": {"users": []},
        "SLA": {"jetstream": "enabled", "users": [member.as_config() for member in members]},
    }
    return f"accounts: {json.dumps(accounts, indent=1)}\nsystem_account: SYS\n"
