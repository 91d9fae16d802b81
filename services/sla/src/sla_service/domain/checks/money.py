"""Service credits that contradict themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sla_service.domain.checks.check import Check, Hit, Subject

__all__ = ["CREDIT_CHECKS"]


def _overlap(subject: Subject) -> Iterator[Hit]:
    for index, credit in enumerate(subject.agreement.credits):
        for high, low in zip(credit.tiers, credit.tiers[1:], strict=False):
            if high.below == low.below:
                yield (
                    f"credits[{index}].tiers",
                    f"{low.below:.2f}",
                    (
                        f"two tiers begin below {low.below:.2f} %, with"
                        f" {high.percent:.2f} % and {low.percent:.2f} %"
                    ),
                )


def _better_pays_more(subject: Subject) -> Iterator[Hit]:
    for index, credit in enumerate(subject.agreement.credits):
        for high, low in zip(credit.tiers, credit.tiers[1:], strict=False):
            if high.below > low.below and low.percent <= high.percent:
                more = "as much as" if low.percent == high.percent else "less than"
                yield (
                    f"credits[{index}].tiers",
                    f"{low.percent:.2f}",
                    (
                        f"below {low.below:.2f} % is worth {low.percent:.2f} %, {more} the"
                        f" {high.percent:.2f} % of the better service below {high.below:.2f} %"
                    ),
                )


def _cap(subject: Subject) -> Iterator[Hit]:
    for index, credit in enumerate(subject.agreement.credits):
        largest = max((tier.percent for tier in credit.tiers), default=credit.cap)
        if credit.cap < largest:
            yield (
                f"credits[{index}].cap",
                f"{credit.cap:.2f}",
                f"the tier of {largest:.2f} % is never paid whole",
            )


def _no_target(subject: Subject) -> Iterator[Hit]:
    for index, credit in enumerate(subject.agreement.credits):
        if credit.metric not in subject.agreement.metrics:
            yield f"credits[{index}].metric", credit.metric, "no target has this metric"


def _twice(subject: Subject) -> Iterator[Hit]:
    seen: dict[tuple[str, str], str] = {}
    for index, credit in enumerate(subject.agreement.credits):
        other = seen.setdefault((credit.metric, credit.period), credit.credit_id)
        if other != credit.credit_id:
            yield (
                f"credits[{index}]",
                credit.credit_id,
                f"{other} pays for {credit.metric} by {credit.period} as well",
            )


CREDIT_CHECKS: Final = (
    Check(
        "sla.credit-tiers-overlap",
        "error",
        "Two tiers begin at the same compliance, so it is not said which of them is owed.",
        '[{"below": "95.00", "percent": "5.00"}, {"below": "95.00", "percent": "10.00"}]',
        "keep one tier for each value of below",
        ("credits",),
        _overlap,
    ),
    Check(
        "sla.credit-pays-more-for-better",
        "error",
        "Worse service costs no more than better service.",
        '[{"below": "95.00", "percent": "10.00"}, {"below": "90.00", "percent": "5.00"}]',
        "let the percent rise as below falls",
        ("credits",),
        _better_pays_more,
    ),
    Check(
        "sla.credit-cap-below-tier",
        "warning",
        "The cap lies below the largest tier, which is then never paid whole.",
        '"cap": "5.00" beside a tier of "10.00"',
        "raise the cap, or lower the tier",
        ("credits",),
        _cap,
    ),
    Check(
        "sla.credit-without-target",
        "error",
        "A credit depends on a metric that no target promises, so it is never owed.",
        '"credits": [{"metric": "first_response", ...}] without a target of it',
        "add a target of the metric, or remove the credit",
        ("credits", "targets"),
        _no_target,
    ),
    Check(
        "sla.credit-twice",
        "warning",
        "Two credits pay for one metric in one period.",
        "c1 and c2 for resolution by month",
        "make them tiers of one credit, unless both are owed",
        ("credits",),
        _twice,
    ),
)
