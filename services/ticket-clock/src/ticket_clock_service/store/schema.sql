-- Everything that the migrations make together, for reading. A test compares the two.

-- What every other piece builds on: who may use the schema, and rows that only their tenant sees.
GRANT CREATE, USAGE ON SCHEMA public TO ticket_clock_scan;  -- a function's owner must be able to own it here
GRANT USAGE ON SCHEMA public TO ticket_clock_app, ticket_clock_relay;

CREATE PROCEDURE protect_tenant_rows(target regclass) LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY tenants ON %s USING (tenant_id = ANY (string_to_array(current_setting(''app.tenants'', true), '','')))'
    ' WITH CHECK (tenant_id = ANY (string_to_array(current_setting(''app.tenants'', true), '','')))', target);
END $$;
COMMENT ON PROCEDURE protect_tenant_rows IS
  'Row-level security, also for the owner: a transaction sees the tenants of app.tenants only.';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'immutable: % on %', lower(tg_op), tg_table_name USING errcode = '55000';
END $$;
COMMENT ON FUNCTION refuse_change IS 'For tables that only grow: BEFORE UPDATE OR DELETE OR TRUNCATE.';

-- Messages promised in the same transaction as the change they tell of; the relay sends them.
-- Rows stay after sending: the broker can be rebuilt from them.
CREATE TABLE outbox (
  tenant_id  text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  position   bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  stream     text        NOT NULL,
  subject    text        NOT NULL,
  msg_id     text        NOT NULL,
  body       bytea       NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  sent_at    timestamptz,
  refused    text,
  PRIMARY KEY (tenant_id, position)
);
-- The relay reads by position, never by "position > last": values become visible out of order.
CREATE INDEX outbox_unsent ON outbox (position) WHERE sent_at IS NULL AND refused IS NULL;
-- Small, and enough to find what need not be kept any more: rows lie in this order.
CREATE INDEX outbox_age ON outbox USING brin (created_at);
CALL protect_tenant_rows('outbox');
CREATE POLICY relay ON outbox TO ticket_clock_relay USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON outbox TO ticket_clock_app;
GRANT SELECT, UPDATE (sent_at, refused), DELETE ON outbox TO ticket_clock_relay;

-- Messages set aside with the reason: malformed, refused, or failing for good. Replayable.
CREATE TABLE parked (
  tenant_id       text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  parked_id       uuid        NOT NULL,
  durable         text        NOT NULL,
  stream          text        NOT NULL,
  stream_sequence bigint      NOT NULL,
  subject         text        NOT NULL,
  msg_id          text,
  body            bytea       NOT NULL,
  code            text        NOT NULL,
  reason          text        NOT NULL,
  faults          jsonb       NOT NULL DEFAULT '[]',
  parked_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  replayed_at     timestamptz,
  PRIMARY KEY (tenant_id, parked_id)
);
CREATE INDEX parked_open ON parked (tenant_id, parked_at) WHERE replayed_at IS NULL;
CALL protect_tenant_rows('parked');
GRANT SELECT, INSERT, UPDATE (replayed_at, code, reason, faults) ON parked TO ticket_clock_app;

-- Answers to requests that carried an Idempotency-Key: the same key gets the same answer.
CREATE TABLE idempotency (
  tenant_id    text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  route        text        NOT NULL,
  key          text        NOT NULL,
  request_hash text        NOT NULL,
  status       integer,
  headers      jsonb,
  body         bytea,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, route, key)
);
CALL protect_tenant_rows('idempotency');
GRANT SELECT, INSERT, UPDATE (status, headers, body, request_hash, created_at), DELETE ON idempotency TO ticket_clock_app;

-- One row a ticket: what has been folded of it, and when to look at it again.
CREATE TABLE ticket (
  tenant_id        text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  ticket_id        text        NOT NULL,
  revision         bigint      NOT NULL DEFAULT 0,
  sequence         bigint      NOT NULL DEFAULT 0,   -- CLOCK events told so far
  state            bytea,                            -- canonical picture; NULL until the first fold
  terms_revision   bigint      NOT NULL DEFAULT 0,
  fold_version     integer     NOT NULL DEFAULT 0,
  recorded_at      timestamptz,                      -- of the latest revision; grows
  fact_count       integer     NOT NULL DEFAULT 0,
  next_due_at      timestamptz,                      -- when to reconcile next; NULL: nothing can happen
  import_id        text,                             -- the import that brought its facts, while it runs
  importing_until  timestamptz,                      -- quiet time after which the import counts as complete; the epoch: it is
  historical_until timestamptz,                      -- crossings up to here notify nobody
  is_open          boolean     NOT NULL DEFAULT true, -- some clock is active or paused
  clock_state      text        NOT NULL DEFAULT 'none' CHECK (clock_state IN ('none', 'active', 'paused', 'closed')),
  fault            text,                             -- why the last fold failed, if it did
  seal             bytea,                            -- of its latest revision
  PRIMARY KEY (tenant_id, ticket_id)
);
CREATE INDEX ticket_due ON ticket (next_due_at) WHERE next_due_at IS NOT NULL;
CREATE INDEX ticket_terms ON ticket (tenant_id, terms_revision);
CREATE INDEX ticket_import ON ticket (tenant_id, import_id) WHERE importing_until IS NOT NULL;
CREATE INDEX ticket_state ON ticket (tenant_id, clock_state, ticket_id);
CREATE INDEX ticket_open ON ticket (tenant_id, ticket_id) WHERE is_open; -- also those without an agreement
CALL protect_tenant_rows('ticket');
GRANT SELECT, INSERT, UPDATE ON ticket TO ticket_clock_app;

-- What other systems reported, for ever. Its key makes it the inbox, too.
CREATE TABLE fact (
  tenant_id      text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  ticket_id      text        NOT NULL,
  fact_key       bytea       NOT NULL,               -- SHA-256 of the JSON array [source, id]
  source         text        NOT NULL,
  event_id       text        NOT NULL,
  kind           text        NOT NULL CHECK (kind IN ('opened', 'updated', 'replied', 'deleted')),
  at_us          bigint      NOT NULL,               -- when it happened, microseconds since 1970
  sequence       bigint      NOT NULL,
  data           jsonb       NOT NULL,
  content_hash   bytea       NOT NULL,
  origin         text        CHECK (origin = 'import'),
  correlation_id text,
  recorded_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, ticket_id, fact_key)
);
CREATE INDEX fact_import ON fact (tenant_id, correlation_id, recorded_at) WHERE origin = 'import';
-- Tickets by the instants of their openings, in order: what a simulation goes through.
CREATE INDEX fact_opened ON fact (tenant_id, at_us, ticket_id) WHERE kind = 'opened';
CALL protect_tenant_rows('fact');
CREATE TRIGGER fact_only_grows BEFORE UPDATE OR DELETE ON fact FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fact_never_emptied BEFORE TRUNCATE ON fact FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON fact TO ticket_clock_app;

-- The ledger: every crossing that was told, and whether it was taken back.
CREATE TABLE announcement (
  tenant_id       text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  ticket_id       text        NOT NULL,
  announcement_id uuid        NOT NULL,
  metric          text        NOT NULL,
  cycle           text        NOT NULL,
  agreement       text        NOT NULL,
  priority        text,
  threshold       text        NOT NULL,
  n               integer     NOT NULL CHECK (n >= 1),
  crossed_us      bigint      NOT NULL,
  flags           jsonb       NOT NULL DEFAULT '{}',
  announced_at    timestamptz NOT NULL,
  retracted_at    timestamptz,
  PRIMARY KEY (tenant_id, ticket_id, announcement_id)
);
-- At most one of a key stands, whatever n.
CREATE UNIQUE INDEX announcement_standing
    ON announcement (tenant_id, ticket_id, metric, cycle, agreement, coalesce(priority, ''), threshold)
 WHERE retracted_at IS NULL;
CALL protect_tenant_rows('announcement');
GRANT SELECT, INSERT, UPDATE (crossed_us, flags, retracted_at) ON announcement TO ticket_clock_app;

-- One row a change: what "as known at" reads, and the activity feed beside the facts.
CREATE TABLE revision (
  tenant_id      text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  ticket_id      text        NOT NULL,
  revision       bigint      NOT NULL,
  recorded_at    timestamptz NOT NULL,
  terms_revision bigint      NOT NULL,
  cause          text        NOT NULL,
  changes        jsonb       NOT NULL DEFAULT '[]',
  because        jsonb       NOT NULL DEFAULT '{}',   -- the facts, or the person, that did it
  seal           bytea,                               -- over this row and the seal before it
  PRIMARY KEY (tenant_id, ticket_id, revision)
);
CALL protect_tenant_rows('revision');
CREATE TRIGGER revision_only_grows BEFORE UPDATE OR DELETE ON revision FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER revision_never_emptied BEFORE TRUNCATE ON revision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- The audit of a tenant, in the order in which it was written.
CREATE INDEX revision_recorded ON revision (tenant_id, recorded_at, ticket_id, revision);
GRANT SELECT, INSERT ON revision TO ticket_clock_app;

-- Terms: entries as the sla service told them, in the order in which we learned of them.
CREATE TABLE terms (
  tenant_id      text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  terms_revision bigint      NOT NULL,
  entry_id       text        NOT NULL,
  kind           text        NOT NULL,
  effective_from timestamptz NOT NULL,
  said_at        timestamptz NOT NULL,               -- decides among equal instants, whatever came first
  recorded_at    timestamptz NOT NULL,
  content_hash   text        NOT NULL,
  mode           text        NOT NULL,
  body           jsonb       NOT NULL,
  PRIMARY KEY (tenant_id, terms_revision),
  UNIQUE (tenant_id, entry_id, content_hash)
);
CALL protect_tenant_rows('terms');
CREATE TRIGGER terms_only_grow BEFORE UPDATE OR DELETE ON terms FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON terms TO ticket_clock_app;

CREATE TABLE terms_state (
  tenant_id      text   NOT NULL PRIMARY KEY CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  terms_revision bigint NOT NULL
);
CALL protect_tenant_rows('terms_state');
GRANT SELECT, INSERT, UPDATE ON terms_state TO ticket_clock_app;

-- Published SLA versions by their hash, which is checked whenever one is read.
CREATE TABLE snapshot (
  tenant_id   text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  hash        text        NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  sla_id      text        NOT NULL,
  version     integer     NOT NULL,
  body        bytea       NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, hash)
);
CALL protect_tenant_rows('snapshot');
CREATE TRIGGER snapshot_only_grows BEFORE UPDATE OR DELETE ON snapshot FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON snapshot TO ticket_clock_app;

-- What background loops may see across tenants: keys and instants, through functions only.
GRANT SELECT (tenant_id, ticket_id, next_due_at, terms_revision) ON ticket TO ticket_clock_scan;
GRANT SELECT ON terms_state TO ticket_clock_scan;
CREATE POLICY scan ON ticket FOR SELECT TO ticket_clock_scan USING (true);
CREATE POLICY scan ON terms_state FOR SELECT TO ticket_clock_scan USING (true);

-- Tickets due by the horizon, oldest first. Others than those of the tenants in `without`, so that
-- one tenant's backlog cannot keep the rest waiting.
CREATE FUNCTION due_tickets(horizon timestamptz, without text[], most integer)
RETURNS TABLE (tenant_id text, ticket_id text, next_due_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.tenant_id, t.ticket_id, t.next_due_at
    FROM ticket t
   WHERE t.next_due_at <= least((SELECT statement_timestamp()), horizon)
     AND t.tenant_id <> ALL (without)
   ORDER BY t.next_due_at
   LIMIT most
$$;

CREATE FUNCTION earliest_due() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT min(next_due_at) FROM ticket WHERE next_due_at IS NOT NULL
$$;

-- Tickets whose terms have changed since they were folded, in key order.
CREATE FUNCTION behind_tickets(most integer)
RETURNS TABLE (tenant_id text, ticket_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT b.tenant_id, b.ticket_id
    FROM terms_state s
   CROSS JOIN LATERAL (SELECT t.tenant_id, t.ticket_id FROM ticket t
                        WHERE t.tenant_id = s.tenant_id AND t.terms_revision < s.terms_revision
                        ORDER BY t.terms_revision LIMIT most) b
   ORDER BY 1, 2
   LIMIT most
$$;
ALTER FUNCTION due_tickets OWNER TO ticket_clock_scan;
ALTER FUNCTION earliest_due OWNER TO ticket_clock_scan;
ALTER FUNCTION behind_tickets OWNER TO ticket_clock_scan;
REVOKE ALL ON FUNCTION due_tickets, earliest_due, behind_tickets FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_tickets, earliest_due, behind_tickets TO ticket_clock_app;

-- Advisories that were promised, each once, for as long as versions of calendars can be compared:
-- the outbox forgets, and has no index by which to find one among the events of clocks.
CREATE TABLE advised (
  tenant_id   text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  advisory_id text        NOT NULL,
  advised_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, advisory_id)
);
CALL protect_tenant_rows('advised');
GRANT SELECT, INSERT ON advised TO ticket_clock_app;

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
GRANT SELECT, INSERT, UPDATE, DELETE ON armed TO ticket_clock_app;

-- The armer sees keys of all tenants through these functions, and nothing else.
GRANT SELECT (revision, is_open) ON ticket TO ticket_clock_scan;
GRANT SELECT ON armed TO ticket_clock_scan;
CREATE POLICY scan ON armed FOR SELECT TO ticket_clock_scan USING (true);

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
ALTER FUNCTION unarmed_tickets OWNER TO ticket_clock_scan;
ALTER FUNCTION outdated_alarms OWNER TO ticket_clock_scan;
REVOKE ALL ON FUNCTION unarmed_tickets, outdated_alarms FROM PUBLIC;
GRANT EXECUTE ON FUNCTION unarmed_tickets, outdated_alarms TO ticket_clock_app;

-- The same as unarmed_tickets, for going through everything: usually nothing differs, so all is read,
-- which a join by hash does five times faster. The planner expects to find differences at once.
CREATE FUNCTION all_unarmed_tickets(
  of_backend text, in_place text, exact boolean, since timestamptz, until timestamptz, most integer)
RETURNS TABLE (tenant_id text, ticket_id text, next_due_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_nestloop = off AS $$
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
ALTER FUNCTION all_unarmed_tickets OWNER TO ticket_clock_scan;
REVOKE ALL ON FUNCTION all_unarmed_tickets FROM PUBLIC;
GRANT EXECUTE ON FUNCTION all_unarmed_tickets TO ticket_clock_app;

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
GRANT SELECT, INSERT ON escalated TO ticket_clock_app;

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
GRANT SELECT, INSERT, UPDATE (found_at, healed_at, advised_at) ON unbound TO ticket_clock_app;

-- When each tenant was told of such tickets last: not more often than once an hour.
CREATE TABLE unbound_told (
  tenant_id text        NOT NULL PRIMARY KEY CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  told_at   timestamptz NOT NULL
);
CALL protect_tenant_rows('unbound_told');
GRANT SELECT, INSERT, UPDATE (told_at) ON unbound_told TO ticket_clock_app;

-- The loop that tells sees names of tenants through this function, and nothing else.
GRANT SELECT ON unbound, unbound_told TO ticket_clock_scan;
CREATE POLICY scan ON unbound FOR SELECT TO ticket_clock_scan USING (true);
CREATE POLICY scan ON unbound_told FOR SELECT TO ticket_clock_scan USING (true);

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
ALTER FUNCTION tenants_with_unbound OWNER TO ticket_clock_scan;
REVOKE ALL ON FUNCTION tenants_with_unbound FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_with_unbound TO ticket_clock_app;

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
GRANT EXECUTE ON FUNCTION look_at_ticket TO ticket_clock_app;
