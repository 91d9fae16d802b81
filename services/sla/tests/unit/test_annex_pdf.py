from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import pypdf
import pytest

from sla_service.domain.annex.annex import annex_of
from sla_service.domain.annex.blocks import Command
from sla_service.typesetting import pdf
from sla_service.typesetting.pdf import NotInTime, TooLongForPdf, pdf_of
from slaclock.contracts.canonical import canonical

from .annexes import ENTRY, annex, sealed


def test_the_file_is_tagged_titled_and_carries_its_snapshot(platinum: dict[str, Any]) -> None:
    platinum["name"] = "Платина Ελλάδα Łódź 中文"
    platinum["roles"]["duty"]["recipients"] = [{"person": "W" * 200}]
    made = annex(platinum, ENTRY)
    body = pdf_of(made)
    assert pdf_of(made) == body  # byte for byte
    found = pypdf.PdfReader(io.BytesIO(body))
    root: Any = found.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
    assert "/StructTreeRoot" in root
    assert found.metadata is not None
    assert found.metadata.title == "Annex to contract C-17: service levels"
    assert found.attachments == {"snapshot.json": [made.original]}
    pages = [page.extract_text() for page in found.pages]
    for number, page in enumerate(pages, start=1):
        assert made.hash in page
        assert f"Page {number} of {len(pages)}" in page
    assert "Платина Ελλάδα Łódź ⟨U+4E2D⟩⟨U+6587⟩" in " ".join(pages[0].split())
    for section in made.sections:
        for block in section.blocks:
            if isinstance(block, Command):
                assert block.content in "\n".join(pages)
                assert "  " not in block.content, "some readers make one blank of two"
    copied = "".join("".join(pages).split())
    assert copied.isprintable(), "what people copy is what was written"
    assert "W" * 200 in copied
    assert not any("W" * 60 in line for page in pages for line in page.split("\n")), "it fits"
    marks = [str(one["/Title"]) for one in found.outline if not isinstance(one, list)]
    assert marks[:2] == ["1  Parties and validity", "2  Service levels"]


def test_every_character_that_the_fonts_are_said_to_have_is_there(gold: dict[str, Any]) -> None:
    """Both standards refuse a file with a character that its fonts cannot show."""
    points = [
        chr(one)
        for first, last in zip(pdf._COVERED[::2], pdf._COVERED[1::2], strict=True)
        for one in range(first, last)
        if not chr(one).isspace()
    ]
    names = ["".join(points[at : at + 190]) for at in range(0, len(points), 190)]
    gold["roles"] = {
        f"r{place}": {"recipients": [{"person": name}]} for place, name in enumerate(names)
    }
    assert len(points) > 4000
    assert pdf_of(annex(gold)).startswith(b"%PDF-1.7")


@pytest.mark.parametrize(
    "since", ["1970-01-01T00:00:00Z", "2026-03-01T09:00:00.123456Z", "2200-01-01T00:00:00Z"]
)
def test_a_version_may_hold_from_any_instant(since: str, gold: dict[str, Any]) -> None:
    document = {**sealed(gold).document, "effective_from": since}
    made = annex_of(canonical(document), tenant="acme", release="1.2.3")
    assert pdf_of(made).startswith(b"%PDF-")


def test_what_nobody_would_print_is_refused(
    gold: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "MOST_CELLS", 10)
    with pytest.raises(TooLongForPdf, match="take the HTML"):
        pdf_of(annex(gold))


def test_a_process_that_the_kernel_ends_is_no_fault_of_ours(
    gold: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does where memory runs out."""
    ended = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    run = subprocess.run
    monkeypatch.setattr(
        subprocess, "run", lambda _, **more: run((sys.executable, "-c", ended), **more)
    )
    with pytest.raises(NotInTime, match="take the HTML"):
        pdf_of(annex(gold))
