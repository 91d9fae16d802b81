"""Commercial events: quotes accepted, change orders approved, contracts ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sla_service.domain.commerce import ContractNews
from sla_service.ports import Begin
from sla_service.usecases.bind import bind
from slaclock.contracts.commerce import ChangeOrderApproved, ContractEnded, QuoteAccepted
from slaclock.contracts.envelope import Event
from slaclock.contracts.registry import decode
from slaclock.errors import Refusal
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received

__all__ = ["commerce_inlet", "read_news"]

DURABLE: Final = "sla--commerce"


class NotCommerce(Refusal):
    """An event that says nothing of contracts."""

    code = "event.unknown-type"


def read_news(message: Received) -> ContractNews:
    """What a message says of a contract.

    Raises:
        Refusal: malformed, or of another kind.
    """
    event: Event[Any] = decode(message.data, message.subject)
    match event.data:
        case QuoteAccepted() as quote:
            return ContractNews(
                tenant=event.tenant,
                contract_id=quote.contract_id,
                customer_id=quote.customer_id,
                sla_id=quote.sla_id,
                sla_version=quote.sla_version,
                effective_from=quote.effective_from,
                effective_to=quote.effective_to,
                mode="keep",
                cause_kind="quote",
                cause_id=quote.quote_id,
                happened_at=event.time,
                source=event.source,
                event_id=event.id,
            )
        case ChangeOrderApproved() as order:
            return ContractNews(
                tenant=event.tenant,
                contract_id=order.contract_id,
                customer_id=None,
                sla_id=order.sla_id,
                sla_version=order.sla_version,
                effective_from=order.effective_from,
                effective_to=None,
                mode=order.running_tickets,
                cause_kind="change_order",
                cause_id=order.change_order_id,
                happened_at=event.time,
                source=event.source,
                event_id=event.id,
            )
        case ContractEnded() as end:
            return ContractNews(
                tenant=event.tenant,
                contract_id=end.contract_id,
                customer_id=None,
                sla_id=None,
                sla_version=None,
                effective_from=end.effective_from,
                effective_to=None,
                mode="keep",
                cause_kind="ended",
                cause_id=event.id,
                happened_at=event.time,
                source=event.source,
                event_id=event.id,
            )
        case _:
            raise NotCommerce(f"{event.type} says nothing of a contract's terms")


def commerce_inlet(begin: Begin, parking: Parking) -> Inlet[ContractNews]:
    """Binds what arrives, one transaction a batch."""

    async def apply(news: Sequence[ContractNews]) -> None:
        async with begin({one.tenant for one in news}) as work:
            await bind(work, news)

    return Inlet(DURABLE, read_news, apply, parking)
