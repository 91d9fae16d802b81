-- name: lock_calendar
-- One publisher per calendar; the row cannot be locked, because the role may not update it.
SELECT pg_advisory_xact_lock(hashtextextended('calendar ' || $1 || ' ' || $2, 0));

-- name: lock_set
-- One publisher per set, and no publisher of a calendar that resolves the set meanwhile.
SELECT pg_advisory_xact_lock(hashtextextended('holiday-set ' || $1 || ' ' || $2, 0));

-- name: hold_set
-- Publishers of calendars do not disturb each other.
SELECT pg_advisory_xact_lock_shared(hashtextextended('holiday-set ' || $1 || ' ' || $2, 0));

-- name: now
-- The database's clock, so that all replicas agree.
SELECT clock_timestamp();

-- name: draft
SELECT calendar_id, document, etag, updated_at, updated_by
  FROM calendar_drafts
 WHERE tenant_id = $1 AND calendar_id = $2;

-- name: lock_draft
-- An editor waits for the publication, and then finds the draft gone.
SELECT calendar_id, document, etag, updated_at, updated_by
  FROM calendar_drafts
 WHERE tenant_id = $1 AND calendar_id = $2
   FOR UPDATE;

-- name: discard_draft!
DELETE FROM calendar_drafts WHERE tenant_id = $1 AND calendar_id = $2 AND etag = $3;

-- name: version
-- The newest where no number is given.
SELECT *
  FROM calendar_version_facts
 WHERE tenant_id = $1 AND calendar_id = $2 AND version = coalesce($3, version)
 ORDER BY version DESC
 LIMIT 1;

-- name: whole_version
SELECT f.*, v.snapshot, v.document
  FROM calendar_versions v
  JOIN calendar_version_facts f USING (tenant_id, calendar_id, version)
 WHERE v.tenant_id = $1 AND v.calendar_id = $2 AND v.version = coalesce($3, v.version)
 ORDER BY v.version DESC
 LIMIT 1;

-- name: add_calendar!
INSERT INTO calendars (tenant_id, calendar_id, created_by) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING;

-- name: add_version!
INSERT INTO calendar_versions (tenant_id, calendar_id, version, name, kind, timezone, tzdata,
                               snapshot, hash, content, note, published_at, published_by, document,
                               drafted_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

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

-- name: add_used_sets!
INSERT INTO calendar_version_sets (tenant_id, calendar_id, version, ordinal, set_id, set_version,
                                   pinned)
SELECT $1, $2, $3, ordinal - 1, set_id, set_version, pinned
  FROM unnest($4::text[], $5::integer[], $6::boolean[])
       WITH ORDINALITY AS one (set_id, set_version, pinned, ordinal);

-- name: retire!
UPDATE calendar_versions SET status = 'retired', retired_at = $4, retired_by = $5
 WHERE tenant_id = $1 AND calendar_id = $2 AND version = $3 AND status = 'published';

-- name: note!
INSERT INTO audit (tenant_id, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5);

-- name: audit
SELECT position, at, actor, action, detail
  FROM audit
 WHERE tenant_id = $1 AND subject = $2 AND starts_with(action, 'calendar.')
   AND ($3::bigint IS NULL OR position < $3)
 ORDER BY position DESC
 LIMIT $4;

-- name: set_version
-- The newest where no number is given.
SELECT set_id, version, name, document, hash, note, published_at, published_by
  FROM holiday_set_versions
 WHERE tenant_id = $1 AND set_id = $2 AND version = coalesce($3, version)
 ORDER BY version DESC
 LIMIT 1;

-- name: set_versions
SELECT set_id, version, name, document, hash, note, published_at, published_by
  FROM holiday_set_versions
 WHERE tenant_id = $1 AND set_id = $2 AND ($3::integer IS NULL OR version < $3)
 ORDER BY version DESC
 LIMIT $4;

-- name: add_set!
INSERT INTO holiday_sets (tenant_id, set_id, created_by) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING;

-- name: add_set_version!
INSERT INTO holiday_set_versions (tenant_id, set_id, version, name, document, hash, note,
                                  published_at, published_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: set_rows
-- A page of names first, then what is known of each: neither side reads more than the page.
SELECT s.set_id, v.name, v.version AS latest_version, v.hash, v.published_at,
       (SELECT count(*)
          FROM (SELECT DISTINCT calendar_id FROM calendar_version_sets
                 WHERE tenant_id = $1 AND set_id = s.set_id) c
         CROSS JOIN LATERAL (SELECT max(version) AS newest FROM calendar_versions
                              WHERE tenant_id = $1 AND calendar_id = c.calendar_id
                                AND status = 'published') n
          JOIN calendar_version_sets u
            ON (u.tenant_id, u.calendar_id, u.version, u.set_id)
             = ($1, c.calendar_id, n.newest, s.set_id)) AS used_by
  FROM (SELECT set_id FROM holiday_sets
         WHERE tenant_id = $1 AND ($2::text IS NULL OR set_id > $2)
         ORDER BY set_id LIMIT $3) s
 CROSS JOIN LATERAL (SELECT name, version, hash, published_at FROM holiday_set_versions
                      WHERE tenant_id = $1 AND set_id = s.set_id
                      ORDER BY version DESC LIMIT 1) v
 ORDER BY s.set_id;

-- name: users
-- Only a calendar's newest published version counts: the older ones are not followed any more.
SELECT c.calendar_id, n.newest AS version, u.set_version, u.pinned
  FROM (SELECT DISTINCT calendar_id FROM calendar_version_sets
         WHERE tenant_id = $1 AND set_id = $2 AND ($3::text IS NULL OR calendar_id > $3)) c
 CROSS JOIN LATERAL (SELECT max(version) AS newest FROM calendar_versions
                      WHERE tenant_id = $1 AND calendar_id = c.calendar_id
                        AND status = 'published') n
  JOIN calendar_version_sets u
    ON (u.tenant_id, u.calendar_id, u.version, u.set_id) = ($1, c.calendar_id, n.newest, $2)
 ORDER BY c.calendar_id
 LIMIT $4;

-- name: using
-- From the tables: their view looks into every snapshot for what nobody asks here.
SELECT v.calendar_id, v.snapshot, v.document,
       ARRAY(SELECT s.set_id FROM calendar_version_sets s
              WHERE (s.tenant_id, s.calendar_id, s.version) = ($1, v.calendar_id, v.version)
              ORDER BY s.ordinal) AS set_ids,
       ARRAY(SELECT s.set_version FROM calendar_version_sets s
              WHERE (s.tenant_id, s.calendar_id, s.version) = ($1, v.calendar_id, v.version)
              ORDER BY s.ordinal) AS set_versions
  FROM calendar_versions v
  JOIN unnest($2::text[], $3::integer[]) AS k (calendar_id, version) USING (calendar_id, version)
 WHERE v.tenant_id = $1;

-- name: known_sets
SELECT set_id, version, name, document, hash, note, published_at, published_by
  FROM holiday_set_versions v
  JOIN unnest($2::text[], $3::integer[]) AS k (set_id, version) USING (set_id, version)
 WHERE v.tenant_id = $1;
