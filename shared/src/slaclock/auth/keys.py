"""API keys: minted here, kept as hashes in a file, looked up by their id.

A key reads `slak_<env>_<id8>_<43 characters>` and is shown once. The file holds the SHA-256 of the
whole key; services read it again when it changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from slaclock.auth.roles import Principal, Role
from slaclock.errors import Fault, Refusal
from slaclock.files import replace_file
from slaclock.tenancy import tenant

__all__ = ["InvalidKeysFile", "KeyRecord", "mint", "read_keys", "write_keys"]

_KEY: Final = re.compile(r"slak_([a-z0-9]{1,16})_([a-z0-9]{8})_([A-Za-z0-9_-]{43})")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_ENVIRONMENT: Final = re.compile(r"[a-z0-9]{1,16}")
_ID_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_SCHEMA: Final = "slaclock.api-keys/1"


class InvalidKeysFile(Refusal):
    """The file of API keys cannot be used."""

    code = "keys.malformed"


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is kept of a key: everything but the key.

    Attributes:
        key_id: the eight characters in the key.
        sha256: of the whole key, in lower-case hex.
        tenant: whose data the key opens.
        role: what it may do there.
        name: for people.
        expires_at: aware instant from which it is refused; never when None.

    Raises:
        MalformedTenant, ValueError: a value that no record can have.
    """

    key_id: str
    sha256: str
    tenant: str
    role: Role
    name: str
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        tenant(self.tenant)
        if not _DIGEST.fullmatch(self.sha256):
            raise ValueError("sha256 is not 64 lower-case hex digits")
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise ValueError("expires_at needs an offset")

    def opens_with(self, key: str) -> bool:
        """Whether *key* is this key; takes equally long for any."""
        found = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
        return hmac.compare_digest(found, self.sha256)

    def principal(self) -> Principal:
        """Who asks with this key."""
        return Principal(self.tenant, self.role, f"key:{self.key_id}")


def key_id_of(text: str) -> str | None:
    """The id within an API key; None where *text* is no API key."""
    found = _KEY.fullmatch(text)
    return found[2] if found else None


def looks_like_key(text: str) -> bool:
    """Whether *text* was meant to be an API key (and not a token)."""
    return text.startswith("slak_")


def mint(
    of_tenant: str,
    role: Role,
    *,
    name: str = "",
    environment: str = "local",
    expires_at: datetime | None = None,
) -> tuple[str, KeyRecord]:
    """A new key, to be shown once, and the record to keep.

    Raises:
        MalformedTenant: *of_tenant* cannot name a tenant.
        ValueError: *environment* is not 1 to 16 of a-z and 0-9, or *expires_at* is naive.
    """
    if not _ENVIRONMENT.fullmatch(environment):
        raise ValueError(f"the environment is 1 to 16 of a-z and 0-9, not {environment!r}")
    key_id = "".join(secrets.choice(_ID_LETTERS) for _ in range(8))
    key = f"slak_{environment}_{key_id}_{secrets.token_urlsafe(32)}"
    digest = hashlib.sha256(key.encode()).hexdigest()
    return key, KeyRecord(key_id, digest, of_tenant, role, name or role, expires_at)


def read_keys(path: Path) -> Mapping[str, KeyRecord]:
    """The records of the file *path* by key id; none where the file does not exist.

    Raises:
        InvalidKeysFile: it is not such a file; names the entry and the remedy.
    """
    try:
        content = json.loads(path.read_bytes())
        rows = list(content["keys"])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidKeysFile(
            f"{path} is not a file of API keys ({error}); `slaclock tenant add` writes one"
        ) from error
    return {record.key_id: record for record in map(_record, rows)}


def _record(row: Mapping[str, Any]) -> KeyRecord:
    try:
        expires = row.get("expires_at")
        return KeyRecord(
            key_id=str(row["id"]),
            sha256=row["sha256"],
            tenant=row["tenant"],
            role=Role(row["role"]),
            name=str(row.get("name") or row["role"]),
            expires_at=datetime.fromisoformat(expires) if expires else None,
        )
    except (Refusal, KeyError, ValueError, TypeError, AttributeError) as error:
        shown = row.get("id") if isinstance(row, Mapping) else row
        raise InvalidKeysFile(
            faults=[Fault("keys", shown, f"not an API key's record ({error})", "mint the key anew")]
        ) from error


def write_keys(path: Path, records: Iterable[KeyRecord], *, keep: bool = True) -> None:
    """Add *records* to the file *path*, which is replaced as a whole (mode 0600).

    Args:
        path: created where it is missing, with its directory.
        records: new ones; one with a known id replaces it.
        keep: whether what the file holds stays; else the file holds *records* only.

    Raises:
        InvalidKeysFile: the present file cannot be read.
        OSError: the directory cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        known = dict(read_keys(path)) if keep else {}
        known |= {record.key_id: record for record in records}
        rows = [
            {
                "id": record.key_id,
                "sha256": record.sha256,
                "tenant": record.tenant,
                "role": record.role.value,
                "name": record.name,
                "expires_at": record.expires_at.isoformat() if record.expires_at else None,
            }
            for record in known.values()
        ]
        replace_file(path, json.dumps({"schema": _SCHEMA, "keys": rows}, indent=1) + "\n")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two writers one after the other; the lock is a file of its own, for *path* is replaced."""
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
