"""What happens to one ticket: drawn from the dice, by the scripts that a plan weighs."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from .business import MINUTE
from .walk import Told

SECOND = 1_000_000
SOURCE = "https://desk.example/tickets"


class Said(NamedTuple):
    """A fact, and how many seconds after the beginning the help desk tells it."""

    fact: Told
    offset: float


class Author:
    """Writes the story of one ticket.

    Args:
        dice: what decides.
        ticket: its id.
        began, ends: of the run; nothing happens after its end, and nothing is told before the
            beginning.
    """

    def __init__(self, dice: random.Random, ticket: str, began: int, ends: int) -> None:
        self._dice, self._ticket, self._began, self._ends = dice, ticket, began, ends
        self.said: list[Said] = []

    def write(self, script: str) -> None:
        """Let it happen."""
        priority = self._dice.choices(("P1", "P2", "P3", "P4", None), (50, 22, 12, 10, 6))[0]
        aimed = {"late pause", "late reply", "on the dot", "late priority", "announced again"}
        if script in aimed:
            priority = "P2" if script == "late priority" else "P1"
        opened = self._opening(priority)
        getattr(self, f"_{script.replace(' ', '_')}")(opened, priority)

    def resolve_before_the_end(self) -> None:
        """Whatever is open ends."""
        last = max(said.fact.at for said in self.said)
        at = max(last + 1, self._ends - round(self._dice.uniform(0.05, 8) * SECOND))
        self._update(min(at, self._ends), 0, status="resolved")

    def _opening(self, priority: str | None) -> int:
        """So that some threshold falls due while the run lasts; P4 often the day before yesterday."""
        dice = self._dice
        length = (self._ends - self._began) // SECOND
        due = self._began + round(dice.uniform(0.5, max(1.0, length - 1.0)) * SECOND)
        if priority == "P4":
            return self._began - dice.choice((2 * 24 * 60, 20, 28)) * MINUTE
        ahead = dice.choice((30, 45, 54, 60, 90, 108, 120, 180))
        return due - ahead * SECOND + dice.randrange(SECOND)

    # Scripts: from here on, each begins with the ticket's opening.

    def _silent(self, opened: int, priority: str | None) -> None:
        self._open(opened, priority)

    def _busy(self, opened: int, priority: str | None) -> None:
        self._open(opened, priority)
        dice = self._dice
        first = max(opened, self._began - 2 * MINUTE)
        for _ in range(dice.randrange(1, 8)):
            at = first + round(dice.random() ** 1.5 * (self._ends - first - SECOND))
            self._something(at)

    def _late_pause(self, opened: int, priority: str | None) -> None:
        """A threshold is announced, and then it turns out that the clock stood still before it."""
        self._open(opened, priority)
        dice = self._dice
        due = opened + dice.choice((45, 54, 60, 60, 120)) * SECOND
        paused = due - round(dice.uniform(0.5, 25) * SECOND)
        told_late = max(0.0, (due - self._began) / SECOND) + dice.uniform(2, 14)
        self._update(paused, told_late, status="waiting_on_customer", absolute=True)
        resumed = paused + round(dice.uniform(3, 40) * SECOND)
        self._update(resumed, self._delay(), status="open")

    def _late_reply(self, opened: int, priority: str | None) -> None:
        """A breach is announced, and then it turns out that somebody had answered before."""
        self._open(opened, priority)
        due = opened + MINUTE
        at = due - round(self._dice.uniform(0.2, 30) * SECOND)
        told_late = max(0.0, (due - self._began) / SECOND) + self._dice.uniform(2, 20)
        self._reply(at, told_late, absolute=True)

    def _on_the_dot(self, opened: int, priority: str | None) -> None:
        """Exactly at the due instant, or a microsecond beside it."""
        self._open(opened, priority)
        due = (
            opened + self._dice.choice((30, 45, 54, 60)) * SECOND + self._dice.choice((-1, 0, 0, 1))
        )
        if self._dice.random() < 0.5:
            self._reply(due, 0)
        else:
            self._update(due, 0, status="waiting_on_customer")
            self._update(due + 20 * SECOND, 0, status="open")

    def _late_priority(self, opened: int, priority: str | None) -> None:
        """It had been urgent for a while when we heard of it, or has been less so."""
        self._open(opened, priority)
        at = opened + round(self._dice.uniform(1, 70) * SECOND)
        self._update(at, self._dice.uniform(5, 40), priority=self._dice.choice(("P1", "P1", "P3")))
        if self._dice.random() < 0.4:
            self._update(at + 30 * SECOND, self._delay(), priority="P2")

    def _early_bird(self, opened: int, priority: str | None) -> None:
        """Something is said of the ticket before it was opened."""
        self._reply(opened - 3 * SECOND, self._delay(), author="customer")
        self._update(opened - SECOND, self._delay(), priority="P1")
        self._open(opened, priority)

    def _reopened(self, opened: int, priority: str | None) -> None:
        self._open(opened, priority)
        at = opened
        for status in ("resolved", "open", "closed", "open")[: self._dice.choice((2, 2, 4))]:
            at += round(self._dice.uniform(2, 50) * SECOND)
            self._update(at, self._delay(), status=status)
            if self._dice.random() < 0.4:
                self._reply(at + SECOND, self._delay(), author="customer")

    def _announced_again(self, _: int, priority: str | None) -> None:
        """Half of the time was gone, so we heard; it was not, so it is taken back; then it is."""
        length = (self._ends - self._began) / SECOND
        again = self._began + round(0.75 * length * SECOND)
        opened = self._began - round(self._dice.uniform(105, 115) * SECOND)
        paused = opened + 5 * SECOND
        self._open(opened, priority)
        self._update(self._began, 1, assignee="u1")  # proves what was crossed before
        self._update(paused, 0.3 * length, status="waiting_on_customer", absolute=True)
        resumed = paused + (again - opened - MINUTE)
        self._update(resumed, 0.3 * length, status="open", absolute=True)

    def _at_once(self, opened: int, priority: str | None) -> None:
        """Two people act within a second, and are heard of at the same moment, in any order."""
        self._open(opened, priority)
        length = (self._ends - self._began) // SECOND
        moment = self._dice.randrange(2, max(3, length - 2))
        at = self._began + moment * SECOND
        self._reply(at - SECOND, moment + 0.5, author="customer", absolute=True)
        self._update(at, moment + 0.5, status="resolved", absolute=True)

    def _something(self, at: int) -> None:  # noqa: C901 - one case for each thing
        dice = self._dice
        match dice.choices(range(10), (18, 16, 12, 14, 10, 8, 6, 6, 3, 7))[0]:
            case 0:
                self._reply(at, self._delay())
            case 1:
                self._reply(at, self._delay(), author="customer")
            case 2:
                self._update(at, self._delay(), status="waiting_on_customer")
            case 3:
                self._update(at, self._delay(), status="open")
            case 4:
                self._update(at, self._delay(), priority=dice.choice(("P1", "P2", "P3", None)))
            case 5:
                self._update(at, self._delay(), status="resolved")
            case 6:
                self._update(at, self._delay(), status="on_hold", priority="P1")
            case 7:
                self._update(at, self._delay(), status="no such status", priority="P1")
            case 8:
                gone = dice.choice(("cancelled", "deleted", "merged"))
                if gone == "cancelled":
                    self._update(at, self._delay(), status=gone)
                else:
                    into = "T-1" if gone == "merged" else None
                    self._say("deleted", at, self._delay(), {"reason": gone, "into": into})
            case _:
                self._update(at, self._delay(), assignee=f"u{dice.randrange(9)}", group="l2")

    def _delay(self) -> float:
        """Seconds until the help desk tells it: mostly none, sometimes some, rarely many."""
        return self._dice.choice(
            (0.0,) * 13 + (self._dice.uniform(1, 6),) * 5 + (self._dice.uniform(6, 30),) * 2
        )

    def _open(self, at: int, priority: str | None) -> None:
        data = {
            "priority": priority,
            "status": "open",
            "customer_id": f"c{self._dice.randrange(20)}",
            "group": "l1",
            "attributes": {"channel": "mail"},
        }
        self._say("opened", at, 0, data)

    def _update(self, at: int, delay: float, *, absolute: bool = False, **changes: Any) -> None:
        self._say("updated", at, delay, {"changes": changes}, absolute=absolute)

    def _reply(
        self, at: int, delay: float, *, author: str = "agent", absolute: bool = False
    ) -> None:
        public = author == "customer" or self._dice.random() < 0.9
        data = {"author": author, "public": public, "person": "u1"}
        self._say("replied", at, delay, data, absolute=absolute)

    def _say(
        self, kind: str, at: int, delay: float, data: dict[str, Any], *, absolute: bool = False
    ) -> None:
        """A fact at an instant, told so many seconds later (or after the beginning)."""
        at = min(at, self._ends)
        since = max(0.0, (at - self._began) / SECOND)
        number = len(self.said) + 1
        fact = Told(
            at,
            number,
            SOURCE,
            f"{self._ticket}-{number}",
            kind,
            {"ticket_id": self._ticket, **data},
        )
        length = (self._ends - self._began) / SECOND
        offset = max(since, min(delay if absolute else since + delay, length))
        self.said.append(Said(fact, offset))
