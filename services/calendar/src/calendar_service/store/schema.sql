-- Everything in the database of calendar: what its migrations make together (a test compares).

-- What every other piece builds on: who may use the schema, and rows that only their tenant sees.
GRANT CREATE, USAGE ON SCHEMA public TO calendar_scan;  -- a function's owner must be able to own it here
GRANT USAGE ON SCHEMA public TO calendar_app, calendar_relay;

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
CREATE POLICY relay ON outbox TO calendar_relay USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON outbox TO calendar_app;
GRANT SELECT, UPDATE (sent_at, refused), DELETE ON outbox TO calendar_relay;

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
GRANT SELECT, INSERT, UPDATE (status, headers, body, request_hash, created_at), DELETE ON idempotency TO calendar_app;

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
GRANT SELECT, INSERT ON audit TO calendar_app;

-- A calendar is a name; its draft is what people edit; its versions never change.
CREATE TABLE calendars (
  tenant_id   text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  calendar_id text        NOT NULL CHECK (length(calendar_id) BETWEEN 1 AND 200),
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by  text        NOT NULL,
  PRIMARY KEY (tenant_id, calendar_id)
);
CALL protect_tenant_rows('calendars');
GRANT SELECT, INSERT ON calendars TO calendar_app;

-- The document as its author wrote it, faults and all. Its hash is its ETag.
CREATE TABLE calendar_drafts (
  tenant_id   text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  calendar_id text        NOT NULL,
  document    bytea       NOT NULL,
  etag        text        NOT NULL CHECK (etag = encode(sha256(document), 'hex')),
  updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_by  text        NOT NULL,
  PRIMARY KEY (tenant_id, calendar_id),
  FOREIGN KEY (tenant_id, calendar_id) REFERENCES calendars
);
CALL protect_tenant_rows('calendar_drafts');
GRANT SELECT, INSERT, UPDATE (document, etag, updated_at, updated_by), DELETE ON calendar_drafts TO calendar_app;

-- `snapshot` is canonical JSON and the truth; the columns beside it are there to be searched.
-- `content` names the snapshot without version and tzdata release: two publications of the same.
CREATE TABLE calendar_versions (
  tenant_id    text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  calendar_id  text        NOT NULL,
  version      integer     NOT NULL CHECK (version >= 1),
  status       text        NOT NULL DEFAULT 'published' CHECK (status IN ('published', 'retired')),
  name         text        NOT NULL,
  kind         text        NOT NULL CHECK (kind IN ('business', 'capacity')),
  timezone     text        NOT NULL,
  tzdata       text        NOT NULL,
  snapshot     bytea       NOT NULL,
  hash         text        NOT NULL CHECK (hash = encode(sha256(snapshot), 'hex')),
  content      text        NOT NULL CHECK (content ~ '^[0-9a-f]{64}$'),
  note         text        NOT NULL DEFAULT '',
  published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_by text        NOT NULL,
  retired_at   timestamptz,
  retired_by   text,
  PRIMARY KEY (tenant_id, calendar_id, version),
  FOREIGN KEY (tenant_id, calendar_id) REFERENCES calendars,
  CHECK ((status = 'retired') = (retired_at IS NOT NULL AND retired_by IS NOT NULL))
);
CALL protect_tenant_rows('calendar_versions');
GRANT SELECT, INSERT, UPDATE (status, retired_at, retired_by) ON calendar_versions TO calendar_app;

-- What a version opens and closes, one row each, so that SQL can ask for it.
CREATE TABLE calendar_working_windows (
  tenant_id   text    NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  calendar_id text    NOT NULL,
  version     integer NOT NULL,
  ordinal     integer NOT NULL CHECK (ordinal >= 0),
  weekday     integer NOT NULL CHECK (weekday BETWEEN 0 AND 6),
  opens       text    NOT NULL CHECK (opens ~ '^[0-2][0-9]:[0-5][0-9]$'),
  closes      text    NOT NULL CHECK (closes ~ '^[0-2][0-9]:[0-5][0-9]$'),
  PRIMARY KEY (tenant_id, calendar_id, version, ordinal),
  FOREIGN KEY (tenant_id, calendar_id, version) REFERENCES calendar_versions
);
CALL protect_tenant_rows('calendar_working_windows');
GRANT SELECT, INSERT ON calendar_working_windows TO calendar_app;

CREATE TABLE calendar_holidays (
  tenant_id   text    NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  calendar_id text    NOT NULL,
  version     integer NOT NULL,
  ordinal     integer NOT NULL CHECK (ordinal >= 0),
  observed_on date    NOT NULL,
  name        text    NOT NULL DEFAULT '',
  yearly      boolean NOT NULL,
  closes_from text    CHECK (closes_from ~ '^[0-2][0-9]:[0-5][0-9]$'),
  closes_to   text    CHECK (closes_to ~ '^[0-2][0-9]:[0-5][0-9]$'),
  PRIMARY KEY (tenant_id, calendar_id, version, ordinal),
  FOREIGN KEY (tenant_id, calendar_id, version) REFERENCES calendar_versions
);
CREATE INDEX calendar_holidays_on ON calendar_holidays (tenant_id, observed_on);
CALL protect_tenant_rows('calendar_holidays');
GRANT SELECT, INSERT ON calendar_holidays TO calendar_app;

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
CREATE TRIGGER calendar_versions_immutable BEFORE UPDATE OR DELETE ON calendar_versions
  FOR EACH ROW EXECUTE FUNCTION keep_version();
CREATE TRIGGER calendar_versions_never_emptied BEFORE TRUNCATE ON calendar_versions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER calendar_working_windows_immutable BEFORE UPDATE OR DELETE ON calendar_working_windows
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER calendar_working_windows_never_emptied BEFORE TRUNCATE ON calendar_working_windows
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER calendar_holidays_immutable BEFORE UPDATE OR DELETE ON calendar_holidays
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER calendar_holidays_never_emptied BEFORE TRUNCATE ON calendar_holidays
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a version was published from, with the rules that the snapshot has as dates only. Null in
-- rows older than this column: there the snapshot itself is the document.
ALTER TABLE calendar_versions
  ADD COLUMN document   bytea,
  ADD COLUMN drafted_by text,
  -- The transaction that made the version; only it may add rows that belong to the version.
  ADD COLUMN created_in xid8 NOT NULL DEFAULT '0';
ALTER TABLE calendar_versions ALTER COLUMN created_in SET DEFAULT pg_current_xact_id();
REVOKE INSERT ON calendar_versions FROM calendar_app;
GRANT INSERT (tenant_id, calendar_id, version, name, kind, timezone, tzdata, snapshot, hash, content, note,
              published_at, published_by, document, drafted_by) ON calendar_versions TO calendar_app;

-- A version is born published, and its number follows that of the one before: no gap, no branch.
CREATE FUNCTION begin_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE following integer;
BEGIN
  SELECT coalesce(max(version), 0) + 1 INTO following FROM calendar_versions
   WHERE tenant_id = new.tenant_id AND calendar_id = new.calendar_id;
  IF new.version <> following THEN
    RAISE EXCEPTION 'version % of % cannot follow %', new.version, new.calendar_id, following - 1
      USING errcode = '55000';
  END IF;
  IF new.status <> 'published' THEN
    RAISE EXCEPTION 'a version is published before it is %', new.status USING errcode = '55000';
  END IF;
  new.created_in := pg_current_xact_id();
  RETURN new;
END $$;
CREATE TRIGGER calendar_versions_begin BEFORE INSERT ON calendar_versions
  FOR EACH ROW EXECUTE FUNCTION begin_version();

-- Rows that belong to a version come with it or never.
CREATE FUNCTION come_with_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM FROM calendar_versions
    WHERE tenant_id = new.tenant_id AND calendar_id = new.calendar_id AND version = new.version
      AND created_in = pg_current_xact_id();
  IF NOT FOUND THEN
    RAISE EXCEPTION 'immutable: insert on %', tg_table_name USING errcode = '55000';
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER calendar_working_windows_come_with_version BEFORE INSERT ON calendar_working_windows
  FOR EACH ROW EXECUTE FUNCTION come_with_version();
CREATE TRIGGER calendar_holidays_come_with_version BEFORE INSERT ON calendar_holidays
  FOR EACH ROW EXECUTE FUNCTION come_with_version();

-- Holidays that many calendars share. A set has no draft: it is published whole.
CREATE TABLE holiday_sets (
  tenant_id  text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  set_id     text        NOT NULL CHECK (length(set_id) BETWEEN 1 AND 200),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by text        NOT NULL,
  PRIMARY KEY (tenant_id, set_id)
);
CALL protect_tenant_rows('holiday_sets');
GRANT SELECT, INSERT ON holiday_sets TO calendar_app;

-- `document` is canonical JSON; its hash names what it says, whatever its number.
CREATE TABLE holiday_set_versions (
  tenant_id    text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  set_id       text        NOT NULL,
  version      integer     NOT NULL CHECK (version >= 1),
  name         text        NOT NULL,
  document     bytea       NOT NULL,
  hash         text        NOT NULL CHECK (hash = encode(sha256(document), 'hex')),
  note         text        NOT NULL DEFAULT '',
  published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_by text        NOT NULL,
  PRIMARY KEY (tenant_id, set_id, version),
  FOREIGN KEY (tenant_id, set_id) REFERENCES holiday_sets
);
CALL protect_tenant_rows('holiday_set_versions');
GRANT SELECT, INSERT ON holiday_set_versions TO calendar_app;

CREATE FUNCTION begin_set_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE following integer;
BEGIN
  SELECT coalesce(max(version), 0) + 1 INTO following FROM holiday_set_versions
   WHERE tenant_id = new.tenant_id AND set_id = new.set_id;
  IF new.version <> following THEN
    RAISE EXCEPTION 'version % of set % cannot follow %', new.version, new.set_id, following - 1
      USING errcode = '55000';
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER holiday_set_versions_begin BEFORE INSERT ON holiday_set_versions
  FOR EACH ROW EXECUTE FUNCTION begin_set_version();
CREATE TRIGGER holiday_set_versions_immutable BEFORE UPDATE OR DELETE ON holiday_set_versions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER holiday_set_versions_never_emptied BEFORE TRUNCATE ON holiday_set_versions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Which versions of which sets went into a version of a calendar, in the order of its document.
-- `pinned`: the document names the version, so that a newer one concerns it not.
CREATE TABLE calendar_version_sets (
  tenant_id   text    NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  calendar_id text    NOT NULL,
  version     integer NOT NULL,
  ordinal     integer NOT NULL CHECK (ordinal >= 0),
  set_id      text    NOT NULL,
  set_version integer NOT NULL,
  pinned      boolean NOT NULL,
  PRIMARY KEY (tenant_id, calendar_id, version, set_id),
  UNIQUE (tenant_id, calendar_id, version, ordinal),
  FOREIGN KEY (tenant_id, calendar_id, version) REFERENCES calendar_versions,
  FOREIGN KEY (tenant_id, set_id, set_version) REFERENCES holiday_set_versions
);
CREATE INDEX calendar_version_sets_of ON calendar_version_sets (tenant_id, set_id, calendar_id);
CALL protect_tenant_rows('calendar_version_sets');
GRANT SELECT, INSERT ON calendar_version_sets TO calendar_app;
CREATE TRIGGER calendar_version_sets_come_with_version BEFORE INSERT ON calendar_version_sets
  FOR EACH ROW EXECUTE FUNCTION come_with_version();
CREATE TRIGGER calendar_version_sets_immutable BEFORE UPDATE OR DELETE ON calendar_version_sets
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER calendar_version_sets_never_emptied BEFORE TRUNCATE ON calendar_version_sets
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What is known of a version beside its bytes. `security_invoker`: its reader's tenants, not its
-- owner's. Horizon and transitions are read from the snapshot where they are asked for.
CREATE VIEW calendar_version_facts WITH (security_invoker = true) AS
SELECT v.tenant_id, v.calendar_id, v.version, v.status, v.name, v.kind, v.timezone, v.tzdata, v.hash, v.content,
       v.note, v.published_at, v.published_by, coalesce(v.drafted_by, v.published_by) AS author,
       v.retired_at, v.retired_by,
       (convert_from(v.snapshot, 'UTF8')::jsonb #>> '{horizon,first_year}')::integer AS horizon_first_year,
       (convert_from(v.snapshot, 'UTF8')::jsonb #>> '{horizon,last_year}')::integer AS horizon_last_year,
       jsonb_array_length(convert_from(v.snapshot, 'UTF8')::jsonb #> '{zone,transitions}') AS zone_transitions,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('set_id', s.set_id, 'version', s.set_version, 'pinned', s.pinned)
                                  ORDER BY s.ordinal), '[]')
          FROM calendar_version_sets s
         WHERE (s.tenant_id, s.calendar_id, s.version) = (v.tenant_id, v.calendar_id, v.version)) AS sets
  FROM calendar_versions v;
GRANT SELECT ON calendar_version_facts TO calendar_app;

-- The trail of one calendar or set, the newest first.
CREATE INDEX audit_of ON audit (tenant_id, subject, position);

-- A version and a tzdata release other than its own, compared once: what would be otherwise, if
-- anything, was told in the same transaction. Replicas and restarts meet on the primary key.
CREATE TABLE tzdata_comparison (
  tenant_id   text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  calendar_id text        NOT NULL,
  version     integer     NOT NULL,
  installed   text        NOT NULL,
  affected    boolean     NOT NULL,
  compared_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, calendar_id, version, installed),
  FOREIGN KEY (tenant_id, calendar_id, version) REFERENCES calendar_versions
);
CALL protect_tenant_rows('tzdata_comparison');
GRANT SELECT, INSERT ON tzdata_comparison TO calendar_app;

-- What the background loop may see across tenants: which versions there are, not what they say.
GRANT SELECT (tenant_id, calendar_id, version, tzdata) ON calendar_versions TO calendar_scan;
GRANT SELECT (tenant_id, calendar_id, version, installed) ON tzdata_comparison TO calendar_scan;
CREATE POLICY scan ON calendar_versions FOR SELECT TO calendar_scan USING (true);
CREATE POLICY scan ON tzdata_comparison FOR SELECT TO calendar_scan USING (true);

-- Versions sealed with another release than the installed one, and not compared with it yet.
CREATE FUNCTION uncompared_versions(release text, most integer)
RETURNS TABLE (tenant_id text, calendar_id text, version integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT v.tenant_id, v.calendar_id, v.version
    FROM calendar_versions v
   WHERE v.tzdata <> release
     AND NOT EXISTS (SELECT FROM tzdata_comparison c
                      WHERE c.tenant_id = v.tenant_id AND c.calendar_id = v.calendar_id
                        AND c.version = v.version AND c.installed = release)
   ORDER BY v.tenant_id, v.calendar_id, v.version
   LIMIT most
$$;
ALTER FUNCTION uncompared_versions OWNER TO calendar_scan;
REVOKE ALL ON FUNCTION uncompared_versions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION uncompared_versions TO calendar_app;
