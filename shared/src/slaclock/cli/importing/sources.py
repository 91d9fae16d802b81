"""Files whose facts can be drawn, one message after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from slaclock.cli.importing import cloudevents, servicenow
from slaclock.cli.importing.csv_file import CsvFile, CsvRow
from slaclock.cli.importing.facts import Message, Tally, message_of
from slaclock.cli.importing.local_time import zone
from slaclock.cli.importing.servicenow_rows import Faulty, Row, read_row

__all__ = ["EventLines", "ServiceNowLog", "Source"]


class Source(Protocol):
    """A file."""

    @property
    def total(self) -> int:
        """About how many rows it has."""

    def messages(self, tenant: str, run_id: str, tally: Tally) -> Iterator[Message]:
        """Its facts in order; *tally* is filled meanwhile."""


class ServiceNowLog:
    """The audit log of ServiceNow incidents.

    Args:
        file: with the columns that it needs.
        timezone: in which its times are written.

    Raises:
        UnknownZone: no zone has that name.
    """

    def __init__(self, file: CsvFile, timezone: str) -> None:
        self._file, self._zone = file, zone(timezone)

    @property
    def total(self) -> int:
        """See `Source`."""
        return max(self._file.text.count("\n") - 1, 1)

    def rows(self) -> Iterator[Row | Faulty]:
        """Its rows, read."""
        for row in self._file.rows():
            if isinstance(row, CsvRow):
                yield read_row(row.line, row.values, self._zone)
            else:
                yield Faulty(None, (row,))

    def messages(self, tenant: str, run_id: str, tally: Tally) -> Iterator[Message]:
        """See `Source`."""
        for fact in servicenow.facts(self.rows(), tally):
            yield message_of(fact, tenant=tenant, run_id=run_id)


class EventLines:
    """CloudEvents, one per line.

    Args:
        content: of the file.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def total(self) -> int:
        """See `Source`."""
        return self._content.count(b"\n") + 1

    def messages(self, tenant: str, run_id: str, tally: Tally) -> Iterator[Message]:
        """See `Source`."""
        return cloudevents.messages(self._content, tenant=tenant, run_id=run_id, tally=tally)
