"""What holds for every test of the repository."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "search",  # other examples in every run: `--hypothesis-profile=search`
    deadline=None,  # machines are shared: a slow example proves nothing
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.register_profile(
    "slaclock",  # the same examples for the same code: a change is judged, not the day's luck
    settings.get_profile("search"),
    derandomize=True,
    database=None,
)
settings.load_profile("slaclock")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: none is left for one process while the others have done."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
