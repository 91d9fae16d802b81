"""What a KPI is, and what its figure says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from dashboard_service.domain.clock import Metric
from dashboard_service.domain.kpi import By, Kpi, Line, Score, Span, Verdict, lines, read_kpis

GOAL = Decimal("95.00")
KPI = Kpi(
    tenant="acme",
    agreement="h1",
    kpi_id="lead.resolution.month",
    sla_id="gold",
    version=1,
    name="Gold",
    role="lead",
    metric=Metric.RESOLUTION,
    priority=None,
    target=GOAL,
    span=Span.MONTH,
)
SECOND = replace(KPI, agreement="h2", version=2)


def template(role: str = "lead", **more: Any) -> dict[str, Any]:
    known = {
        "kpi_id": f"{role}.resolution.month",
        "role": role,
        "measure": "compliance",
        "metric": "resolution",
        "target": "95.00",
        "period": "month",
        "priority": None,
    }
    return known | more


def read(roles: dict[str, Any], *templates: dict[str, Any]) -> tuple[Kpi, ...]:
    snapshot = {"name": "Gold", "roles": roles, "kpi_templates": list(templates)}
    return read_kpis("acme", "h1", "gold", 1, snapshot)


@pytest.mark.parametrize(
    ("recipients", "persons", "groups"),
    [
        pytest.param([], (), (), id="nobody: all tickets"),
        pytest.param([{"channel": "email", "to": "a@b.example"}], (), (), id="an address"),
        pytest.param([{"person": "u2"}, {"person": "u1"}], ("u1", "u2"), (), id="people"),
        pytest.param([{"group": "l1"}], (), ("l1",), id="a group"),
        pytest.param([{"role": "desk"}], ("d1",), ("l9",), id="those of another role"),
        pytest.param([{"role": "lead"}, {"person": "u1"}], ("u1",), (), id="itself"),
        pytest.param([{"role": "nowhere"}], (), (), id="a role that is not there"),
    ],
)
def test_whose_tickets_a_role_answers_for(
    recipients: list[dict[str, str]], persons: tuple[str, ...], groups: tuple[str, ...]
) -> None:
    desk = {"recipients": [{"person": "d1"}, {"group": "l9"}, {"role": "lead"}]}
    (found,) = read({"lead": {"recipients": recipients}, "desk": desk}, template())
    assert (found.persons, found.groups) == (persons, groups)


def test_a_kpi_is_read_as_it_stands() -> None:
    (found,) = read({"lead": {"recipients": []}}, template(target="97.50", priority="P1"))
    assert (found.target, found.priority, found.span) == (Decimal("97.50"), "P1", Span.MONTH)
    assert read_kpis("acme", "h1", "gold", 1, {"targets": []}) == ()


@pytest.mark.parametrize(
    "spoilt",
    [{"metric": "happiness"}, {"period": "week"}, {"target": "many"}],
    ids=lambda spoilt: next(iter(spoilt)),
)
def test_what_no_snapshot_holds_is_refused(spoilt: dict[str, Any]) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        read({}, template(**spoilt))


@pytest.mark.parametrize(
    ("score", "target", "compliance", "verdict"),
    [
        pytest.param(Score(), "95.00", None, Verdict.NO_DATA, id="nothing at all"),
        pytest.param(
            Score(pending=9, cancelled=9, unattributed=9),
            "0.00",
            None,
            Verdict.NO_DATA,
            id="nothing judged is no data, whatever else there is",
        ),
        pytest.param(Score(met=19, breached=1), "95.00", 0.95, Verdict.KEPT, id="exactly"),
        pytest.param(Score(met=19, breached=1), "95.01", 0.95, Verdict.MISSED, id="just not"),
        pytest.param(
            Score(met=2, breached=1), "66.67", 2 / 3, Verdict.MISSED, id="never rounded up"
        ),
        pytest.param(Score(met=2, breached=1), "66.66", 2 / 3, Verdict.KEPT, id="nor down"),
        pytest.param(Score(met=1, pending=99), "100.00", 1.0, Verdict.KEPT, id="all judged met"),
        pytest.param(Score(breached=1), "0.00", 0.0, Verdict.KEPT, id="nothing is asked for"),
    ],
)
def test_verdicts(score: Score, target: str, compliance: float | None, verdict: Verdict) -> None:
    assert (score.compliance, score.verdict(Decimal(target))) == (compliance, verdict)


@pytest.mark.parametrize(
    ("span", "day", "expected"),
    [
        pytest.param(Span.MONTH, "2028-02-10", ("2028-02-01", "2028-02-29"), id="leap month"),
        pytest.param(Span.QUARTER, "2026-03-31", ("2026-01-01", "2026-03-31"), id="its last day"),
        pytest.param(Span.QUARTER, "2026-10-01", ("2026-10-01", "2026-12-31"), id="its first"),
        pytest.param(Span.YEAR, "2026-07-04", ("2026-01-01", "2026-12-31"), id="year"),
    ],
)
def test_the_period_around_a_day(span: Span, day: str, expected: tuple[str, str]) -> None:
    first, last = span.around(date.fromisoformat(day))
    assert (first.isoformat(), last.isoformat()) == expected


def shown(kpis: list[Kpi], counted: dict[Any, Score], by: By = By.ROLE) -> list[Line]:
    return lines(kpis, counted, None, None, by)


def test_versions_that_hold_it_alike_are_one_line() -> None:
    counted = {
        ("h1", KPI.kpi_id, None): Score(met=1),
        ("h2", KPI.kpi_id, None): Score(met=2, breached=1),
    }
    (line,) = shown([KPI, SECOND], counted)
    assert (line.versions, line.score) == ((1, 2), Score(met=3, breached=1))


def test_another_target_is_another_line_and_old_ones_vanish_with_their_cycles() -> None:
    first, stricter = replace(KPI, outdated=True), replace(SECOND, target=Decimal("99.00"))
    held = shown([first, stricter], {("h1", KPI.kpi_id, None): Score(met=1)})
    assert [(line.versions, line.score.judged) for line in held] == [((1,), 1), ((2,), 0)]
    assert [line.versions for line in shown([first, stricter], {})] == [(2,)]
    assert shown([first], {}) == [], "whatever else the newer version holds"


def test_by_person_there_is_a_line_for_each_and_one_for_nobody() -> None:
    counted = {
        ("h1", KPI.kpi_id, "bob"): Score(met=1),
        ("h1", KPI.kpi_id, "ann"): Score(breached=1),
        ("h1", KPI.kpi_id, None): Score(unattributed=2),
    }
    found = shown([KPI], counted, By.TECHNICIAN)
    assert [(line.technician, line.verdict) for line in found] == [
        (None, Verdict.NO_DATA),
        ("ann", Verdict.MISSED),
        ("bob", Verdict.KEPT),
    ]
    assert shown([KPI], {}, By.TECHNICIAN) == []


@pytest.mark.parametrize(
    ("kpi", "sentence"),
    [
        pytest.param(
            KPI,
            "Share of resolutions that were met, of every priority, under Gold (version 1), all its "
            "tickets, because role lead names no person and no group; at least 95.00 % each month.",
            id="all tickets",
        ),
        pytest.param(
            replace(KPI, persons=("u1",), groups=("l1", "l2"), priority="P1", span=Span.YEAR),
            "Share of resolutions that were met, of priority P1, under Gold (version 1), decided "
            "while person u1, group l1 or group l2 of role lead had the ticket; at least 95.00 % "
            "each year.",
            id="people and groups",
        ),
        pytest.param(
            replace(KPI, persons=tuple("abcdefgh")),
            "Share of resolutions that were met, of every priority, under Gold (version 1), decided "
            "while person a, person b, person c, person d, person e or one of 3 more of role lead "
            "had the ticket; at least 95.00 % each month.",
            id="many people",
        ),
    ],
)
def test_each_figure_says_what_it_counts(kpi: Kpi, sentence: str) -> None:
    (line,) = shown([kpi], {})
    assert line.definition == sentence
