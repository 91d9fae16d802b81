"""One example message of every event type, as JSON files beside this module."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

__all__ = ["example", "example_types"]


def example_types() -> Iterator[str]:
    """The event types that have an example, in order."""
    names = (entry.name for entry in files(__name__).iterdir())
    yield from sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))


def example(event_type: str) -> bytes:
    """The example message of *event_type*, as its publisher sends it.

    Raises:
        FileNotFoundError: there is none.
    """
    return files(__name__).joinpath(f"{event_type}.json").read_bytes()
