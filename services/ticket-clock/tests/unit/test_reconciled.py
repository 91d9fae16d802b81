"""One ticket reconciled in memory: when it is looked at again."""

from __future__ import annotations

from ticket_clock_service.domain.ledger import Ledger
from ticket_clock_service.usecases.ticket import Judgement, Known, reconciled

from .builders import clocked, mon, opened, sla, under, updated

RULES = under(
    sla(
        ("first_response", None, 60, "office"),
        ("resolution", "P1", 30, "office"),
        ("resolution", None, 480, "office"),
    )
)


def judgement(now: int, *, loop: bool) -> Judgement:
    return Judgement(
        now=now,
        noticed=now,
        until=now if loop else None,
        announces=True,
        looks_again=0,
        historical_before=0,
        provisional=False,
    )


def test_what_a_late_fact_makes_due_is_not_hidden_by_what_was_told_later() -> None:
    noon = mon("12:00")
    first = opened(mon("09:00"))
    one = reconciled(Known(None, Ledger(), None, [first]), RULES, judgement(noon, loop=False))
    two = reconciled(Known(one.picture, Ledger(), None, []), RULES, judgement(noon, loop=True))
    ledger = Ledger().after(two.difference)
    assert clocked(ledger.horizon - 1) == "Mon 10:00"

    late = updated(mon("09:05"), priority="P1")
    three = reconciled(Known(two.picture, ledger, None, [late]), RULES, judgement(noon, loop=False))
    assert three.difference.announced == ()
    assert three.next_due is not None
    assert three.next_due <= noon
    four = reconciled(Known(three.picture, ledger, None, []), RULES, judgement(noon, loop=True))
    assert [one.key.threshold for one in four.difference.announced] == [
        "percent:50",
        "percent:75",
        "percent:90",
        "percent:100",
    ]
