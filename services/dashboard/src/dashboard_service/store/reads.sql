-- name: moment
-- The database's clock judges what is due, as everywhere. One row even before anything came.
SELECT statement_timestamp() AS now, coalesce(sum(change_count), 0)::bigint AS change_count,
       max(applied_through) FILTER (WHERE durable = 'dashboard--clocks') AS applied_through
  FROM progress
 WHERE tenant_id = $1;

-- name: counters
-- Open clocks only, from the index alone. Those of OLAs are asked for by themselves, here and below.
SELECT count(*) FILTER (WHERE state = 'active') AS running,
       count(*) FILTER (WHERE state = 'paused') AS paused,
       count(*) FILTER (WHERE state = 'active' AND outcome = 'pending'
                          AND (warned OR due_at <= $3)) AS at_risk,
       count(*) FILTER (WHERE outcome = 'breached') AS overdue,
       min(due_at) FILTER (WHERE state = 'active' AND outcome = 'pending') AS next_due_at
  FROM clock
 WHERE tenant_id = $1 AND state <> 'closed' AND ($2::text IS NULL OR metric = $2)
   AND (agreement_type = 'ola') = $4::boolean;

-- name: breached_since
SELECT count(*)
  FROM clock
 WHERE tenant_id = $1 AND outcome = 'breached' AND breached_at >= $3
   AND ($2::text IS NULL OR metric = $2) AND (agreement_type = 'ola') = $4::boolean;

-- name: compliance_by
SELECT key, sum(met)::bigint AS met, sum(breached)::bigint AS breached,
       sum(pending)::bigint AS pending, sum(cancelled)::bigint AS cancelled
  FROM rollup
 WHERE tenant_id = $1 AND dimension = $2 AND ($3::text IS NULL OR metric = $3)
   AND ($4::date IS NULL OR due_on >= $4) AND ($5::date IS NULL OR due_on <= $5)
 GROUP BY key
 ORDER BY key;

-- name: trend
-- The latest periods that hold anything; every dimension adds up to the same, so one is enough: of
-- what customers were promised that of priorities.
SELECT due_on, sum(met)::bigint AS met, sum(breached)::bigint AS breached,
       sum(pending)::bigint AS pending, sum(cancelled)::bigint AS cancelled
  FROM rollup
 WHERE tenant_id = $1 AND dimension = $6 AND ($2::text IS NULL OR metric = $2)
   AND ($3::date IS NULL OR due_on >= $3) AND ($4::date IS NULL OR due_on <= $4)
 GROUP BY due_on
 ORDER BY due_on DESC
 LIMIT $5;

-- name: clocks_at_risk
-- Soonest first; the page goes on after a whole key. Those due soon and those warned of have an index
-- each; an OR would read every clock that runs.
WITH near AS (
  (SELECT tenant_id, ticket_id, metric, cycle
     FROM clock
    WHERE tenant_id = $1 AND state = 'active' AND outcome = 'pending' AND due_at <= $3
      AND ($2::text IS NULL OR metric = $2)
      AND (agreement_type = 'ola') = $9::boolean
      AND ($4::timestamptz IS NULL
           OR (due_at, ticket_id, metric, cycle) > ($4, $5::text, $6::text, $7::text))
    ORDER BY due_at, ticket_id, metric, cycle
    LIMIT $8)
  UNION
  (SELECT tenant_id, ticket_id, metric, cycle
     FROM clock
    WHERE tenant_id = $1 AND state = 'active' AND outcome = 'pending' AND warned
      AND due_at IS NOT NULL AND ($2::text IS NULL OR metric = $2)
      AND (agreement_type = 'ola') = $9::boolean
      AND ($4::timestamptz IS NULL
           OR (due_at, ticket_id, metric, cycle) > ($4, $5::text, $6::text, $7::text))
    ORDER BY due_at, ticket_id, metric, cycle
    LIMIT $8)
)
SELECT c.*, a.name AS agreement_name, a.sla_id, a.version AS sla_version
  FROM near
  JOIN clock c USING (tenant_id, ticket_id, metric, cycle)
  LEFT JOIN agreement a ON a.tenant_id = c.tenant_id AND a.hash = c.snapshot
 ORDER BY c.due_at, c.ticket_id, c.metric, c.cycle
 LIMIT $8;

-- name: breaches
-- Latest first.
SELECT c.*, a.name AS agreement_name, a.sla_id, a.version AS sla_version
  FROM clock c
  LEFT JOIN agreement a ON a.tenant_id = c.tenant_id AND a.hash = c.snapshot
 WHERE c.tenant_id = $1 AND c.outcome = 'breached' AND ($2::text IS NULL OR c.metric = $2)
   AND (c.agreement_type = 'ola') = $8::boolean
   AND ($3::timestamptz IS NULL
        OR (c.breached_at, c.ticket_id, c.metric, c.cycle) < ($3, $4::text, $5::text, $6::text))
 ORDER BY c.breached_at DESC, c.ticket_id DESC, c.metric DESC, c.cycle DESC
 LIMIT $7;

-- name: ongoing_breaches
-- The same of clocks that are not closed. A query of its own, so that the open clocks' index can
-- serve where most breaches are history.
SELECT c.*, a.name AS agreement_name, a.sla_id, a.version AS sla_version
  FROM clock c
  LEFT JOIN agreement a ON a.tenant_id = c.tenant_id AND a.hash = c.snapshot
 WHERE c.tenant_id = $1 AND c.outcome = 'breached' AND c.state <> 'closed'
   AND ($2::text IS NULL OR c.metric = $2)
   AND (c.agreement_type = 'ola') = $8::boolean
   AND ($3::timestamptz IS NULL
        OR (c.breached_at, c.ticket_id, c.metric, c.cycle) < ($3, $4::text, $5::text, $6::text))
 ORDER BY c.breached_at DESC, c.ticket_id DESC, c.metric DESC, c.cycle DESC
 LIMIT $7;

-- name: escalations
-- Latest first, by when each was first heard of: that never moves a row behind a reader's back.
SELECT e.*
  FROM escalation e
 WHERE e.tenant_id = $1
   AND ($2::timestamptz IS NULL OR (e.first_at, e.effect_id) < ($2, $3::text))
 ORDER BY e.first_at DESC, e.effect_id DESC
 LIMIT $4;

-- name: agreements
SELECT tenant_id, hash, sla_id, version, name, targets, calendars
  FROM agreement
 WHERE tenant_id = $1 AND hash = ANY ($2::text[]);

-- name: rollups
SELECT * FROM rollup WHERE tenant_id = $1;

-- name: recount
-- Where the kept counts and a count of all clocks disagree: must never answer a row.
SELECT dimension, due_on, metric, key, kept.met AS kept_met, kept.breached AS kept_breached,
       kept.pending AS kept_pending, kept.cancelled AS kept_cancelled, counted.met,
       counted.breached, counted.pending, counted.cancelled
  FROM (SELECT dimension, due_on, metric, key, met, breached, pending, cancelled
          FROM rollup WHERE tenant_id = $1) AS kept
  FULL JOIN
       (SELECT d.dimension, c.due_on, c.metric, d.key,
               count(*) FILTER (WHERE c.outcome = 'met') AS met,
               count(*) FILTER (WHERE c.outcome = 'breached') AS breached,
               count(*) FILTER (WHERE c.outcome = 'pending') AS pending,
               count(*) FILTER (WHERE c.outcome = 'cancelled') AS cancelled
          FROM clock c
         CROSS JOIN LATERAL (VALUES ('priority', c.priority), ('group', c.group_id),
                                    ('assignee', c.assignee_id), ('customer', c.customer_id),
                                    ('owner_group', c.owner_group))
               AS d (dimension, key)
         WHERE c.tenant_id = $1
           AND (c.agreement_type = 'ola') = (d.dimension = 'owner_group')
         GROUP BY 1, 2, 3, 4) AS counted
 USING (dimension, due_on, metric, key)
 WHERE (kept.met, kept.breached, kept.pending, kept.cancelled)
       IS DISTINCT FROM (counted.met, counted.breached, counted.pending, counted.cancelled)
 ORDER BY dimension, due_on, metric, key
 LIMIT $2;

-- name: kpis
-- Every version's; what is asked for narrows it down. A newer version counts whether it has KPIs or not.
SELECT kpi.*,
       EXISTS (SELECT FROM agreement newer
                WHERE newer.tenant_id = kpi.tenant_id AND newer.sla_id = kpi.sla_id
                  AND newer.version > kpi.version) AS outdated
  FROM kpi
 WHERE tenant_id = $1 AND ($2::text IS NULL OR sla_id = $2) AND ($3::text IS NULL OR role = $3)
   AND ($4::text IS NULL OR metric = $4)
 ORDER BY sla_id, kpi_id, version, hash;

-- name: kpi_figures
-- First the cycles of the period in groups, from one scan; only then each KPI takes its own. Whose a
-- cycle is: of a decided one who had the ticket then, of the others who has it now. One of which the
-- kind that the role names (people, groups) is not known counts to nobody; nor does one without an
-- assignee where people are asked for. The page of cycles (kpi_cycles) draws the same lines.
WITH cycle AS (
  SELECT snapshot, metric, priority, outcome, count(*) AS cycles,
         CASE WHEN outcome IN ('met', 'breached') THEN attributed_assignee
              ELSE assignee_id END AS person,
         CASE WHEN outcome IN ('met', 'breached') THEN attributed_group
              ELSE group_id END AS team
    FROM clock
   WHERE tenant_id = $1 AND snapshot IS NOT NULL AND ($4::text IS NULL OR metric = $4)
     AND due_on BETWEEN coalesce($2::date, '-infinity') AND coalesce($3::date, 'infinity')
   GROUP BY snapshot, metric, priority, outcome, person, team
), counted AS (
  SELECT k.hash, k.kpi_id, c.cycles, nullif(CASE WHEN $8::boolean THEN c.person END, '') AS technician,
         CASE WHEN k.persons = '{}' AND k.groups = '{}'
                   OR c.person = ANY (k.persons) OR c.team = ANY (k.groups)
              THEN CASE WHEN NOT $8 OR c.person <> '' THEN c.outcome
                        WHEN c.outcome IN ('met', 'breached') THEN 'unattributed' END
              WHEN c.outcome IN ('met', 'breached') AND (k.persons = '{}' OR c.person = '')
                   AND (k.groups = '{}' OR c.team = '') THEN 'unattributed' END AS standing
    FROM kpi k
    JOIN cycle c ON c.snapshot = k.hash AND c.metric = k.metric
                AND (k.priority IS NULL OR k.priority = c.priority)
   WHERE k.tenant_id = $1 AND k.period = $5
     AND ($6::text IS NULL OR k.sla_id = $6) AND ($7::text IS NULL OR k.role = $7)
)
SELECT hash, kpi_id, CASE WHEN standing <> 'unattributed' THEN technician END AS technician, standing,
       sum(cycles)::bigint AS cycles
  FROM counted
 WHERE standing IS NOT NULL
 GROUP BY 1, 2, 3, 4;

-- name: kpi_cycles
-- The cycles behind a figure, latest due first; the lines are drawn as in kpi_figures.
SELECT c.*, k.name AS agreement_name, k.sla_id, k.version AS sla_version, standing
  FROM kpi k
  JOIN clock c ON c.tenant_id = k.tenant_id AND c.snapshot = k.hash AND c.metric = k.metric
              AND (k.priority IS NULL OR k.priority = c.priority)
 CROSS JOIN LATERAL (
   SELECT CASE WHEN c.outcome IN ('met', 'breached') THEN c.attributed_assignee
               ELSE c.assignee_id END AS person,
          CASE WHEN c.outcome IN ('met', 'breached') THEN c.attributed_group
               ELSE c.group_id END AS team) AS h
 CROSS JOIN LATERAL (
   SELECT CASE WHEN k.persons = '{}' AND k.groups = '{}'
                    OR h.person = ANY (k.persons) OR h.team = ANY (k.groups)
               THEN CASE WHEN NOT $8::boolean OR h.person <> '' THEN c.outcome
                         WHEN c.outcome IN ('met', 'breached') THEN 'unattributed' END
               WHEN c.outcome IN ('met', 'breached') AND (k.persons = '{}' OR h.person = '')
                    AND (k.groups = '{}' OR h.team = '') THEN 'unattributed' END) AS s (standing)
 WHERE k.tenant_id = $1 AND k.sla_id = $2 AND k.kpi_id = $3 AND ($4::numeric IS NULL OR k.target = $4)
   AND c.due_on BETWEEN coalesce($5::date, '-infinity') AND coalesce($6::date, 'infinity')
   AND standing IS NOT NULL AND ($7::text IS NULL OR standing = $7)
   AND ($9::text IS NULL OR (h.person = $9 AND standing <> 'unattributed'))
   AND ($10::date IS NULL
        OR (c.due_on, c.ticket_id, c.metric, c.cycle) < ($10, $11::text, $12::text, $13::text))
 ORDER BY c.due_on DESC, c.ticket_id DESC, c.metric DESC, c.cycle DESC
 LIMIT $14;
