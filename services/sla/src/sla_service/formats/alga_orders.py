"""Notifications and escalations of Alga PSA become thresholds, escalation rules and roles."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from slaclock.foreign.findings import Findings, Place
from slaclock.foreign.tables import Row, Unusable

__all__ = ["LEVELS", "Orders", "Post", "Posts", "read_orders", "read_posts"]

LEVELS: Final = (1, 2, 3)
_USUAL: Final = (70, 90, 110)
"""Percents of the levels, where a row has none."""
_MOST_PERCENT: Final = 9999
_MOST_RULES: Final = 500
_MOST_THRESHOLDS: Final = 50
_CHANNEL: Final = re.compile(r"[a-z_]{1,40}", re.ASCII)
_MOST_BOARDS: Final = 500
_ALWAYS: Final = 100


@dataclass(frozen=True, slots=True)
class Post:
    """A post that boards fill, each its own way.

    Attributes:
        role: its name in SLA files.
        holders: the boards of each person who holds it.
        everywhere: whether one person holds it on every board of the export.
    """

    role: str
    holders: Mapping[str, tuple[str, ...]]
    everywhere: bool


@dataclass(frozen=True, slots=True)
class Posts:
    """Whom the boards of a tenant name.

    Attributes:
        channels: how managers of levels are told there.
    """

    manager: Post
    levels: Mapping[int, Post]
    channels: frozenset[str] = frozenset()
    _some: dict[tuple[str, ...], Sequence[tuple[str, Sequence[str]]]] = field(default_factory=dict)

    def of_some_boards(self, posts: Sequence[Post]) -> Sequence[tuple[str, Sequence[str]]]:
        """Who of *posts* is told of the tickets of some boards only, and of which."""
        key = tuple(post.role for post in posts)
        if key not in self._some:
            found: dict[str, set[str]] = defaultdict(set)
            for post in posts:
                for person, boards in () if post.everywhere else post.holders.items():
                    found[person].update(boards)
            self._some[key] = [(person, sorted(found[person])) for person in sorted(found)]
        return self._some[key]


@dataclass(slots=True)
class Orders:
    """What a policy orders, as an SLA file has it."""

    thresholds: list[str] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)
    roles: dict[str, Any] = field(default_factory=dict)


def read_posts(boards: list[Row], managers: list[Row], findings: Findings) -> Posts:
    """From `boards` (`manager_user_id`) and `escalation_managers`."""
    known: set[str] = set()
    heads: dict[str, set[str]] = defaultdict(set)
    levels: dict[int, dict[str, set[str]]] = {level: defaultdict(set) for level in LEVELS}
    channels: set[str] = set()
    for row in boards:
        try:
            board, person = row.text("board_id"), row.text("manager_user_id")
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
            continue
        known.add(board)
        if person:
            heads[person].add(board)
    for row in managers:
        try:
            board, person, level = _manager(row)
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
            continue
        known.add(board)
        if person:
            levels[level][person].add(board)
            channels.update(_channels(row.values.get("notify_via")))
    return Posts(
        _post("board-manager", heads, known),
        {level: _post(f"escalation-manager-{level}", levels[level], known) for level in LEVELS},
        frozenset(channels),
    )


def _manager(row: Row) -> tuple[str, str, int]:
    """Board, person and level of a row of `escalation_managers`."""
    board, level = row.text("board_id"), row.whole("escalation_level")
    if not board:
        raise Unusable("board_id", None, "is missing", "export the column", "import.row-id")
    if level not in LEVELS:
        raise Unusable(
            "escalation_level",
            level,
            "is not a level of Alga PSA",
            "write 1, 2 or 3",
            "import.level",
        )
    return board, row.text("manager_user_id"), level


def _post(role: str, holders: Mapping[str, set[str]], known: set[str]) -> Post:
    everywhere = len(holders) == 1 and set(*holders.values()) == known
    listed = {person: tuple(sorted(boards)) for person, boards in sorted(holders.items())}
    return Post(role, listed, everywhere)


def read_orders(
    place: Place,
    thresholds: Sequence[Row],
    targets: Iterable[tuple[str, Row]],
    posts: Posts,
    findings: Findings,
) -> Orders:
    """What a policy orders.

    Args:
        place: of the policy.
        thresholds: its rows of `sla_notification_thresholds`.
        targets: its rows of `sla_policy_targets` by priority, those that were taken.
        posts: whom boards name.
        findings: get what is left out.
    """
    writer = _Writer(place, posts, findings)
    for row in thresholds:
        try:
            writer.notify(row)
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
    steps: dict[tuple[int, int], list[str]] = defaultdict(list)
    priorities: list[str] = []
    for priority, row in targets:
        priorities.append(priority)
        for level, usual in zip(LEVELS, _USUAL, strict=True):
            try:
                percent = _percent(row, f"escalation_{level}_percent", usual)
            except Unusable as wrong:
                findings.left(row.place, *wrong.fault)
            else:
                if percent:
                    steps[level, percent].append(priority)
    for (level, percent), listed in sorted(steps.items()):
        writer.escalate(level, percent, listed if set(listed) != set(priorities) else [])
    return writer.done()


def _percent(row: Row, column: str, usual: int) -> int:
    """A percentage; 0 for none, as in Alga PSA."""
    percent = usual if row.values.get(column) is None else row.whole(column)
    if 0 <= percent <= _MOST_PERCENT:
        return percent
    raise Unusable(
        column,
        percent,
        "is not a percentage of a target",
        f"write 1 to {_MOST_PERCENT}",
        "import.percent",
    )


class _Writer:
    """Collects thresholds, rules and roles of one policy."""

    def __init__(self, place: Place, posts: Posts, findings: Findings) -> None:
        self._place, self._posts, self._findings = place, posts, findings
        self._percents: set[int] = {_ALWAYS}
        self._channels: set[str] = set()
        self._notified: set[int] = set()
        self._orders = Orders()
        self._names: Counter[str] = Counter()
        self._beyond = 0

    def notify(self, row: Row) -> None:
        """A row of `sla_notification_thresholds`.

        Raises:
            Unusable: it says nothing that can be carried.
        """
        percent = _percent(row, "threshold_percent", 0)
        if not percent or percent in self._notified:
            raise Unusable(
                "threshold_percent",
                percent or None,
                "has another row already" if percent else "is no point of a clock",
                "keep one row for each percentage" if percent else "write 1 or more",
                "import.threshold-twice" if percent else "import.percent",
            )
        if not self._point(percent):
            raise Unusable(
                "threshold_percent",
                percent,
                f"is beyond {_MOST_THRESHOLDS} thresholds",
                "remove those that nobody needs",
                "import.too-many",
            )
        posts = []
        if row.flag("notify_board_manager", default=False):
            posts.append(self._posts.manager)
        if row.flag("notify_escalation_manager", default=False):
            posts += self._posts.levels.values()
        assignee = row.flag("notify_assignee", default=True)
        self._notified.add(percent)
        self._channels |= set(_channels(row.values.get("channels")))
        everyone = [{"role": "assignee"}] if assignee else []
        if not everyone and not posts:
            self._findings.noted(
                row.place,
                "notify_assignee",
                "false",
                "nobody is told; the threshold itself is kept",
                "name somebody, or remove the row",
                "import.nobody-told",
            )
        self._rules(f"notify-{percent}", {"threshold": f"percent:{percent}"}, everyone, posts)

    def escalate(self, level: int, percent: int, priorities: Sequence[str]) -> None:
        """An escalation level of the targets of *priorities*; of all where none is named."""
        if not self._point(percent):
            self._beyond += 1
            return
        rule: dict[str, Any] = {"threshold": f"percent:{percent}", "level": level}
        if priorities:
            rule["conditions"] = {"priority": list(priorities)}
        self._channels |= self._posts.channels
        self._rules(f"escalate-{level}", rule, [], [self._posts.levels[level]])

    def done(self) -> Orders:
        """Everything, with what was left out told once."""
        orders = self._orders
        orders.thresholds = [f"percent:{one}" for one in sorted(self._percents)]
        if self._beyond:
            self._findings.left(
                self._place,
                "escalations",
                self._beyond,
                f"are beyond {_MOST_RULES} rules, {_MOST_THRESHOLDS} thresholds or "
                f"{_MOST_BOARDS} boards of a manager",
                "remove those that nobody needs",
                "import.too-many",
            )
        if self._channels:
            self._findings.noted(
                self._place,
                "channels",
                ", ".join(sorted(self._channels)),
                "are not carried: a rule names people, and how each of them is told is decided "
                "where they are known",
                'add {"channel": "email", "to": ADDRESS} to recipients to fix an address',
                "import.channels",
            )
        self._tell_of_roles()
        return orders

    def _point(self, percent: int) -> bool:
        """Whether there is room for the threshold, or it is there already."""
        if percent not in self._percents and len(self._percents) >= _MOST_THRESHOLDS:
            return False
        self._percents.add(percent)
        return True

    def _rules(
        self,
        name: str,
        rule: Mapping[str, Any],
        everyone: list[dict[str, Any]],
        posts: Iterable[Post],
    ) -> None:
        """A rule for those who are told of every ticket, and one for those of some boards."""
        listed = tuple(posts)
        for post in listed:
            if not post.holders or post.everywhere:
                everyone.append({"role": post.role})
            if post.everywhere:
                person = next(iter(post.holders))
                self._orders.roles[post.role] = {"recipients": [{"person": person}]}
        if everyone:
            self._add(name, {**rule, "recipients": everyone})
        some = self._posts.of_some_boards(listed)
        for number, (person, boards) in enumerate(some, start=1):
            if len(self._orders.rules) >= _MOST_RULES:
                self._beyond += len(some) - number + 1
                return
            conditions = {**rule.get("conditions", {}), "group": list(boards)}
            told = {"conditions": conditions, "recipients": [{"person": person}]}
            self._add(f"{name}-boards-{number}", {**rule, **told})

    def _add(self, name: str, rule: Mapping[str, Any]) -> None:
        if len(self._orders.rules) >= _MOST_RULES or (
            len(rule.get("conditions", {}).get("group", ())) > _MOST_BOARDS
        ):
            self._beyond += 1
            return
        self._names[name] += 1
        number = self._names[name]
        unique = name if number == 1 else f"{name}-{number}"
        self._orders.rules.append({"rule_id": unique, **rule})

    def _tell_of_roles(self) -> None:
        told = [one for rule in self._orders.rules for one in rule["recipients"]]
        empty = {one["role"] for one in told if "role" in one} - {"assignee", *self._orders.roles}
        if empty:
            self._findings.noted(
                self._place,
                "escalation_managers",
                ", ".join(sorted(empty)),
                "are roles that the export gives nobody",
                'add them to roles with recipients, such as {"person": "u17"}',
                "import.role-unfilled",
            )
        if any("group" in rule.get("conditions", {}) for rule in self._orders.rules):
            self._findings.noted(
                self._place,
                "board_id",
                None,
                "becomes the group of tickets: managers are told of those of their boards",
                "report the board's id as the group of a ticket",
                "import.board-as-group",
            )
        if any("level" in rule for rule in self._orders.rules):
            self._findings.noted(
                self._place,
                "escalation_manager",
                None,
                "is told, and not added to the ticket as Alga PSA does",
                'add {"kind": "reassign"} to a rule\'s actions if the ticket should move',
                "import.escalation-tells",
            )


def _channels(value: object) -> list[str]:
    """Of a JSON array, or of an array as PostgreSQL writes it into CSV."""
    if isinstance(value, list):
        return [one for one in value if isinstance(one, str) and _CHANNEL.fullmatch(one)]
    return _CHANNEL.findall(value)[:10] if isinstance(value, str) else []
