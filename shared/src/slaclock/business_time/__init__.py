"""Business time: elapsed time inside the open windows of a calendar.

The whole of it is specified in ``docs/business-time.md``. A published snapshot carries its zone,
so the same snapshot gives the same instants everywhere and for ever.
"""

from slaclock.business_time.calendar import BusinessCalendar
from slaclock.business_time.errors import InstantOutOfRange, InvalidCalendar, NoBusinessTime
from slaclock.business_time.horizon import Horizon, read_horizon
from slaclock.business_time.sealing import seal
from slaclock.business_time.spelling import unknown_keys, unknown_set_keys
from slaclock.business_time.trace import Trace
from slaclock.business_time.tz_files import PACKAGED, PackagedZones, ZoneFiles, zone_of
from slaclock.business_time.validation import validate

__all__ = [
    "PACKAGED",
    "BusinessCalendar",
    "Horizon",
    "InstantOutOfRange",
    "InvalidCalendar",
    "NoBusinessTime",
    "PackagedZones",
    "Trace",
    "ZoneFiles",
    "read_horizon",
    "seal",
    "unknown_keys",
    "unknown_set_keys",
    "validate",
    "zone_of",
]
