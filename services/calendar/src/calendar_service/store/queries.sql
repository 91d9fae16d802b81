-- name: lock_calendar
-- One publisher per calendar; the row cannot be locked, because the role may not update it.
SELECT pg_advisory_xact_lock(hashtextextended('calendar ' || $1 || ' ' || $2, 0));

-- name: now
-- The database's clock, so that all replicas agree.
SELECT clock_timestamp();

-- name: draft
SELECT document, etag, updated_at, updated_by
  FROM calendar_drafts
 WHERE tenant_id = $1 AND calendar_id = $2;

-- name: discard_draft!
DELETE FROM calendar_drafts WHERE tenant_id = $1 AND calendar_id = $2 AND etag = $3;

-- name: version
-- The newest where no number is given.
SELECT tenant_id, calendar_id, version, name, kind, timezone, tzdata, hash, content, published_at,
       published_by, note, status
  FROM calendar_versions
 WHERE tenant_id = $1 AND calendar_id = $2 AND version = coalesce($3, version)
 ORDER BY version DESC
 LIMIT 1;

-- name: add_calendar!
INSERT INTO calendars (tenant_id, calendar_id, created_by) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING;

-- name: add_version!
INSERT INTO calendar_versions (tenant_id, calendar_id, version, name, kind, timezone, tzdata,
                               snapshot, hash, content, note, published_at, published_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: add_windows!
INSERT INTO calendar_working_windows (tenant_id, calendar_id, version, ordinal, weekday, opens,
                                      closes)
SELECT $1, $2, $3, ordinal - 1, weekday, opens, closes
  FROM unnest($4::integer[], $5::text[], $6::text[])
       WITH ORDINALITY AS one (weekday, opens, closes, ordinal);

-- name: add_holidays!
INSERT INTO calendar_holidays (tenant_id, calendar_id, version, ordinal, observed_on, name, yearly,
                               closes_from, closes_to)
SELECT $1, $2, $3, ordinal - 1, observed_on, name, yearly, closes_from, closes_to
  FROM unnest($4::date[], $5::text[], $6::boolean[], $7::text[], $8::text[])
       WITH ORDINALITY AS one (observed_on, name, yearly, closes_from, closes_to, ordinal);

-- name: retire!
UPDATE calendar_versions SET status = 'retired', retired_at = $4, retired_by = $5
 WHERE tenant_id = $1 AND calendar_id = $2 AND version = $3 AND status = 'published';

-- name: note!
INSERT INTO audit (tenant_id, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5);
