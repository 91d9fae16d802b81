"""The environment: typed, secret where it must be, with errors that name the remedy."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from slaclock.settings import InvalidSettings, PlatformSettings, TimerBackend

SECRET = "geheim"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SLACLOCK_"):
            monkeypatch.delenv(name)


def test_an_empty_environment_is_enough() -> None:
    settings = PlatformSettings.load()

    assert settings.home == Path(".slaclock")
    assert settings.http_port == 8080
    assert settings.nats_url == "nats://127.0.0.1:4222"
    assert settings.chosen_timer_backend is TimerBackend.POLLING


def test_a_variable_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACLOCK_HTTP_PORT", "")

    assert PlatformSettings.load().http_port == 8080


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        pytest.param("SLACLOCK_HTTP_PORT", "99999", "65535", id="port beyond the range"),
        pytest.param("SLACLOCK_HTTP_PORT", "http", "whole number", id="port in words"),
        pytest.param("SLACLOCK_NATS_URL", "127.0.0.1:4222", "nats://", id="url without scheme"),
        pytest.param("SLACLOCK_NATS_URL", "nats://x:port", "nats://", id="url with a bad port"),
        pytest.param("SLACLOCK_SLA_DATABASE_URL", "mysql://x/y", "postgresql://", id="other dsn"),
        pytest.param("SLACLOCK_TIMER_BACKEND", "cron", "polling", id="unknown backend"),
        pytest.param("SLACLOCK_LOG_LEVEL", "loud", "debug", id="unknown level"),
        pytest.param("SLACLOCK_URL", "localhost", "https://", id="platform without scheme"),
        pytest.param("SLACLOCK_WEBHOOK_ALLOW", "https://a", "without scheme", id="host as url"),
        pytest.param("SLACLOCK_TEMPORAL_ADDRESS", "temporal", "matches", id="address without port"),
        pytest.param("SLACLOCK_SMTP_URL", "mail.example", "smtp://", id="mail without scheme"),
    ],
)
def test_a_bad_value_names_variable_value_and_remedy(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, remedy: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(InvalidSettings) as caught:
        PlatformSettings.load()

    (fault,) = caught.value.faults
    assert fault.field == variable
    assert remedy in fault.remedy
    assert variable in fault.remedy
    assert fault.value in {value, "(hidden)"}


def test_all_bad_values_are_listed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACLOCK_HTTP_PORT", "-1")
    monkeypatch.setenv("SLACLOCK_LOG_LEVEL", "loud")

    with pytest.raises(InvalidSettings) as caught:
        PlatformSettings.load()

    assert {fault.field for fault in caught.value.faults} == {
        "SLACLOCK_HTTP_PORT",
        "SLACLOCK_LOG_LEVEL",
    }


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param("SLACLOCK_SLA_DATABASE_URL", f"postgresql://u:{SECRET}@h/d", id="good dsn"),
        pytest.param("SLACLOCK_SMTP_URL", f"smtp://u:{SECRET}@h", id="good mail"),
        pytest.param("SLACLOCK_API_KEY", SECRET, id="key"),
        pytest.param("SLACLOCK_NATS_CREDENTIALS", f'{{"password": "{SECRET}"}}', id="bus"),
        pytest.param("SLACLOCK_SLA_DATABASE_URL", f"mysql://u:{SECRET}@h/d", id="bad dsn"),
        pytest.param("SLACLOCK_SMTP_URL", f"http://u:{SECRET}@h", id="bad mail"),
        pytest.param("SLACLOCK_REDIS_URL", f"http://u:{SECRET}@h", id="bad cache"),
    ],
)
def test_secrets_show_nowhere(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)

    try:
        told = repr(PlatformSettings.load())
    except InvalidSettings as refusal:
        told = f"{refusal} {refusal.faults!r}"

    assert SECRET not in told


@pytest.mark.parametrize("in_file", [True, False], ids=["in a file", "as text"])
def test_the_identity_on_the_bus(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_file: bool
) -> None:
    identity = {"user": "sla", "password": SECRET}
    text = json.dumps(identity)
    if in_file:
        (tmp_path / "nats.json").write_text(text)
        text = str(tmp_path / "nats.json")
    monkeypatch.setenv("SLACLOCK_NATS_CREDENTIALS", text)

    assert json.loads(PlatformSettings.load().nats_identity() or "") == identity


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="cut"),
        pytest.param(f'{{"user": "{SECRET}"}}', id="no password"),
        pytest.param(f'{{"user": "{SECRET}"', id="cut after a word"),
        pytest.param("[]", id="list"),
        pytest.param("/nowhere/nats.json", id="no such file"),
        pytest.param("/", id="a directory"),
        pytest.param(SECRET, id="a word"),
    ],
)
def test_a_malformed_identity_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("SLACLOCK_NATS_CREDENTIALS", text)

    with pytest.raises(InvalidSettings) as caught:
        PlatformSettings.load().nats_identity()

    assert caught.value.faults[0].field == "SLACLOCK_NATS_CREDENTIALS"
    assert "password" in caught.value.faults[0].remedy
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize("service", ["ticket-clock", "ticket_clock"])
def test_a_service_finds_its_database(monkeypatch: pytest.MonkeyPatch, service: str) -> None:
    dsn = "postgresql:///ticket_clock?host=/run/sockets"
    monkeypatch.setenv("SLACLOCK_TICKET_CLOCK_DATABASE_URL", dsn)

    assert PlatformSettings.load().database_url(service) == dsn


def test_a_database_that_is_not_set_names_its_variable() -> None:
    with pytest.raises(InvalidSettings, match="SLACLOCK_SLA_DATABASE_URL: is not set"):
        PlatformSettings.load().database_url("sla")


@pytest.mark.parametrize(
    ("backend", "temporal", "chosen"),
    [
        pytest.param("auto", None, TimerBackend.POLLING, id="auto without temporal"),
        pytest.param("AUTO", "t:7233", TimerBackend.TEMPORAL, id="auto with temporal"),
        pytest.param("jetstream", "t:7233", TimerBackend.JETSTREAM, id="chosen wins"),
    ],
)
def test_the_timer_backend(
    monkeypatch: pytest.MonkeyPatch, backend: str, temporal: str | None, chosen: TimerBackend
) -> None:
    monkeypatch.setenv("SLACLOCK_TIMER_BACKEND", backend)
    if temporal:
        monkeypatch.setenv("SLACLOCK_TEMPORAL_ADDRESS", temporal)

    assert PlatformSettings.load().chosen_timer_backend is chosen


def test_allowed_hosts_are_a_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACLOCK_WEBHOOK_ALLOW", "Sink.Example, 127.0.0.1,")

    assert PlatformSettings.load().webhook_allow == {"sink.example", "127.0.0.1"}
