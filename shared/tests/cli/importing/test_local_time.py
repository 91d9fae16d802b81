"""Which instant a local time names."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from importlib import resources
from pathlib import Path

import pytest

from slaclock.cli.importing.local_time import UnknownZone, instant_of, zone
from slaclock.contracts import rfc3339


@pytest.mark.parametrize(
    ("name", "local", "written", "resolution"),
    [
        pytest.param("UTC", "2026-03-29T02:30", "2026-03-29T02:30:00Z", "exact", id="UTC"),
        pytest.param(
            "Europe/Paris", "2026-03-29T02:30", "2026-03-29T01:30:00Z", "skipped", id="skipped"
        ),
        pytest.param(
            "Europe/Paris", "2026-03-29T03:00", "2026-03-29T01:00:00Z", "exact", id="just after"
        ),
        pytest.param(
            "Europe/Paris", "2026-10-25T02:30", "2026-10-25T00:30:00Z", "repeated", id="repeated"
        ),
        pytest.param(
            "Europe/Paris", "2026-10-25T03:00", "2026-10-25T02:00:00Z", "exact", id="after it"
        ),
        pytest.param(
            "America/Sao_Paulo", "2016-02-20T23:30", "2016-02-21T01:30:00Z", "repeated", id="Brazil"
        ),
        pytest.param(
            "America/Sao_Paulo", "2016-10-16T00:10", "2016-10-16T03:10:00Z", "skipped",
            id="midnight that does not exist",
        ),
        pytest.param(
            "Asia/Kathmandu", "2026-01-01T05:45", "2026-01-01T00:00:00Z", "exact", id="quarters"
        ),
        pytest.param(
            "Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00Z", "skipped",
            id="a date that does not exist",
        ),
    ],
)  # fmt: skip
def test_instants(name: str, local: str, written: str, resolution: str) -> None:
    found = instant_of(datetime.fromisoformat(local), zone(name))
    assert (rfc3339(found.at), found.resolution) == (written, resolution)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "europe/paris", "../zones", "Europe"])
def test_a_name_that_no_zone_has_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone) as caught:
        zone(name)
    assert caught.value.faults[0].field == "--timezone"


def test_the_host_s_zones_do_not_matter(tmp_path: Path) -> None:
    tokyo = resources.files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo").read_bytes()
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Paris").write_bytes(tokyo)
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    try:
        found = instant_of(datetime.fromisoformat("2026-07-01T12:00"), zone("Europe/Paris"))
    finally:
        zoneinfo.reset_tzpath()
    assert rfc3339(found.at) == "2026-07-01T10:00:00Z"
