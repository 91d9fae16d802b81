"""Whatever happens to a ticket, what reconciling leaves of it is no finding of verification."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from slaclock.contracts.instants import from_us
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import refolded
from ticket_clock_service.domain.picture import FOLD_VERSION
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.ports import Ticket
from ticket_clock_service.usecases.damage import Case, Finding, _derived
from ticket_clock_service.usecases.writing import clock_state

from .builders import MINUTE, Desk
from .lives import START, deliveries, rules, thorough


def found(desk: Desk, now: int) -> list[Finding]:
    """All that verification says of the ticket's row and ledger at an instant."""
    picture = desk.picture
    assert picture is not None
    ticket = Ticket(
        tenant_id="acme",
        ticket_id="INC-1",
        revision=1,
        sequence=1,
        state=desk.stored,
        terms_revision=1,
        fold_version=FOLD_VERSION,
        recorded_at=from_us(now),
        fact_count=len(desk.facts),
        next_due_at=None if desk.next_due is None else from_us(desk.next_due),
        import_id=None,
        importing_until=None,
        historical_until=None,
        is_open=picture.running,
        clock_state=clock_state(picture),
        fault=None,
        seal=None,
    )
    case = Case(
        ticket=ticket,
        picture=picture,
        facts=(),
        told=[(one.id("acme", "INC-1"), one) for one in desk.ledger.told],
        ledger=desk.ledger,
        revisions=(1, 1),
        rulebook=desk.rules,
        terms_revision=1,
        now=from_us(now),
    )
    folded = refolded(desk.facts.values(), desk.rules, picture)
    return list(_derived(case, folded, desk.rules))


@thorough
@given(deliveries(), rules, rules, st.data())
def test_what_reconciling_leaves_is_no_damage(
    batches: list[tuple[list[AnyFact], int]], book: Rulebook, other: Rulebook, data: st.DataObject
) -> None:
    desk, now = Desk(book), START
    for batch, at in batches:
        now = max(now, at)
        desk.report(*batch, now=now)
        assert found(desk, now) == []
        match data.draw(st.sampled_from(["look", "wait", "learn", "go on"]), label="then"):
            case "look":
                desk.wake(now)
            case "wait":
                now += data.draw(st.integers(0, 3000), label="minutes") * MINUTE
                desk.wake_until(now)
            case "learn":
                desk.learn(other, now)
            case _:
                pass
        assert found(desk, now) == []
