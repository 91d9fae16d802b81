"""The published vectors are current, well formed, and passed: by the kernel and by JavaScript."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.conformance.document import DOCUMENT, PAGE, made, spelled
from tests.conformance.writing import answer, us

from slaclock.business_time import BusinessCalendar, InvalidCalendar, PackagedZones
from slaclock.errors import Refusal
from slaclock.testing.minute_walk import MinuteWalk
from slaclock.testing.worked_cases import CHAPTERS, worked_cases

REMEDY = "run: python -m tests.conformance"
FOLDER = DOCUMENT.parent
WALKABLE_US = 8 * 86_400_000_000


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))
    return found


def test_the_committed_file_is_current() -> None:
    assert DOCUMENT.read_text("utf-8") == spelled(made()), REMEDY


def test_it_is_what_its_schema_says(document: dict[str, Any]) -> None:
    schema = json.loads((FOLDER / "business-time.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)


def test_there_are_many_and_each_has_a_name(document: dict[str, Any]) -> None:
    names = [vector["id"] for vector in document["vectors"]]
    assert len(names) > 1000
    assert len(set(names)) == len(names)
    assert {vector["calendar"] for vector in document["vectors"]} == set(document["calendars"])
    errors = {vector.get("error") for vector in document["vectors"]}
    assert errors == {None, "instant.out-of-range", "calendar.no-business-time"}


def test_the_pages_say_how_many_there_are(document: dict[str, Any]) -> None:
    vectors, cases = len(document["vectors"]), [len(worked_cases(PAGE, name)) for name in CHAPTERS]
    assert f"{vectors} vectors, 0 failed" in (FOLDER / "README.md").read_text("utf-8")
    specification = (FOLDER.parent / "business-time.md").read_text("utf-8")
    assert f"**Vectors**: {vectors:,} of them" in specification
    assert f"**Worked cases**: {sum(cases)} lines" in specification


def test_the_kernel_passes_every_vector_without_tzdata(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> bytes:
        raise AssertionError("the snapshots carry their zones")

    monkeypatch.setattr(PackagedZones, "read", missing)
    calendars = {
        name: BusinessCalendar.from_snapshot(snapshot)
        for name, snapshot in document["calendars"].items()
    }
    for vector in document["vectors"]:
        found: dict[str, Any]
        try:
            found = {"expect": answer(calendars[vector["calendar"]], vector)}
        except Refusal as refusal:
            found = {"error": refusal.code}
        assert {key: vector.get(key) for key in found} == found, vector["id"]


def test_the_kernel_refuses_what_is_to_be_refused(document: dict[str, Any]) -> None:
    for refusal in document["refusals"]:
        with pytest.raises(InvalidCalendar) as refused:
            BusinessCalendar.from_snapshot(refusal["snapshot"])
        faults = [{"field": fault.field, "code": fault.code} for fault in refused.value.faults]
        assert refused.value.code == refusal["error"], refusal["id"]
        assert sorted(map(str, faults)) == sorted(map(str, refusal["faults"])), refusal["id"]


def test_the_oracle_agrees_where_it_can_walk(document: dict[str, Any]) -> None:
    """Real zones and short spans: what it needs tzdata and a minute per step for."""
    walked = 0
    for vector in document["vectors"]:
        snapshot = document["calendars"][vector["calendar"]]
        if vector["op"] not in {"elapsed", "is_open"} or "expect" not in vector:
            continue
        if snapshot["timezone"] == "Test/Zone":
            continue
        step_s = 30 if snapshot["timezone"] == "Africa/Monrovia" else 60
        oracle, start = MinuteWalk(snapshot, step_s=step_s), us(vector["start"])
        if vector["op"] == "is_open":
            assert oracle.is_open(start // 1_000_000) is vector["expect"], vector["id"]
        elif abs(us(vector["end"]) - start) < WALKABLE_US:
            assert oracle.elapsed_us(start, us(vector["end"])) == vector["expect"], vector["id"]
        else:
            continue
        walked += 1
    assert walked > 400


@pytest.mark.node
@pytest.mark.slow
def test_a_second_implementation_passes_every_vector(document: dict[str, Any]) -> None:
    ended = run_example(DOCUMENT)
    assert ended.returncode == 0, ended.stdout
    assert ended.stdout == f"{len(document['vectors'])} vectors, 0 failed\n"


@pytest.mark.node
def test_the_second_implementation_notices_a_wrong_answer(
    document: dict[str, Any], tmp_path: Path
) -> None:
    vectors = [dict(vector) for vector in document["vectors"][:3]]
    vectors[1]["expect"] += 1
    spoilt = tmp_path / "vectors.json"
    spoilt.write_text(json.dumps(document | {"vectors": vectors}), "utf-8")
    ended = run_example(spoilt)
    assert ended.returncode == 1
    assert vectors[1]["id"] in ended.stdout
    assert ended.stdout.endswith("3 vectors, 1 failed\n")


def run_example(vectors: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["node", str(FOLDER / "examples" / "business-time.mjs"), str(vectors)],
        capture_output=True,
        text=True,
        timeout=570,
        check=False,
    )
