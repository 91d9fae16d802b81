-- Everything in the database of escalation: what its migrations make together (a test compares).

-- What every other piece builds on: who may use the schema, and rows that only their tenant sees.
GRANT CREATE, USAGE ON SCHEMA public TO escalation_scan;  -- a function's owner must be able to own it here
GRANT USAGE ON SCHEMA public TO escalation_app, escalation_relay;

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
CREATE POLICY relay ON outbox TO escalation_relay USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON outbox TO escalation_app;
GRANT SELECT, UPDATE (sent_at, refused), DELETE ON outbox TO escalation_relay;

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
GRANT SELECT, INSERT, UPDATE (replayed_at, code, reason, faults) ON parked TO escalation_app;

-- Who changed what, append-only.
CREATE TABLE audit (
  tenant_id text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  position  bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor     text        NOT NULL,
  action    text        NOT NULL,
  subject   text        NOT NULL,
  detail    jsonb       NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant_id, position)
);
CALL protect_tenant_rows('audit');
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON audit TO escalation_app;

-- Published SLAs by hash. `rules` and `zones` are what the hot path reads of the snapshot.
CREATE TABLE agreement (
  tenant_id      text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  hash           text        NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  sla_id         text        NOT NULL,
  version        integer     NOT NULL CHECK (version > 0),
  effective_from timestamptz NOT NULL,
  rules          jsonb       NOT NULL,
  zones          jsonb       NOT NULL,
  snapshot       bytea       NOT NULL,
  recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, hash)
);
CALL protect_tenant_rows('agreement');
CREATE TRIGGER agreement_only_grows BEFORE UPDATE OR DELETE ON agreement FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_never_emptied BEFORE TRUNCATE ON agreement FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON agreement TO escalation_app;

-- What was told of each announcement, in whatever order: this is the inbox, kept for ever.
-- A row with a retraction and nothing told is a tombstone.
CREATE TABLE announcement (
  tenant_id       text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  announcement_id uuid        NOT NULL,
  told            jsonb,
  retraction      jsonb,
  recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, announcement_id)
);
CALL protect_tenant_rows('announcement');
GRANT SELECT, INSERT, UPDATE (told, retraction) ON announcement TO escalation_app;

-- The effects: for this announcement, this action of this rule. Once, for ever.
CREATE TABLE escalation (
  tenant_id       text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  escalation_id   uuid        NOT NULL,
  announcement_id uuid        NOT NULL,
  rule_id         text        NOT NULL,
  channel         text        NOT NULL,
  recipient       text        NOT NULL,
  repeat          integer     NOT NULL CHECK (repeat >= 0),
  ticket_id       text        NOT NULL,
  state           text        NOT NULL CHECK (state IN ('raised', 'delivered', 'failed', 'withdrawn', 'silent')),
  raised_at       timestamptz NOT NULL,
  changed_at      timestamptz NOT NULL,
  acknowledged_at timestamptz,
  acknowledged_by text,
  PRIMARY KEY (tenant_id, escalation_id),
  FOREIGN KEY (tenant_id, announcement_id) REFERENCES announcement (tenant_id, announcement_id),
  CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);
-- A digest stands for the recipient, which may be longer than an index entry.
CREATE UNIQUE INDEX escalation_effect ON escalation (tenant_id, announcement_id, rule_id, channel, md5(recipient), repeat);
CREATE INDEX escalation_newest ON escalation (tenant_id, raised_at DESC, escalation_id DESC);
CREATE INDEX escalation_of_ticket ON escalation (tenant_id, ticket_id, raised_at DESC, escalation_id DESC);
CALL protect_tenant_rows('escalation');
GRANT SELECT, INSERT, UPDATE (state, changed_at, acknowledged_at, acknowledged_by) ON escalation TO escalation_app;

-- One message to one recipient: the notice, and the correction where the notice was taken back.
-- `next_at`: when a sender may take it; while sending, when its lease ends. `tries` fences: a
-- sender whose lease has ended cannot mark what another has taken since.
CREATE TABLE delivery (
  tenant_id     text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  delivery_id   uuid        NOT NULL,
  escalation_id uuid        NOT NULL,
  kind          text        NOT NULL CHECK (kind IN ('notice', 'correction')),
  state         text        NOT NULL CHECK (state IN ('planned', 'sending', 'delivered', 'failed', 'withdrawn')),
  doubtful      boolean     NOT NULL DEFAULT false,
  tries         integer     NOT NULL DEFAULT 0 CHECK (tries >= 0),
  next_at       timestamptz,
  planned_at    timestamptz NOT NULL,
  settled_at    timestamptz,
  PRIMARY KEY (tenant_id, delivery_id),
  UNIQUE (tenant_id, escalation_id, kind),
  FOREIGN KEY (tenant_id, escalation_id) REFERENCES escalation (tenant_id, escalation_id),
  CHECK ((state IN ('planned', 'sending')) = (next_at IS NOT NULL)),
  CHECK ((state IN ('planned', 'sending')) = (settled_at IS NULL))
);
-- Tenants first, so that the scan can take a few of each: nobody waits behind another's backlog.
CREATE INDEX delivery_due ON delivery (tenant_id, next_at) WHERE next_at IS NOT NULL;
CALL protect_tenant_rows('delivery');
GRANT SELECT, INSERT, UPDATE (state, doubtful, tries, next_at, settled_at) ON delivery TO escalation_app;
CREATE POLICY scan ON delivery FOR SELECT TO escalation_scan USING (true);
GRANT SELECT (tenant_id, delivery_id, next_at) ON delivery TO escalation_scan;

-- Every attempt at a delivery. One that stays `open` ended with its process: it may have arrived.
CREATE TABLE attempt (
  tenant_id   text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  delivery_id uuid        NOT NULL,
  ordinal     integer     NOT NULL CHECK (ordinal > 0),
  at          timestamptz NOT NULL,
  outcome     text        NOT NULL DEFAULT 'open' CHECK (outcome IN ('open', 'sent', 'missed')),
  error_code  text,
  error       text,
  duration_us bigint      CHECK (duration_us >= 0),
  PRIMARY KEY (tenant_id, delivery_id, ordinal),
  FOREIGN KEY (tenant_id, delivery_id) REFERENCES delivery (tenant_id, delivery_id),
  CHECK ((outcome = 'missed') = (error_code IS NOT NULL)),
  CHECK ((outcome = 'open') = (duration_us IS NULL))
);
CALL protect_tenant_rows('attempt');
GRANT SELECT, INSERT, UPDATE (outcome, error_code, error, duration_us) ON attempt TO escalation_app;

-- The key that a tenant's webhooks are signed with, made when it is first needed.
CREATE TABLE webhook_secret (
  tenant_id  text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  secret     text        NOT NULL CHECK (secret ~ '^whsec_'),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id)
);
CALL protect_tenant_rows('webhook_secret');
GRANT SELECT, INSERT ON webhook_secret TO escalation_app;

-- Deliveries whose time has come, a few of each tenant, oldest first. Keys and instants only: the
-- caller claims them under the row-level security of the tenants it then names.
CREATE FUNCTION due_deliveries(at_most integer, of_each integer, busy text[])
RETURNS TABLE (tenant_id text, delivery_id uuid, next_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE waiting AS (
    -- hops from tenant to tenant along the index instead of reading every open delivery
    (SELECT d.tenant_id FROM delivery d WHERE d.next_at IS NOT NULL ORDER BY d.tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.tenant_id FROM delivery d
             WHERE d.next_at IS NOT NULL AND d.tenant_id > w.tenant_id ORDER BY d.tenant_id LIMIT 1)
      FROM waiting w WHERE w.tenant_id IS NOT NULL
  )
  SELECT due.tenant_id, due.delivery_id, due.next_at
    FROM waiting w
   CROSS JOIN LATERAL (
     -- the clock in a subquery: called bare it is volatile and would not use the index
     SELECT d.tenant_id, d.delivery_id, d.next_at FROM delivery d
      WHERE d.tenant_id = w.tenant_id AND d.next_at <= (SELECT clock_timestamp())
      ORDER BY d.next_at LIMIT of_each) due
   WHERE w.tenant_id <> ALL (busy)
   ORDER BY due.next_at
   LIMIT at_most
$$;
ALTER FUNCTION due_deliveries OWNER TO escalation_scan;
REVOKE ALL ON FUNCTION due_deliveries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_deliveries TO escalation_app;

-- That the clock of an announcement was called off: what is not sent yet is sent no more.
ALTER TABLE announcement ADD COLUMN cancellation jsonb;
GRANT UPDATE (cancellation) ON announcement TO escalation_app;
