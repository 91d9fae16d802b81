"""The page on ticket events tells of every field, and its events can be sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

import pytest

from slaclock.contracts.registry import REGISTRY, decode_document
from slaclock.contracts.statuses import CATEGORIES
from slaclock.contracts.tickets import TicketOpened

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "ticket-events.md"
TEXT: Final = PAGE.read_text(encoding="utf-8")
SENT: Final = re.findall(r"^tell '(\{.*?\})'$", TEXT, re.DOTALL | re.MULTILINE)


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("document", SENT, ids=lambda text: json.loads(text)["type"])
def test_an_event_of_the_page_is_one(document: str) -> None:
    event = decode_document(json.loads(document), "demo")
    assert f"| `{event.type}` |" in TEXT


def test_every_type_is_shown() -> None:
    shown = {json.loads(document)["type"] for document in SENT}
    assert shown == {name for name in REGISTRY if name.startswith("sla.ticket.")}


@pytest.mark.parametrize("field", sorted(TicketOpened.model_fields))
def test_a_field_of_tickets_is_told(field: str) -> None:
    assert f"`{field}`" in section("What is known of a ticket")


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_category_is_told(category: str) -> None:
    assert f"`{category}`" in section("What a status means")
