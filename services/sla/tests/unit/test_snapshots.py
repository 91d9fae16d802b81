from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from sla_service.domain.file import read_agreement
from sla_service.domain.snapshot import SealedCalendar, Snapshot, assemble, content_of
from slaclock.business_time import PACKAGED, BusinessCalendar
from slaclock.contracts.canonical import canonical, content_hash

AT = datetime(2026, 3, 1, tzinfo=UTC)


class OtherRelease:
    """The same zones under another name of the release."""

    version = "2099.1"
    names = staticmethod(PACKAGED.names)
    read = staticmethod(PACKAGED.read)


def sealed(document: dict[str, Any], files: Any = PACKAGED) -> dict[str, SealedCalendar]:
    return {
        name: SealedCalendar.inline(one, sla_id="gold", name=name, files=files)
        for name, one in document["calendars"].items()
    }


def snapshot(document: dict[str, Any], version: int = 1) -> Snapshot:
    agreement = read_agreement(document)
    return assemble(agreement, sealed(document), version=version, effective_from=AT)


def test_a_snapshot_carries_its_calendars_by_hash(gold: dict[str, Any]) -> None:
    made = snapshot(gold)
    document = made.document
    assert made.body == canonical(dict(document))
    assert made.hash == content_hash(dict(document))
    assert (document["version"], document["effective_from"]) == (1, "2026-03-01T00:00:00Z")
    (name,) = document["calendar_snapshots"]
    assert document["calendars"] == {"office": {"hash": name, "calendar_id": None, "version": None}}
    inside = document["calendar_snapshots"][name]
    assert content_hash(inside) == name
    assert inside["zone"]["name"] == "Europe/London"
    assert BusinessCalendar.from_snapshot(inside).timezone == "Europe/London"


def test_the_same_file_always_gives_the_same_snapshot(gold: dict[str, Any]) -> None:
    other = {key: gold[key] for key in reversed(gold)}
    assert snapshot(other).body == snapshot(copy.deepcopy(gold)).body
    assert snapshot(gold, version=2).hash != snapshot(gold).hash


def test_content_is_what_it_means(gold: dict[str, Any]) -> None:
    agreement = read_agreement(gold)
    first = content_of(agreement, sealed(gold))
    assert first == content_of(agreement, sealed(gold, OtherRelease()))
    gold["calendars"]["office"]["windows"][0]["end"] = "18:00"
    assert first != content_of(read_agreement(gold), sealed(gold))
