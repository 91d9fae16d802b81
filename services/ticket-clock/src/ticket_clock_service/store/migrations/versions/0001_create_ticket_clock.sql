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
  PRIMARY KEY (tenant_id, ticket_id)
);
CREATE INDEX ticket_due ON ticket (next_due_at) WHERE next_due_at IS NOT NULL;
CREATE INDEX ticket_terms ON ticket (tenant_id, terms_revision);
CREATE INDEX ticket_import ON ticket (tenant_id, import_id) WHERE importing_until IS NOT NULL;
CREATE INDEX ticket_state ON ticket (tenant_id, clock_state, ticket_id);
CALL protect_tenant_rows('ticket');
GRANT SELECT, INSERT, UPDATE ON ticket TO {service}_app;

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
CALL protect_tenant_rows('fact');
CREATE TRIGGER fact_only_grows BEFORE UPDATE OR DELETE ON fact FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fact_never_emptied BEFORE TRUNCATE ON fact FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON fact TO {service}_app;

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
GRANT SELECT, INSERT, UPDATE (crossed_us, flags, retracted_at) ON announcement TO {service}_app;

-- One row a change: what "as known at" reads, and the activity feed beside the facts.
CREATE TABLE revision (
  tenant_id      text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  ticket_id      text        NOT NULL,
  revision       bigint      NOT NULL,
  recorded_at    timestamptz NOT NULL,
  terms_revision bigint      NOT NULL,
  cause          text        NOT NULL,
  changes        jsonb       NOT NULL DEFAULT '[]',
  PRIMARY KEY (tenant_id, ticket_id, revision)
);
CALL protect_tenant_rows('revision');
CREATE TRIGGER revision_only_grows BEFORE UPDATE OR DELETE ON revision FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON revision TO {service}_app;

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
GRANT SELECT, INSERT ON terms TO {service}_app;

CREATE TABLE terms_state (
  tenant_id      text   NOT NULL PRIMARY KEY CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  terms_revision bigint NOT NULL
);
CALL protect_tenant_rows('terms_state');
GRANT SELECT, INSERT, UPDATE ON terms_state TO {service}_app;

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
GRANT SELECT, INSERT ON snapshot TO {service}_app;

-- What background loops may see across tenants: keys and instants, through functions only.
GRANT SELECT (tenant_id, ticket_id, next_due_at, terms_revision) ON ticket TO {service}_scan;
GRANT SELECT ON terms_state TO {service}_scan;
CREATE POLICY scan ON ticket FOR SELECT TO {service}_scan USING (true);
CREATE POLICY scan ON terms_state FOR SELECT TO {service}_scan USING (true);

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
ALTER FUNCTION due_tickets OWNER TO {service}_scan;
ALTER FUNCTION earliest_due OWNER TO {service}_scan;
ALTER FUNCTION behind_tickets OWNER TO {service}_scan;
REVOKE ALL ON FUNCTION due_tickets, earliest_due, behind_tickets FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_tickets, earliest_due, behind_tickets TO {service}_app;
