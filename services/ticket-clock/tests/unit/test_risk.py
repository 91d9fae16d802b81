"""How near a ticket is to a breach."""

from __future__ import annotations

import pytest

from ticket_clock_service.domain.fact import AnyFact

from .builders import (
    MINUTE,
    default,
    entry,
    goes_on,
    mon,
    opened,
    resolved,
    rulebook,
    sla,
    status,
    tue,
    waits,
)
from .documents import answer, only

TARGET = 240 * MINUTE
HALF, MOST, NEARLY = TARGET // 2, TARGET * 3 // 4, TARGET * 9 // 10


@pytest.mark.parametrize(
    ("used", "risk"),
    [
        pytest.param(0, "LOW", id="at the start"),
        pytest.param(HALF - 1, "LOW", id="a microsecond below half"),
        pytest.param(HALF, "MEDIUM", id="half"),
        pytest.param(MOST - 1, "MEDIUM", id="a microsecond below three quarters"),
        pytest.param(MOST, "HIGH", id="three quarters"),
        pytest.param(NEARLY - 1, "HIGH", id="a microsecond below nine tenths"),
        pytest.param(NEARLY, "CRITICAL", id="nine tenths"),
        pytest.param(TARGET, "CRITICAL", id="exactly due, not breached"),
        pytest.param(TARGET + 1, "CRITICAL", id="breached"),
    ],
)
@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_risk_by_what_is_used(used: int, risk: str, paused: bool) -> None:
    """As in the table of the state machines; a pause changes nothing."""
    end = mon("09:00") + used
    facts = [opened(mon("09:00")), *([waits(end)] if paused else [])]
    document = answer(facts, tue("08:00") if paused else end)
    clock = only(document)
    assert (document["risk"], clock["risk"]) == (risk, risk)
    assert (clock["outcome"] == "breached") is (used > TARGET)


@pytest.mark.parametrize(
    ("facts", "as_of", "risk"),
    [
        pytest.param([resolved(mon("12:50"))], tue("12:00"), "none", id="closed in time"),
        pytest.param([resolved(mon("15:00"))], tue("12:00"), "none", id="closed late"),
        pytest.param(
            [resolved(mon("12:50")), goes_on(mon("14:00"))], mon("14:01"), "CRITICAL", id="reopened"
        ),
        pytest.param(
            [waits(mon("13:30")), status(mon("14:00"), "On Hold")],
            tue("12:00"),
            "CRITICAL",
            id="breached, then paused",
        ),
    ],
)
def test_risk_of_what_has_ended(facts: list[AnyFact], as_of: int, risk: str) -> None:
    document = answer([opened(mon("09:00")), *facts], as_of)
    assert (document["risk"], only(document)["risk"]) == (risk, risk)


def test_the_risk_of_a_ticket_is_that_of_its_worst_open_clock_promised_to_the_customer() -> None:
    promised = sla(("first_response", None, 480, "office"), ("resolution", None, 240, "office"))
    group = sla(
        ("resolution", None, 60, "office"), sla_id="of-l1", agreement_type="ola", group="l1"
    )
    rules = rulebook(
        default(promised),
        entry("assignment", recorded=2, sla=group, match={"group": "l1"}),
        slas=[promised, group],
    )
    facts = [opened(mon("09:00"), group="l1")]
    document = answer(facts, mon("11:30"), rules)
    assert [(one["metric"], one["risk"]) for one in document["clocks"]] == [
        ("first_response", "LOW"),
        ("resolution", "MEDIUM"),
        ("resolution", "CRITICAL"),
    ]
    assert document["risk"] == "MEDIUM"
    assert answer([opened(mon("09:00"))], mon("10:00"), rulebook(slas=[]))["risk"] == "none"
