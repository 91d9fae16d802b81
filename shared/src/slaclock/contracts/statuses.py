"""Categories of ticket statuses, and the map that holds while a tenant has none of its own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

__all__ = ["CATEGORIES", "DEFAULT_STATUSES", "Category"]

Category = Literal[
    "open",
    "waiting_on_customer",
    "waiting_on_third_party",
    "on_hold",
    "resolved",
    "closed",
    "cancelled",
]
"""What a status means to a clock."""

CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)


def _map(**names: str) -> Mapping[str, Category]:
    return MappingProxyType(
        {name: category for category in CATEGORIES for name in names[category].split("|")}
    )


DEFAULT_STATUSES: Final = _map(
    open=(
        # ours, ITIL
        "open|new|assigned|in_progress|in progress|reopened"
        # ServiceNow | Jira Service Management | Zammad, GLPI, Freshdesk
        "|New|Active|Assigned|In Progress|Work in progress"
        "|Open|Reopened|To Do|Waiting for support|Escalated"
        "|Processing (assigned)|Processing (planned)"
    ),
    waiting_on_customer=(
        "waiting_on_customer|pending|waiting"
        "|Awaiting User Info|Awaiting Caller|Pending|Waiting for customer|Waiting on Customer"
        "|pending reminder|Awaiting Customer"
    ),
    waiting_on_third_party=(
        "waiting_on_third_party|Awaiting Vendor|Waiting on Third Party|Waiting for vendor"
    ),
    on_hold=(
        "on_hold|hold|On Hold|Awaiting Problem|Awaiting Evidence"
        "|Awaiting Change|Waiting for approval"
    ),
    resolved="resolved|solved|Resolved|Solved|Done|pending close",
    closed="closed|Closed",
    cancelled="cancelled|canceled|Cancelled|Canceled|merged|Declined",
)
"""Statuses of the common help desks, spelled exactly as these send them."""
