"""What other commands may ask of a platform on this machine: a tenant that exists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slaclock.home import Home
from slaclock_local.credentials import add_tenant
from slaclock_local.layout import Layout

__all__ = ["ensure"]


def ensure(home: Home, tenant: str) -> Mapping[str, Any]:
    """Credentials of *tenant*, made when it is new; an entry point of `slaclock.tenants`.

    Raises:
        Refusal: as `add_tenant`.
    """
    return add_tenant(Layout(home.path), tenant)
