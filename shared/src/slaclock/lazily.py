"""Packages that offer names of modules which are costly to import, and import them when asked.

A command of a few milliseconds must not wait for the HTTP server's libraries because it needs the
name of a role from the same package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["offering"]


def offering(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A module's `__getattr__` (PEP 562).

    Args:
        package: name of the package that offers.
        homes: module within *package* by the name that it offers.
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return find
