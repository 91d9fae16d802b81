"""SLA policies of Alga PSA: its tables become SLA files, a status map and assignments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sla_service.domain.agreement import ALWAYS_OPEN, SCHEMA, PublishedCalendar
from sla_service.formats.alga_orders import Posts, read_orders, read_posts
from sla_service.formats.alga_statuses import Pauses, read_pauses
from sla_service.formats.alga_terms import read_proposals
from sla_service.formats.found import Policies, SlaFound
from sla_service.formats.hours import Hours, written_in
from slaclock.business_time import PACKAGED, ZoneFiles
from slaclock.contracts.faults import shown
from slaclock.foreign.alga import TABLES as HOURS_TABLES
from slaclock.foreign.alga import read_alga
from slaclock.foreign.findings import Findings, Place, UnusableFile
from slaclock.foreign.slugs import slug
from slaclock.foreign.tables import (
    Row,
    Unusable,
    refuse_several_tenants,
    rows_of,
    short_name,
)

__all__ = ["MOST_POLICIES", "read_alga_policies"]

MOST_POLICIES: Final = 50
"""In one export: each becomes a file that is judged whole."""
_KEYS: Final[Mapping[str, str]] = {
    "sla_policies": "sla_policy_id",
    "sla_policy_targets": "target_id",
    "sla_notification_thresholds": "threshold_id",
    "escalation_managers": "config_id",
    "sla_settings": "tenant",
    "status_sla_pause_config": "config_id",
    "priorities": "priority_id",
    "statuses": "status_id",
    "boards": "board_id",
    "clients": "client_id",
}
"""Tables that are read beside the business hours, and what names a row of each."""
_METRICS: Final = (
    ("first_response", "response_time_minutes"),
    ("resolution", "resolution_time_minutes"),
)
_MOST_MINUTES: Final = 5_256_000
_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class _Source:
    """What every policy is read with."""

    hours: Hours
    pauses: Pauses
    posts: Posts
    priorities: Mapping[str, str]
    targets: Mapping[str, list[Row]]
    thresholds: Mapping[str, list[Row]]
    findings: Findings


def read_alga_policies(
    document: Mapping[str, Any],
    *,
    published: PublishedCalendar | None = None,
    files: ZoneFiles = PACKAGED,
) -> Policies:
    """SLA files of an Alga PSA export.

    Args:
        document: rows by table, as `docs/how-to/import-sla-policies.md` lists them.
        published: a calendar that stands for all business hours, whatever the export says.
        files: known zones.

    Raises:
        UnusableFile: there is no policy, there are too many, or rows belong to several tenants.
    """
    findings = Findings()
    _tell_of_tables(document, findings)
    tables = {name: list(rows_of(document, name, key, findings)) for name, key in _KEYS.items()}
    refuse_several_tenants(tables)
    _refuse_number(len(tables["sla_policies"]))
    source = _Source(
        hours=_hours(document, published, files, findings),
        pauses=read_pauses(
            tables["sla_settings"], tables["status_sla_pause_config"], tables["statuses"], findings
        ),
        posts=read_posts(tables["boards"], tables["escalation_managers"], findings),
        priorities=_names(tables["priorities"], "priority_id", "priority_name", findings),
        targets=_by_policy(tables["sla_policy_targets"], findings),
        thresholds=_by_policy(tables["sla_notification_thresholds"], findings),
        findings=findings,
    )
    slas: list[SlaFound] = []
    for row in tables["sla_policies"]:
        try:
            slas.append(_sla(row, slas, source))
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
    _tell_of_strays(tables, source, findings)
    proposals = tuple(read_proposals(tables, slas, source.pauses, findings))
    return Policies(
        "alga",
        slas=tuple(slas),
        calendars=tuple(source.hours.schedules.values()),
        proposals=proposals,
        findings=tuple(findings.found),
        counts={
            "policies": len(tables["sla_policies"]),
            "slas": len(slas),
            "proposals": len(proposals),
            "left_out": findings.left_out,
            "findings": findings.total,
        },
    )


def _tell_of_tables(document: Mapping[str, Any], findings: Findings) -> None:
    for name in document:
        if name not in _KEYS and name not in HOURS_TABLES:
            findings.left(
                Place(table=str(shown(name))),
                "",
                None,
                "is no table that is read",
                f"nothing, or rename it to one of {', '.join((*_KEYS, *HOURS_TABLES))}",
                "import.table-unknown",
            )


def _refuse_number(policies: int) -> None:
    if policies == 0:
        raise UnusableFile.because(
            "sla_policies",
            None,
            "has no rows",
            "send the rows of sla_policies and sla_policy_targets",
            "import.empty",
        )
    if policies > MOST_POLICIES:
        raise UnusableFile.because(
            "sla_policies",
            policies,
            f"are more than {MOST_POLICIES} policies",
            "export some of them at a time",
            "import.too-many",
        )


def _hours(
    document: Mapping[str, Any],
    published: PublishedCalendar | None,
    files: ZoneFiles,
    findings: Findings,
) -> Hours:
    """The calendars of the export, none where a published one stands for all of them."""
    listed = document.get(HOURS_TABLES[0])
    if published is not None or not listed:
        return Hours(published=published)
    read = read_alga(document, files=files)
    findings.take(read.findings)
    default, always = None, set()
    for row in rows_of(document, HOURS_TABLES[0], "schedule_id", Findings()):
        try:
            schedule = row.text("schedule_id")
            if row.flag("is_24x7", default=False):
                always.add(schedule)
            if row.flag("is_default", default=False):
                default = schedule
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
    calendars = written_in(read.calendars, read.sets)
    return Hours(None, {one.source: one for one in calendars}, default, frozenset(always))


def _names(rows: list[Row], key: str, name: str, findings: Findings) -> dict[str, str]:
    found = {}
    for row in rows:
        try:
            found[row.text(key)] = short_name(row.text(name)) or row.text(key)
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
    return found


def _by_policy(rows: list[Row], findings: Findings) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        try:
            found[row.text("sla_policy_id")].append(row)
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
    return found


def _sla(row: Row, taken: list[SlaFound], source: _Source) -> SlaFound:
    policy_id = row.text("sla_policy_id")
    if not policy_id or any(one.source == policy_id for one in taken):
        message = "is there twice" if policy_id else "is missing"
        raise Unusable(
            "sla_policy_id", policy_id or None, message, "give each its own", "import.row-id"
        )
    findings = source.findings
    if row.text("description"):
        findings.left(
            row.place,
            "description",
            row.text("description"),
            "an SLA file has no description",
            "say it in the note of the publication",
            "import.description",
        )
    calendars: dict[str, Mapping[str, Any]] = {}
    targets: list[dict[str, Any]] = []
    used: list[tuple[str, Row]] = []
    for target in source.targets.get(policy_id, []):
        try:
            found = list(_targets(target, row, calendars, source))
            priority = _priority(target, {one["priority"] for one in targets}, source)
        except Unusable as wrong:
            findings.left(target.place, *wrong.fault)
            continue
        if found:
            targets += (
                {
                    "metric": metric,
                    "priority": priority,
                    "minutes": minutes,
                    "calendar": calendar,
                }
                for metric, minutes, calendar in found
            )
            used.append((priority, target))
    if not targets:
        raise Unusable(
            "sla_policy_targets",
            None,
            "has no targets, so there is nothing to promise",
            "export its rows of sla_policy_targets, or remove the policy",
            "import.no-targets",
        )
    promised = {one["metric"] for one in targets}
    orders = read_orders(
        row.place, source.thresholds.get(policy_id, []), used, source.posts, findings
    )
    name = short_name(row.text("policy_name")) or policy_id
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "sla_id": slug(name, {one.sla_id for one in taken}, "policy"),
        "name": name,
        "calendars": {key: value for key, value in calendars.items() if _is_used(key, targets)},
        "targets": targets,
        "pause": {
            metric: list(source.pauses.categories) for metric, _ in _METRICS if metric in promised
        },
        "thresholds": orders.thresholds,
        "escalations": orders.rules,
    }
    if orders.roles:
        document["roles"] = orders.roles
    return SlaFound(document["sla_id"], document, policy_id)


def _is_used(calendar: str, targets: list[dict[str, Any]]) -> bool:
    return any(one["calendar"] == calendar for one in targets)


def _priority(row: Row, taken: Collection[str], source: _Source) -> str:
    priority_id = row.text("priority_id")
    if not priority_id:
        raise Unusable("priority_id", None, "is missing", "export the column", "import.row-id")
    name = source.priorities.get(priority_id)
    if name is None:
        source.findings.noted(
            row.place,
            "priority_id",
            priority_id,
            "has no row in priorities, so its id stands for its name",
            "export priorities (priority_id, priority_name), too",
            "import.priority-unnamed",
        )
    priority = short_name(name or priority_id)
    if priority in taken:
        raise Unusable(
            "priority_id",
            priority,
            "has targets in another row already",
            "keep one row for each priority",
            "import.target-twice",
        )
    return priority


def _targets(
    row: Row, policy: Row, calendars: dict[str, Mapping[str, Any]], source: _Source
) -> Iterator[tuple[str, int, str]]:
    """Metric, minutes and calendar of a row's targets; what calendars they need is added."""
    calendar = _calendar(row, policy, calendars, source)
    for metric, column in _METRICS:
        if row.values.get(column) in (None, ""):
            continue
        minutes = row.whole(column)
        if not 0 < minutes <= _MOST_MINUTES:
            raise Unusable(
                column,
                minutes,
                "is no time to do something in",
                f"write 1 to {_MOST_MINUTES} minutes, or null for no target",
                "import.minutes",
            )
        if calendar != ALWAYS_OPEN and minutes % _DAY == 0:
            _tell_of_minutes(row, column, minutes, calendar, source)
        yield metric, minutes, calendar


def _tell_of_minutes(row: Row, column: str, minutes: int, calendar: str, source: _Source) -> None:
    day = source.hours.usual_day(calendar)
    means = f", {minutes / day:.1f} days of {day / 60:g} open hours" if day else ""
    days = minutes // _DAY
    source.findings.noted(
        row.place,
        column,
        minutes,
        f"are minutes of business hours{means}, not {days} {'day' if days == 1 else 'days'}",
        f"put the target on {ALWAYS_OPEN} if {days * 24} hours by the clock were meant",
        "import.business-minutes",
    )


def _calendar(
    row: Row, policy: Row, calendars: dict[str, Mapping[str, Any]], source: _Source
) -> str:
    """The name of a target's calendar: as in Alga PSA the policy's, the default, else none."""
    if row.flag("is_24x7", default=False):
        return ALWAYS_OPEN
    named = policy.text("business_hours_schedule_id") or None
    found = source.hours.of(named)
    if found is None and named is not None:
        source.findings.noted(
            policy.place,
            "business_hours_schedule_id",
            named,
            "is no schedule that was taken from this export; the default one stands for it",
            "export business_hours_schedules and business_hours_entries, or name a calendar",
            "import.schedule-unknown",
        )
        found = source.hours.of(None)
    if found is None:
        source.findings.noted(
            policy.place,
            "business_hours_schedule_id",
            named,
            f"there is no default schedule either: as in Alga PSA, its targets are {ALWAYS_OPEN}",
            "export the business hours, or name a published calendar",
            "import.no-business-hours",
        )
        return ALWAYS_OPEN
    name, content = found
    if content is not None:
        calendars[name] = content
    return name


def _tell_of_strays(tables: Mapping[str, list[Row]], source: _Source, findings: Findings) -> None:
    """Targets and thresholds of policies that are not in the export."""
    known = {str(row.values.get("sla_policy_id")).strip() for row in tables["sla_policies"]}
    for found in (source.targets, source.thresholds):
        for policy_id, rows in found.items():
            for row in rows if policy_id not in known else ():
                findings.left(
                    row.place,
                    "sla_policy_id",
                    policy_id or None,
                    "is no policy of this export",
                    "export its policy, too",
                    "import.row-id",
                )
