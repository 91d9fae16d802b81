-- name: lock_tenants
-- One writer per tenant: publishing, binding and assigning depend on one another. In the order of
-- the keys, so that two batches never wait for each other.
SELECT count(pg_advisory_xact_lock(key))
  FROM (SELECT DISTINCT hashtextextended('sla terms ' || tenant, 0) AS key
          FROM unnest($1::text[]) AS tenant ORDER BY key) AS keys;

-- name: now
-- The database's clock, so that all replicas agree.
SELECT clock_timestamp();

-- name: draft
-- Who publishes it, and who edits or discards it, follow one another.
SELECT document, etag, updated_at, updated_by
  FROM sla_drafts
 WHERE tenant_id = $1 AND sla_id = $2
   FOR UPDATE;

-- name: discard_draft!
DELETE FROM sla_drafts WHERE tenant_id = $1 AND sla_id = $2 AND etag = $3;

-- name: calendars
SELECT calendar_id, version, snapshot, hash,
       EXISTS (SELECT FROM retired_calendars r
                WHERE (r.tenant_id, r.calendar_id, r.version, r.hash)
                      = (p.tenant_id, p.calendar_id, p.version, p.hash)) AS retired
  FROM published_calendars p
 WHERE tenant_id = $1
   AND (calendar_id, version) IN (SELECT * FROM unnest($2::text[], $3::integer[]));

-- name: newest_calendars
-- Of each calendar the newest version that is not retired.
SELECT DISTINCT ON (calendar_id) calendar_id, version
  FROM published_calendars p
 WHERE tenant_id = $1 AND calendar_id = ANY ($2::text[])
   AND NOT EXISTS (SELECT FROM retired_calendars r
                    WHERE (r.tenant_id, r.calendar_id, r.version, r.hash)
                          = (p.tenant_id, p.calendar_id, p.version, p.hash))
 ORDER BY calendar_id, version DESC;

-- name: keep_calendar!
INSERT INTO published_calendars (tenant_id, calendar_id, version, snapshot, hash)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING;

-- name: keep_retirement!
INSERT INTO retired_calendars (tenant_id, calendar_id, version, hash)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING;

-- name: calendar_hash
SELECT hash FROM published_calendars WHERE tenant_id = $1 AND calendar_id = $2 AND version = $3;

-- name: latest
SELECT tenant_id, sla_id, version, name, hash, content, effective_from, published_at,
       published_by, note, status, agreement_type, owner_group
  FROM sla_versions
 WHERE tenant_id = $1 AND sla_id = $2
 ORDER BY version DESC
 LIMIT 1;

-- name: version
-- The newest that is not retired where no number is given.
SELECT tenant_id, sla_id, version, name, hash, content, effective_from, published_at,
       published_by, note, status, agreement_type, owner_group
  FROM sla_versions
 WHERE tenant_id = $1 AND sla_id = $2
   AND (version = $3 OR ($3 IS NULL AND status = 'published'))
 ORDER BY version DESC
 LIMIT 1;

-- name: owner_groups
SELECT hash, owner_group FROM sla_versions
 WHERE tenant_id = $1 AND agreement_type = 'ola' AND owner_group IS NOT NULL;

-- name: snapshot
SELECT snapshot FROM sla_versions WHERE tenant_id = $1 AND sla_id = $2 AND version = $3;

-- name: published_as
-- By the index of a subject's trail.
SELECT detail ->> 'document' FROM audit
 WHERE tenant_id = $1 AND subject = $2 AND action = 'sla.published' AND detail -> 'version' = to_jsonb($3::integer)
 LIMIT 1;

-- name: add_sla!
INSERT INTO slas (tenant_id, sla_id, created_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: add_version!
INSERT INTO sla_versions (tenant_id, sla_id, version, name, snapshot, hash, content,
                          effective_from, note, published_at, published_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: add_targets!
INSERT INTO sla_targets (tenant_id, sla_id, version, ordinal, metric, priority, minutes, calendar)
SELECT $1, $2, $3, ordinal - 1, metric, priority, minutes, calendar
  FROM unnest($4::text[], $5::text[], $6::integer[], $7::text[])
       WITH ORDINALITY AS target (metric, priority, minutes, calendar, ordinal);

-- name: retire!
UPDATE sla_versions SET status = 'retired', retired_at = $4, retired_by = $5
 WHERE tenant_id = $1 AND sla_id = $2 AND version = $3 AND status = 'published';

-- name: note!
INSERT INTO audit (tenant_id, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5);
