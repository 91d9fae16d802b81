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
  PRIMARY KEY (tenant_id, ticket_id, metric, cycle),
  CHECK (outcome <> 'breached' OR breached_at IS NOT NULL)
);
-- The counters of the page, without touching the table.
CREATE INDEX clock_open ON clock (tenant_id) INCLUDE (metric, state, outcome, warned, due_at) WHERE state <> 'closed';
-- The countdowns, soonest first.
CREATE INDEX clock_due ON clock (tenant_id, due_at, ticket_id, metric, cycle) WHERE state = 'active' AND outcome = 'pending';
-- The same of those that people were warned of: few among many that run.
CREATE INDEX clock_warned ON clock (tenant_id, due_at, ticket_id, metric, cycle) WHERE state = 'active' AND outcome = 'pending' AND warned;
-- The breaches, latest first.
CREATE INDEX clock_breached ON clock (tenant_id, breached_at, ticket_id, metric, cycle) WHERE outcome = 'breached';
CALL protect_tenant_rows('clock');
GRANT SELECT, INSERT, UPDATE ON clock TO {service}_app;

-- Cycles by outcome, for each period, metric and dimension: always what a count of `clock` gives.
CREATE TABLE rollup (
  tenant_id text             NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  dimension text COLLATE "C" NOT NULL CHECK (dimension IN ('priority', 'group', 'assignee', 'customer')),
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
GRANT SELECT, INSERT, UPDATE, DELETE ON rollup TO {service}_app;

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
  PRIMARY KEY (tenant_id, effect_id)
);
CREATE INDEX escalation_latest ON escalation (tenant_id, first_at, effect_id);
CALL protect_tenant_rows('escalation');
GRANT SELECT, INSERT, UPDATE ON escalation TO {service}_app;

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
GRANT SELECT, INSERT ON agreement TO {service}_app;

-- How far each consumer has come for a tenant, and how often that changed what its viewers see.
CREATE TABLE progress (
  tenant_id       text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  durable         text        NOT NULL,
  change_count    bigint      NOT NULL,
  applied_through timestamptz NOT NULL,               -- stored by the broker then; all before is in
  PRIMARY KEY (tenant_id, durable)
);
CALL protect_tenant_rows('progress');
GRANT SELECT, INSERT, UPDATE ON progress TO {service}_app;
