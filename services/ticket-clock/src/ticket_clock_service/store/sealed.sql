-- name: sealed_history
-- All facts of tickets in folding order, with what seals each; only verification asks for it.
SELECT f.tenant_id, f.ticket_id, f.source, f.event_id, f.kind, f.at_us, f.sequence, f.data,
       f.origin, f.recorded_at, f.fact_key, f.content_hash
  FROM fact f
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, ticket_id) USING (tenant_id, ticket_id)
 ORDER BY f.tenant_id, f.ticket_id, f.at_us, f.sequence, f.source, f.event_id;

-- name: revisions_kept
-- How many revisions there are of each ticket, and the last one: they are numbered without a gap.
SELECT r.tenant_id, r.ticket_id, count(*) AS kept, max(r.revision) AS last
  FROM revision r
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, ticket_id) USING (tenant_id, ticket_id)
 GROUP BY r.tenant_id, r.ticket_id;

-- name: unsealed_snapshots
-- Hashed where they lie, however large they are; answers only those that are not what they are called.
SELECT hash, encode(sha256(body), 'hex') AS found
  FROM snapshot
 WHERE tenant_id = $1 AND encode(sha256(body), 'hex') <> hash
 ORDER BY hash;

-- name: snapshots_kept
SELECT hash FROM snapshot WHERE tenant_id = $1 AND hash = ANY ($2::text[]);

-- name: sealed_terms
SELECT terms_revision, entry_id, kind, content_hash, body
  FROM terms WHERE tenant_id = $1 ORDER BY terms_revision;

-- name: lost_tickets
-- Openings whose ticket has no row; by the index of openings.
SELECT DISTINCT f.ticket_id
  FROM fact f
 WHERE f.tenant_id = $1 AND f.kind = 'opened'
   AND NOT EXISTS (SELECT FROM ticket t WHERE t.tenant_id = $1 AND t.ticket_id = f.ticket_id)
 ORDER BY f.ticket_id
 LIMIT 100;

-- name: audits
-- The whole audit of tickets, with its seals.
SELECT r.tenant_id, r.ticket_id, r.revision, r.recorded_at, r.terms_revision, r.cause, r.because,
       r.changes, r.seal
  FROM revision r
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, ticket_id) USING (tenant_id, ticket_id)
 ORDER BY r.tenant_id, r.ticket_id, r.revision;
