"""What a service is to those who start it, and where services are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Final

from slaclock.errors import Fault, Refusal

if TYPE_CHECKING:
    from fastapi import FastAPI

    from slaclock.settings import PlatformSettings

__all__ = ["ServiceSpec", "UnknownService", "discover", "find"]

_GROUP: Final = "slaclock.services"


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """One service, as its package announces it by an entry point of `slaclock.services`.

    Attributes:
        name: such as `ticket-clock`; the first part of its paths, its identity on the bus.
        migrations_package: such as `ticket_clock_service.store.migrations`.
        build: makes the application from the environment; does no I/O before its lifespan.
    """

    name: str
    migrations_package: str
    build: Callable[[PlatformSettings], FastAPI]

    @property
    def database(self) -> str:
        """Name of its database, and prefix of its roles."""
        return self.name.replace("-", "_")


class UnknownService(Refusal):
    """No installed package announces a service of this name."""

    code = "service.unknown"


def discover() -> Mapping[str, Callable[[], ServiceSpec]]:
    """The installed services by name; a service's code is imported when its value is called."""
    points = sorted(entry_points(group=_GROUP), key=lambda point: point.name)
    return {point.name: partial(_load, point) for point in points}


def _load(point: EntryPoint) -> ServiceSpec:
    spec: ServiceSpec = point.load()()
    return spec


def find(name: str) -> ServiceSpec:
    """The service *name*.

    Raises:
        UnknownService: there is none; lists those there are.
    """
    known = discover()
    if name not in known:
        remedy = f"use one of {', '.join(known)}" if known else "install a service's package"
        raise UnknownService(faults=[Fault("service", name, "no such service", remedy)])
    return known[name]()
