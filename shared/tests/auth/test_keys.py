"""API keys: shown once, kept as hashes, read again when the file changes."""

from __future__ import annotations

import json
import os
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from slaclock.auth.keyring import Keyring
from slaclock.auth.keys import InvalidKeysFile, KeyRecord, mint, read_keys, write_keys
from slaclock.auth.roles import Role
from slaclock.auth.unauthenticated import Unauthenticated
from slaclock.tenancy import MalformedTenant

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "api-keys.json"


def test_a_key_has_the_pinned_form() -> None:
    key, record = mint("acme", Role.ADMIN, environment="prod")

    assert re.fullmatch(r"slak_prod_[a-z0-9]{8}_[A-Za-z0-9_-]{43}", key)
    assert key.split("_")[2] == record.key_id
    assert key not in repr(record)


def test_a_minted_key_opens_its_tenant(path: Path) -> None:
    key, record = mint("acme", Role.VIEWER)
    write_keys(path, [record])

    who = Keyring(path).principal(key, NOW)

    assert (who.tenant, who.role, who.name) == ("acme", Role.VIEWER, f"key:{record.key_id}")


def test_the_file_holds_no_key_and_is_private(path: Path) -> None:
    key, record = mint("acme", Role.VIEWER)
    write_keys(path, [record])

    assert key.split("_", 3)[3] not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_writing_keeps_what_is_there(path: Path) -> None:
    first, second = mint("acme", Role.VIEWER)[1], mint("globex", Role.ADMIN)[1]
    write_keys(path, [first])
    write_keys(path, [second])

    assert set(read_keys(path)) == {first.key_id, second.key_id}


def test_a_new_key_is_accepted_without_a_restart(path: Path) -> None:
    # given a service that has read the file
    known, record = mint("acme", Role.VIEWER)
    write_keys(path, [record])
    ring = Keyring(path)
    ring.principal(known, NOW)

    # when another key is added, and the first one withdrawn
    fresh, other = mint("acme", Role.ADMIN)
    write_keys(path, [other], keep=False)

    # then
    assert ring.principal(fresh, NOW).role is Role.ADMIN
    with pytest.raises(Unauthenticated, match="not known"):
        ring.principal(known, NOW)


def test_a_broken_file_keeps_the_keys_known_before(path: Path) -> None:
    key, record = mint("acme", Role.VIEWER)
    write_keys(path, [record])
    ring = Keyring(path)
    ring.principal(key, NOW)

    path.write_text("{")

    assert ring.principal(key, NOW).tenant == "acme"


def test_a_removed_file_withdraws_all_keys(path: Path) -> None:
    key, record = mint("acme", Role.VIEWER)
    write_keys(path, [record])
    ring = Keyring(path)
    ring.principal(key, NOW)

    path.unlink()

    with pytest.raises(Unauthenticated):
        ring.principal(key, NOW)


@pytest.mark.parametrize(
    ("expires_at", "accepted"),
    [
        pytest.param(NOW + timedelta(microseconds=1), True, id="a moment before it expires"),
        pytest.param(NOW, False, id="at the instant"),
        pytest.param(NOW - timedelta(days=1), False, id="later"),
    ],
)
def test_expiry(path: Path, expires_at: datetime, accepted: bool) -> None:
    key, record = mint("acme", Role.VIEWER, expires_at=expires_at)
    write_keys(path, [record])
    ring = Keyring(path)

    if accepted:
        assert ring.principal(key, NOW).tenant == "acme"
    else:
        with pytest.raises(Unauthenticated, match="expired"):
            ring.principal(key, NOW)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda key: key[:-1], id="cut"),
        pytest.param(lambda key: key + "x", id="longer"),
        pytest.param(lambda key: key + "\n", id="newline at the end"),
        pytest.param(lambda key: key.replace("slak_local", "slak_prod"), id="another environment"),
        pytest.param(lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"), id="one letter"),
        pytest.param(lambda key: key.upper(), id="upper case"),
        pytest.param(lambda key: key[:5], id="prefix only"),
        pytest.param(lambda key: "\ud800" + key, id="lone surrogate"),
    ],
)
def test_a_spoilt_key_opens_nothing(path: Path, spoil: object) -> None:
    key, record = mint("acme", Role.VIEWER)
    write_keys(path, [record])

    with pytest.raises(Unauthenticated):
        Keyring(path).principal(spoil(key), NOW)  # type: ignore[operator]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("[]", id="list"),
        pytest.param('{"keys": 1}', id="keys no list"),
        pytest.param('{"keys": ["x"]}', id="entry no object"),
        pytest.param('{"keys": [{"id": "a"}]}', id="entry incomplete"),
        pytest.param(
            json.dumps({"keys": [{"id": "a", "sha256": "0" * 64, "tenant": "A", "role": "admin"}]}),
            id="malformed tenant",
        ),
        pytest.param(
            json.dumps({"keys": [{"id": "a", "sha256": "0" * 64, "tenant": "a", "role": "root"}]}),
            id="unknown role",
        ),
        pytest.param(
            json.dumps({"keys": [{"id": "a", "sha256": "x", "tenant": "a", "role": "admin"}]}),
            id="malformed hash",
        ),
    ],
)
def test_a_malformed_file_says_so(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)

    with pytest.raises(InvalidKeysFile):
        read_keys(path)


def test_no_file_means_no_keys(path: Path) -> None:
    assert read_keys(path) == {}
    with pytest.raises(Unauthenticated):
        Keyring(None).principal(mint("a", Role.VIEWER)[0], NOW)


def test_a_record_is_valid_from_birth() -> None:
    with pytest.raises(MalformedTenant):
        mint("No", Role.VIEWER)
    with pytest.raises(ValueError, match="offset"):
        mint("a", Role.VIEWER, expires_at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="sha256"):
        KeyRecord("a", "zz", "a", Role.VIEWER, "")
    with pytest.raises(ValueError, match="environment"):
        mint("a", Role.VIEWER, environment="no_underscores")


def test_a_failed_write_leaves_the_file_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, record = mint("acme", Role.VIEWER)
    write_keys(path, [record])
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_keys(path, [mint("acme", Role.ADMIN)[1]])

    assert path.read_bytes() == before
    assert {one.name for one in path.parent.iterdir()} == {path.name, path.name + ".lock"}
