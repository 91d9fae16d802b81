-- name: keep_escalated!
-- The primary key is the inbox. Sorted, so that two batches wait for each other instead of deadlocking.
INSERT INTO escalated (tenant_id, ticket_id, event_id, kind, at_us, metric, cycle, threshold,
                       announcement_id, effect_id, rule_id, channel, level, repeat, attempt, reason)
SELECT *
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
              $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[],
              $14::bigint[], $15::bigint[], $16::text[])
       AS v (tenant_id, ticket_id, event_id, kind, at_us, metric, cycle, threshold,
             announcement_id, effect_id, rule_id, channel, level, repeat, attempt, reason)
 ORDER BY tenant_id, ticket_id, event_id
ON CONFLICT DO NOTHING;

-- name: escalated_of
SELECT tenant_id, ticket_id, event_id, kind, at_us, metric, cycle, threshold, announcement_id,
       effect_id, rule_id, channel, level, repeat, attempt, reason
  FROM escalated
 WHERE tenant_id = $1 AND ticket_id = $2
 ORDER BY at_us, event_id;

-- name: audit_of_ticket
-- The terms that each row was made of are named by the last entry that had been learnt.
SELECT r.ticket_id, r.revision, r.recorded_at, r.terms_revision, r.cause, r.because, r.changes,
       r.seal, e.entry_id
  FROM revision r
  LEFT JOIN terms e ON e.tenant_id = r.tenant_id AND e.terms_revision = r.terms_revision
 WHERE r.tenant_id = $1 AND r.ticket_id = $2 AND r.revision > $3
 ORDER BY r.revision
 LIMIT $4;

-- name: audit_of_tenant
-- From an instant on, or from behind a row; in the order of an index.
SELECT r.ticket_id, r.revision, r.recorded_at, r.terms_revision, r.cause, r.because, r.changes,
       r.seal, e.entry_id
  FROM revision r
  LEFT JOIN terms e ON e.tenant_id = r.tenant_id AND e.terms_revision = r.terms_revision
 WHERE r.tenant_id = $1
   AND (r.recorded_at, r.ticket_id, r.revision) > ($2, $3::text, $4::bigint)
   AND r.recorded_at < $5
 ORDER BY r.recorded_at, r.ticket_id, r.revision
 LIMIT $6;
