-- name: look_at_ticket
-- A function, so that the tenant is set and the rows are read by one statement.
SELECT seen_at, tenant_revision, revision, state, fault, told FROM look_at_ticket($1, $2);
