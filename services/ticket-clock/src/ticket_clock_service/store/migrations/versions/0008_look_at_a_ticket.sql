-- What an answer about a ticket needs, by three primary keys, in one statement and without a transaction
-- around it: the tenant is set for this statement only, and row-level security is as strict as ever,
-- because the function runs as whoever calls it. `told` is the ledger, as JSON arrays.
CREATE FUNCTION look_at_ticket(of_tenant text, of_ticket text)
RETURNS TABLE (
  seen_at timestamptz, tenant_revision bigint, revision bigint, state bytea, fault text, told text)
LANGUAGE plpgsql AS $$ BEGIN
  PERFORM set_config('app.tenants', of_tenant, true);
  RETURN QUERY
    SELECT clock_timestamp(),
           coalesce((SELECT s.terms_revision FROM terms_state s WHERE s.tenant_id = of_tenant), 0),
           t.revision, t.state, t.fault,
           (SELECT json_agg(json_build_array(
                     a.metric, a.cycle, a.agreement, a.priority, a.threshold, a.n, a.crossed_us,
                     a.flags, (extract(epoch FROM a.announced_at) * 1000000)::bigint,
                     (extract(epoch FROM a.retracted_at) * 1000000)::bigint))::text
              FROM announcement a
             WHERE a.tenant_id = of_tenant AND a.ticket_id = of_ticket)
      FROM ticket t
     WHERE t.tenant_id = of_tenant AND t.ticket_id = of_ticket AND t.fact_count > 0;
END $$;
REVOKE ALL ON FUNCTION look_at_ticket FROM PUBLIC;
GRANT EXECUTE ON FUNCTION look_at_ticket TO {service}_app;
