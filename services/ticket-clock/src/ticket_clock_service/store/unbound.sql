-- name: tenants_with_unbound
SELECT tenant_id FROM tenants_with_unbound($1::interval, $2::interval);

-- name: may_tell_of_unbound
-- The row is the lock: a second replica waits for the first, and then finds that it was told.
INSERT INTO unbound_told AS t (tenant_id, told_at) VALUES ($1, clock_timestamp())
ON CONFLICT (tenant_id) DO UPDATE SET told_at = clock_timestamp()
 WHERE t.told_at <= clock_timestamp() - $2::interval
RETURNING true;

-- name: take_untold
WITH told AS (
  UPDATE unbound SET advised_at = clock_timestamp()
   WHERE tenant_id = $1 AND advised_at IS NULL AND healed_at IS NULL
  RETURNING ticket_id, found_at
)
SELECT ticket_id, found_at FROM told ORDER BY found_at, ticket_id;

-- name: clock
SELECT clock_timestamp();
