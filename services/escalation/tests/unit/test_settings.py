"""What the environment may say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalation_service.domain.endpoint import endpoint
from escalation_service.settings import EscalationSettings
from slaclock.settings import InvalidSettings, PlatformSettings


def test_defaults() -> None:
    settings = EscalationSettings.load()

    assert settings.settle == timedelta(seconds=5)
    assert settings.lease == timedelta(seconds=90)
    assert settings.backoff.tries == 14
    assert settings.allowed.hosts == frozenset()


def test_the_environment_is_read_beside_what_the_platform_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLACLOCK_ESCALATION_SETTLE_SECONDS", "0.5")

    settings = EscalationSettings.of(PlatformSettings.load(webhook_allow="sink.test:9000,[::1]"))

    assert settings.settle == timedelta(seconds=0.5)
    assert endpoint("http://sink.test:9000/", settings.allowed).trusted
    assert endpoint("http://[::1]:7/", settings.allowed).trusted


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACLOCK_ESCALATION_SETTLE_SECONDS", "-1"),
        ("SLACLOCK_ESCALATION_SETTLE_SECONDS", "soon"),
        ("SLACLOCK_ESCALATION_TRIES", "0"),
        ("SLACLOCK_ESCALATION_MAIL_FROM", "nobody"),
        ("SLACLOCK_ESCALATION_WEBHOOK_DENY", "10.0.0.0/99"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(InvalidSettings) as refused:
        EscalationSettings.load()

    assert [fault.field for fault in refused.value.faults] == [name]


def test_variables_that_contradict_each_other_are_named() -> None:
    settings = EscalationSettings.load(
        escalation_retry_first_seconds=60, escalation_retry_most_seconds=1, webhook_allow="a:b"
    )

    with pytest.raises(InvalidSettings, match="RETRY_FIRST"):
        _ = settings.backoff
    with pytest.raises(InvalidSettings, match="WEBHOOK_ALLOW"):
        _ = settings.allowed
