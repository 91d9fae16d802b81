"""Identities of a local platform: of its parts, and of its tenants' people and systems."""

from __future__ import annotations

import fcntl
import hashlib
import json
import secrets
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from slaclock.auth.keys import KeyRecord, key_id_of, mint, read_keys, write_keys
from slaclock.auth.roles import Role
from slaclock.cli.exits import NotReachable
from slaclock.embedded.process import wait_until
from slaclock.messaging.accounts import platform_identities, render_accounts, users
from slaclock.messaging.topology import OUTSIDERS
from slaclock.tenancy import tenant as checked
from slaclock_local.layout import Layout, write_private

__all__ = ["FIRST_TENANT", "add_tenant", "bus_passwords", "write_accounts"]

FIRST_TENANT: Final = "demo"


def add_tenant(layout: Layout, tenant: str) -> Mapping[str, Any]:
    """Credentials of *tenant* on a local platform, made when it is new; it works at once.

    Repeating it changes nothing and mends what an interrupted call left undone. A platform that
    runs in this home learns of new users without a restart, and no connection is lost.

    Args:
        layout: the home of the platform, which need not run.
        tenant: 1 to 63 of a-z, 0-9 and -.

    Returns:
        `{"tenant", "api_keys": {role: key}, "nats": {kind: {"user", "password"}}}`. Only here and
        in a file with mode 0600 do the keys stand as they are.

    Raises:
        MalformedTenant: *tenant* cannot name one.
        NotReachable: there is no local platform in this home, or its broker did not take the users.
        HomeUnusable: the home cannot be written.
    """
    checked(tenant)
    if not layout.identities_file.exists():
        raise NotReachable(
            f"there is no local platform in {layout.path}; start one with `slaclock up`, "
            "or name its home by SLACLOCK_HOME"
        )
    with layout.usable(), _alone(layout):
        found = layout.home.credentials(tenant)
        if found is None:
            found = _new_credentials(tenant)
            write_private(layout.home.credentials_file(tenant), found)
        _keep_keys(layout, found)
        if write_accounts(layout):
            _reload_bus(layout, found)
    return found


def make_first_credentials(layout: Layout) -> Mapping[str, Any]:
    """Identities of the parts and credentials of the first tenant, made at the first start."""
    with layout.usable(), _alone(layout):
        known = _read(layout, "identities")
        missing = {name for name in platform_identities() if name not in known}
        if missing:
            fresh = {name: secrets.token_urlsafe(32) for name in sorted(missing)}
            write_private(layout.identities_file, {**known, **fresh})
        found = layout.home.credentials()
        if found is None:
            found = _new_credentials(FIRST_TENANT)
            write_private(layout.home.credentials_file(), found)
        _keep_keys(layout, found)
        write_accounts(layout)
    return found


def bus_passwords(layout: Layout) -> Mapping[str, str]:
    """Passwords on the bus, by identity: of the parts, and of all tenants' outside systems."""
    passwords = {str(name): str(word) for name, word in _read(layout, "identities").items()}
    for credentials in _all_credentials(layout):
        passwords |= {user["user"]: user["password"] for user in credentials["nats"].values()}
    return passwords


def write_accounts(layout: Layout) -> bool:
    """Bring the broker's users up to date; whether that changed them."""
    path = layout.nats / "accounts.conf"
    text = render_accounts(users(bus_passwords(layout)))
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    write_private(path, text)
    return True


def _new_credentials(tenant: str) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "api_keys": {role.value: mint(tenant, role)[0] for role in Role},
        "nats": {
            kind: {"user": f"{tenant}.{kind}", "password": secrets.token_urlsafe(32)}
            for kind in OUTSIDERS
        },
    }


def _keep_keys(layout: Layout, credentials: Mapping[str, Any]) -> None:
    """See to it that the services know the hashes of a tenant's keys."""
    known = read_keys(layout.home.keys_file)
    records = [
        KeyRecord(
            key_id=key_id_of(key) or "",
            sha256=hashlib.sha256(key.encode()).hexdigest(),
            tenant=credentials["tenant"],
            role=Role(role),
            name=role,
        )
        for role, key in credentials["api_keys"].items()
    ]
    if missing := [record for record in records if record.key_id not in known]:
        write_keys(layout.home.keys_file, missing)


def _all_credentials(layout: Layout) -> Iterator[Mapping[str, Any]]:
    first = layout.home.credentials()
    if first is not None:
        yield first
    for path in sorted((layout.path / "tenants").glob("*.json")):
        found = layout.home.credentials(path.stem)
        if found is not None and (first is None or found["tenant"] != first["tenant"]):
            yield found


def _reload_bus(layout: Layout, credentials: Mapping[str, Any]) -> None:
    mark = layout.read_processes().get("nats")
    runtime = layout.home.runtime()
    if mark is None or runtime is None or not mark.signal(signal.SIGHUP):
        return  # not running: the next start reads the file
    user = next(iter(credentials["nats"].values()))
    host, _, port = runtime.nats.removeprefix("nats://").rpartition(":")
    if not wait_until(lambda: _admits(host, int(port), user), timeout=20):
        raise NotReachable(
            f"the broker at {runtime.nats} did not take the new users; see {layout.log('nats')}"
        )


def _admits(host: str, port: int, user: Mapping[str, str]) -> bool:
    """Whether the broker lets this user in."""
    hello = {"user": user["user"], "pass": user["password"], "verbose": False, "pedantic": False}
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.recv(4096)  # INFO
            connection.sendall(b"CONNECT " + json.dumps(hello).encode() + b"\r\nPING\r\n")
            return connection.recv(4) == b"PONG"
    except OSError:
        return False


def _read(layout: Layout, name: str) -> Mapping[str, Any]:
    path = layout.path / f"{name}.json"
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """One writer of credentials at a time."""
    with (layout.path / "credentials.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
