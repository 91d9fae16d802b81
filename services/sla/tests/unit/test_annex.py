from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sla_service.domain.agreement import PublishedCalendar
from sla_service.domain.annex.annex import annex_of
from sla_service.domain.annex.blocks import Annex, Command, Section, Table
from sla_service.domain.annex.words import amount, threshold, visible
from sla_service.domain.file import read_agreement
from sla_service.domain.snapshot import SealedCalendar, assemble
from sla_service.domain.unheeded import unheeded
from sla_service.typesetting.html import headers_of, html_of
from slaclock.business_time import BusinessCalendar, seal
from slaclock.contracts.canonical import canonical, content_hash

from .annexes import AT, ENTRY, annex, sealed

EXAMPLES = Path(__file__).parents[4] / "examples"
HOSTILE = '</style><script>alert(1)</script><img src=x onerror="alert(1)">'
DEMO: dict[str, Any] = {
    "schema": "slaclock.sla/1",
    "sla_id": "gold",
    "name": "Gold Ελλάδα",
    "calendars": {
        "Zürich": {
            "timezone": "Europe/Zurich",
            "windows": [
                {"weekday": 4, "start": "22:00", "end": "06:00"},
                *({"weekday": day, "start": "08:00", "end": "17:00"} for day in range(5)),
            ],
            "holidays": [
                {"date": "2026-08-01", "name": "Bundesfeier", "recurrence": "yearly"},
                {"date": "2026-12-24", "name": "Heiligabend", "from": "12:00", "to": "24:00"},
            ],
            "overrides": [{"date": "2026-12-31", "windows": []}],
            "overtime_windows": [
                {"weekday": 5, "start": "09:00", "end": "13:00", "multiplier": "1.50"}
            ],
            "holiday_rule": "shift",
        }
    },
    "targets": [
        {"metric": "first_response", "priority": "P1", "minutes": 15, "calendar": "24x7"},
        {"metric": "first_response", "priority": None, "minutes": 90, "calendar": "Zürich"},
        {"metric": "resolution", "priority": "P1", "minutes": 600, "calendar": "Zürich"},
    ],
}


class Page(HTMLParser):
    """Its elements and what a reader sees."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.said = ""
        self._in_style = False
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._in_style = tag == "style"
        if tag not in {"bdi", "code", "strong", "a"}:
            self.said += "\n"

    def handle_endtag(self, _: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.said += data


PUT_OTHERWISE = frozenset(
    [
        "first_response",
        "next_reply",
        "periodic_update",
        "resolution",
        "opened",
        "customer_reply",
        "agent_reply",
        "resolved",
        "waiting_on_customer",
        "waiting_on_third_party",
        "on_hold",
        "resume",
        "restart",
        "keep",
        "email",
        "webhook",
        "notify",
        "reassign",
        "raise_priority",
        "ola",
        "date",
        "shift",
        "yearly",
        "percent:50",
        "percent:75",
        "percent:90",
        "percent:100",
        "percent:150",
        "before_due:5",
        "after_due:600",
        "2026-08-01",
        "2026-12-24",
        "2026-12-31",
    ]
)
"""What the file says in words of its own, and tests below look for."""


def texts(value: Any) -> Iterator[str]:
    """Every other text of a snapshot."""
    match value:
        case str() if value not in PUT_OTHERWISE:
            yield value
        case dict():
            for name, one in value.items():
                if name not in {"schema", "zone", "effective_from", "type"}:
                    yield from texts(one)
        case list():
            for one in value:
                yield from texts(one)


def section(of: Annex, number: str) -> Section:
    found = [one for whole in of.sections for one in (whole, *whole.parts) if one.number == number]
    return found[0]


def table(of: Annex, number: str, place: int = 0) -> list[list[str]]:
    """The rows of a section's table."""
    tables = [block for block in section(of, number).blocks if isinstance(block, Table)]
    return [
        ["\n".join("".join(run.content for run in text) for text in cell) for cell in row]
        for row in tables[place].rows
    ]


@pytest.mark.parametrize("which", ["every key", "a night shift"])
def test_nothing_that_somebody_wrote_is_left_unsaid(which: str, platinum: dict[str, Any]) -> None:
    made = annex(platinum if which == "every key" else DEMO)
    said = Page(html_of(made)).said
    snapshot = json.loads(made.original)
    for sealed_calendar in snapshot["calendar_snapshots"].values():
        sealed_calendar.pop("calendar_id")  # made of the SLA's id and the calendar's name
    assert [one for one in texts(snapshot) if one not in said] == []


def test_the_same_version_gives_the_same_bytes(platinum: dict[str, Any]) -> None:
    assert html_of(annex(platinum)) == html_of(annex(platinum))
    assert html_of(annex(platinum)) != html_of(annex({**platinum, "name": "Other"}))


def test_names_are_names_and_nothing_else(platinum: dict[str, Any]) -> None:
    platinum["name"] = platinum["group"] = HOSTILE
    platinum["escalations"][0]["rule_id"] = HOSTILE
    platinum["roles"]["duty"]["recipients"] = [{"person": HOSTILE}]
    platinum["calendars"] = {HOSTILE: platinum["calendars"]["office"]}
    text = json.dumps(platinum).replace('"office"', json.dumps(HOSTILE))
    entry = replace(ENTRY, customer_id=HOSTILE, contract_id=HOSTILE, cause_id=HOSTILE)
    made = annex(json.loads(text), entry)
    page = Page(html_of(made))
    assert not {"script", "img", "iframe", "object"} & set(page.tags)
    assert page.tags.count("style") == 1
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    assert HOSTILE in page.said
    assert made.name == f"annex-{made.hash[:12]}"
    assert "script" not in headers_of(made)["Content-Security-Policy"]


def test_nobody_is_deceived_by_what_cannot_be_seen() -> None:
    assert visible("a\u202eb\u200bc\x1f") == "a⟨U+202E⟩b⟨U+200B⟩c⟨U+001F⟩"
    assert visible("Łódź Ελλάδα 中文") == "Łódź Ελλάδα 中文"
    assert "Bad⟨U+202E⟩" in html_of(annex({**DEMO, "name": "Bad\u202edoog"})).decode()


@pytest.mark.parametrize(
    ("microseconds", "said"),
    [
        pytest.param(0, "0 min", id="nothing"),
        pytest.param(59 * 60_000_000, "59 min", id="minutes"),
        pytest.param(8760 * 3600_000_000, "8,760 h", id="a year"),
        pytest.param(5400_000_000 + 30_000_000, "1 h 30 min 30 s", id="seconds"),
        pytest.param(600_000, "0.6 s", id="a part of a second"),
    ],
)
def test_amounts(microseconds: int, said: str) -> None:
    assert amount(microseconds) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("percent:100", "at the breach (100 % of the target)"),
        ("percent:150", "at 150 % of the target"),
        ("before_due:90", "1 h 30 min before it is due"),
        ("after_due:60", "1 h after it was due"),
    ],
)
def test_thresholds(written: str, said: str) -> None:
    assert threshold(written) == said


def test_targets_say_what_every_priority_gets() -> None:
    assert table(annex(DEMO), "2") == [
        ["P1", "15 min\n24x7", "10 h\nZürich"],
        ["all others, also without a priority", "1 h 30 min\nZürich", "—"],
    ]


def test_points_lie_where_clocks_announce_them() -> None:
    points = [row[3].replace("\u00a0", " ") for row in table(annex(DEMO), "5")]
    assert (
        points[1] == "45 min (50 %), 1 h 7 min 30 s (75 %), 1 h 21 min (90 %), 1 h 30 min (breach)"
    )
    late = {**DEMO, "thresholds": ["before_due:20", "after_due:60"]}
    points = [row[3].replace("\u00a0", " ") for row in table(annex(late), "5")]
    assert (
        points[0]
        == "at the very start (20 min before due), 15 min (breach), 1 h 15 min (1 h after due)"
    )


def test_a_week_is_added_up_and_nights_are_named() -> None:
    week = table(annex(DEMO), "9.1")
    assert week[4] == ["Friday", "08:00\u201317:00, 22:00\u201306:00 of the next day", "17 h"]
    assert (week[5], week[7]) == (["Saturday", "closed", "—"], ["The week", "", "53 h"])


def test_holidays_are_dates_with_what_they_close() -> None:
    made = annex(DEMO)
    assert table(made, "9.1", 1) == [
        ["1 August of every year", "Bundesfeier", "the whole day"],
        ["Thursday, 24 December 2026", "Heiligabend", "12:00\u201324:00"],
    ]
    assert table(made, "9.1", 2) == [["Thursday, 31 December 2026", "closed", "—"]]


def test_a_published_calendar_is_named_with_its_version_and_years() -> None:
    draft = {
        **DEMO["calendars"]["Zürich"],
        "name": "Büro",
        "horizon": {"first_year": 2024, "last_year": 2036},
    }
    document = seal(draft, calendar_id="ch", version=7)
    published = SealedCalendar(document, content_hash(document), "ch", 7)
    named = {**DEMO, "calendars": {"Zürich": {"calendar_id": "ch", "version": 7}}}
    agreement = read_agreement(named, known={PublishedCalendar("ch", 7)})
    snapshot = assemble(agreement, {"Zürich": published}, version=1, effective_from=AT)
    said = Page(html_of(annex_of(snapshot.body, tenant="acme", release="1.2.3"))).said
    assert "published calendar Büro (ch), version 7" in said
    assert "for the years 2024 to 2036" in said
    assert "acts on every part" in said


def test_the_example_of_counting_is_what_the_calendar_computes() -> None:
    made = annex(DEMO)
    rows = table(made, "9.1", 4)
    assert rows == [
        ["Friday, 6 March 2026", "22:00\u201306:00", "05:00\u201306:00", "1 h"],
        ["Monday, 9 March 2026", "08:00\u201317:00", "08:00\u201308:30", "30 min"],
        ["Together", "", "", "1 h 30 min"],
    ]
    (calendar,) = json.loads(made.original)["calendar_snapshots"].values()
    opened = datetime(2026, 3, 7, 4, 0, tzinfo=UTC)
    due = BusinessCalendar.from_snapshot(calendar).add_business_minutes(opened, 90)
    assert due == datetime(2026, 3, 9, 7, 30, tzinfo=UTC)
    assert "Monday, 9 March 2026, 08:30" in Page(html_of(made)).said


def test_the_example_names_the_holidays_that_it_passes() -> None:
    premium = json.loads((EXAMPLES / "sla-premium.json").read_text(encoding="utf-8"))
    rows = table(annex({**premium, "name": "Premium"}), "9.1", 3)
    assert rows[0][0] == "Friday, 6 March 2026"
    snapshot = {**sealed(premium).document, "effective_from": "2026-04-01T00:00:00Z"}
    made = annex_of(canonical(snapshot), tenant="acme", release="1.2.3")
    assert table(made, "9.1", 3) == [
        ["Thursday, 2 April 2026", "13:00\u201317:30", "16:30\u201317:30", "1 h"],
        ["Friday, 3 April 2026", "holiday: Karfreitag", "—", "—"],
        ["Monday, 6 April 2026", "holiday: Ostermontag", "—", "—"],
        ["Tuesday, 7 April 2026", "08:00\u201312:00", "08:00\u201311:00", "3 h"],
        ["Together", "", "", "4 h"],
    ]


def test_credits_are_shown_with_figures(platinum: dict[str, Any]) -> None:
    (credit,) = platinum["credits"]
    credit["cap"] = "7.50"
    assert table(annex(platinum), "7.1", 1) == [
        ["190 of 200", "95.00 %", "0.00 %", "0.00"],
        ["189 of 200", "94.50 %", "5.00 %", "500.00"],
        ["179 of 200", "89.50 %", "7.50 %", "750.00"],
    ]
    credit["tiers"] = [{"below": "95.00", "percent": "5.00"}, {"below": "94.99", "percent": "6.00"}]
    assert [row[0] for row in table(annex(platinum), "7.1", 1)] == [
        "9,500 of 10,000",
        "9,499 of 10,000",
        "9,498 of 10,000",
    ]
    credit["minimum_tickets"] = 700
    credit["tiers"] = [{"below": "95.01", "percent": "5.00"}]
    assert [row[1] for row in table(annex(platinum), "7.1", 1)] == ["95.1429… %", "95.00 %"]


def test_what_the_platform_does_not_do_is_listed_and_told_where_it_stands(
    platinum: dict[str, Any],
) -> None:
    made = annex(platinum)
    listed = [row[0].split("\n")[1] for row in table(made, "10")]
    assert listed == [one.path for one in unheeded(read_agreement(platinum))]
    noted = [one.number for one in made.sections if "section 10 names them" in repr(one.blocks[:1])]
    assert noted == ["6", "7"]
    plain = annex({**DEMO, "targets": DEMO["targets"][:1], "calendars": {}})
    assert "slaclock 1.2.3 acts on every part of this version." in Page(html_of(plain)).said


def test_what_a_later_release_added_is_shown_as_it_stands() -> None:
    snapshot = {**sealed(DEMO).document, "penalties": [{"of": "Bêta"}]}
    made = annex_of(canonical(snapshot), tenant="acme", release="1.2.3")
    assert '[{"of":"Bêta"}]' in Page(html_of(made)).said


def test_a_contract_says_when_why_and_for_whom(gold: dict[str, Any]) -> None:
    said = Page(html_of(annex(gold, ENTRY))).said
    for one in (
        "Annex to contract C-17: service levels",
        "from Wednesday, 1 April 2026, 00:00 UTC",
        "without an end that is agreed now",
        "keep the agreement under which they were opened",
        "For müller",
    ):
        assert one in said
    said = Page(html_of(annex(gold))).said
    assert "of each contract that names this version by its hash" in said


def test_the_commands_to_check_it_do_so(platinum: dict[str, Any], tmp_path: Path) -> None:
    made = annex(platinum)
    commands = [one.content for one in section(made, "11").blocks if isinstance(one, Command)]

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    (tmp_path / "snapshot.json").write_bytes(made.original)
    plain, thorough = map(run, commands)
    assert (plain.returncode, plain.stdout) == (0, "snapshot.json: OK\n")
    (name,) = json.loads(made.original)["calendar_snapshots"]
    genuine = f"agreement {made.hash}\ncalendar {name} is {name}\n"
    assert thorough.stdout == genuine
    formatted = json.dumps(json.loads(made.original), indent=2)
    (tmp_path / "snapshot.json").write_text(formatted, encoding="utf-8")
    assert (run(commands[0]).returncode, run(commands[1]).stdout) == (1, genuine)
    changed = formatted.replace('"08:00"', '"09:00"')
    (tmp_path / "snapshot.json").write_text(changed, encoding="utf-8")
    first, second = run(commands[1]).stdout.splitlines()
    assert first != f"agreement {made.hash}"
    assert second.split()[1] != name == second.split()[3]
