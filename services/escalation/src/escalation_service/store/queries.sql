-- name: now
-- The database's clock is the one that counts, everywhere.
SELECT clock_timestamp() AS now;

-- name: keep_agreements!
-- The same snapshot may be told many times; the first telling stays.
INSERT INTO agreement (tenant_id, hash, sla_id, version, effective_from, rules, zones, snapshot)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[], $6::jsonb[], $7::jsonb[], $8::bytea[])
ON CONFLICT DO NOTHING;

-- name: agreements
-- Agreements never change, so they are read before anything is locked, and without the snapshot.
SELECT a.tenant_id, a.hash, a.rules, a.zones
  FROM agreement a
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, hash) USING (tenant_id, hash);

-- name: note_announcements!
-- A row to lock for each announcement, in key order: two batches wait for each other, never in a ring.
INSERT INTO announcement (tenant_id, announcement_id)
SELECT * FROM unnest($1::text[], $2::uuid[])
ON CONFLICT DO NOTHING;

-- name: lock_announcements
-- Alone, first, in key order. Everything that follows reads what the holder before us committed.
SELECT a.tenant_id, a.announcement_id, a.told, a.retraction, a.cancellation
  FROM announcement a
  JOIN unnest($1::text[], $2::uuid[]) AS k (tenant_id, announcement_id) USING (tenant_id, announcement_id)
 ORDER BY a.tenant_id, a.announcement_id
   FOR NO KEY UPDATE OF a;

-- name: keep_announcements!
UPDATE announcement a
   SET told = k.told, retraction = k.retraction, cancellation = k.cancellation
  FROM unnest($1::text[], $2::uuid[], $3::jsonb[], $4::jsonb[], $5::jsonb[])
       AS k (tenant_id, announcement_id, told, retraction, cancellation)
 WHERE a.tenant_id = k.tenant_id AND a.announcement_id = k.announcement_id;

-- name: raise_escalations
-- The unique effect key has the last word: what comes back is what was not there before.
INSERT INTO escalation (tenant_id, escalation_id, announcement_id, rule_id, channel, recipient, repeat, ticket_id, state, raised_at, changed_at)
SELECT k.*, $10, $10
  FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::text[], $9::text[]) AS k
ON CONFLICT DO NOTHING
RETURNING tenant_id, escalation_id;

-- name: plan_notices!
-- What was taken back before it was planned leaves the same row as what was taken back after.
INSERT INTO delivery (tenant_id, delivery_id, escalation_id, kind, state, planned_at, next_at, settled_at)
SELECT k.tenant_id, k.delivery_id, k.escalation_id, 'notice', k.state, $5,
       CASE k.state WHEN 'planned' THEN $6::timestamptz END,
       CASE k.state WHEN 'withdrawn' THEN $5::timestamptz END
  FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[]) AS k (tenant_id, delivery_id, escalation_id, state)
ON CONFLICT DO NOTHING;

-- name: withdraw_escalations
-- Locks the escalations, so that a sender who is just marking one comes before or after, not between.
UPDATE escalation e
   SET state = 'withdrawn', changed_at = $3
  FROM unnest($1::text[], $2::uuid[]) AS k (tenant_id, announcement_id)
 WHERE e.tenant_id = k.tenant_id AND e.announcement_id = k.announcement_id
   AND e.state IN ('raised', 'delivered', 'failed')
RETURNING e.tenant_id, e.escalation_id, e.announcement_id, e.rule_id, e.channel, e.recipient, e.repeat;

-- name: withdraw_deliveries!
-- What is just being sent is left to its sender, who finds the escalation withdrawn.
UPDATE delivery d
   SET state = 'withdrawn', next_at = NULL, settled_at = $3
  FROM unnest($1::text[], $2::uuid[]) AS k (tenant_id, escalation_id)
 WHERE d.tenant_id = k.tenant_id AND d.escalation_id = k.escalation_id
   AND d.kind = 'notice' AND d.state = 'planned';

-- name: withdrawn_escalations
-- Those that a call-off had withdrawn before are among them: some may have got what was sent last.
SELECT e.tenant_id, e.escalation_id
  FROM escalation e
  JOIN unnest($1::text[], $2::uuid[]) AS k (tenant_id, announcement_id) USING (tenant_id, announcement_id)
 WHERE e.state = 'withdrawn';

-- name: lock_escalations!
-- First, so that a sender who is just marking one comes before or after, not between.
SELECT FROM escalation e
  JOIN unnest($1::text[], $2::uuid[]) AS k (tenant_id, announcement_id) USING (tenant_id, announcement_id)
 ORDER BY e.tenant_id, e.escalation_id
   FOR NO KEY UPDATE OF e;

-- name: call_off_deliveries
-- Only what waits to be sent. What is just being sent is left to its sender, who asks before it
-- plans another attempt. Materialized for the reason of `claimed`.
WITH e AS MATERIALIZED (
  SELECT e.tenant_id, e.escalation_id
    FROM escalation e
    JOIN unnest($1::text[], $2::uuid[]) AS k (tenant_id, announcement_id) USING (tenant_id, announcement_id)
)
UPDATE delivery d
   SET state = 'withdrawn', next_at = NULL, settled_at = $3
  FROM e
 WHERE d.tenant_id = e.tenant_id AND d.escalation_id = e.escalation_id
   AND d.kind = 'notice' AND d.state = 'planned'
RETURNING d.tenant_id, d.escalation_id;

-- name: call_off_escalations
UPDATE escalation e
   SET state = 'withdrawn', changed_at = $3
  FROM unnest($1::text[], $2::uuid[]) AS k (tenant_id, escalation_id)
 WHERE e.tenant_id = k.tenant_id AND e.escalation_id = k.escalation_id AND e.state = 'raised'
RETURNING e.tenant_id, e.escalation_id, e.announcement_id, e.rule_id, e.channel, e.recipient, e.repeat;

-- name: call_off_of
SELECT cancellation FROM announcement WHERE tenant_id = $1 AND announcement_id = $2;

-- name: plan_corrections!
-- To whoever got the notice, or may have got it. Once: the kind is part of the unique key.
INSERT INTO delivery (tenant_id, delivery_id, escalation_id, kind, state, next_at, planned_at)
SELECT k.tenant_id, k.delivery_id, k.escalation_id, 'correction', 'planned', $4, $4
  FROM unnest($1::text[], $2::uuid[], $3::uuid[]) AS k (tenant_id, delivery_id, escalation_id)
  JOIN delivery n USING (tenant_id, escalation_id)
 WHERE n.kind = 'notice'
   AND (n.state = 'delivered' OR (n.doubtful AND n.state IN ('withdrawn', 'failed')))
ON CONFLICT DO NOTHING;

-- name: due_deliveries
-- Finds across tenants, claims nothing.
SELECT tenant_id, delivery_id, clock_timestamp() - next_at AS late FROM due_deliveries($1, $2, $3);

-- name: lock_due
-- The database's clock judges, in a subquery because the bare function would not use the index.
-- SKIP LOCKED: senders share the work, nobody waits.
SELECT d.tenant_id, d.delivery_id
  FROM delivery d
  JOIN unnest($1::text[], $2::uuid[]) AS k (tenant_id, delivery_id) USING (tenant_id, delivery_id)
 WHERE d.next_at <= (SELECT clock_timestamp())
   FOR NO KEY UPDATE OF d SKIP LOCKED;

-- name: claim!
-- A lease that ended belongs to a sender that died or stalled: what it sent may have arrived.
UPDATE delivery d
   SET state = 'sending', doubtful = d.doubtful OR d.state = 'sending', tries = d.tries + 1,
       next_at = clock_timestamp() + $3
  FROM unnest($1::text[], $2::uuid[]) AS k (tenant_id, delivery_id)
 WHERE d.tenant_id = k.tenant_id AND d.delivery_id = k.delivery_id;

-- name: claimed
-- In a statement of its own after the lock, so that it shows what was committed meanwhile.
-- Key by key, each step fenced by OFFSET 0: where nobody has made statistics yet, the planner expects
-- a few rows of a tenant, and would join all of them with each other (ten seconds for twenty of
-- two thousand deliveries).
SELECT d.tenant_id, d.delivery_id, d.kind, d.doubtful, d.tries, d.next_at,
       e.escalation_id, e.announcement_id, e.rule_id, e.channel, e.recipient, e.repeat, e.state,
       a.told, a.retraction, a.cancellation
  FROM unnest($1::text[], $2::uuid[]) AS k (tenant_id, delivery_id)
 CROSS JOIN LATERAL (SELECT * FROM delivery d
                      WHERE d.tenant_id = k.tenant_id AND d.delivery_id = k.delivery_id OFFSET 0) d
 CROSS JOIN LATERAL (SELECT * FROM escalation e
                      WHERE e.tenant_id = d.tenant_id AND e.escalation_id = d.escalation_id OFFSET 0) e
 CROSS JOIN LATERAL (SELECT * FROM announcement a
                      WHERE a.tenant_id = e.tenant_id AND a.announcement_id = e.announcement_id OFFSET 0) a
 ORDER BY d.planned_at, d.delivery_id;

-- name: open_attempts!
INSERT INTO attempt (tenant_id, delivery_id, ordinal, at)
SELECT d.tenant_id, d.delivery_id, d.tries, clock_timestamp()
  FROM delivery d
  JOIN unnest($1::text[], $2::uuid[]) AS k (tenant_id, delivery_id) USING (tenant_id, delivery_id);

-- name: lock_escalation
-- Before its delivery is marked: a retraction locks it, too, and so comes before or after.
SELECT state FROM escalation WHERE tenant_id = $1 AND escalation_id = $2 FOR NO KEY UPDATE;

-- name: mark_delivery
-- Only by the sender that holds the lease: `tries` tells it from those before and after.
UPDATE delivery
   SET state = $4, doubtful = $5, next_at = clock_timestamp() + $6::interval,
       settled_at = CASE WHEN $6::interval IS NULL THEN clock_timestamp() END
 WHERE tenant_id = $1 AND delivery_id = $2 AND tries = $3 AND state = 'sending'
RETURNING clock_timestamp() AS now;

-- name: close_attempt!
UPDATE attempt
   SET outcome = $4, error_code = $5, error = $6, duration_us = $7
 WHERE tenant_id = $1 AND delivery_id = $2 AND ordinal = $3 AND outcome = 'open';

-- name: move_escalation!
UPDATE escalation SET state = $3, changed_at = $4 WHERE tenant_id = $1 AND escalation_id = $2;

-- name: acknowledge!
-- The first acknowledgement stays.
UPDATE escalation
   SET acknowledged_at = $3, acknowledged_by = $4
 WHERE tenant_id = $1 AND escalation_id = $2 AND acknowledged_at IS NULL;

-- name: make_secret!
INSERT INTO webhook_secret (tenant_id, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: secret
SELECT secret, created_at FROM webhook_secret WHERE tenant_id = $1;

-- name: list_escalations
-- Newest first. Each filter may be absent; a page ends where the cursor of the next begins.
SELECT e.*, a.told, a.retraction, a.cancellation
  FROM escalation e
  JOIN announcement a USING (tenant_id, announcement_id)
 WHERE e.tenant_id = $1
   AND ($2::text IS NULL OR e.ticket_id = $2)
   AND ($3::text IS NULL OR e.state = $3)
   AND ($4::timestamptz IS NULL OR (e.raised_at, e.escalation_id) < ($4, $5::uuid))
 ORDER BY e.raised_at DESC, e.escalation_id DESC
 LIMIT $6;

-- name: one_escalation
SELECT e.*, a.told, a.retraction, a.cancellation
  FROM escalation e
  JOIN announcement a USING (tenant_id, announcement_id)
 WHERE e.tenant_id = $1 AND e.escalation_id = $2;

-- name: deliveries_of
SELECT * FROM delivery WHERE tenant_id = $1 AND escalation_id = $2 ORDER BY planned_at, kind DESC;

-- name: attempts_of
SELECT t.*
  FROM attempt t
  JOIN delivery d USING (tenant_id, delivery_id)
 WHERE d.tenant_id = $1 AND d.escalation_id = $2
 ORDER BY t.at, t.ordinal;

-- name: audit!
INSERT INTO audit (tenant_id, actor, action, subject) VALUES ($1, $2, $3, $4);
