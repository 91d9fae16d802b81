from __future__ import annotations

import pytest

from sla_service.domain.webhook import email_objection, webhook_objection


@pytest.mark.parametrize(
    "url",
    [
        "https://sink.example/x",
        "https://sink.example:8443/x?y=1",
        "https://SINK.example./x",
        "https://xn--bcher-kva.example/",
    ],
)
def test_public_https_is_fine(url: str) -> None:
    assert webhook_objection(url, frozenset()) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://sink.example/x",
        "https://sink.example:80/x",
        "https://sink.example:22/x",
        "ftp://sink.example/x",
        "sink.example/x",
        "https:///x",
        "https://",
        "https://user:secret@sink.example/",
        "https://sink.example/#part",
        "https://sink.example:/x",
        "https://sink.example:x/",
        "https://localhost/x",
        "https://localhost./x",
        "https://a.localhost/x",
        "https://printer.local/x",
        "https://db.internal/x",
        "https://intranet/x",
        "https://127.0.0.1/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://0177.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[fe80::1%25eth0]/x",
        "https://93.184.216.34/x",
        "https://sink..example/x",
        "https://-sink.example/x",
        "https://sink.example\\@evil.example/",
        "https://b\u00fccher.example/",
        "https://sink.example/a b",
        "https://sink.example/\t",
        f"https://sink.example/{'x' * 2048}",
        "https://[::1",
    ],
)
def test_everything_else_is_refused_with_a_remedy(url: str) -> None:
    objection = webhook_objection(url, frozenset())
    assert objection is not None
    assert all(objection)


@pytest.mark.parametrize(
    ("url", "allowed", "fine"),
    [
        pytest.param("http://127.0.0.1:9000/x", {"127.0.0.1"}, True, id="host, any port"),
        pytest.param("http://127.0.0.1:9000/x", {"127.0.0.1:9000"}, True, id="host and port"),
        pytest.param("http://127.0.0.1:9001/x", {"127.0.0.1:9000"}, False, id="another port"),
        pytest.param("http://[::1]:9000/x", {"[::1]:9000"}, True, id="IPv6"),
        pytest.param("http://sink/x", {"sink:80"}, True, id="the usual port"),
        pytest.param("https://u@sink/x", {"sink"}, False, id="never a user"),
    ],
)
def test_the_operator_may_allow_hosts(url: str, allowed: set[str], fine: bool) -> None:
    assert (webhook_objection(url, allowed) is None) is fine


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("duty@example.com", True),
        ("first.last+tag@sub.example.co.uk", True),
        ("root@mailhost", True),
        ("duty", False),
        ("@example.com", False),
        ("duty@", False),
        ("duty@@example.com", False),
        ("a b@example.com", False),
        ("duty@example..com", False),
        (".duty@example.com", False),
        ("duty@example.com, boss@example.com", False),
        ("Duty <duty@example.com>", False),
        ("duty@example.com\r\nBcc: all@example.com", False),
        (f"{'x' * 65}@example.com", False),
    ],
)
def test_email_addresses(address: str, fine: bool) -> None:
    assert (email_objection(address) is None) is fine
