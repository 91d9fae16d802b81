"""The log channel: one structured line, for those who watch logs."""

from __future__ import annotations

import structlog

from escalation_service.domain.delivery import Outcome, Sent
from escalation_service.domain.letter import Letter

log = structlog.get_logger(__name__)


class LogChannel:
    """Writes each letter into the service's own log."""

    async def send(self, letter: Letter) -> Outcome:
        """One line at level `warning`, as an alarm deserves; it cannot fail."""
        log.warning(
            "escalation",
            delivery=str(letter.id),
            to=letter.to,
            headline=letter.subject,
            **{name: value for name, value in letter.document.items() if value is not None},
        )
        return Sent()
