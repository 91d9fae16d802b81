"""The story of a ticket, in the words of its activity feed."""

from __future__ import annotations

from ticket_clock_service.domain.activity import activity_entries
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.ledger import Ledger

from .builders import Desk, entry, goes_on, mon, opened, resolved, rulebook, tue, updated, waits
from .documents import SIMPLE, answer


def test_the_activity_feed_tells_the_story() -> None:
    desk = Desk(SIMPLE)
    desk.report(opened(mon("09:00")))
    desk.wake_until(mon("12:30"))
    desk.report(waits(mon("11:30")), now=mon("12:40"))
    desk.report(goes_on(mon("13:00")))
    desk.report(updated(mon("13:10"), group="l2"))
    desk.report(updated(mon("13:20"), priority="P1"))
    desk.report(resolved(mon("13:30")))
    entries = activity_entries(list(desk.facts.values()), SIMPLE, desk.ledger, as_of=mon("14:00"))
    moved = [one for one in entries if one["about"] == "clock"]
    assert [(one["at"][11:16], one["text"]) for one in moved] == [
        ("09:00", "Resolution started with 240 business minutes"),
        ("11:00", "Resolution crossed percent:50"),
        ("11:30", "Resolution paused"),
        ("12:00", "Resolution crossed percent:75"),
        ("12:40", "Resolution had not crossed percent:75: what was reported since takes it back"),
        ("13:00", "Resolution goes on"),
        ("13:10", "Resolution has new particulars"),
        ("13:20", "Resolution is measured against 120 business minutes"),
        ("13:20", "Resolution crossed percent:50"),
        ("13:20", "Resolution crossed percent:75"),
        ("13:20", "Resolution was breached"),
        ("13:30", "Resolution ended late"),
    ]


def test_entries_of_other_tenants_terms_and_unbound_tickets_are_told_as_nothing() -> None:
    nothing = rulebook(entry("settings", settings={"binding_required": True}))
    (told,) = activity_entries([opened(mon("09:00"))], nothing, Ledger(), as_of=tue("09:00"))
    assert told["about"] == "fact"
    assert [
        fault["code"] for fault in answer([opened(mon("09:00"))], tue("09:00"), nothing)["faults"]
    ] == ["ticket.unbound"]
    assert fold([opened(mon("09:00"))], nothing).running
