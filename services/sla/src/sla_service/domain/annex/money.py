"""Service credits: tiers, limits, and an example with figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from sla_service.domain.annex.blocks import (
    Block,
    Cell,
    Facts,
    Paragraph,
    Section,
    Table,
    Text,
    code,
    lines,
    strong,
    text,
)
from sla_service.domain.annex.words import METRICS, conditions, enumerated, percentage

__all__ = ["credit_sections", "credits_before"]

_FEE: Final = Decimal(10_000)
_FEW: Final = 200
_MANY: Final = 10_000
"""Cycles of an example: with so many, every two percentages of two places differ."""


def credits_before(snapshot: Mapping[str, Any]) -> list[Block]:
    """What stands before the single credits."""
    if not snapshot.get("credits"):
        return [Paragraph(text("No service credits are agreed."))]
    return [
        Paragraph(
            text(
                "A credit is a percentage of the fee that the contract names for the period; the"
                " fee itself is no part of this version. Compliance is compared as it is, before"
                " any rounding. Of the tiers that compliance lies below, the lowest one decides;"
                " tiers are not added up."
            )
        )
    ]


def credit_sections(snapshot: Mapping[str, Any], number: int) -> Iterator[Section]:
    """A part of section *number* for each credit."""
    for place, credit in enumerate(snapshot.get("credits", ()), start=1):
        title = f"{METRICS[credit['metric']]}, each {credit['period']}"
        yield Section(f"{number}.{place}", title, tuple(_of(credit)))


def _of(credit: Mapping[str, Any]) -> Iterator[Block]:
    rows: list[tuple[str, Cell]] = [
        ("Name", lines(code(credit["credit_id"]))),
        ("Measured", lines(f"compliance of {METRICS[credit['metric']].lower()} in each"
                           f" {credit['period']}")),
        ("At most", lines(f"{percentage(credit['cap'])} of the fee of the {credit['period']}")),
        ("Owed from", lines(_least(credit["minimum_tickets"]))),
        ("Not counted", tuple(map(_exclusion, credit["exclusions"])) or lines("no exclusions")),
    ]  # fmt: skip
    yield Facts(tuple(rows))
    tiers = [
        (lines(f"below {percentage(tier['below'])}"), lines(f"{percentage(tier['percent'])}"))
        for tier in credit["tiers"]
    ]
    yield Table.of("Tiers", {"Compliance": 1, f"Share of the {credit['period']}'s fee": 1}, tiers)
    yield from _example(credit)


def _least(many: int) -> str:
    if many == 1:
        return "the first cycle that counts in the period"
    return f"{many:,} cycles that count in the period; with fewer nothing is owed"


def _exclusion(asked: Mapping[str, Any]) -> Text:
    return text("tickets with ", enumerated(conditions(asked)))


def _example(credit: Mapping[str, Any]) -> Iterator[Block]:
    """For each tier the best compliance that is still below it, and the first one that is not."""
    tiers = [(Decimal(one["below"]), Decimal(one["percent"])) for one in credit["tiers"]]
    cap, least = Decimal(credit["cap"]), int(credit["minimum_tickets"])
    counted = max(_FEW, least)
    met = [_first_not_below(below, counted) for below, _ in tiers]
    if len({*met}) < len(met) or min(met, default=1) < 1:
        counted = max(_MANY, least)
        met = [_first_not_below(below, counted) for below, _ in tiers]
    shares = [Decimal(0), *(min(percent, cap) for _, percent in tiers)]
    cases = [*met[:1], *(one - 1 for one in met)]
    rows = [
        (
            lines(f"{many:,} of {counted:,}"),
            lines(_share(many, counted)),
            lines(percentage(f"{share:.2f}")),
            lines(strong(f"{_FEE * share / 100:,.2f}")),
        )
        for many, share in zip(cases, shares, strict=True)
    ]
    yield Paragraph(
        text(
            strong("An example. "),
            f"In a {credit['period']} {counted:,} cycles count, and the fee is {_FEE:,.2f}:",
        )
    )
    heads = {"Met": 1, "Compliance": 1, "Share of the fee": 1, "Credit": 1}
    yield Table.of("Credits in the example", heads, rows)


def _first_not_below(below: Decimal, counted: int) -> int:
    return int((below * counted / 100).to_integral_value(ROUND_CEILING))


def _share(met: int, counted: int) -> str:
    """Exact where it can be written so, else cut after four places and marked as such."""
    exact = Decimal(met * 100) / counted
    short = exact.quantize(Decimal("0.01"))
    return f"{short} %" if short == exact else f"{exact:.4f}… %"
