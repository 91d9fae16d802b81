"""The pytest plugin: fixtures of real parts. Registered as an entry point of `slaclock`."""

from __future__ import annotations
