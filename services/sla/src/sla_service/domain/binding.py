"""What a version may be bound to: an SLA to customers, an OLA to its group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sla_service.domain.version import SlaVersion
from slaclock.errors import Fault, Refusal

__all__ = ["NotBindable", "check_bindable"]


class NotBindable(Refusal):
    """An agreement of this type binds nothing there."""

    code = "agreement.not-bindable"


_ELSEWHERE: Final = "agreement.ola-promises-no-customer"
_OTHER_GROUP: Final = "agreement.ola-of-another-group"
_NOBODY_ACTS: Final = "agreement.underpinning-not-acted-on"


def check_bindable(version: SlaVersion, field: str, match: Mapping[str, str] | None = None) -> None:
    """Refuse what would bind nothing, or bind customers to what was not promised to them.

    Args:
        version: what is to be bound.
        field: of the request, which names the SLA.
        match: of an assignment; None for a default and for contracts.

    Raises:
        NotBindable: an OLA anywhere but in an assignment of its own group; an underpinning
            agreement anywhere.
    """
    name = f"{version.sla_id} version {version.version}"
    group, asked = version.owner_group, (match or {}).get("group")
    match version.agreement_type:
        case "underpinning":
            fault = Fault(
                field,
                version.sla_id,
                f"{name} is what a vendor promises; nothing acts on it, so it binds no ticket",
                "bind an agreement of type sla that counts on it",
                _NOBODY_ACTS,
            )
        case "ola" if match is None:
            fault = Fault(
                field,
                version.sla_id,
                f"{name} is an OLA of group {group!r}: it promises nothing to customers",
                f"bind an SLA here, and assign the OLA with the match group {group!r}",
                _ELSEWHERE,
            )
        case "ola" if asked != group:
            fault = Fault(
                "match.group",
                asked,
                f"{name} is an OLA of group {group!r}",
                f"write group {group!r}; service and category may stand beside it",
                _OTHER_GROUP,
            )
        case _:
            return
    raise NotBindable(faults=[fault])
