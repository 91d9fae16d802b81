"""Default, assignments, status map and settings: entries that follow one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sla_service.domain.terms import TermsEntry, Wanted
from sla_service.ports import Work
from sla_service.usecases.events import assignment_changed
from slaclock.contracts.instants import rfc3339

__all__ = ["Changed", "change_terms", "entry_in_force", "planned_terms"]


@dataclass(frozen=True, slots=True)
class Changed:
    """The entry that says what was wished, and whether it is new."""

    entry: TermsEntry
    created: bool


async def change_terms(
    work: Work, tenant: str, wanted: Wanted, actor: str, *, stated: bool
) -> Changed:
    """Add an entry, unless the one that decides at its instant says the same already.

    Args:
        work: the tenant is locked.
        tenant: whose terms.
        wanted: what the entry is to say.
        actor: who wishes it.
        stated: whether somebody named the instant. If not, it is now, and an equal entry that is
            in force now already will do.
    """
    changed = await planned_terms(work, tenant, wanted, actor, stated=stated)
    if not changed.created:
        return changed
    entry = changed.entry
    await work.add_terms(entry)
    await work.emit([assignment_changed(entry)])
    await work.note(
        tenant,
        actor,
        f"terms.{wanted.kind}",
        str(entry.entry_id),
        revision=entry.revision,
        effective_from=rfc3339(wanted.effective_from),
        **wanted.said,
    )
    return changed


async def planned_terms(
    work: Work, tenant: str, wanted: Wanted, actor: str, *, stated: bool
) -> Changed:
    """What `change_terms` would do with the same arguments; changes nothing."""
    everything = await work.terms(tenant)
    same_place = [entry for entry in everything if entry.wanted.place == wanted.place]
    standing = entry_in_force(same_place, wanted.effective_from)
    if standing is not None and _enough(standing.wanted, wanted, stated=stated):
        return Changed(standing, created=False)
    revision = everything[-1].revision + 1 if everything else 1
    at = await work.now()
    if everything:  # the order of the entries, also should the database's clock be set back
        at = max(at, everything[-1].recorded_at + timedelta(microseconds=1))
    return Changed(TermsEntry(tenant, revision, wanted, at, actor), created=True)


def entry_in_force(entries: Sequence[TermsEntry], at: datetime) -> TermsEntry | None:
    """Of entries of one place, the one that decides at *at*: the latest instant, then revision."""
    begun = [entry for entry in entries if entry.wanted.effective_from <= at]
    return max(begun, key=lambda entry: (entry.wanted.effective_from, entry.revision), default=None)


def _enough(standing: Wanted, wanted: Wanted, *, stated: bool) -> bool:
    if not stated:
        standing = replace(standing, effective_from=wanted.effective_from)
    return standing.says == wanted.says
