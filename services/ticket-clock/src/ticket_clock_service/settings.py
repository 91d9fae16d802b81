"""What the environment says to this service alone."""

from __future__ import annotations

from slaclock.extras import check_timer_backend

__all__ = ["check_timer_backend"]
