"""`docs/refusals.md` lists every stable code that the source can answer, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = ("shared/src", "deploy/local/src", *map(str, ROOT.glob("services/*/src")))
CODE: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*")
FILE: Final = re.compile(r".*\.(sql|json|conf|txt|log|html|css|js|typ|zi|pid|lock|csv|py|md)")
LINTED: Final = re.compile(r"## `([^`]+)`")
ROW: Final = re.compile(r"\| ((?:`[^`]+`(?:, )?)+) \|")

NOT_CODES: Final = {
    "an action of an audit trail": """
        calendar.published calendar.retired calendar.draft-created calendar.draft-changed
        calendar.draft-discarded holiday-set.published sla.published sla.retired sla.draft-created
        sla.draft-changed sla.draft-discarded webhook-secret.shown escalation.acknowledged""",
    "a kind of advisory": """
        calendar.tzdata-impact clocks.tzdata-impact contract.change-order-without-effect
        contract.waits message.parked""",
    "a type of event without its last word": "sla.calendar sla.clock sla.escalation sla.ticket",
    "a field": """
        calendar.snapshot data.hash data.snapshot match.group edition.revision edition.sequence key.cycle
        key.effect key.metric key.tenant key.ticket snapshot.body snapshot.group snapshot.json
        snapshot.schema
        zone.name service.name service.namespace held.assignee held.at held.group""",
    "a name of something else": """
        slaclock.bus slaclock.commands slaclock.page slaclock.services slaclock.store
        slaclock.tenants http.disconnect http.request lifespan.shutdown home.arpa data.new""",
}
MADE: Final = {
    "webhook.status-3xx": "channels/webhook.py",
    "webhook.status-4xx": "channels/webhook.py",
    "webhook.status-5xx": "channels/webhook.py",
    "email.recipient-refused": "channels/email.py",
    "email.message-refused": "channels/email.py",
    "sla.email-address": "domain/people.py",
    "sla.webhook-address": "domain/people.py",
    "http.N": "http/problems.py",
}
"""Codes that are put together, and where."""


def modules() -> Iterator[Path]:
    """Every module but those for tests."""
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            if "testing" not in path.parts:
                yield path


def is_finding(node: ast.AST, code: str) -> bool:
    """Whether an importer or exporter tells *code*: of theirs only refusals are listed."""
    written = isinstance(node, ast.Constant | ast.Call | ast.keyword)
    return written and code.startswith(("import.", "export."))


def text_of(node: ast.AST | None) -> str | None:
    found = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
    return found if isinstance(found, str) else None


def codes_of(node: ast.AST) -> Iterator[str | None]:
    """Codes in *node* alone: every dotted text, and what stands where a code belongs."""
    match node:
        case ast.Constant(value=str(text)) if CODE.fullmatch(text) and not FILE.fullmatch(text):
            yield text
        case ast.Assign(targets=[ast.Name(id="code") | ast.Attribute(attr="code")], value=value):
            yield text_of(value)
        case ast.AnnAssign(target=ast.Name(id="code"), value=value):
            yield text_of(value)
        case ast.Call(func=ast.Name(id="NotFound"), args=[kind, *_]):
            yield f"{text_of(kind)}.not-found"
        case ast.Call(func=ast.Attribute(attr="refuse"), args=[_, _, _, _, code]):
            yield _of_a_calendar(text_of(code))
        case ast.keyword(arg="code", value=value):
            yield _of_a_calendar(text_of(value))
        case ast.Dict(values=values):
            yield from (found for found in map(text_of, values) if found in UNDOTTED)


UNDOTTED: Final = {"refused", "internal", "unavailable", "not-found", "not-acceptable", "conflict"}


def _of_a_calendar(text: str | None) -> str | None:
    """The reader of calendars adds their prefix."""
    return text if text is None or "." in text or text in UNDOTTED else f"calendar.{text}"


@cache
def in_source() -> frozenset[str]:
    left_out = {word for words in NOT_CODES.values() for word in words.split()}
    found = {"calendar.window-overlap", *MADE}  # the first by default of an argument
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found |= {code for code in codes_of(node) if code and not is_finding(node, code)}
    return frozenset(found - left_out)


def on_the_page() -> list[str]:
    text = (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8")
    return [code for row in ROW.findall(text) for code in re.findall(r"`([^`]+)`", row)]


def elsewhere(code: str) -> bool:
    """Whether another page describes *code*."""
    linter = (ROOT / "docs" / "sla-linter.md").read_text(encoding="utf-8")
    holidays = (ROOT / "docs" / "how-to" / "holidays.md").read_text(encoding="utf-8")
    return code in LINTED.findall(linter) or (
        code.startswith("calendar.warning-") and f"`{code}`" in holidays
    )


def test_every_code_of_the_source_is_on_the_page() -> None:
    """Remedy: a row with meaning and remedy; or a word in NOT_CODES, where it is no refusal."""
    page = set(on_the_page())
    missing = {code for code in in_source() - page if not elsewhere(code)}
    assert sorted(missing) == []


def test_the_page_has_each_code_once_and_none_that_is_gone() -> None:
    page = on_the_page()
    assert len(page) == len(set(page))
    assert sorted(set(page) - in_source()) == []


def test_every_row_has_meaning_and_remedy() -> None:
    lines = (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| `")]
    assert len(rows) > 200
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert len(cells) == 4, row
        assert all(cells), row


def test_what_is_left_out_and_put_together_is_there() -> None:
    """Nothing stays in the lists of this test for ever."""
    everything = "".join(path.read_text(encoding="utf-8") for path in modules())
    for words in NOT_CODES.values():
        assert [word for word in words.split() if word not in everything] == []
    for path in MADE.values():
        assert any(str(one).endswith(path) for one in modules()), path
