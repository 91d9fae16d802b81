"""OLAs among a tenant's terms: they measure groups, and bind no customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from slaclock.terms.entry import Entry, Kind

__all__ = ["divided"]


def divided(entries: Iterable[Entry], groups: Mapping[str, str]) -> tuple[list[Entry], list[Entry]]:
    """What was promised to customers, and what measures groups, each in the order of *entries*.

    An assignment that takes an agreement away takes away either, so it is in both.

    Args:
        entries: a tenant's timeline.
        groups: the groups of OLAs, by the hash of their snapshots.
    """
    promised, owned = [], []
    for entry in entries:
        of_group = entry.agreement in groups
        if of_group or (entry.kind is Kind.ASSIGNMENT and entry.agreement is None):
            owned.append(entry)
        if not of_group:
            promised.append(entry)
    return promised, owned
