"""What may name a tenant."""

from __future__ import annotations

import pytest

from slaclock.tenancy import MalformedTenant, is_tenant, tenant


@pytest.mark.parametrize("text", ["acme", "a", "-", "0", "a-b-1", "x" * 63])
def test_good_names(text: str) -> None:
    assert tenant(text) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("Acme", id="capital"),
        pytest.param("a.b", id="dot"),
        pytest.param("a,b", id="comma"),
        pytest.param("a b", id="space"),
        pytest.param("acme\n", id="newline at the end"),
        pytest.param("x" * 64, id="too long"),
        pytest.param("ａｃｍｅ", id="wide letters"),  # noqa: RUF001 - that is the point
        pytest.param("٣", id="digit of another script"),
        pytest.param("a\x00", id="nul"),
        pytest.param("*", id="wildcard"),
        pytest.param(">", id="other wildcard"),
    ],
)
def test_bad_names_are_refused_with_a_remedy(text: str) -> None:
    assert not is_tenant(text)

    with pytest.raises(MalformedTenant) as caught:
        tenant(text)

    assert caught.value.faults[0].value == text
    assert "1 to 63" in caught.value.faults[0].remedy
