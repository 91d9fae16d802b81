"""An explanation as a tree for people, whatever its parts are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.tree import Tree

__all__ = ["explanation_page"]


def explanation_page(document: Mapping[str, Any]) -> RenderableType:
    """The answer of `GET .../explain`: every part, sentences first."""
    tree = Tree(f"[bold]{escape(str(document.get('ticket_id', 'ticket')))}[/]")
    for name, value in document.items():
        if name != "ticket_id":
            _grow(tree, name.replace("_", " "), value)
    return tree


def _grow(tree: Tree, name: str, value: object) -> None:
    if isinstance(value, Mapping):
        branch = tree.add(_title(name, value))
        for key, inner in value.items():
            if key not in {"text", "sentence"}:
                _grow(branch, str(key).replace("_", " "), inner)
    elif isinstance(value, list) and value:
        branch = tree.add(escape(f"{name} ({len(value)})"))
        for index, inner in enumerate(value, start=1):
            _grow(branch, str(index), inner)
    elif value not in (None, [], {}, ""):
        tree.add(f"{escape(name)}: [cyan]{escape(str(value))}[/]")


def _title(name: str, value: Mapping[str, Any]) -> str:
    sentence = value.get("sentence") or value.get("text")
    return f"{escape(name)}: {escape(str(sentence))}" if sentence else escape(name)
