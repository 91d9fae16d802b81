"""Act upon announcements and retractions, in any order and any number of times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from escalation_service.domain import news
from escalation_service.domain.announcement import Key, Message, Record, Told
from escalation_service.domain.escalation import Escalation, State, ordered
from escalation_service.domain.news import News
from escalation_service.ports import Acting


async def act(work: Acting, messages: Sequence[Message], *, settle: timedelta) -> list[Message]:
    """Bring escalations up to *messages*. About ten statements, however many there are.

    Args:
        work: the transaction.
        messages: of any tenants that it may see.
        settle: people are told no sooner than this after we have heard of it; a retraction
            meanwhile cancels the notice.

    Returns:
        Announcements whose agreement has not arrived yet; nothing was done about those.
    """
    wanted = {(m.key.tenant, m.crossing.snapshot) for m in messages if isinstance(m, Told)}
    agreements = await work.agreements(wanted) if wanted else {}
    waiting: list[Message] = []
    heard: dict[Key, list[Message]] = defaultdict(list)
    for message in messages:
        if not isinstance(message, Told):
            heard[message.key].append(message)
        elif agreement := agreements.get((message.key.tenant, message.crossing.snapshot)):
            crossing = agreement.with_local_time(message.crossing)
            heard[message.key].append(replace(message, crossing=crossing))
        else:
            waiting.append(message)
    if not heard:
        return waiting
    before = await work.lock(sorted(heard))
    after = {key: before[key].learning_all(found) for key, found in heard.items()}
    changed = [record for key, record in sorted(after.items()) if record != before[key]]
    if not changed:
        return waiting
    await work.keep(changed)
    at = await work.now()
    announced = [record for record in changed if before[record.key].told is None and record.told]
    fresh = await work.raise_escalations(
        [
            escalation
            for record in announced
            if record.told
            for escalation in ordered(
                record, agreements[record.key.tenant, record.told.crossing.snapshot]
            )
        ],
        at,
    )
    await work.plan_notices([e for e in fresh if e.state is not State.SILENT], at, at + settle)
    taken_back = [
        record
        for record in changed
        if before[record.key].retraction is None and record.retraction and before[record.key].told
    ]
    called_off = [
        record
        for record in changed
        if before[record.key].call_off is None and record.call_off and before[record.key].told
        if record.retraction is None
    ]
    withdrawn = [
        *(await work.withdraw(taken_back, at) if taken_back else ()),
        *(await work.call_off(called_off, at) if called_off else ()),
    ]
    await work.tell([*_raised(fresh, after, at), *_withdrawn([*fresh, *withdrawn], after, at)])
    return waiting


def _raised(
    escalations: Sequence[Escalation], records: dict[Key, Record], at: datetime
) -> list[News]:
    """Also what was taken back at once was raised: others see the same in every order."""
    return [
        News(news.Kind.RAISED, escalation, at, cause=told.event_id)
        for escalation in escalations
        if escalation.state is not State.SILENT and (told := records[escalation.key].told)
    ]


def _withdrawn(
    escalations: Sequence[Escalation], records: dict[Key, Record], at: datetime
) -> list[News]:
    return [
        News(news.Kind.WITHDRAWN, escalation, at, cause=why.event_id, reason=why.reason)
        for escalation in escalations
        if escalation.state is State.WITHDRAWN
        and (why := records[escalation.key].retraction or records[escalation.key].call_off)
    ]
