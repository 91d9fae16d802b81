-- Who or what changed a ticket's clocks, and the seal over that and over all that was written of the
-- ticket before: whoever changes, adds or takes out a row breaks the chain. Rows from before have none.
ALTER TABLE revision
  ADD COLUMN because jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN seal    bytea;
ALTER TABLE ticket ADD COLUMN seal bytea;             -- of its latest revision
-- The audit of a tenant, in the order in which it was written.
CREATE INDEX revision_recorded ON revision (tenant_id, recorded_at, ticket_id, revision);
CREATE TRIGGER revision_never_emptied BEFORE TRUNCATE ON revision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What escalation told of its effects: the part of a ticket's feed that happens elsewhere. No address
-- is kept. The event's id makes it the inbox, too.
CREATE TABLE escalated (
  tenant_id       text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  ticket_id       text        NOT NULL,
  event_id        text        NOT NULL,
  kind            text        NOT NULL CHECK (kind IN ('raised', 'delivered', 'failed', 'acknowledged', 'withdrawn')),
  at_us           bigint      NOT NULL,               -- when it happened, microseconds since 1970
  metric          text        NOT NULL,
  cycle           text        NOT NULL,
  threshold       text        NOT NULL,
  announcement_id text        NOT NULL,
  effect_id       text        NOT NULL,
  rule_id         text        NOT NULL,
  channel         text        NOT NULL,
  level           bigint,
  repeat          bigint      NOT NULL,
  attempt         bigint,
  reason          text,
  recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, ticket_id, event_id)
);
CALL protect_tenant_rows('escalated');
CREATE TRIGGER escalated_only_grows BEFORE UPDATE OR DELETE ON escalated FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER escalated_never_emptied BEFORE TRUNCATE ON escalated FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON escalated TO {service}_app;

-- Tickets that nothing binds although their tenant wants every ticket bound. Each is told of once.
CREATE TABLE unbound (
  tenant_id  text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  ticket_id  text        NOT NULL,
  found_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  healed_at  timestamptz,                             -- bound since then, before anybody was told
  advised_at timestamptz,
  PRIMARY KEY (tenant_id, ticket_id)
);
CREATE INDEX unbound_untold ON unbound (tenant_id, found_at) WHERE advised_at IS NULL AND healed_at IS NULL;
CALL protect_tenant_rows('unbound');
GRANT SELECT, INSERT, UPDATE (found_at, healed_at, advised_at) ON unbound TO {service}_app;

-- When each tenant was told of such tickets last: not more often than once an hour.
CREATE TABLE unbound_told (
  tenant_id text        NOT NULL PRIMARY KEY CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  told_at   timestamptz NOT NULL
);
CALL protect_tenant_rows('unbound_told');
GRANT SELECT, INSERT, UPDATE (told_at) ON unbound_told TO {service}_app;

-- The loop that tells sees names of tenants through this function, and nothing else.
GRANT SELECT ON unbound, unbound_told TO {service}_scan;
CREATE POLICY scan ON unbound FOR SELECT TO {service}_scan USING (true);
CREATE POLICY scan ON unbound_told FOR SELECT TO {service}_scan USING (true);

-- Tenants with such tickets that nobody was told of, found *settle* ago or earlier; none that was told
-- of others less than *pause* ago.
CREATE FUNCTION tenants_with_unbound(settle interval, pause interval)
RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.tenant_id
    FROM unbound u
    LEFT JOIN unbound_told t ON t.tenant_id = u.tenant_id
   WHERE u.advised_at IS NULL AND u.healed_at IS NULL
     AND (t.told_at IS NULL OR t.told_at <= statement_timestamp() - pause)
   GROUP BY u.tenant_id
  HAVING min(u.found_at) <= statement_timestamp() - settle
   ORDER BY 1
$$;
ALTER FUNCTION tenants_with_unbound OWNER TO {service}_scan;
REVOKE ALL ON FUNCTION tenants_with_unbound FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_with_unbound TO {service}_app;
