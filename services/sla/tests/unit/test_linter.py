"""The linter as a whole: one answer for a file, a page for its codes, and no exceptions."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sla_service.domain.linter import CATALOGUE, as_markdown

from .linting import EVERY_KEY, ROOT, credit, findings_of, sound, target


def test_all_findings_come_at_once_and_parts_with_faults_are_not_judged() -> None:
    document = sound()
    credit(document, cap="7.50")
    target(document, 0, minutes=300)
    document["reopen"]["next_reply"] = "resume"
    assert {one.code for one in findings_of(document)} == {
        "sla.response-longer-than-resolution",
        "sla.credit-cap-below-tier",
        "sla.reopen-cannot-resume",
    }
    document["targets"][2]["minutes"] = "soon"
    assert {one.code for one in findings_of(document)} == {"sla.credit-cap-below-tier"}


def test_codes_are_unique_and_the_page_is_made_from_the_catalogue() -> None:
    """Remedy: write what `sla_service.domain.linter.as_markdown` answers."""
    codes = [check.code for check in CATALOGUE]
    assert len(codes) == len(set(codes))
    page = (ROOT / "docs" / "sla-linter.md").read_text(encoding="utf-8")
    assert page == as_markdown()


SECTIONS = [key for key in EVERY_KEY if key not in {"schema", "calendars"}]
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, 0, 1, 7, 10**6, "P1", "office", "24x7", "percent:90", "resume", "5.00", [], {}, True]
)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_the_linter_judges_whatever_can_be_read(data: st.DataObject) -> None:
    """Values of a file change places: no finding is lost to an exception."""
    document = sound()
    for _ in range(data.draw(st.integers(1, 4))):
        holder: Any = document
        key: Any = data.draw(st.sampled_from(SECTIONS))
        while isinstance(holder.get(key) if isinstance(holder, dict) else holder[key], dict | list):
            inner = holder[key]
            keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
            if not keys or data.draw(st.booleans(), label="stop here"):
                break
            holder, key = inner, data.draw(st.sampled_from(keys))
        holder[key] = data.draw(VALUES)
        if key not in document and holder is document:
            break
    for finding in findings_of(document):
        assert finding.severity in {"error", "warning"}
        assert finding.path
