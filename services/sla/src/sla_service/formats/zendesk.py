"""SLA policies of Zendesk: metrics become targets, filters assignments; the rest is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sla_service.domain.agreement import ALWAYS_OPEN, SCHEMA, PublishedCalendar
from sla_service.formats.found import Policies, Proposal, SlaFound
from sla_service.formats.hours import Hours, written_in
from sla_service.formats.zendesk_filters import proposals_of
from slaclock.business_time import PACKAGED, ZoneFiles
from slaclock.contracts.canonical import content_hash
from slaclock.contracts.faults import shown
from slaclock.foreign.findings import Findings, Place, UnusableFile
from slaclock.foreign.slugs import slug
from slaclock.foreign.tables import Row, Unusable, rows_of, short_name
from slaclock.foreign.zendesk import read_zendesk

__all__ = ["METRICS", "MOST_POLICIES", "read_zendesk_policies"]

MOST_POLICIES: Final = 50
"""In one file: each becomes a file that is judged whole."""
METRICS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "first_reply_time": ("first_response", ()),
    "next_reply_time": ("next_reply", ()),
    "periodic_update_time": ("periodic_update", ()),
    "pausable_update_time": ("periodic_update", ("waiting_on_customer",)),
    "total_resolution_time": ("resolution", ()),
}
"""Our metric, and what pauses it, by Zendesk's name."""
_ALIKE: Final[Mapping[str, str]] = {
    "requester_wait_time": '["waiting_on_customer"]',
    "agent_work_time": '["waiting_on_customer", "waiting_on_third_party", "on_hold"]',
}
"""What `pause.resolution` would have to say for about the same as these metrics."""
_UPDATES: Final = {"starts": ["agent_reply"], "fulfils": ["agent_reply", "resolved"]}
_PRIORITIES: Final = ("low", "normal", "high", "urgent")
_TABLES: Final = ("sla_policies", "sla_policy", "schedules", "schedule", "holidays")
_PAGES: Final = ("count", "next_page", "previous_page", "meta", "links", "url")
_READ: Final = ("id", "url", "title", "position", "filter", "policy_metrics")
_STAMPS: Final = ("created_at", "updated_at")
_MOST_MINUTES: Final = 5_256_000
_MOST_METRICS: Final = 500


@dataclass(slots=True)
class _Read:
    """A policy on its way to a file."""

    hours: Hours
    findings: Findings
    targets: list[dict[str, Any]] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    calendars: dict[str, Mapping[str, Any]] = field(default_factory=dict)


def read_zendesk_policies(
    document: Mapping[str, Any],
    *,
    published: PublishedCalendar | None = None,
    files: ZoneFiles = PACKAGED,
) -> Policies:
    """SLA files of what Zendesk's API answers.

    Args:
        document: ``{"sla_policies": [...]}`` or ``{"sla_policy": {...}}``; beside them may stand
            ``"schedules"`` with their holidays, whose first one counts as business hours.
        published: a calendar that stands for all business hours, whatever the file says.
        files: known zones.

    Raises:
        UnusableFile: there is no policy in it, or there are too many.
    """
    findings = Findings()
    listed = _policies(document)
    _tell_of_the_rest(document, findings)
    hours = _hours(document, published, files, findings)
    slas: list[SlaFound] = []
    proposals: dict[str, Proposal] = {}
    rows = list(rows_of({"sla_policies": listed}, "sla_policies", "id", findings))
    for row in sorted(rows, key=_position):
        try:
            found = _sla(row, {one.sla_id for one in slas}, _Read(hours, findings))
        except Unusable as wrong:
            findings.left(row.place, *wrong.fault)
            continue
        slas.append(found)
        for one in proposals_of(row, found.sla_id, findings):
            _propose(one, row, proposals, findings)
    if len(slas) > 1:
        findings.noted(
            Place(table="sla_policies"),
            "position",
            len(slas),
            "decides in Zendesk which of several policies applies; here service, category and "
            "group do, and two assignments of one group follow each other in time",
            "check with GET /sla/v1/what-applies which SLA a ticket gets",
            "import.position",
        )
    return Policies(
        "zendesk",
        slas=tuple(slas),
        calendars=tuple(hours.schedules.values()),
        proposals=tuple(proposals.values()),
        findings=tuple(findings.found),
        counts={
            "policies": len(listed),
            "slas": len(slas),
            "proposals": len(proposals),
            "left_out": findings.left_out,
            "findings": findings.total,
        },
    )


def _propose(one: Proposal, row: Row, proposals: dict[str, Proposal], findings: Findings) -> None:
    """Add *one*, unless a policy before it takes its tickets."""
    wanted = {key: value for key, value in one.body.items() if key != "sla_id"}
    before = proposals.setdefault(content_hash([one.kind, wanted]), one)
    if before is not one:
        findings.left(
            row.place,
            "position",
            one.body["sla_id"],
            f"finds tickets that {before.body['sla_id']} takes before it",
            "assign it otherwise, or leave it",
            "import.never-applies",
        )


def _policies(document: Mapping[str, Any]) -> list[Any]:
    if isinstance(document.get("sla_policy"), dict):
        return [document["sla_policy"]]
    listed = document.get("sla_policies")
    if not isinstance(listed, list) or not listed:
        raise UnusableFile.because(
            "sla_policies",
            shown(listed),
            "has no policy",
            "send what /api/v2/slas/policies.json answers",
            "import.empty",
        )
    if len(listed) > MOST_POLICIES:
        raise UnusableFile.because(
            "sla_policies",
            len(listed),
            f"are more than {MOST_POLICIES} policies",
            "send some of them at a time",
            "import.too-many",
        )
    return listed


def _position(row: Row) -> int:
    position = row.values.get("position")
    return position if type(position) is int else 0


def _tell_of_the_rest(document: Mapping[str, Any], findings: Findings) -> None:
    """Whatever stands beside the policies and is not read."""
    for name in document:
        if name not in _TABLES and name not in _PAGES:
            findings.left(
                Place(table=str(shown(name))),
                "",
                None,
                "is not read",
                f"nothing, or rename it to one of {', '.join(_TABLES)}",
                "import.table-unknown",
            )
    if document.get("next_page"):
        findings.left(
            Place(table="sla_policies"),
            "next_page",
            shown(document["next_page"]),
            "has more policies, which are not in this file",
            "import the next page, too",
            "import.more-pages",
        )


def _hours(
    document: Mapping[str, Any],
    published: PublishedCalendar | None,
    files: ZoneFiles,
    findings: Findings,
) -> Hours:
    """The calendars of the file, none where a published one stands for all of them."""
    if published is not None or not (document.get("schedules") or document.get("schedule")):
        return Hours(published=published)
    read = read_zendesk(document, files=files)
    findings.take(read.findings)
    calendars = written_in(read.calendars, ())
    first = calendars[0].source if calendars else None
    if len(calendars) > 1:
        findings.noted(
            Place(table="schedules", row=first),
            "schedules",
            len(calendars),
            f"could be meant: Zendesk chooses for each ticket; {calendars[0].calendar_id} counts "
            "for all of them here",
            "publish an SLA for each schedule, and assign them to groups",
            "import.schedule-of-ticket",
        )
    return Hours(None, {one.source: one for one in calendars}, first)


def _sla(row: Row, taken: set[str], read: _Read) -> SlaFound:
    for name in sorted(row.values):
        if name not in _READ and name not in _STAMPS and row.values[name]:
            _tell_of_key(row, name, read.findings)
    listed = row.values.get("policy_metrics")
    if not isinstance(listed, list) or len(listed) > _MOST_METRICS:
        raise Unusable(
            "policy_metrics",
            listed,
            "is not a list of metrics that could be read",
            f"write a JSON array of up to {_MOST_METRICS}",
            "import.type",
        )
    for number, item in enumerate(listed):
        place = f"policy_metrics[{number}]"
        try:
            _metric(item, place, row, read)
        except Unusable as wrong:
            name, *more = wrong.fault
            read.findings.left(row.place, f"{place}.{name}" if name else place, *more)
    if not read.targets:
        raise Unusable(
            "policy_metrics",
            len(listed),
            "have no target that can be carried, so there is nothing to promise",
            "add one of " + ", ".join(METRICS),
            "import.no-targets",
        )
    name = short_name(row.text("title")) or str(row.values.get("id"))
    promised = {one["metric"] for one in read.targets}
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "sla_id": slug(name, taken, "policy"),
        "name": name,
        "calendars": read.calendars,
        "targets": read.targets,
        "pause": {
            metric: list(METRICS[source][1]) for metric, source in sorted(read.sources.items())
        },
    }
    if "periodic_update" in promised:
        document["metrics"] = {"periodic_update": _UPDATES}
    return SlaFound(document["sla_id"], document, str(row.values.get("id")))


def _tell_of_key(row: Row, name: str, findings: Findings) -> None:
    settings = name in {"metric_settings", "metrics_settings"}
    findings.left(
        row.place,
        str(shown(name)),
        shown(row.values[name]),
        "is not carried",
        "say what begins and fulfils clocks under metrics of the file"
        if settings
        else "say it in the note of the publication",
        "import.metric-settings" if settings else "import.description",
    )


def _metric(item: object, place: str, policy: Row, read: _Read) -> None:
    if not isinstance(item, dict):
        raise Unusable("", item, "is not a metric", "write a JSON object", "import.type")
    row = Row(policy.place, item)
    source = row.text("metric")
    if source not in METRICS:
        raise _unsupported(source)
    metric, _ = METRICS[source]
    priority = row.text("priority")
    if priority not in _PRIORITIES:
        raise Unusable(
            "priority",
            priority or None,
            "is no priority of Zendesk",
            f"write one of {', '.join(_PRIORITIES)}",
            "import.priority",
        )
    if read.sources.get(metric, source) != source:
        raise Unusable(
            "metric",
            source,
            f"is measured by {metric}, as {read.sources[metric]} is, and a policy has one of it",
            "make two policies of it",
            "import.metric-twice",
        )
    if any((one["metric"], one["priority"]) == (metric, priority) for one in read.targets):
        raise Unusable(
            "priority",
            priority,
            f"has another target of {source}",
            "keep one target for each metric and priority",
            "import.target-twice",
        )
    minutes = _minutes(row)
    calendar = _calendar(row, place, read)
    read.sources[metric] = source
    read.targets.append(
        {"metric": metric, "priority": priority, "minutes": minutes, "calendar": calendar}
    )


def _unsupported(source: str) -> Unusable:
    """Why a metric of Zendesk is left out, and what comes close."""
    if source in _ALIKE:
        return Unusable(
            "metric",
            source,
            "sums the time in some statuses; no metric here is measured so",
            f"promise resolution with pause.resolution {_ALIKE[source]}, which stops in the "
            "other statuses and ends when the ticket is solved",
            "import.metric-unsupported",
        )
    return Unusable(
        "metric",
        source or None,
        "is no metric that can be carried",
        f"write one of {', '.join(METRICS)}",
        "import.metric-unsupported",
    )


def _minutes(row: Row) -> int:
    seconds = row.values.get("target_in_seconds")
    if seconds is not None:
        minutes, rest = divmod(row.whole("target_in_seconds"), 60)
        name, value = "target_in_seconds", seconds
    else:
        minutes, rest = row.whole("target"), 0
        name, value = "target", minutes
    if 0 < minutes <= _MOST_MINUTES and not rest:
        return minutes
    raise Unusable(
        name,
        value,
        "is not a whole number of minutes" if rest else "is no time to do something in",
        f"write 1 to {_MOST_MINUTES} whole minutes",
        "import.minutes",
    )


def _calendar(row: Row, place: str, read: _Read) -> str:
    if not row.flag("business_hours", default=False):
        return ALWAYS_OPEN
    found = read.hours.of(None)
    if found is None:
        raise Unusable(
            "business_hours",
            "true",
            f"has no schedule: nobody knows which hours {place} counts",
            "put the schedules beside the policies, or name a published calendar",
            "import.no-business-hours",
        )
    name, content = found
    if content is not None:
        read.calendars[name] = content
    return name
