"""The files of an embedded platform: where they are, and what they say."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slaclock.errors import Refusal
from slaclock.tenancy import tenant

__all__ = ["Home", "MalformedHome", "Runtime"]


class MalformedHome(Refusal):
    """A file of the home cannot be read as what it should be."""

    code = "home.malformed"


@dataclass(frozen=True, slots=True)
class Runtime:
    """A platform that has started here.

    Attributes:
        http: base URL of its front listener.
        nats: URL of its broker.
        pid: of its process.
        temporal: `host:port` of its Temporal server; None where it runs without.
    """

    http: str
    nats: str
    pid: int
    temporal: str | None = None

    def document(self) -> dict[str, Any]:
        """As the runtime file holds it."""
        found = {"http": self.http, "nats": self.nats, "pid": self.pid}
        return found if self.temporal is None else {**found, "temporal": self.temporal}

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs; a crash leaves the file behind."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # somebody else's process: it runs
            return True
        return True


@dataclass(frozen=True, slots=True)
class Home:
    """The directory named by `SLACLOCK_HOME`."""

    path: Path

    @property
    def runtime_file(self) -> Path:
        """Written once the platform is ready, removed when it stops."""
        return self.path / "runtime.json"

    @property
    def keys_file(self) -> Path:
        """Hashes of all tenants' API keys."""
        return self.path / "api-keys.json"

    def credentials_file(self, of_tenant: str | None = None) -> Path:
        """Credentials of a tenant; of the first one when None.

        Raises:
            MalformedTenant: *of_tenant* cannot name a tenant.
        """
        if of_tenant is None:
            return self.path / "credentials.json"
        return self.path / "tenants" / f"{tenant(of_tenant)}.json"

    def runtime(self) -> Runtime | None:
        """What runs here, or ran until it crashed; None where the file is missing.

        Raises:
            MalformedHome: the file says something else.
        """
        found = self._read(self.runtime_file)
        if found is None:
            return None
        try:
            temporal = found.get("temporal")
            return Runtime(
                str(found["http"]),
                str(found["nats"]),
                int(found["pid"]),
                None if temporal is None else str(temporal),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise _malformed(self.runtime_file, error) from error

    def credentials(self, of_tenant: str | None = None) -> Mapping[str, Any] | None:
        """The credentials of a tenant, of the first one when None; None where there are none.

        Raises:
            MalformedHome: the file says something else.
        """
        first = self._read(self.credentials_file())
        if of_tenant is None or (first and first.get("tenant") == of_tenant):
            return first
        return self._read(self.credentials_file(of_tenant))

    def _read(self, path: Path) -> Mapping[str, Any] | None:
        try:
            found = json.loads(path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise _malformed(path, error) from error
        if not isinstance(found, dict):
            raise _malformed(path, "not an object")
        return found


def _malformed(path: Path, reason: object) -> MalformedHome:
    return MalformedHome(f"{path} cannot be used ({reason}); remove it and start the platform anew")
