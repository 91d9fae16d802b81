"""News as messages of the bus."""

from __future__ import annotations

from escalation_service.domain.news import News
from slaclock.contracts.canonical import uuid_of
from slaclock.contracts.envelope import Event, message_id, nats_subject
from slaclock.contracts.escalations import EscalationAction, EscalationChanged
from slaclock.contracts.registry import REGISTRY
from slaclock.messaging.outbox import Outgoing

SOURCE = "/slaclock/escalation"
_TEXT = 2000
"""Characters of an error that a message repeats."""


def outgoing(news: News) -> Outgoing:
    """The message of *news*; its id follows from the escalation and the kind."""
    escalation, crossing = news.escalation, news.escalation.crossing
    kind = f"sla.escalation.{news.kind.value}"
    tenant = escalation.key.tenant
    event_id = str(uuid_of(tenant, str(escalation.id), news.kind.value))
    event = Event[EscalationChanged](
        specversion="1.0",
        id=event_id,
        source=SOURCE,
        type=kind,
        subject=crossing.ticket_id,
        time=news.at,
        tenant=tenant,
        correlationid=crossing.correlation,
        causationid=news.cause,
        data=EscalationChanged.model_validate(
            {
                "ticket_id": crossing.ticket_id,
                "metric": crossing.metric,
                "cycle": crossing.cycle,
                "threshold": crossing.threshold,
                "announcement_id": str(escalation.key.announcement),
                "effect_id": str(escalation.id),
                "rule_id": escalation.rule_id,
                "action": EscalationAction(
                    channel=escalation.action.channel, to=escalation.action.to
                ),
                "repeat": escalation.repeat,
                "at": news.at,
                "due_at": crossing.due_at,
                "snapshot": crossing.snapshot,
                "attempt": news.attempt,
                "reason": news.reason,
                "error": None if news.error is None else news.error[:_TEXT],
            }
        ),
    )
    return Outgoing(
        tenant=tenant,
        stream=REGISTRY[kind].stream,
        subject=nats_subject(kind, tenant),
        msg_id=message_id(tenant, SOURCE, event_id),
        body=event.encode(),
    )
