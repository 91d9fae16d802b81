"""What recipients read, and how receivers check that it came from us."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.policy import default
from uuid import UUID

import pytest

from escalation_service.channels.email import Relay, envelope
from escalation_service.domain.announcement import Crossing, Key, Retraction
from escalation_service.domain.delivery import Kind
from escalation_service.domain.escalation import Escalation, State
from escalation_service.domain.letter import Letter, compose
from escalation_service.domain.parcel import Parcel
from escalation_service.domain.rule import Action
from escalation_service.domain.signature import make_secret, signature

DUE = datetime(2026, 7, 3, 16, 30, tzinfo=UTC)
CROSSED = datetime(2026, 7, 3, 15, 0, tzinfo=UTC)
KEY = Key("acme", UUID(int=7))
LONDON = timezone(timedelta(hours=1))


def crossing(**more: object) -> Crossing:
    return replace(
        Crossing(
            "INC-1",
            "resolution",
            "first",
            "percent:90",
            1,
            "a" * 64,
            crossed_at=CROSSED,
            due_at=DUE,
            timezone="Europe/London",
            due_local=DUE.astimezone(LONDON),
            priority="P1",
            target_minutes=240,
            sla_id="gold",
            sla_version=3,
        ),
        **more,  # type: ignore[arg-type]
    )


def letter(
    found: Crossing, kind: Kind = Kind.NOTICE, *, provisional: bool = False, to: str = "x"
) -> Letter:
    escalation = Escalation(
        UUID(int=9), KEY, "r1", Action("log", to), 0, found, State.RAISED, provisional=provisional
    )
    retraction = Retraction(KEY, CROSSED, "e1", "late pause")
    return compose(Parcel(UUID(int=3), kind, 1, False, DUE, escalation, retraction))


@pytest.mark.parametrize(
    ("found", "subject"),
    [
        pytest.param(crossing(), "[P1] INC-1: resolution target used to 90 %", id="percent"),
        pytest.param(
            crossing(threshold="percent:100"), "[P1] INC-1: resolution target missed", id="breach"
        ),
        pytest.param(
            crossing(threshold="before_due:60", metric="first_response"),
            "[P1] INC-1: first response due in 60 business minutes",
            id="before",
        ),
        pytest.param(
            crossing(threshold="after_due:240"),
            "[P1] INC-1: resolution overdue by 240 business minutes",
            id="after",
        ),
        pytest.param(
            crossing(priority=None, ticket_id="7"), "7: resolution target used to 90 %", id="plain"
        ),
        pytest.param(
            crossing(ticket_id="a\r\nBcc: x@y\u202eb"),
            "[P1] a??Bcc: x@y?b: resolution target used to 90 %",
            id="no second header, no turned text",
        ),
    ],
)
def test_subjects(found: Crossing, subject: str) -> None:
    assert letter(found).subject == subject


def test_a_notice_says_when_it_is_due_in_utc_and_where_the_calendar_lives() -> None:
    assert letter(crossing()).text == (
        "[P1] INC-1: resolution target used to 90 %.\n"
        "\n"
        "Ticket     INC-1\n"
        "Metric     resolution, cycle first\n"
        "Target     240 business minutes\n"
        "Threshold  percent:90, crossed 2026-07-03 15:00:00 UTC\n"
        "Due        2026-07-03 16:30:00 UTC\n"
        "           2026-07-03 17:30:00+01:00 (Europe/London)\n"
        "SLA        gold, version 3\n"
        "Rule       r1\n"
        "Reference  00000000-0000-0000-0000-000000000009\n"
    )


def test_a_provisional_notice_says_so() -> None:
    marked = letter(crossing(), provisional=True)

    assert "Provisional: ticket events were still arriving" in marked.text
    assert marked.document["provisional"] is True


def test_a_correction_says_what_no_longer_holds_and_why() -> None:
    correction = letter(crossing(), Kind.CORRECTION)

    assert correction.subject == "Correction: [P1] INC-1: resolution target used to 90 %"
    assert correction.text.startswith(
        'The notice "[P1] INC-1: resolution target used to 90 %" no longer holds.\n'
        "It was taken back at 2026-07-03 15:00:00 UTC (late pause).\n"
    )
    assert correction.document["type"] == "sla.escalation.correction"
    assert correction.document["retracted_at"] == "2026-07-03T15:00:00Z"
    assert correction.document["reason"] == "late pause"


def test_a_notice_keeps_quiet_about_a_retraction() -> None:
    document = letter(crossing()).document

    assert document["type"] == "sla.escalation.notice"
    assert "retracted_at" not in document
    assert json.loads(json.dumps(document)) == document


def test_an_email_is_the_same_message_at_every_attempt() -> None:
    # given
    sent = letter(crossing(ticket_id="Störung-1"), to="boss@example.com")

    # when it goes out twice
    mails = [
        message_from_bytes(bytes(envelope(sent, sender="sla@help.example", at=at)), policy=default)
        for at in (DUE, DUE + timedelta(hours=1))
    ]

    # then
    assert {mail["Message-ID"] for mail in mails} == {f"<{UUID(int=3)}@help.example>"}
    assert mails[0]["To"] == "boss@example.com"
    assert mails[0]["From"] == "sla@help.example"
    assert mails[0]["Subject"] == "[P1] Störung-1: resolution target used to 90 %"
    assert mails[0]["Auto-Submitted"] == "auto-generated"
    assert mails[0].get_content_type() == "text/plain"
    assert mails[0].get_content().replace("\r\n", "\n") == sent.text


@pytest.mark.parametrize(
    "to",
    [
        "",
        "boss",
        "boss@",
        "@example.com",
        "a@b, c@d",
        "a@b\r\nBcc: c@d",
        "Boss <a@b>",
        "a b@c",
        "x\0@y",
        "ä@y",
    ],
)
def test_what_is_not_one_address_is_not_mailed(to: str) -> None:
    with pytest.raises(ValueError, match="not one"):
        envelope(replace(letter(crossing()), to=to), sender="sla@help.example", at=DUE)


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://mail.example", Relay("mail.example", 25)),
        ("smtp://u:p%40ss@mail.example:587", Relay("mail.example", 587, "u", "p@ss")),
        ("smtps://mail.example", Relay("mail.example", 465, implicit_tls=True)),
    ],
)
def test_smtp_addresses(url: str, relay: Relay) -> None:
    assert Relay.parse(url) == relay
    assert "p@ss" not in repr(relay)


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp:mail"])
def test_what_is_not_an_smtp_address(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://"):
        Relay.parse(url)


def test_a_signature_as_receivers_compute_it() -> None:
    # given
    key, body = bytes(range(32)), b'{"a":1}'

    # when
    signed = signature(make_secret(key), "msg-1", 1_750_000_000, body)

    # then
    mac = hmac.new(key, b"msg-1.1750000000." + body, "sha256").digest()
    assert signed == "v1," + base64.b64encode(mac).decode()


def test_a_signature_of_the_published_test_vector() -> None:
    # The Standard Webhooks specification's example.
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["", "abc", "whsec_***"])
def test_a_malformed_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match=r"whsec|base64"):
        signature(secret, "m", 1, b"")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="24 bytes"):
        make_secret(b"short")
