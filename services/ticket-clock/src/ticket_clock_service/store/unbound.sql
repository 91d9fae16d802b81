-- name: tenants_with_unbound
SELECT tenant_id FROM tenants_with_unbound($1::interval, $2::interval);

-- name: may_tell_of_unbound
-- The row is the lock: a second replica waits for the first, and then finds that it was told. It is
-- dated by `take_untold`: where nothing is left to tell, no pause begins.
INSERT INTO unbound_told AS t (tenant_id, told_at) VALUES ($1, '-infinity')
ON CONFLICT (tenant_id) DO UPDATE SET told_at = t.told_at
 WHERE t.told_at <= clock_timestamp() - $2::interval
RETURNING true;

-- name: take_untold
-- Counted here: after an import they may be more than a process should hold. What is being healed
-- just now is skipped: it need not be told, and two that lock many rows cannot wait for each other.
WITH untold AS (
  SELECT ticket_id
    FROM unbound
   WHERE tenant_id = $1 AND advised_at IS NULL AND healed_at IS NULL
     AND found_at <= (SELECT clock_timestamp()) - $2::interval
     FOR UPDATE SKIP LOCKED
), told AS (
  UPDATE unbound u SET advised_at = clock_timestamp()
    FROM untold
   WHERE u.tenant_id = $1 AND u.ticket_id = untold.ticket_id
  RETURNING u.ticket_id, u.found_at
), dated AS (
  UPDATE unbound_told SET told_at = clock_timestamp()
   WHERE tenant_id = $1 AND EXISTS (SELECT FROM told)
), listed AS (
  SELECT ticket_id, found_at FROM told ORDER BY found_at, ticket_id LIMIT $3::integer
)
SELECT count(*) AS count, min(found_at) AS first, max(found_at) AS last,
       (SELECT array_agg(ticket_id ORDER BY found_at, ticket_id) FROM listed) AS tickets
  FROM told
HAVING count(*) > 0;

-- name: clock
SELECT clock_timestamp();
