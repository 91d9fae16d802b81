"""What finds a policy in Alga PSA, as terms that would do the same here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sla_service.formats.alga_statuses import Pauses
from sla_service.formats.found import Proposal, SlaFound
from slaclock.foreign.findings import Findings
from slaclock.foreign.tables import Row, Unusable

__all__ = ["read_proposals"]


def read_proposals(
    tables: Mapping[str, list[Row]],
    slas: Iterable[SlaFound],
    pauses: Pauses,
    findings: Findings,
) -> Iterator[Proposal]:
    """Status map, default, boards as groups, clients as contracts.

    There a client's policy wins over a board's, and that over the default; here a contract over
    an assignment, and that over the default.

    Args:
        tables: `sla_policies`, `boards` and `clients`.
        slas: the policies that were taken.
        pauses: what statuses mean.
        findings: get what finds no policy.
    """
    by_policy = {one.source: one.sla_id for one in slas}
    if pauses.statuses:
        yield Proposal("status_map", {"statuses": dict(pauses.statuses)})
    for row in tables["sla_policies"]:
        try:
            sla_id = by_policy.get(row.text("sla_policy_id"))
            is_default = row.flag("is_default", default=False)
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
        else:
            if is_default and sla_id is not None:
                yield Proposal("default", {"sla_id": sla_id})
    for board, sla_id, _ in _owners(tables["boards"], "board_id", by_policy, findings):
        yield Proposal("assignment", {"match": {"group": board}, "sla_id": sla_id})
    clients = list(_owners(tables["clients"], "client_id", by_policy, findings))
    for client, sla_id, _ in clients:
        yield Proposal("contract", {"customer_id": client, "sla_id": sla_id})
    if clients:
        findings.noted(
            clients[0][2].place,
            "sla_policy_id",
            len(clients),
            "clients have a policy of their own: here a contract binds it, from a quote on",
            "publish sla.quote.accepted for each proposed contract",
            "import.client-policy",
        )


def _owners(
    rows: Iterable[Row], key: str, by_policy: Mapping[str, str], findings: Findings
) -> Iterator[tuple[str, str, Row]]:
    """Boards or clients that name a policy: their id, its SLA, and their row."""
    for row in rows:
        try:
            policy_id, owner = row.text("sla_policy_id"), row.text(key)
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
            continue
        sla_id = by_policy.get(policy_id)
        if policy_id and sla_id is None:
            findings.left(
                row.place,
                "sla_policy_id",
                policy_id,
                "is no policy that was taken from this export",
                "export it, too",
                "import.row-id",
            )
        elif sla_id is not None and owner:
            yield owner, sla_id, row
