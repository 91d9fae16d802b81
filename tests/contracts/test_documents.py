"""The committed schemas and the AsyncAPI document are what the code says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from slaclock.contracts.export import documents, main, write
from slaclock.contracts.schemas import asyncapi

DOCS = Path(__file__).parents[2] / "docs"
REMEDY = "run: python -m slaclock.contracts.export docs"


def test_committed_documents_are_current() -> None:
    for name, text in documents():
        assert (DOCS / name).read_text(encoding="utf-8") == text, f"{name} is stale; {REMEDY}"


def test_no_schema_is_committed_that_no_code_makes() -> None:
    wanted = {name for name, _ in documents()}
    found = {f"schemas/{path.name}" for path in (DOCS / "schemas").glob("*")}
    assert found == wanted - {"asyncapi.json"}, REMEDY


def test_writing_removes_what_is_gone(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "schemas" / "sla.old.v1.json").write_text("{}")
    assert main([str(tmp_path)]) == 0
    assert not (tmp_path / "schemas" / "sla.old.v1.json").exists()


def test_the_command_wants_one_directory(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_the_asyncapi_document_has_the_shape_of_version_3() -> None:
    document = json.loads(json.dumps(asyncapi()))
    ApplicationSchema.model_validate(document)
    assert document["asyncapi"] == "3.0.0"


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi()
    references = list(_references(document))
    assert references
    for reference in references:
        if reference.startswith("#/"):
            _follow(document, reference)
        else:
            assert (DOCS / reference).is_file(), reference


def _references(value: Any) -> Any:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for key, inner in value.items():
            if key != "examples":
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _follow(document: Any, reference: str) -> None:
    for step in reference.removeprefix("#/").split("/"):
        document = document[step]
