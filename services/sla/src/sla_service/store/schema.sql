-- Everything in the database of sla: what its migrations make together (a test compares).

-- What every other piece builds on: who may use the schema, and rows that only their tenant sees.
GRANT CREATE, USAGE ON SCHEMA public TO sla_scan;  -- a function's owner must be able to own it here
GRANT USAGE ON SCHEMA public TO sla_app, sla_relay;

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
CREATE POLICY relay ON outbox TO sla_relay USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON outbox TO sla_app;
GRANT SELECT, UPDATE (sent_at, refused), DELETE ON outbox TO sla_relay;

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
GRANT SELECT, INSERT, UPDATE (replayed_at, code, reason, faults) ON parked TO sla_app;

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
GRANT SELECT, INSERT, UPDATE (status, headers, body, request_hash, created_at), DELETE ON idempotency TO sla_app;

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
GRANT SELECT, INSERT ON audit TO sla_app;

-- An SLA is a name; its draft is what people edit; its versions never change.
CREATE TABLE slas (
  tenant_id  text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  sla_id     text        NOT NULL CHECK (length(sla_id) BETWEEN 1 AND 200),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by text        NOT NULL,
  PRIMARY KEY (tenant_id, sla_id)
);
CALL protect_tenant_rows('slas');
GRANT SELECT, INSERT ON slas TO sla_app;

-- The file as its author wrote it, faults and all. Its hash is its ETag.
CREATE TABLE sla_drafts (
  tenant_id  text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  sla_id     text        NOT NULL,
  document   bytea       NOT NULL,
  etag       text        NOT NULL CHECK (etag = encode(sha256(document), 'hex')),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_by text        NOT NULL,
  PRIMARY KEY (tenant_id, sla_id),
  FOREIGN KEY (tenant_id, sla_id) REFERENCES slas
);
CALL protect_tenant_rows('sla_drafts');
GRANT SELECT, INSERT, UPDATE (document, etag, updated_at, updated_by), DELETE ON sla_drafts TO sla_app;

-- `snapshot` is canonical JSON with the calendars inside, and the truth; the columns beside it are
-- there to be searched. `content` names the snapshot without version, effective_from and tzdata
-- release: two publications of the same.
CREATE TABLE sla_versions (
  tenant_id      text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  sla_id         text        NOT NULL,
  version        integer     NOT NULL CHECK (version >= 1),
  status         text        NOT NULL DEFAULT 'published' CHECK (status IN ('published', 'retired')),
  name           text        NOT NULL,
  snapshot       bytea       NOT NULL,
  hash           text        NOT NULL CHECK (hash = encode(sha256(snapshot), 'hex')),
  content        text        NOT NULL CHECK (content ~ '^[0-9a-f]{64}$'),
  effective_from timestamptz NOT NULL,
  note           text        NOT NULL DEFAULT '',
  published_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_by   text        NOT NULL,
  retired_at     timestamptz,
  retired_by     text,
  PRIMARY KEY (tenant_id, sla_id, version),
  UNIQUE (tenant_id, sla_id, version, hash),
  FOREIGN KEY (tenant_id, sla_id) REFERENCES slas,
  CHECK ((status = 'retired') = (retired_at IS NOT NULL AND retired_by IS NOT NULL))
);
CALL protect_tenant_rows('sla_versions');
GRANT SELECT, INSERT, UPDATE (status, retired_at, retired_by) ON sla_versions TO sla_app;

-- What a version promises and orders, one row each, so that SQL can ask for it.
CREATE TABLE sla_targets (
  tenant_id text    NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  sla_id    text    NOT NULL,
  version   integer NOT NULL,
  ordinal   integer NOT NULL CHECK (ordinal >= 0),
  metric    text    NOT NULL,
  priority  text,
  minutes   integer NOT NULL CHECK (minutes >= 1),
  calendar  text    NOT NULL,
  PRIMARY KEY (tenant_id, sla_id, version, ordinal),
  UNIQUE NULLS NOT DISTINCT (tenant_id, sla_id, version, metric, priority),
  FOREIGN KEY (tenant_id, sla_id, version) REFERENCES sla_versions
);
CALL protect_tenant_rows('sla_targets');
GRANT SELECT, INSERT ON sla_targets TO sla_app;

CREATE TABLE sla_escalation_rules (
  tenant_id text    NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  sla_id    text    NOT NULL,
  version   integer NOT NULL,
  rule_id   text    NOT NULL,
  ordinal   integer NOT NULL CHECK (ordinal >= 0),
  metric    text,
  threshold text    NOT NULL,
  priority  text,
  deliver   jsonb   NOT NULL CHECK (jsonb_typeof(deliver) = 'array'),
  level             integer CHECK (level >= 1),
  conditions        jsonb CHECK (jsonb_typeof(conditions) = 'object'),
  recipients        jsonb CHECK (jsonb_typeof(recipients) = 'array'),
  actions           jsonb CHECK (jsonb_typeof(actions) = 'array'),
  repeat            jsonb CHECK (jsonb_typeof(repeat) = 'object'),
  quiet_hours       jsonb CHECK (jsonb_typeof(quiet_hours) = 'object'),
  delivery_calendar text,
  PRIMARY KEY (tenant_id, sla_id, version, rule_id),
  FOREIGN KEY (tenant_id, sla_id, version) REFERENCES sla_versions
);
CALL protect_tenant_rows('sla_escalation_rules');
GRANT SELECT, INSERT ON sla_escalation_rules TO sla_app;

-- What a version owes for poor compliance, one row each. Percentages are exact.
CREATE TABLE sla_service_credit_rules (
  tenant_id       text         NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  sla_id          text         NOT NULL,
  version         integer      NOT NULL,
  credit_id       text         NOT NULL,
  ordinal         integer      NOT NULL CHECK (ordinal >= 0),
  metric          text         NOT NULL,
  period          text         NOT NULL CHECK (period IN ('month', 'quarter', 'year')),
  tiers           jsonb        NOT NULL CHECK (jsonb_typeof(tiers) = 'array'),
  cap             numeric(5,2) NOT NULL CHECK (cap > 0 AND cap <= 100),
  minimum_tickets integer      NOT NULL CHECK (minimum_tickets >= 1),
  exclusions      jsonb        NOT NULL CHECK (jsonb_typeof(exclusions) = 'array'),
  PRIMARY KEY (tenant_id, sla_id, version, credit_id),
  FOREIGN KEY (tenant_id, sla_id, version) REFERENCES sla_versions
);
CALL protect_tenant_rows('sla_service_credit_rules');
GRANT SELECT, INSERT ON sla_service_credit_rules TO sla_app;

-- Our own copy of what the calendar service published: SLA files name a calendar and its version.
CREATE TABLE published_calendars (
  tenant_id   text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  calendar_id text        NOT NULL,
  version     integer     NOT NULL CHECK (version >= 1),
  snapshot    bytea       NOT NULL,
  hash        text        NOT NULL CHECK (hash = encode(sha256(snapshot), 'hex')),
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, calendar_id, version)
);
CALL protect_tenant_rows('published_calendars');
GRANT SELECT, INSERT ON published_calendars TO sla_app;

-- The history of contracts: from `effective_from` on, a contract binds this version, or none when
-- `agreement` is null. `happened_at`, `source` and `event_id` order entries that begin together,
-- so that the history does not depend on the order of arrival.
CREATE TABLE contract_sla_snapshots (
  tenant_id      text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  contract_id    text        NOT NULL,
  entry_id       uuid        NOT NULL,
  customer_id    text        NOT NULL,
  sla_id         text,
  sla_version    integer,
  agreement      text,
  effective_from timestamptz NOT NULL,
  effective_to   timestamptz CHECK (effective_to > effective_from),
  mode           text        NOT NULL CHECK (mode IN ('keep', 'from_effective_instant', 'from_start')),
  cause_kind     text        NOT NULL CHECK (cause_kind IN ('quote', 'ended', 'change_order')),
  cause_id       text        NOT NULL,
  request_hash   text        NOT NULL,
  happened_at    timestamptz NOT NULL,
  source         text        NOT NULL,
  event_id       text        NOT NULL,
  recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, contract_id, entry_id),
  FOREIGN KEY (tenant_id, sla_id, sla_version, agreement)
    REFERENCES sla_versions (tenant_id, sla_id, version, hash),
  CHECK (num_nulls(sla_id, sla_version, agreement) IN (0, 3)),
  CHECK ((cause_kind = 'ended') = (agreement IS NULL))
);
CREATE INDEX contract_sla_snapshots_customer ON contract_sla_snapshots (tenant_id, customer_id, effective_from);
CALL protect_tenant_rows('contract_sla_snapshots');
GRANT SELECT, INSERT ON contract_sla_snapshots TO sla_app;

-- Commercial events that came before what they name: a quote before its SLA was published, an end
-- before its contract. They are taken out, and become history, when it arrives.
CREATE TABLE waiting_commerce (
  tenant_id      text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  contract_id    text        NOT NULL,
  entry_id       uuid        NOT NULL,
  customer_id    text,
  sla_id         text,
  sla_version    integer,
  effective_from timestamptz NOT NULL,
  effective_to   timestamptz,
  mode           text        NOT NULL,
  cause_kind     text        NOT NULL CHECK (cause_kind IN ('quote', 'ended', 'change_order')),
  cause_id       text        NOT NULL,
  request_hash   text        NOT NULL,
  happened_at    timestamptz NOT NULL,
  source         text        NOT NULL,
  event_id       text        NOT NULL,
  recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, contract_id, entry_id)
);
CREATE INDEX waiting_commerce_sla ON waiting_commerce (tenant_id, sla_id);
CALL protect_tenant_rows('waiting_commerce');
GRANT SELECT, INSERT, DELETE ON waiting_commerce TO sla_app;

-- The rest of the terms timeline: tenant default, assignments, status map, settings. `revision`
-- counts a tenant's entries without a gap.
CREATE TABLE terms_entries (
  tenant_id      text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  revision       integer     NOT NULL CHECK (revision >= 1),
  entry_id       uuid        NOT NULL,
  kind           text        NOT NULL CHECK (kind IN ('default', 'assignment', 'status_map', 'settings')),
  effective_from timestamptz NOT NULL,
  mode           text        NOT NULL CHECK (mode IN ('keep', 'from_effective_instant', 'from_start')),
  sla_id         text,
  sla_version    integer,
  agreement      text,
  match          jsonb CHECK (jsonb_typeof(match) = 'object'),
  statuses       jsonb CHECK (jsonb_typeof(statuses) = 'object'),
  settings       jsonb CHECK (jsonb_typeof(settings) = 'object'),
  recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  recorded_by    text        NOT NULL,
  PRIMARY KEY (tenant_id, revision),
  UNIQUE (tenant_id, entry_id),
  FOREIGN KEY (tenant_id, sla_id, sla_version, agreement)
    REFERENCES sla_versions (tenant_id, sla_id, version, hash),
  CHECK (num_nulls(sla_id, sla_version, agreement) IN (0, 3)),
  CHECK ((kind = 'assignment') = (match IS NOT NULL)),
  CHECK ((kind = 'status_map') = (statuses IS NOT NULL)),
  CHECK ((kind = 'settings') = (settings IS NOT NULL)),
  CHECK (kind IN ('default', 'assignment') OR agreement IS NULL)
);
CREATE INDEX terms_entries_kind ON terms_entries (tenant_id, kind, effective_from);
CALL protect_tenant_rows('terms_entries');
GRANT SELECT, INSERT ON terms_entries TO sla_app;

-- The only change that a version knows: published -> retired, once.
CREATE FUNCTION keep_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF tg_op <> 'UPDATE'
     OR old.status <> 'published' OR new.status <> 'retired'
     OR to_jsonb(new) - '{status,retired_at,retired_by}'::text[]
        IS DISTINCT FROM to_jsonb(old) - '{status,retired_at,retired_by}'::text[]
  THEN RAISE EXCEPTION 'immutable: % on %', lower(tg_op), tg_table_name USING errcode = '55000';
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER sla_versions_immutable BEFORE UPDATE OR DELETE ON sla_versions
  FOR EACH ROW EXECUTE FUNCTION keep_version();
CREATE TRIGGER sla_versions_never_emptied BEFORE TRUNCATE ON sla_versions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
DO $$ DECLARE kept text; BEGIN
  FOREACH kept IN ARRAY ARRAY['sla_targets', 'sla_escalation_rules', 'sla_service_credit_rules',
                              'published_calendars', 'contract_sla_snapshots', 'terms_entries']
  LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW'
                   ' EXECUTE FUNCTION refuse_change()', kept || '_immutable', kept);
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT'
                   ' EXECUTE FUNCTION refuse_change()', kept || '_never_emptied', kept);
  END LOOP;
END $$;

-- Versions that the calendar service took out of use. A table of its own: what was published never
-- changes, and the news of a retirement may come before the version itself.
CREATE TABLE retired_calendars (
  tenant_id   text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  calendar_id text        NOT NULL,
  version     integer     NOT NULL CHECK (version >= 1),
  hash        text        NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, calendar_id, version)
);
CALL protect_tenant_rows('retired_calendars');
GRANT SELECT, INSERT ON retired_calendars TO sla_app;
CREATE TRIGGER retired_calendars_immutable BEFORE UPDATE OR DELETE ON retired_calendars
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retired_calendars_never_emptied BEFORE TRUNCATE ON retired_calendars
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The trail of one subject, the newest first.
CREATE INDEX audit_subject ON audit (tenant_id, subject, position);

-- What was published cannot be added to either. `created_in` is the transaction that made the version:
-- only it may add rows that belong to the version.
ALTER TABLE sla_versions ADD COLUMN created_in xid8 NOT NULL DEFAULT '0';
ALTER TABLE sla_versions ALTER COLUMN created_in SET DEFAULT pg_current_xact_id();
REVOKE INSERT ON sla_versions FROM sla_app;
GRANT INSERT (tenant_id, sla_id, version, name, snapshot, hash, content, effective_from, note,
              published_at, published_by) ON sla_versions TO sla_app;

-- A version is born published, and its number follows that of the one before: no gap, no branch.
CREATE FUNCTION begin_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE following integer;
BEGIN
  SELECT coalesce(max(version), 0) + 1 INTO following FROM sla_versions
   WHERE tenant_id = new.tenant_id AND sla_id = new.sla_id;
  IF new.version <> following THEN
    RAISE EXCEPTION 'version % of % cannot follow %', new.version, new.sla_id, following - 1
      USING errcode = '55000';
  END IF;
  IF new.status <> 'published' THEN
    RAISE EXCEPTION 'a version is published before it is %', new.status USING errcode = '55000';
  END IF;
  new.created_in := pg_current_xact_id();
  RETURN new;
END $$;
CREATE TRIGGER sla_versions_begin BEFORE INSERT ON sla_versions
  FOR EACH ROW EXECUTE FUNCTION begin_version();

-- Rows that belong to a version come with it or never.
CREATE FUNCTION come_with_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM FROM sla_versions
    WHERE tenant_id = new.tenant_id AND sla_id = new.sla_id AND version = new.version
      AND created_in = pg_current_xact_id();
  IF NOT FOUND THEN
    RAISE EXCEPTION 'immutable: insert on %', tg_table_name USING errcode = '55000';
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER sla_targets_come_with_version BEFORE INSERT ON sla_targets
  FOR EACH ROW EXECUTE FUNCTION come_with_version();
CREATE TRIGGER sla_escalation_rules_come_with_version BEFORE INSERT ON sla_escalation_rules
  FOR EACH ROW EXECUTE FUNCTION come_with_version();
CREATE TRIGGER sla_service_credit_rules_come_with_version BEFORE INSERT ON sla_service_credit_rules
  FOR EACH ROW EXECUTE FUNCTION come_with_version();

-- A tenant's terms grow at their end only.
CREATE FUNCTION follow_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE following integer;
BEGIN
  SELECT coalesce(max(revision), 0) + 1 INTO following FROM terms_entries
   WHERE tenant_id = new.tenant_id;
  IF new.revision <> following THEN
    RAISE EXCEPTION 'revision % cannot follow %', new.revision, following - 1 USING errcode = '55000';
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER terms_entries_follow BEFORE INSERT ON terms_entries
  FOR EACH ROW EXECUTE FUNCTION follow_terms();

-- What kind of agreement a version is, and of an OLA whose: out of the snapshot, so that nothing but
-- the snapshot decides. `convert_from` is not immutable because somebody could redefine a
-- conversion; that of UTF-8 to itself is none.
CREATE FUNCTION word_of(snapshot bytea, key text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT CASE WHEN snapshot IS JSON OBJECT THEN convert_from(snapshot, 'UTF8')::json ->> key END $$;
ALTER TABLE sla_versions
  ADD COLUMN agreement_type text NOT NULL GENERATED ALWAYS AS (coalesce(word_of(snapshot, 'agreement_type'), 'sla')) STORED,
  ADD COLUMN owner_group    text GENERATED ALWAYS AS (word_of(snapshot, 'group')) STORED;
CREATE INDEX sla_versions_olas ON sla_versions (tenant_id) WHERE agreement_type = 'ola';

-- Generated columns are not there yet where a trigger looks before an update; the snapshot that they
-- are made of is compared.
CREATE OR REPLACE FUNCTION keep_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF tg_op <> 'UPDATE'
     OR old.status <> 'published' OR new.status <> 'retired'
     OR to_jsonb(new) - '{status,retired_at,retired_by,agreement_type,owner_group}'::text[]
        IS DISTINCT FROM to_jsonb(old) - '{status,retired_at,retired_by,agreement_type,owner_group}'::text[]
  THEN RAISE EXCEPTION 'immutable: % on %', lower(tg_op), tg_table_name USING errcode = '55000';
  END IF;
  RETURN new;
END $$;
