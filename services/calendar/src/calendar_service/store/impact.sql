-- name: uncompared
SELECT tenant_id, calendar_id, version FROM uncompared_versions($1, $2);

-- name: snapshots_of
-- All of one tenant's versions that are compared together, in one statement.
SELECT v.calendar_id, v.version, v.status, v.timezone, v.tzdata, v.hash, v.snapshot
  FROM calendar_versions v
  JOIN unnest($2::text[], $3::integer[]) AS k (calendar_id, version) USING (calendar_id, version)
 WHERE v.tenant_id = $1
 ORDER BY v.calendar_id, v.version;

-- name: keep_comparisons
-- Whoever comes second gets no row back, and says nothing.
INSERT INTO tzdata_comparison (tenant_id, calendar_id, version, installed, affected)
SELECT $1, calendar_id, version, $2, affected
  FROM unnest($3::text[], $4::integer[], $5::boolean[]) AS k (calendar_id, version, affected)
    ON CONFLICT DO NOTHING
RETURNING calendar_id, version;

-- name: clock
SELECT clock_timestamp();

-- name: newest_to_compare
-- Snapshots only of versions that another release has sealed: the others cannot differ.
SELECT calendar_id, version, status, timezone, tzdata, hash,
       CASE WHEN tzdata <> $5 THEN snapshot END AS snapshot
  FROM (SELECT DISTINCT ON (calendar_id) * FROM calendar_versions
         WHERE tenant_id = $1 AND status = 'published'
         ORDER BY calendar_id, version DESC) newest
 WHERE (calendar_id, version) > ($2, $3::bigint)
 ORDER BY calendar_id, version
 LIMIT $4;

-- name: all_to_compare
SELECT calendar_id, version, status, timezone, tzdata, hash,
       CASE WHEN tzdata <> $5 THEN snapshot END AS snapshot
  FROM calendar_versions
 WHERE tenant_id = $1 AND (calendar_id, version) > ($2, $3::bigint)
 ORDER BY calendar_id, version
 LIMIT $4;

-- name: count_to_compare
SELECT CASE WHEN $2 THEN count(*)
            ELSE count(DISTINCT calendar_id) FILTER (WHERE status = 'published') END
  FROM calendar_versions WHERE tenant_id = $1;
