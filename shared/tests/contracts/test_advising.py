"""The envelope of an advisory follows from what it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from slaclock.contracts import decode
from slaclock.contracts.advising import advisory
from slaclock.contracts.advisory import AdvisoryRaised

SOURCE = "/slaclock/calendar"
AT = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
DATA = AdvisoryRaised(
    advisory_id="a-1",
    kind="calendar.tzdata-impact",
    severity="warning",
    message="calendar support version 3 would give other results",
    detail={"calendar_id": "support", "version": 3},
)


def test_the_advisory_names_its_event() -> None:
    event = advisory(SOURCE, "acme", AT, DATA)

    assert event.document() == {
        "specversion": "1.0",
        "id": "a-1",
        "source": "/slaclock/calendar",
        "type": "sla.advisory.raised",
        "subject": "a-1",
        "time": "2026-03-29T01:00:00Z",
        "tenant": "acme",
        "datacontenttype": "application/json",
        "data": {
            "advisory_id": "a-1",
            "kind": "calendar.tzdata-impact",
            "severity": "warning",
            "message": "calendar support version 3 would give other results",
            "detail": {"calendar_id": "support", "version": 3},
        },
    }


def test_who_reads_it_gets_what_was_said() -> None:
    event = advisory(SOURCE, "acme", AT, DATA, causation="q-7")

    read = decode(event.encode(), "sla.advisory.raised.v1.acme")

    assert read == event
    assert (read.data, read.causationid) == (DATA, "q-7")


def test_the_same_advisory_is_the_same_message() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=2)))

    assert (
        advisory(SOURCE, "acme", AT, DATA).encode()
        == advisory(SOURCE, "acme", elsewhere, DATA.model_copy()).encode()
    )


@pytest.mark.parametrize(
    ("tenant", "at"),
    [
        pytest.param("not a tenant", AT, id="whose it cannot be"),
        pytest.param("acme", AT.replace(tzinfo=None), id="at no instant"),
    ],
)
def test_what_no_event_can_have_is_refused(tenant: str, at: datetime) -> None:
    with pytest.raises(ValidationError):
        advisory(SOURCE, tenant, at, DATA)
