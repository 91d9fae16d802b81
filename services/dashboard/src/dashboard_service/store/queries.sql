-- name: insert_clocks
-- New clocks are inserted, known ones are locked as they stand: the condition is never true, but the
-- row is locked before it is asked. Sorted, so that two batches wait for each other instead of
-- deadlocking. Answers the keys of the new ones.
INSERT INTO clock AS c (tenant_id, ticket_id, metric, cycle, revision, sequence, state, outcome,
                        due_on, changed_at, due_at, target_minutes, elapsed_us, timezone, snapshot,
                        warned, reached, priority, group_id, assignee_id, customer_id, status,
                        started_at, stopped_at, breached_at, severity, customer_impact,
                        attributed_assignee, attributed_group, attributed_at, agreement_type,
                        owner_group)
SELECT *
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
              $7::text[], $8::text[], $9::date[], $10::timestamptz[], $11::timestamptz[],
              $12::bigint[], $13::bigint[], $14::text[], $15::text[], $16::boolean[],
              $17::integer[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[],
              $23::timestamptz[], $24::timestamptz[], $25::timestamptz[], $26::text[], $27::text[],
              $28::text[], $29::text[], $30::timestamptz[], $31::text[], $32::text[])
ON CONFLICT (tenant_id, ticket_id, metric, cycle) DO UPDATE SET revision = c.revision WHERE false
RETURNING tenant_id, ticket_id, metric, cycle;

-- name: standing_clocks
-- Read in a statement of its own, under the locks: the locking one may have waited.
SELECT c.*
  FROM clock c
  JOIN unnest($1::text[], $2::text[], $3::text[], $4::text[])
       AS k (tenant_id, ticket_id, metric, cycle)
 USING (tenant_id, ticket_id, metric, cycle);

-- name: replace_clocks!
-- The caller compared the editions under the lock.
UPDATE clock c
   SET revision = v.revision, sequence = v.sequence, state = v.state, outcome = v.outcome,
       due_on = v.due_on, changed_at = v.changed_at, due_at = v.due_at,
       target_minutes = v.target_minutes, elapsed_us = v.elapsed_us, timezone = v.timezone,
       snapshot = v.snapshot, warned = v.warned, reached = v.reached, priority = v.priority,
       group_id = v.group_id, assignee_id = v.assignee_id, customer_id = v.customer_id,
       status = v.status, started_at = v.started_at, stopped_at = v.stopped_at,
       breached_at = v.breached_at, severity = v.severity, customer_impact = v.customer_impact,
       attributed_assignee = v.attributed_assignee, attributed_group = v.attributed_group,
       attributed_at = v.attributed_at, agreement_type = v.agreement_type,
       owner_group = v.owner_group
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
              $7::text[], $8::text[], $9::date[], $10::timestamptz[], $11::timestamptz[],
              $12::bigint[], $13::bigint[], $14::text[], $15::text[], $16::boolean[],
              $17::integer[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[],
              $23::timestamptz[], $24::timestamptz[], $25::timestamptz[], $26::text[], $27::text[],
              $28::text[], $29::text[], $30::timestamptz[], $31::text[], $32::text[])
       AS v (tenant_id, ticket_id, metric, cycle, revision, sequence, state, outcome, due_on,
             changed_at, due_at, target_minutes, elapsed_us, timezone, snapshot, warned, reached,
             priority, group_id, assignee_id, customer_id, status, started_at, stopped_at,
             breached_at, severity, customer_impact, attributed_assignee, attributed_group,
             attributed_at, agreement_type, owner_group)
 WHERE c.tenant_id = v.tenant_id AND c.ticket_id = v.ticket_id
   AND c.metric = v.metric AND c.cycle = v.cycle;

-- name: open_rollups
-- Creates the rows that are missing and locks the others, in order, by the same trick as above.
-- An upsert that adds could not be used: a negative difference fails the checks before it is added.
INSERT INTO rollup AS r (tenant_id, dimension, due_on, metric, key)
SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::text[])
ON CONFLICT (tenant_id, dimension, due_on, metric, key) DO UPDATE SET met = r.met WHERE false;

-- name: add_to_rollups!
UPDATE rollup r
   SET met = r.met + v.met, breached = r.breached + v.breached, pending = r.pending + v.pending,
       cancelled = r.cancelled + v.cancelled
  FROM unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::text[], $6::bigint[],
              $7::bigint[], $8::bigint[], $9::bigint[])
       AS v (tenant_id, dimension, due_on, metric, key, met, breached, pending, cancelled)
 WHERE r.tenant_id = v.tenant_id AND r.dimension = v.dimension AND r.due_on = v.due_on
   AND r.metric = v.metric AND r.key = v.key;

-- name: drop_empty_rollups!
-- So that the table does not depend on the order in which events came. Safe: the rows are locked,
-- and whoever waits for one creates it again.
DELETE FROM rollup r
 USING unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::text[])
       AS k (tenant_id, dimension, due_on, metric, key)
 WHERE r.tenant_id = k.tenant_id AND r.dimension = k.dimension AND r.due_on = k.due_on
   AND r.metric = k.metric AND r.key = k.key
   AND r.met = 0 AND r.breached = 0 AND r.pending = 0 AND r.cancelled = 0;

-- name: take_into_inbox
-- Answers the messages that were not there yet.
INSERT INTO inbox (tenant_id, durable, message_id)
SELECT tenant_id, $2, message_id
  FROM unnest($1::text[], $3::text[]) AS m (tenant_id, message_id)
ON CONFLICT DO NOTHING
RETURNING tenant_id, message_id;

-- name: insert_effects
-- New effects are inserted, known ones locked, in order, as above.
INSERT INTO escalation AS e (tenant_id, effect_id, ticket_id, metric, cycle, threshold,
                             announcement_id, rule_id, channel, recipient, repeat, level, due_at,
                             first_at, raised_at, failed_at, delivered_at, acknowledged_at,
                             withdrawn_at, attempts, error, reason)
SELECT *
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
              $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[],
              $13::timestamptz[], $14::timestamptz[], $15::timestamptz[], $16::timestamptz[],
              $17::timestamptz[], $18::timestamptz[], $19::timestamptz[], $20::bigint[],
              $21::text[], $22::text[])
ON CONFLICT (tenant_id, effect_id) DO UPDATE SET attempts = e.attempts WHERE false
RETURNING tenant_id, effect_id;

-- name: standing_effects
SELECT e.*
  FROM escalation e
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, effect_id) USING (tenant_id, effect_id);

-- name: replace_effects!
-- What an effect is never changes; only what became of it does.
UPDATE escalation e
   SET first_at = v.first_at, raised_at = v.raised_at, failed_at = v.failed_at,
       delivered_at = v.delivered_at, acknowledged_at = v.acknowledged_at,
       withdrawn_at = v.withdrawn_at, attempts = v.attempts, error = v.error, reason = v.reason
  FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[],
              $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::bigint[], $10::text[],
              $11::text[])
       AS v (tenant_id, effect_id, first_at, raised_at, failed_at, delivered_at, acknowledged_at,
             withdrawn_at, attempts, error, reason)
 WHERE e.tenant_id = v.tenant_id AND e.effect_id = v.effect_id;

-- name: keep_agreements
-- Answers the tenants that have new ones. Lists of JSON come as text: the driver takes a list
-- within a list for a second dimension.
INSERT INTO agreement (tenant_id, hash, sla_id, version, name, targets, calendars)
SELECT tenant_id, hash, sla_id, version, name, targets::jsonb, calendars
  FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::jsonb[])
       AS v (tenant_id, hash, sla_id, version, name, targets, calendars)
ON CONFLICT DO NOTHING
RETURNING tenant_id;

-- name: note_progress
INSERT INTO progress AS p (tenant_id, durable, applied_through, change_count)
SELECT tenant_id, $2, applied_through, changed::integer
  FROM unnest($1::text[], $3::timestamptz[], $4::boolean[])
       AS v (tenant_id, applied_through, changed)
ON CONFLICT (tenant_id, durable) DO UPDATE
   SET applied_through = greatest(p.applied_through, excluded.applied_through),
       change_count = p.change_count + excluded.change_count;

-- name: keep_kpis
-- Answers the tenants that have new ones. Lists of people come as JSON: arrays cannot be ragged.
INSERT INTO kpi (tenant_id, hash, kpi_id, sla_id, version, name, role, metric, priority, target,
                 period, persons, groups)
SELECT tenant_id, hash, kpi_id, sla_id, version, name, role, metric, priority, target, period,
       ARRAY(SELECT jsonb_array_elements_text(persons)),
       ARRAY(SELECT jsonb_array_elements_text(groups))
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
              $8::text[], $9::text[], $10::numeric[], $11::text[], $12::text[]::jsonb[],
              $13::text[]::jsonb[])
       AS v (tenant_id, hash, kpi_id, sla_id, version, name, role, metric, priority, target,
             period, persons, groups)
ON CONFLICT DO NOTHING
RETURNING tenant_id;
