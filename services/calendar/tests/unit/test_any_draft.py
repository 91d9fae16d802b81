"""Whatever JSON somebody sends: faults are found, nothing is raised."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from calendar_service.domain.expansion import expanded, horizon_of
from calendar_service.domain.sets import SetVersion, set_faults_in, wanted_sets
from calendar_service.domain.version import snapshot_of
from calendar_service.usecases.examine import Surroundings, examined
from slaclock.business_time import PACKAGED, BusinessCalendar
from slaclock.business_time.differences import differences
from slaclock.testing.calendars import hours

AT = datetime(2026, 3, 2, tzinfo=UTC)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-400, 400),
    st.integers(1960, 2210),
    st.floats(allow_nan=False),
    st.sampled_from(["", "x", "date", "weekday", "easter", "orthodox", "next_monday", "12:00"]),
    st.sampled_from(["2026-12-25", "2026-02-30", "yearly", "uk", "UTC", "Europe/London"]),
    st.text(max_size=5),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def objects(*keys: str) -> st.SearchStrategy[Any]:
    some = st.fixed_dictionaries({}, optional=dict.fromkeys(keys, ANYTHING))
    return st.one_of(ANYTHING, st.lists(st.one_of(ANYTHING, some), max_size=3))


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    """Nearly right ones."""
    kinds: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "date": {"month": st.integers(1, 12), "day": st.integers(1, 29)},
        "weekday": {
            "month": st.integers(1, 12),
            "weekday": st.integers(0, 6),
            "nth": st.sampled_from([1, 2, 5, -1, -5]),
        },
        "easter": {"days": st.integers(-60, 60), "calendar": st.sampled_from([None, "orthodox"])},
    }
    kind = draw(st.sampled_from(sorted(kinds)))
    found = {"rule": kind, "name": "x", **{key: draw(one) for key, one in kinds[kind].items()}}
    observed = [None, "nearest_weekday", "next_monday", "next_free_weekday"]
    found["observed"] = draw(st.sampled_from(observed))
    if draw(st.booleans()):
        found["from"] = draw(st.sampled_from(["00:00", "12:00"]))
    if draw(st.integers(0, 9)) == 0:
        found[draw(st.sampled_from(sorted(found)))] = draw(ANYTHING)
    return found


RULES = st.one_of(
    st.lists(rules(), max_size=5),
    objects("rule", "month", "day", "weekday", "nth", "days", "calendar", "name", "observed"),
)
DRAFTS = st.fixed_dictionaries(
    {},
    optional={
        "timezone": st.one_of(st.sampled_from(["UTC", "Asia/Gaza"]), ANYTHING),
        "windows": st.one_of(
            st.just(hours("Mon-Fri 09:00-17:00", "Sat 22:00-03:00")),
            objects("weekday", "start", "end"),
        ),
        "holidays": st.one_of(
            st.just([{"date": "2026-12-25", "name": "x"}, {"date": "2024-02-29"}]),
            objects("date", "name", "recurrence", "from", "to"),
        ),
        "overrides": objects("date", "windows"),
        "overtime_windows": objects("weekday", "start", "end", "multiplier"),
        "holiday_rules": RULES,
        "holiday_sets": st.one_of(st.just([{"set_id": "uk"}]), objects("set_id", "version")),
        "horizon": st.one_of(
            st.just({"first_year": 2024, "last_year": 2027}), objects("first_year", "last_year")
        ),
        "name": ANYTHING,
        "calendar_id": ANYTHING,
    },
)
LIKELY = st.builds(
    lambda base, more: base | more,
    st.just({"timezone": "Europe/London", "windows": hours("Mon-Fri 09:00-17:00")}),
    st.fixed_dictionaries(
        {"holiday_rules": st.lists(rules(), max_size=5)},
        optional={"holiday_sets": st.just([{"set_id": "uk"}]), "horizon": st.none()},
    ),
)


@settings(max_examples=300)
@given(st.one_of(DRAFTS, LIKELY), RULES)
def test_a_draft_has_faults_or_can_be_published(draft: dict[str, Any], shared: Any) -> None:
    document = {"holiday_rules": shared}
    sets = {} if set_faults_in(document, "uk") else {"uk": SetVersion("uk", 1, "0" * 64, document)}
    wanted_sets(draft)
    found = examined(draft, "c", PACKAGED, Surroundings(AT, sets))
    told = (*found.faults, *found.warnings)
    assert all(one.message and one.remedy and one.code for one in told)
    if found.faults:
        assert found.warnings == ()
        return
    expansion = expanded(draft, sets, horizon_of(draft, AT))
    sealed = dict(snapshot_of(expansion.document, "c", 1, PACKAGED).document)
    assert BusinessCalendar.from_snapshot(sealed).timezone == draft["timezone"]
    again = dict(snapshot_of(expansion.document, "c", 2, PACKAGED).document)
    assert differences(sealed, again) == []
    dates = [item["date"] for item in sealed["holidays"] if "from" not in item]
    assert len(dates) == len(set(dates))


@settings(max_examples=200)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "schema": ANYTHING,
            "set_id": ANYTHING,
            "name": ANYTHING,
            "holidays": objects("date", "name", "recurrence", "from", "to"),
            "holiday_rules": RULES,
            "x": ANYTHING,
        },
    )
)
def test_a_set_has_faults_or_none(document: dict[str, Any]) -> None:
    assert all(one.message and one.remedy and one.code for one in set_faults_in(document, "uk"))
