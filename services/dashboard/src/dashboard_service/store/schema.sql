-- Everything in the database of dashboard: what its migrations make together (a test compares).

-- What every other piece builds on: who may use the schema, and rows that only their tenant sees.
GRANT CREATE, USAGE ON SCHEMA public TO dashboard_scan;  -- a function's owner must be able to own it here
GRANT USAGE ON SCHEMA public TO dashboard_app, dashboard_relay;

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
CREATE POLICY relay ON outbox TO dashboard_relay USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON outbox TO dashboard_app;
GRANT SELECT, UPDATE (sent_at, refused), DELETE ON outbox TO dashboard_relay;

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
GRANT SELECT, INSERT, UPDATE (replayed_at, code, reason, faults) ON parked TO dashboard_app;

-- Messages already acted upon, for services whose own rows do not tell.
CREATE TABLE inbox (
  tenant_id   text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  durable     text        NOT NULL,
  message_id  text        NOT NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, durable, message_id)
);
CALL protect_tenant_rows('inbox');
GRANT SELECT, INSERT ON inbox TO dashboard_app;

-- One row a clock: what the event with the highest (revision, sequence) said of it.
-- Ids are compared byte by byte, so that pages go on where they ended whatever the server's locale.
CREATE TABLE clock (
  tenant_id      text             NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  ticket_id      text COLLATE "C" NOT NULL,
  metric         text COLLATE "C" NOT NULL CHECK (metric IN ('first_response', 'next_reply', 'periodic_update', 'resolution')),
  cycle          text COLLATE "C" NOT NULL,
  revision       bigint           NOT NULL,
  sequence       bigint           NOT NULL,
  state          text             NOT NULL CHECK (state IN ('active', 'paused', 'closed')),
  outcome        text             NOT NULL CHECK (outcome IN ('pending', 'met', 'breached', 'cancelled')),
  due_on         date             NOT NULL,           -- the period: local date of the due instant
  changed_at     timestamptz      NOT NULL,
  due_at         timestamptz,                         -- NULL while paused
  target_minutes bigint,
  elapsed_us     bigint           NOT NULL,
  timezone       text             NOT NULL,
  snapshot       text,                                -- hash of the agreement
  warned         boolean          NOT NULL,           -- a standing announcement says the end is near
  reached        integer          NOT NULL,           -- highest standing percentage
  priority       text COLLATE "C" NOT NULL,           -- empty where unknown, here and below
  group_id       text COLLATE "C" NOT NULL,
  assignee_id    text COLLATE "C" NOT NULL,
  customer_id    text COLLATE "C" NOT NULL,
  status         text             NOT NULL,
  started_at     timestamptz,
  stopped_at     timestamptz,
  breached_at    timestamptz,
  agreement_type text             NOT NULL DEFAULT 'sla' CHECK (agreement_type IN ('sla', 'ola', 'underpinning')),
  owner_group    text COLLATE "C" NOT NULL DEFAULT '',  -- whose time an OLA's clock measures
  attributed_assignee text COLLATE "C" NOT NULL DEFAULT '',  -- held it when it was decided
  attributed_group    text COLLATE "C" NOT NULL DEFAULT '',
  attributed_at  timestamptz,                         -- NULL while undecided, or where nobody told
  severity       text             NOT NULL DEFAULT '',
  customer_impact text            NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, ticket_id, metric, cycle),
  CHECK (outcome <> 'breached' OR breached_at IS NOT NULL)
);
-- The counters of the page, without touching the table.
CREATE INDEX clock_open ON clock (tenant_id) INCLUDE (metric, state, outcome, warned, due_at, agreement_type) WHERE state <> 'closed';
-- The countdowns, soonest first.
CREATE INDEX clock_due ON clock (tenant_id, due_at, ticket_id, metric, cycle) WHERE state = 'active' AND outcome = 'pending';
-- The same of those that people were warned of: few among many that run.
CREATE INDEX clock_warned ON clock (tenant_id, due_at, ticket_id, metric, cycle) WHERE state = 'active' AND outcome = 'pending' AND warned;
-- The breaches, latest first.
CREATE INDEX clock_breached ON clock (tenant_id, breached_at, ticket_id, metric, cycle) WHERE outcome = 'breached';
-- The cycles of a period, for the KPIs.
CREATE INDEX clock_period ON clock (tenant_id, due_on, metric);
CALL protect_tenant_rows('clock');
GRANT SELECT, INSERT, UPDATE ON clock TO dashboard_app;

-- Cycles by outcome, for each period, metric and dimension: always what a count of `clock` gives.
-- What OLAs measure is counted by the group whose time it is, in a dimension of its own.
CREATE TABLE rollup (
  tenant_id text             NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  dimension text COLLATE "C" NOT NULL CHECK (dimension IN ('priority', 'group', 'assignee', 'customer', 'owner_group')),
  due_on    date             NOT NULL,
  metric    text COLLATE "C" NOT NULL,
  key       text COLLATE "C" NOT NULL,
  met       bigint           NOT NULL DEFAULT 0 CHECK (met >= 0),
  breached  bigint           NOT NULL DEFAULT 0 CHECK (breached >= 0),
  pending   bigint           NOT NULL DEFAULT 0 CHECK (pending >= 0),
  cancelled bigint           NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
  PRIMARY KEY (tenant_id, dimension, due_on, metric, key)
);
CALL protect_tenant_rows('rollup');
GRANT SELECT, INSERT, UPDATE, DELETE ON rollup TO dashboard_app;

-- One row an effect of an escalation, whatever part of its story has come so far.
CREATE TABLE escalation (
  tenant_id       text             NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  effect_id       text COLLATE "C" NOT NULL,
  ticket_id       text             NOT NULL,
  metric          text             NOT NULL,
  cycle           text             NOT NULL,
  threshold       text             NOT NULL,
  announcement_id text             NOT NULL,
  rule_id         text             NOT NULL,
  channel         text             NOT NULL,
  recipient       text             NOT NULL,          -- as viewers may see it: of a webhook its host
  repeat          bigint           NOT NULL,
  level           bigint,
  due_at          timestamptz,
  first_at        timestamptz      NOT NULL,
  raised_at       timestamptz,
  failed_at       timestamptz,
  delivered_at    timestamptz,
  acknowledged_at timestamptz,
  withdrawn_at    timestamptz,
  attempts        bigint           NOT NULL,
  error           text             NOT NULL,
  reason          text             NOT NULL DEFAULT '',  -- why it was withdrawn
  PRIMARY KEY (tenant_id, effect_id)
);
CREATE INDEX escalation_latest ON escalation (tenant_id, first_at, effect_id);
CALL protect_tenant_rows('escalation');
GRANT SELECT, INSERT, UPDATE ON escalation TO dashboard_app;

-- Names and calendars of agreements, by the hash that clocks name. A hash never means anything else.
CREATE TABLE agreement (
  tenant_id text   NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  hash      text   NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  sla_id    text   NOT NULL,
  version   bigint NOT NULL,
  name      text   NOT NULL,
  targets   jsonb  NOT NULL,
  calendars jsonb  NOT NULL,
  PRIMARY KEY (tenant_id, hash)
);
CALL protect_tenant_rows('agreement');
GRANT SELECT, INSERT ON agreement TO dashboard_app;

-- The KPIs of roles that each version of an agreement holds.
CREATE TABLE kpi (
  tenant_id text         NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  hash      text         NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),  -- of the agreement
  kpi_id    text         NOT NULL,
  sla_id    text         NOT NULL,
  version   bigint       NOT NULL,
  name      text         NOT NULL,                    -- of the agreement
  role      text         NOT NULL,
  metric    text         NOT NULL,
  priority  text,                                     -- NULL for every priority
  target    numeric(5,2) NOT NULL CHECK (target BETWEEN 0 AND 100),
  period    text         NOT NULL,
  persons   text[]       NOT NULL,                    -- whose tickets; all tickets where both are empty
  groups    text[]       NOT NULL,
  PRIMARY KEY (tenant_id, hash, kpi_id)
);
CALL protect_tenant_rows('kpi');
GRANT SELECT, INSERT ON kpi TO dashboard_app;

-- How far each consumer has come for a tenant, and how often that changed what its viewers see.
CREATE TABLE progress (
  tenant_id       text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  durable         text        NOT NULL,
  change_count    bigint      NOT NULL,
  applied_through timestamptz NOT NULL,               -- stored by the broker then; all before is in
  PRIMARY KEY (tenant_id, durable)
);
CALL protect_tenant_rows('progress');
GRANT SELECT, INSERT, UPDATE ON progress TO dashboard_app;
