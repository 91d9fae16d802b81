"""What changes from one version of an SLA to another, in words and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from slaclock.business_time.differences import differences as hours_differences

__all__ = ["Difference", "Kind", "differences"]

Kind: TypeAlias = Literal["added", "removed", "changed"]

_UNTOLD: Final = frozenset({"version", "effective_from", "calendar_snapshots"})
"""A version's number and instant are no content; calendars are told apart by their hash."""

_IDS: Final[Mapping[str, str]] = {
    "escalations": "rule_id",
    "credits": "credit_id",
    "kpi_templates": "kpi_id",
}
_SINGULAR: Final[Mapping[str, str]] = {
    "targets": "target",
    "calendars": "calendar",
    "pause": "pause of",
    "reopen": "reopening of",
    "metrics": "course of",
    "thresholds": "thresholds of",
    "escalations": "escalation rule",
    "credits": "service credit",
    "roles": "role",
    "kpi_templates": "KPI",
}
_LONGEST: Final = 300
_ROOM: Final = 190
"""Characters for what changes inside a calendar."""
_ABSENT: Final = object()
"""In place of a value that is not there: null is one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same.

    Attributes:
        path: of the value, such as `targets[resolution P1]`, `pause.resolution`.
        before, after: as the snapshots say it; None where it is not there.
        words: a sentence for people.
    """

    path: str
    kind: Kind
    before: Any
    after: Any
    words: str


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Everything that snapshot *after* says otherwise than *before*, in a fixed order.

    Empty if and only if both say the same. Either may be empty: a version before the first one,
    beside which tables without entries are nothing to tell of.
    """
    found: list[Difference] = []
    for key in sorted({*before, *after} - _UNTOLD):
        one, other = before.get(key, _ABSENT), after.get(key, _ABSENT)
        if one == other or (not before and other in ([], {})):
            continue
        if _has_entries(one, other):
            entries = _entries(key, one, other)
            found += _of_calendars(entries, before, after) if key == "calendars" else entries
        else:
            found.append(_difference(key, key, one, other))
    return found


def _has_entries(one: Any, other: Any) -> bool:
    """Whether both are tables, and something stands in one of them."""
    tables = [value for value in (one, other) if value is not _ABSENT]
    return any(tables) and all(isinstance(value, dict | list) for value in tables)


def _entries(key: str, before: Any, after: Any) -> Iterator[Difference]:
    ones, others = _by_name(key, before), _by_name(key, after)
    told = False
    for name in sorted({*ones, *others}):
        one, other = ones.get(name, _ABSENT), others.get(name, _ABSENT)
        if one != other:
            told = True
            path = f"{key}[{name}]" if key == "targets" or key in _IDS else f"{key}.{name}"
            yield _difference(path, _called(key, name), one, other)
    if not told:
        yield Difference(key, "changed", before, after, f"the order of {key} changes")


def _of_calendars(
    found: Iterable[Difference], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Difference]:
    """The same, with the hours and holidays that change instead of bare hashes."""
    bodies = {**before.get("calendar_snapshots", {}), **after.get("calendar_snapshots", {})}
    for one in found:
        hashes = [one.before["hash"], one.after["hash"]] if one.kind == "changed" else []
        if not hashes or not bodies.keys() >= set(hashes):
            yield one
            continue
        said = [each.words for each in hours_differences(*(bodies[name] for name in hashes))]
        called = f"calendar {one.path.partition('.')[2]}"
        if one.before["calendar_id"] or one.after["calendar_id"] or not said:
            called += f": {_brief(one.before)} becomes {_brief(one.after)}"
        yield replace(one, words=_cut(f"{called}: {_listed(said)}"))


def _listed(said: Sequence[str]) -> str:
    """As many as one sentence holds; the rest is counted."""
    kept = [one for n, one in enumerate(said) if not n or len("; ".join(said[: n + 1])) < _ROOM]
    if len(kept) < len(said):
        kept.append(f"and {len(said) - len(kept)} more")
    return "; ".join(kept) or "the same hours and holidays"


def _by_name(key: str, value: Any) -> dict[str, Any]:
    if value is _ABSENT:
        return {}
    if isinstance(value, dict):
        return value
    if key == "targets":
        return {f"{one['metric']} {one['priority'] or 'fallback'}": one for one in value}
    if key in _IDS:
        return {str(one[_IDS[key]]): one for one in value}
    return {str(one): one for one in value}


def _called(key: str, name: str) -> str:
    if key == "thresholds" and ":" in name:
        return f"threshold {name}"
    return f"{_SINGULAR.get(key, key)} {name}"


def _difference(path: str, called: str, before: Any, after: Any) -> Difference:
    if before is _ABSENT:
        return Difference(path, "added", None, after, _cut(f"{called} is new: {_brief(after)}"))
    if after is _ABSENT:
        words = f"{called} is gone: {_brief(before)}"
        return Difference(path, "removed", before, None, _cut(words))
    if isinstance(before, dict) and isinstance(after, dict):
        changes = "; ".join(
            f"{name} {_brief(before.get(name))} becomes {_brief(after.get(name))}"
            for name in sorted({*before, *after})
            if before.get(name) != after.get(name)
        )
    else:
        changes = f"{_brief(before)} becomes {_brief(after)}"
    return Difference(path, "changed", before, after, _cut(f"{called}: {changes}"))


def _brief(value: Any) -> str:
    match value:
        case None | []:
            return "nothing"
        case {"hash": name, "calendar_id": None}:
            return f"written in the file ({name[:12]})"
        case {"hash": name, "calendar_id": calendar, "version": number}:
            return f"{calendar} version {number} ({name[:12]})"
        case dict():
            said = ((key, one) for key, one in value.items() if one not in (None, [], {}))
            return ", ".join(f"{key} {_brief(one)}" for key, one in said) or "nothing"
        case list():
            return ", ".join(map(_brief, value))
        case _:
            return str(value)


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 3]}..."
