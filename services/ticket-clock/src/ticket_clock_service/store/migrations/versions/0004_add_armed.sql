-- What a wake-up backend was told last of a ticket: compared with the ticket's row, so that whatever
-- goes wrong between the two heals by looking. Beside that row, which is written often enough.
CREATE TABLE armed (
  tenant_id text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  ticket_id text        NOT NULL,
  backend   text        NOT NULL,
  place     text        NOT NULL,                    -- the store of alarms: a new one has none of them
  revision  bigint      NOT NULL,
  due_at    timestamptz,                             -- NULL: not until something happens to the ticket
  armed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, ticket_id, backend)
);
CALL protect_tenant_rows('armed');
GRANT SELECT, INSERT, UPDATE, DELETE ON armed TO {service}_app;

-- The armer sees keys of all tenants through these functions, and nothing else.
GRANT SELECT (revision, is_open) ON ticket TO {service}_scan;
GRANT SELECT ON armed TO {service}_scan;
CREATE POLICY scan ON armed FOR SELECT TO {service}_scan USING (true);

-- Tickets due in [since, until) whose alarm is missing or set for another instant.
CREATE FUNCTION unarmed_tickets(
  of_backend text, in_place text, exact boolean, since timestamptz, until timestamptz, most integer)
RETURNS TABLE (tenant_id text, ticket_id text, next_due_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.tenant_id, t.ticket_id, t.next_due_at
    FROM ticket t
    LEFT JOIN armed a ON a.tenant_id = t.tenant_id AND a.ticket_id = t.ticket_id
                     AND a.backend = of_backend
   WHERE t.next_due_at >= since AND t.next_due_at < until
     AND (a.due_at IS DISTINCT FROM t.next_due_at OR a.place IS DISTINCT FROM in_place
          OR (exact AND a.revision <> t.revision))
   ORDER BY t.next_due_at
   LIMIT most
$$;

-- Alarms of tickets that are due at *until* or later, or not at all, and were armed otherwise.
CREATE FUNCTION outdated_alarms(
  of_backend text, exact boolean, until timestamptz, after_tenant text, after_ticket text, most integer)
RETURNS TABLE (tenant_id text, ticket_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.tenant_id, a.ticket_id
    FROM armed a
    JOIN ticket t ON t.tenant_id = a.tenant_id AND t.ticket_id = a.ticket_id
   WHERE a.backend = of_backend
     AND (a.tenant_id, a.ticket_id) > (after_tenant, after_ticket)
     AND (t.next_due_at IS NULL OR t.next_due_at >= until)
     AND (a.due_at IS DISTINCT FROM t.next_due_at OR (exact AND a.revision <> t.revision)
          OR (t.next_due_at IS NULL AND NOT t.is_open))
   ORDER BY a.tenant_id, a.ticket_id
   LIMIT most
$$;
ALTER FUNCTION unarmed_tickets OWNER TO {service}_scan;
ALTER FUNCTION outdated_alarms OWNER TO {service}_scan;
REVOKE ALL ON FUNCTION unarmed_tickets, outdated_alarms FROM PUBLIC;
GRANT EXECUTE ON FUNCTION unarmed_tickets, outdated_alarms TO {service}_app;
