"""The API keys in force: the keys file, read again when it changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import structlog

from slaclock.auth.keys import InvalidKeysFile, KeyRecord, key_id_of, read_keys
from slaclock.auth.roles import Principal
from slaclock.auth.unauthenticated import Unauthenticated

__all__ = ["Keyring"]

log = structlog.get_logger(__name__)


class Keyring:
    """Knows who a key belongs to.

    A file that cannot be read keeps the keys known before, with an error in the log; a file that
    is gone withdraws all keys.

    Args:
        path: the keys file; no key is accepted when None.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: Mapping[str, KeyRecord] = {}

    def principal(self, key: str, now: datetime) -> Principal:
        """Who asks with *key*.

        Raises:
            Unauthenticated: nobody: malformed, unknown or expired at *now*.
        """
        key_id = key_id_of(key)
        if key_id is None:
            raise Unauthenticated(
                "key.malformed", "not an API key; send one whole, as it was shown"
            )
        self._refresh()
        record = self._keys.get(key_id)
        if record is None or not record.opens_with(key):
            raise Unauthenticated("key.unknown", "this API key is not known; ask for a new one")
        if record.expires_at is not None and record.expires_at <= now:
            raise Unauthenticated("key.expired", "this API key has expired; ask for a new one")
        return record.principal()

    def _refresh(self) -> None:
        if self._path is None:
            return
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._seen, self._keys = None, {}
            return
        seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._keys = read_keys(self._path)
        except InvalidKeysFile as broken:
            log.error("keys_file_unusable", path=str(self._path), reason=str(broken))  # noqa: TRY400 - the reason says it all
