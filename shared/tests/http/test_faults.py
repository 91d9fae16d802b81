"""Faults in an answer that is no refusal: what a draft's author is told."""

from __future__ import annotations

from slaclock.errors import Fault
from slaclock.http.faults import FaultOut


def test_faults_are_told_whole_with_values_short_enough_to_show() -> None:
    missing = Fault("name", None, "is missing", "add it", "field.missing")
    long = Fault("targets[0].minutes", "x" * 9999, "not a number", "send minutes", "field.type")

    first, second = FaultOut.of([missing, long])

    assert first.model_dump() == {
        "field": "name",
        "value": None,
        "message": "is missing",
        "remedy": "add it",
        "code": "field.missing",
    }
    assert second.field == "targets[0].minutes"
    assert len(second.value) < 999
