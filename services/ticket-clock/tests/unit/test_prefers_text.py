"""When an explanation is answered as text."""

from __future__ import annotations

import pytest

from ticket_clock_service.api.stories import prefers_text


@pytest.mark.parametrize(
    ("accept", "text"),
    [
        pytest.param("", False, id="nothing said"),
        pytest.param("*/*", False, id="anything"),
        pytest.param("application/json", False, id="JSON"),
        pytest.param("text/html", False, id="neither"),
        pytest.param("text/plain", True, id="text"),
        pytest.param("Text/Plain ; Q=0.2", True, id="text, in other letters"),
        pytest.param("text/*, application/json;q=0.5", True, id="rather text"),
        pytest.param("text/plain;q=0.5, */*", False, id="rather anything else"),
        pytest.param("text/plain, application/json", False, id="either"),
        pytest.param("text/plain;q=0", False, id="anything but text"),
        pytest.param("text/plain;q=much", False, id="a weight that is none"),
    ],
)
def test_prefers_text(accept: str, text: bool) -> None:
    assert prefers_text(accept) is text
