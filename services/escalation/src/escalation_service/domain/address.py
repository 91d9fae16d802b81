"""Which addresses are public. The address is judged, never the text that led to it."""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Lists of our own instead of `is_global`: that differs between Python versions and lets NAT64,
# 6to4, multicast and a cloud's metadata address pass.
NOT_PUBLIC_4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's host agent
        "169.254.0.0/16",  # link-local, metadata services
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
PUBLIC_6: Final = IPv6Network("2000::/3")
NOT_PUBLIC_6: Final = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "3fff::/20",
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)


def parse_address(text: str) -> Address:
    """An address as a resolver or a URL writes it.

    Raises:
        ValueError: not an address, or one with a scope (`fe80::1%eth0`).
    """
    if "%" in text:
        raise ValueError(f"an address with a scope is local: {text!r}")
    return ip_address(text)


def is_public(address: Address, denied: tuple[Network, ...] = ()) -> bool:
    """Whether *address*, and every address hidden inside it, is on the public internet.

    Args:
        address: what a resolver answered.
        denied: networks that the operator keeps to itself, such as the cluster's.
    """
    if any(address in network for network in denied if network.version == address.version):
        return False
    inner = hidden(address)
    if inner is not None:
        return is_public(inner, denied)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_4)
    if address.scope_id is not None or address not in PUBLIC_6:
        return False
    return not any(address in network for network in NOT_PUBLIC_6)


def hidden(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to: mapped, NAT64, 6to4 or ISATAP."""
    if isinstance(address, IPv4Address):
        return None
    value = int(address)
    if address in _MAPPED or address in _NAT64 or (value >> 32) & 0xFFFF_FFFF in _ISATAP:
        return IPv4Address(value & 0xFFFF_FFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address((value >> 80) & 0xFFFF_FFFF)
    return None


def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks separated by commas or blanks, such as `10.96.0.0/12, fd00::/8`.

    Raises:
        ValueError: one of them is none.
    """
    return tuple(ip_network(part) for part in text.replace(",", " ").split())
