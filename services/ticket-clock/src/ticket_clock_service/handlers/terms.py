"""Agreements, contracts and assignments in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from slaclock.contracts.agreements import AgreementPublished
from slaclock.contracts.canonical import canonical, content_hash, sha256_hex
from slaclock.contracts.registry import decode
from slaclock.contracts.terms import AssignmentChanged, ContractBound
from slaclock.errors import Fault, Refusal
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received
from ticket_clock_service.ports import TermsWork
from ticket_clock_service.usecases.learn_terms import Entry, Snapshot, learn
from ticket_clock_service.usecases.rulebooks import agreement_of

DURABLE = "ticket-clock--terms"
BeginTerms: TypeAlias = Callable[[Collection[str]], AbstractAsyncContextManager[TermsWork]]


class TamperedSnapshot(Refusal):
    """The body of a snapshot is not what its hash names."""

    code = "snapshot.tampered"


def told(message: Received) -> Snapshot | Entry:
    """What a message of AGREEMENT says.

    Raises:
        EventRefused: it is malformed.
        TamperedSnapshot: the hash is not that of the body.
        Refusal: the snapshot cannot be computed with.
    """
    event = decode(message.data, message.subject)
    data = event.data
    match data:
        case AgreementPublished():
            body = canonical(data.snapshot)
            if sha256_hex(body) != data.hash:
                raise TamperedSnapshot(
                    faults=[
                        Fault(
                            "data.hash",
                            data.hash,
                            f"the snapshot's SHA-256 is {sha256_hex(body)}",
                            "publish the SLA again; do not change a snapshot on its way",
                            "snapshot.tampered",
                        )
                    ]
                )
            agreement_of(data.hash, data.snapshot)  # refuses what it cannot compute with
            return Snapshot(event.tenant, data.hash, data.sla_id, data.version, body)
        case ContractBound() | AssignmentChanged():
            document = data.model_dump(mode="json")
            return Entry(
                tenant=event.tenant,
                entry_id=data.entry_id,
                kind="contract" if isinstance(data, ContractBound) else data.kind,
                effective_from=data.effective_from,
                said_at=event.time,
                mode=data.mode,
                content_hash=content_hash(document),
                body=document,
            )
        case _:
            raise Refusal(f"{event.type} says nothing about terms", code="event.unknown-type")


def terms_inlet(begin: BeginTerms, parking: Parking) -> Inlet[Snapshot | Entry]:
    """The durable consumer of terms."""

    async def apply(batch: Sequence[Snapshot | Entry]) -> None:
        async with begin({one.tenant for one in batch}) as work:
            await learn(work, batch)

    return Inlet(DURABLE, told, apply, parking)
