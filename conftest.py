"""What holds for every test of the repository."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "slaclock",
    deadline=None,  # machines are shared: a slow example proves nothing
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("slaclock")
