-- What a version was published from, with the rules that the snapshot has as dates only. Null in
-- rows older than this column: there the snapshot itself is the document.
ALTER TABLE calendar_versions
  ADD COLUMN document   bytea,
  ADD COLUMN drafted_by text,
  -- The transaction that made the version; only it may add rows that belong to the version.
  ADD COLUMN created_in xid8 NOT NULL DEFAULT '0';
ALTER TABLE calendar_versions ALTER COLUMN created_in SET DEFAULT pg_current_xact_id();
REVOKE INSERT ON calendar_versions FROM {service}_app;
GRANT INSERT (tenant_id, calendar_id, version, name, kind, timezone, tzdata, snapshot, hash, content, note,
              published_at, published_by, document, drafted_by) ON calendar_versions TO {service}_app;

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
GRANT SELECT, INSERT ON holiday_sets TO {service}_app;

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
GRANT SELECT, INSERT ON holiday_set_versions TO {service}_app;

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
GRANT SELECT, INSERT ON calendar_version_sets TO {service}_app;
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
GRANT SELECT ON calendar_version_facts TO {service}_app;

-- The trail of one calendar or set, the newest first.
CREATE INDEX audit_of ON audit (tenant_id, subject, position);
