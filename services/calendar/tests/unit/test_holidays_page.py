"""What the page about holidays shows is so."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from calendar_service.domain import warnings, zone_warnings
from calendar_service.domain.draft import faults_in
from calendar_service.domain.expansion import expanded, horizon_of
from calendar_service.domain.sets import SetVersion, set_faults_in
from calendar_service.domain.warnings import warnings_in
from slaclock.business_time import PACKAGED

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "how-to" / "holidays.md").read_text("utf-8")
AT = datetime(2026, 1, 5, tzinfo=UTC)


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def line(day: dict[str, Any]) -> str:
    part = f" from {day['from']} to {day['to']}" if "from" in day else ""
    return f"{day['date']} {day['name']}{part}"


def test_the_draft_of_the_page_gives_its_dates() -> None:
    draft = json.loads(blocks("json")[0])
    document = json.loads((ROOT / "examples/holiday-sets/england-and-wales.json").read_bytes())
    sets = {"england-and-wales": SetVersion("england-and-wales", 1, "0" * 64, document)}
    assert faults_in(draft, "uk-support", PACKAGED, sets, AT) == []
    found = expanded(draft, sets, horizon_of(draft, AT)).document["holidays"]
    of_2026 = sorted(line(day) for day in found if day["date"].startswith("2026"))
    assert of_2026 == blocks("text")[0].splitlines()
    told = {one.code for one in warnings_in(draft, PACKAGED, sets, AT)}
    assert "calendar.holiday-merged" in told


def test_the_set_of_the_page_can_be_published() -> None:
    assert set_faults_in(json.loads(blocks("json")[1]), "company-days") == []


def test_every_warning_is_on_the_page() -> None:
    modules = (warnings, zone_warnings)
    source = "".join(Path(str(module.__file__)).read_text("utf-8") for module in modules)
    known = {"calendar.holiday-merged", *re.findall(r'"(calendar\.warning-[a-z-]+)"', source)}
    assert set(re.findall(r"^\| `(calendar\.[a-z-]+)`", PAGE, re.MULTILINE)) == known
