"""The examples do what they say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.examples.conftest import EXAMPLES, Place

from sla_service.domain.file import read_agreement
from slaclock.contracts.registry import decode_document

PROGRAMS = sorted(EXAMPLES.glob("[0-9]*"))


async def test_a_ticket_is_opened_answered_and_read(place: Place) -> None:
    code, printed = await place.run("01_publish_an_event.py", "INC/7 ä")
    assert (code, printed) == (0, "INC/7 ä: message 1 of the stream TICKETS\n")

    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    code, printed = await place.run("02_publish_with_curl.sh", "INC-8", "acme")
    assert code == 0, printed
    assert json.loads(printed) == {"accepted": 1, "duplicates": 0, "rejected": []}
    code, printed = await place.run("02_publish_with_curl.sh", "INC-8", "globex")
    assert code != 0
    assert json.loads(printed[printed.index("{") :])["rejected"][0]["code"] == (
        "event.tenant-mismatch"
    )

    key = place.environment["VIEWER"]
    for _ in range(100):
        code, printed = await place.run("03_read_a_ticket.py", "INC/7 ä", SLACLOCK_API_KEY=key)
        if code == 0:
            break
    assert printed == "INC/7 ä is open (P2)\n"


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_a_program_is_listed_and_says_how_to_run_it(program: Path) -> None:
    assert f"`{program.name}`" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert f"examples/{program.name}" in program.read_text(encoding="utf-8")


def test_the_numbers_of_the_programs_have_no_gap() -> None:
    assert [int(path.name[:2]) for path in PROGRAMS] == list(range(1, len(PROGRAMS) + 1))


def test_the_sla_file_can_be_published() -> None:
    agreement = read_agreement(json.loads((EXAMPLES / "servicenow-sla.json").read_bytes()))
    assert agreement.sla_id == "servicenow-incidents"


@pytest.mark.parametrize(
    "file", sorted((EXAMPLES / "contracts").iterdir()), ids=lambda path: path.stem
)
def test_a_commercial_event_is_one_that_the_page_tells_of(file: Path) -> None:
    event = decode_document(json.loads(file.read_bytes()), "demo")
    page = (EXAMPLES.parent / "docs" / "how-to" / "contracts.md").read_text(encoding="utf-8")
    assert f"| `{event.type}` |" in page
    assert f"`examples/contracts/{file.name}`" in page
