from __future__ import annotations

import copy
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sla_service.domain.agreement import PublishedCalendar
from sla_service.domain.differences import differences
from sla_service.domain.file import read_agreement, read_file
from sla_service.domain.original import file_of
from sla_service.domain.snapshot import SealedCalendar, Snapshot, assemble, content_of
from slaclock.business_time import PACKAGED, seal
from slaclock.contracts.canonical import canonical, content_hash

AT = datetime(2026, 3, 1, tzinfo=UTC)
EVERY_KEY = Path(__file__).parents[4] / "examples" / "sla-every-key.json"
UK = PublishedCalendar("uk", 3)
Document = dict[str, Any]


def every_key() -> Document:
    found: Document = json.loads(EVERY_KEY.read_text(encoding="utf-8"))
    return found


def sealed(document: Document) -> dict[str, SealedCalendar]:
    found = {}
    for name, one in document["calendars"].items():
        if "calendar_id" in one:
            body = seal({"timezone": "UTC", "windows": WINDOWS}, calendar_id="uk", version=3)
            found[name] = SealedCalendar(body, content_hash(body), "uk", 3)
        else:
            found[name] = SealedCalendar.inline(
                one, sla_id=document["sla_id"], name=name, files=PACKAGED
            )
    return found


WINDOWS = [{"weekday": 0, "start": "09:00", "end": "17:00"}]


def snapshot(document: Document, version: int = 1) -> Snapshot:
    agreement = read_agreement(document, known=[UK])
    return assemble(agreement, sealed(document), version=version, effective_from=AT)


def told(before: Document, after: Document) -> list[tuple[str, str, str]]:
    found = differences(snapshot(before).document, snapshot(after, 2).document)
    return [(one.path, one.kind, one.words) for one in found]


def test_the_same_content_has_no_differences() -> None:
    assert told(every_key(), every_key()) == []


def test_a_first_version_is_all_new() -> None:
    found = differences({}, snapshot(every_key()).document)
    assert {one.kind for one in found} == {"added"}
    assert "targets[resolution P1]" in {one.path for one in found}


def test_a_first_version_tells_of_no_empty_tables() -> None:
    document = every_key()
    document["pause"] = {"first_response": [], "resolution": []}
    document.pop("escalations")
    document.pop("credits")

    found = differences({}, snapshot(document).document)

    assert not {"escalations", "credits"} & {one.path for one in found}
    assert json.loads(json.dumps([one.after for one in found]))
    assert all("order" not in one.words for one in found)


def test_an_empty_table_that_was_not_there_is_new() -> None:
    before = {"name": "Gold"}
    (found,) = differences(before, {**before, "escalations": []})
    assert (found.path, found.kind, found.before, found.after) == ("escalations", "added", None, [])
    (back,) = differences({**before, "escalations": []}, before)
    assert (back.kind, back.before, back.after) == ("removed", [], None)


@pytest.mark.parametrize(
    ("change", "path", "kind", "words"),
    [
        pytest.param(
            lambda it: it["targets"][4].update(minutes=480),
            "targets[resolution P1]",
            "changed",
            "target resolution P1: minutes 240 becomes 480",
            id="a target",
        ),
        pytest.param(
            lambda it: it["targets"].pop(3),
            "targets[periodic_update P1]",
            "removed",
            "target periodic_update P1 is gone: metric periodic_update, priority P1, minutes 60,"
            " calendar 24x7",
            id="a target less",
        ),
        pytest.param(
            lambda it: it["pause"].update(resolution=[]),
            "pause.resolution",
            "changed",
            "pause of resolution: waiting_on_customer, waiting_on_third_party becomes nothing",
            id="a pause",
        ),
        pytest.param(
            lambda it: (
                it["thresholds"].update(resolution=["percent:75", "percent:90"])
                or it["thresholds"]["resolution"].append("percent:100")
            ),
            "thresholds.resolution",
            "changed",
            "thresholds of resolution: percent:75, percent:90, percent:100, percent:150,"
            " after_due:600 becomes percent:75, percent:90, percent:100",
            id="thresholds of a metric",
        ),
        pytest.param(
            lambda it: it["escalations"][1].update(level=3),
            "escalations[lead]",
            "changed",
            "escalation rule lead: level 1 becomes 3",
            id="a rule",
        ),
        pytest.param(
            lambda it: it["credits"][0].update(cap="20.00"),
            "credits[resolution-credit]",
            "changed",
            "service credit resolution-credit: cap 15.00 becomes 20.00",
            id="a credit",
        ),
        pytest.param(
            lambda it: it.update(name="Palladium"),
            "name",
            "changed",
            "name: Platinum becomes Palladium",
            id="the name",
        ),
        pytest.param(
            lambda it: it["escalations"].reverse(),
            "escalations",
            "changed",
            "the order of escalations changes",
            id="an order",
        ),
    ],
)
def test_a_difference_is_told_in_words(change: Any, path: str, kind: str, words: str) -> None:
    after = every_key()
    change(after)
    expected = (path, kind, words)
    found = [one for one in told(every_key(), after) if not one[0].startswith("kpi_templates")]
    assert expected in found


def test_another_calendar_is_named_with_its_hours() -> None:
    after = every_key()
    after["calendars"]["office"] = {"calendar_id": "uk", "version": 3}
    ((path, kind, words),) = told(every_key(), after)
    assert (path, kind) == ("calendars.office", "changed")
    assert re.match(
        r"calendar office: written in the file \(\w{12}\) becomes uk version 3 \(\w{12}\): .", words
    )
    assert len(words) <= 300


def test_a_calendar_of_the_file_says_which_hours_and_holidays_change() -> None:
    before = every_key()
    before["calendars"]["office"]["holidays"] = [{"date": "2026-12-25", "name": "Christmas"}]
    after = copy.deepcopy(before)
    after["calendars"]["office"]["holidays"].append({"date": "2026-12-28", "name": "Boxing Day"})
    ((_, _, words),) = told(before, after)
    assert words == "calendar office: adds holiday 2026-12-28 Boxing Day"
    after["calendars"]["office"]["holidays"] += [
        {"date": f"2027-01-{day:02}", "name": "Company closed"} for day in range(1, 29)
    ]
    ((_, _, words),) = told(before, after)
    assert words.endswith("adds holiday 2027-01-03 Company closed; and 25 more")


def test_a_calendar_that_is_only_sealed_anew_has_the_same_hours() -> None:
    one, other = (json.loads(snapshot(every_key()).body) for _ in "12")
    (old,) = (name for name in other["calendar_snapshots"])
    body = {**other["calendar_snapshots"].pop(old), "tzdata": "2099.1"}
    new = content_hash(body)
    other["calendar_snapshots"][new] = body
    other["calendars"]["office"]["hash"] = new
    (found,) = differences(one, other)
    assert found.words.endswith(": the same hours and holidays")
    del other["calendar_snapshots"][new]
    (found,) = differences(one, other)
    assert found.words.startswith("calendar office: hash ")


@pytest.mark.parametrize("published", [False, True], ids=["written here", "published"])
def test_a_draft_copied_from_a_version_means_the_same(published: bool) -> None:
    # given a version
    document = every_key()
    document["calendars"]["office"]["holidays"] = [{"date": "2026-12-25", "name": "Christmas"}]
    if published:
        document["calendars"]["office"] = {"calendar_id": "uk", "version": 3}
    before = snapshot(document)

    # when its file is taken out
    copied = file_of(json.loads(before.body))

    # then publishing it would make the same version
    assert read_file(copied, known=[UK]).faults == ()
    again = read_agreement(copied, known=[UK])
    assert content_of(again, sealed(copied)) == content_of(
        read_agreement(document, known=[UK]), sealed(document)
    )


def _changed(document: Document, draw: Any) -> Document:
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(0, 3))):
        match draw(st.integers(0, 7)):
            case 0:
                changed["targets"][draw(st.integers(0, 5))]["minutes"] = draw(st.integers(1, 3))
            case 1:
                changed["targets"] = draw(st.permutations(changed["targets"]))
            case 2:
                changed["reopen"] = {"resolution": draw(st.sampled_from(["resume", "keep"]))}
            case 3:
                changed.pop(draw(st.sampled_from(["credits", "roles", "metrics"])), None)
            case 4:
                changed["thresholds"] = draw(
                    st.sampled_from(
                        [
                            ["percent:75", "percent:90", "percent:100"],
                            ["percent:90", "percent:75", "percent:100"],
                            document["thresholds"],
                        ]
                    )
                )
            case 5:
                changed["name"] = draw(st.sampled_from(["Platinum", "Gold"]))
            case 6:
                changed["calendars"]["office"]["holiday_rule"] = draw(
                    st.sampled_from(["date", "shift"])
                )
            case _:
                changed["escalations"] = changed["escalations"][: draw(st.integers(1, 3))]
    return changed


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_differences_are_empty_if_and_only_if_both_say_the_same(data: st.DataObject) -> None:
    one, other = (_changed(every_key(), data.draw) for _ in range(2))
    assume(not read_file(one).faults and not read_file(other).faults)
    before, after = snapshot(one).document, snapshot(other).document
    found = differences(before, after)
    assert (found == []) == (canonical(dict(before)) == canonical(dict(after)))
    back = differences(after, before)
    assert [one.path for one in back] == [one.path for one in found]
    assert all(one.words and one.before != one.after for one in found)
