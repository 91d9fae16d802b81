"""What the suite shows of each backend, as its tests say it themselves: the conformance table."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from inspect import getmembers, isfunction
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])

REPOSITORY = Path(__file__).parents[4]


def shows(*behaviours: str) -> Callable[[Test], Test]:
    """Names what a test shows, in the words of the table."""

    def told(test: Test) -> Test:
        test.__dict__["shows"] = behaviours
        return test

    return told


@dataclass(frozen=True, slots=True)
class Shown:
    """A behaviour, the backends that it is shown of, and the test that does it."""

    behaviour: str
    backends: Sequence[str]
    test: str


def shown_by(module: ModuleType, usual: Sequence[str]) -> Iterator[Shown]:
    """What the tests of *module* show, in their order.

    Args:
        module: may say in `UNDER` which backends its tests run under.
        usual: the backends if neither the module nor a test says which.
    """
    tests = [
        test
        for name, test in getmembers(module, isfunction)
        if name.startswith("test_") and test.__module__ == module.__name__
    ]
    for test in sorted(tests, key=lambda one: one.__code__.co_firstlineno):
        under: Sequence[str] = _parameters(test) or vars(module).get("UNDER", usual)
        for behaviour in test.__dict__.get("shows", ()):
            yield Shown(behaviour, under, test.__name__)


def shown_elsewhere(path: str, test: str, behaviours: Sequence[str]) -> Iterator[Shown]:
    """What a test of the whole platform shows, under the `BACKENDS` that its file lists."""
    tree = ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}
    assert test in names, f"{path} has no {test}"
    (under,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "BACKENDS"
    ]
    for behaviour in behaviours:
        yield Shown(behaviour, under, test)


def _parameters(test: Callable[..., Any]) -> Sequence[str] | None:
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize" and mark.args[0] == "backend":
            found: Sequence[str] = mark.args[1]
            return found
    return None


def table(shown: Sequence[Shown], backends: Sequence[str]) -> str:
    """In Markdown: a row for each behaviour, in the order of the tests."""
    rows: dict[str, dict[str, str]] = {}
    tests: dict[str, list[str]] = {}
    for one in shown:
        cells = rows.setdefault(one.behaviour, {})
        cells.update(dict.fromkeys(one.backends, "yes"))
        named = tests.setdefault(one.behaviour, [])
        if one.test not in named:
            named.append(one.test)
    lines = [f"| Behaviour | {' | '.join(f'`{name}`' for name in backends)} | Test |"]
    lines.append("|" + "---|" * (len(backends) + 2))
    for behaviour, cells in rows.items():
        marks = " | ".join(cells.get(name, "-") for name in backends)
        by = ", ".join(f"`{name}`" for name in tests[behaviour])
        lines.append(f"| {behaviour} | {marks} | {by} |")
    return "\n".join(lines)
