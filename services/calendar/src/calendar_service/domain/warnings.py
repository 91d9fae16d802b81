"""What may be meant and may be a mistake: it keeps nobody from publishing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from calendar_service.domain.draft import faults_in, written
from calendar_service.domain.expansion import expanded, horizon_of
from calendar_service.domain.sets import SetVersion
from slaclock.business_time import ZoneFiles
from slaclock.errors import Fault

__all__ = ["warnings_in"]


def warnings_in(
    document: Mapping[str, Any],
    calendar_id: str,
    files: ZoneFiles,
    sets: Mapping[str, SetVersion],
    at: datetime,
) -> list[Fault]:
    """What an author should look at before *document* is published; none where it has faults.

    Args:
        document: parsed JSON.
        calendar_id: the calendar that it is to be a version of.
        files: time zones that are known.
        sets: as for `faults_in`.
        at: when it would be published.
    """
    if faults_in(document, calendar_id, files, sets, at):
        return []
    draft = written(document)
    expansion = expanded(draft, sets, horizon_of(draft, at))
    return list(expansion.merged)
