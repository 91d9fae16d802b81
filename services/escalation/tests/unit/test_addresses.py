"""Where a webhook may go: addresses and URLs, each an attack that somebody has tried."""

from __future__ import annotations

import pytest

from escalation_service.channels.reach import Reach
from escalation_service.domain.address import is_public, parse_address, parse_networks
from escalation_service.domain.endpoint import Allowed, RefusedEndpoint, endpoint

_NOT_PUBLIC = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.1.2.3
127.255.255.255 168.63.129.16 169.254.169.254 169.254.0.1 172.16.0.1 172.31.255.255 192.0.0.1
192.0.0.8 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1
198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 ::
::1 ::7f00:1 ::808:808 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::7f00:1
64:ff9b:1::808:808 100::1 2001::1 2001:0:7f00:1:: 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1:: 2002:a00:1:: 2002:c0a8:1:: 2002:a9fe:a9fe:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254
fdff::1 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1 ff05::2 2606:4700::5efe:7f00:1
2606:4700::200:5efe:a00:1 4000::1 8000::1 e000::1
"""
NOT_PUBLIC = _NOT_PUBLIC.split()
_PUBLIC = """
1.1.1.1 8.8.8.8 93.184.215.14 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1 192.0.1.1
198.17.255.255 198.20.0.1 168.63.129.15 223.255.255.255 ::ffff:8.8.8.8 64:ff9b::808:808
2002:808:808:: 2606:4700:4700::1111 2a00:1450:4001:82a::200e 2001:4860:4860::8888
"""
PUBLIC = _PUBLIC.split()


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_addresses_that_are_not_public(text: str) -> None:
    assert not is_public(parse_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_addresses_that_are(text: str) -> None:
    assert is_public(parse_address(text))


def test_the_clusters_own_networks_are_denied_also_when_wrapped() -> None:
    own = parse_networks("34.0.0.0/8, 2606:4700::/32")

    assert not is_public(parse_address("34.1.2.3"), own)
    assert not is_public(parse_address("::ffff:34.1.2.3"), own)
    assert not is_public(parse_address("64:ff9b::2201:203"), own)
    assert not is_public(parse_address("2606:4700::1"), own)
    assert is_public(parse_address("8.8.8.8"), own)


@pytest.mark.parametrize(
    "text", ["fe80::1%eth0", "127.1", "0177.0.0.1", "0x7f.1", "2130706433", ""]
)
def test_what_is_not_an_address_in_its_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        parse_address(text)


REFUSED = [
    "",
    "https://",
    "https:///x",
    "//sink.example/x",
    "sink.example/x",
    "/x",
    "http://sink.example/",
    "HTTP://sink.example/",
    "ftp://sink.example/",
    "file:///etc/passwd",
    "gopher://sink.example/_",
    "dict://sink.example:2628/",
    "javascript:alert(1)",
    "https:sink.example",
    "https:/sink.example",
    "https://sink.example:80/",
    "https://sink.example:8080/",
    "https://sink.example:22/",
    "https://sink.example:0/",
    "https://sink.example:65536/",
    "https://sink.example:-1/",
    "https://sink.example:4 43/",
    "https://sink.example:/",
    "https://sink.example:443:80/",
    "https://user@sink.example/",
    "https://user:pw@sink.example/",
    "https://sink.example@127.0.0.1/",
    "https://127.0.0.1@sink.example/",
    "https://@sink.example/",
    "https://sink.example/#top",
    "https://sink.example#@127.0.0.1/",
    "https://127.0.0.1#.sink.example/",
    "https://sink.example\\@127.0.0.1/",
    "https://127.0.0.1\\.sink.example/",
    "https:\\\\sink.example/",
    "https://sink.example/\\..\\x",
    " https://sink.example/",
    "https://sink.example/ ",
    "https://sink.example/a b",
    "https://sink.example/a\tb",
    "https://sink\t.example/",
    "https://sink\n.example/",
    "https://sink.example/\r\nX-Evil: 1",
    "https://sink.example/\x00",
    "https://sink.example\x00.evil.example/",
    "https://sink.example/\u2028",
    "https://sink.example/ä",
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://8.8.8.8/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://0x7f.1/",
    "https://0x7f000001/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://127.0.0.1./",
    "https://0/",
    "https://1.1.1.256/",
    "https://1.2.3.4.5/",
    "https://sink.example.0x1/",
    "https://\uff11\uff12\uff17.0.0.1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[2606:4700:4700::1111]/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[::1]x/",
    "https://[::1/",
    "https://::1]/",
    "https://[127.0.0.1]/",
    "https://[sink.example]/",
    "https://[v1.fe80]/",
    "https://sink..example/",
    "https://.sink.example/",
    "https://-sink.example/",
    "https://sink-.example/",
    "https://sink.example%2f@127.0.0.1/",
    "https://127.0.0.1%2f.sink.example/",
    "https://sink.example%00/",
    "https://si*nk.example/",
    "https://*.example/",
    "https://sink.example,evil.example/",
    "https://sink.example;evil/",
    "https://sink.example\uff0fevil/",
    "https://sink.example\uff03/",
    "https://sink\u202e.example/",
    "https://sink\u00ad\u200b/\u200b",
    "https://" + "a" * 64 + ".example/",
    "https://" + "a." * 127 + "example/",
    "https://sink.example/" + "a" * 2048,
]


@pytest.mark.parametrize("url", REFUSED)
def test_urls_that_are_refused_before_anything_is_resolved(url: str) -> None:
    with pytest.raises(RefusedEndpoint):
        endpoint(url, Allowed())


@pytest.mark.parametrize(
    ("url", "host", "port", "target", "authority"),
    [
        ("https://sink.example", "sink.example", 443, "/", "sink.example"),
        ("https://sink.example/", "sink.example", 443, "/", "sink.example"),
        ("https://sink.example:443/x", "sink.example", 443, "/x", "sink.example"),
        (
            "https://sink.example:8443/x?y=1&z",
            "sink.example",
            8443,
            "/x?y=1&z",
            "sink.example:8443",
        ),
        ("HTTPS://SINK.Example/X", "sink.example", 443, "/X", "sink.example"),
        ("https://sink.example./x", "sink.example", 443, "/x", "sink.example"),
        ("https://localhost/x", "localhost", 443, "/x", "localhost"),
        (
            "https://127.0.0.1.nip.example/",
            "127.0.0.1.nip.example",
            443,
            "/",
            "127.0.0.1.nip.example",
        ),
        ("https://bücher.example/", "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example"),
        ("https://\uff33\uff29\uff2e\uff2b.example/", "sink.example", 443, "/", "sink.example"),
        ("https://sink.example/a%20b", "sink.example", 443, "/a%20b", "sink.example"),
        ("https://sink.example?x", "sink.example", 443, "/?x", "sink.example"),
    ],
)
def test_urls_as_they_are_understood(
    url: str, host: str, port: int, target: str, authority: str
) -> None:
    found = endpoint(url, Allowed())

    assert (found.host, found.port, found.target) == (host, port, target)
    assert found.authority == authority
    assert not found.trusted


@pytest.mark.parametrize(
    ("allow", "url", "trusted"),
    [
        pytest.param("sink.example", "http://sink.example:9/x", True, id="host: any port, http"),
        pytest.param("sink.example:9", "http://sink.example:9/x", True, id="host and port"),
        pytest.param("127.0.0.1:9000", "http://127.0.0.1:9000/", True, id="an address"),
        pytest.param("[::1]:9000", "http://[0:0::1]:9000/", True, id="IPv6, another spelling"),
        pytest.param("LOCALHOST", "http://localhost./", True, id="case and final dot"),
        pytest.param("127.0.0.1 , localhost:1", "http://localhost:1/", True, id="a list"),
        pytest.param("sink.example:9", "http://sink.example:8/x", False, id="another port"),
        pytest.param("sink.example", "http://evil-sink.example/", False, id="another host"),
        pytest.param("127.0.0.1:9000", "http://127.0.0.1:9001/", False, id="another port there"),
        pytest.param("", "http://127.0.0.1/", False, id="nothing allowed"),
    ],
)
def test_hosts_that_the_operator_allows(allow: str, url: str, trusted: bool) -> None:
    allowed = Allowed.parse(allow)

    if trusted:
        assert endpoint(url, allowed).trusted
    else:
        with pytest.raises(RefusedEndpoint):
            endpoint(url, allowed)


@pytest.mark.parametrize(
    "text", ["http://sink.example", "sink.example/x", "a@b", "sink:x", "[::1", "*.example", ":9"]
)
def test_an_allow_list_with_mistakes_is_refused_whole(text: str) -> None:
    with pytest.raises(ValueError, match="not a host"):
        Allowed.parse(f"good.example,{text}")


@pytest.mark.parametrize(
    ("answers", "url", "passes"),
    [
        pytest.param(["8.8.8.8"], "https://sink.example/", True, id="public"),
        pytest.param(
            ["8.8.8.8", "1.1.1.1", "2606:4700::1"], "https://sink.example/", True, id="all"
        ),
        pytest.param(["8.8.8.8", "127.0.0.1"], "https://sink.example/", False, id="one is not"),
        pytest.param(["10.0.0.1"], "https://sink.example/", False, id="private, as by a CNAME"),
        pytest.param(["169.254.169.254"], "https://sink.example/", False, id="metadata"),
        pytest.param(["::1"], "https://localhost/", False, id="localhost"),
        pytest.param(["fe80::1%eth0"], "https://sink.example/", False, id="with a scope"),
        pytest.param(["8.8.8.8"] * 33, "https://sink.example/", False, id="too many"),
        pytest.param(["34.1.1.1"], "https://sink.example/", False, id="the operator's own"),
        pytest.param(["127.0.0.1"], "http://trusted.example/", True, id="trusted goes anywhere"),
    ],
)
async def test_all_answers_must_pass(answers: list[str], url: str, passes: bool) -> None:
    asked: list[tuple[str, int]] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return answers

    reach = Reach(Allowed.parse("trusted.example"), parse_networks("34.0.0.0/8"), resolve)
    where = endpoint(url, reach.allowed)

    if passes:
        assert [str(found) for found in await reach.addresses(where)] == answers
    else:
        with pytest.raises(RefusedEndpoint):
            await reach.addresses(where)
    assert len(asked) == 1, "what was checked is what is connected to"


async def test_a_name_without_addresses_may_get_one_later() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return []

    with pytest.raises(OSError, match="no address"):
        await Reach(resolve=resolve).addresses(endpoint("https://sink.example/", Allowed()))
