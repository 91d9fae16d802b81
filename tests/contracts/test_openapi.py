"""What the services say of their HTTP interfaces is what is committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from slaclock.service.openapi import documents

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi"
FOUND = dict(documents())


def test_every_service_has_a_document() -> None:
    assert {path.stem for path in COMMITTED.glob("*.json")} == set(FOUND)
    assert set(FOUND) == {"calendar", "sla", "ticket-clock", "escalation", "dashboard"}


@pytest.mark.parametrize("service", sorted(FOUND))
def test_the_committed_document_is_current(service: str) -> None:
    """Remedy: `python -m slaclock.service.openapi docs/openapi`."""
    assert (COMMITTED / f"{service}.json").read_bytes() == FOUND[service]
