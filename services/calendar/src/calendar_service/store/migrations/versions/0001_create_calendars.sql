-- A calendar is a name; its draft is what people edit; its versions never change.
CREATE TABLE calendars (
  tenant_id   text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  calendar_id text        NOT NULL CHECK (length(calendar_id) BETWEEN 1 AND 200),
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by  text        NOT NULL,
  PRIMARY KEY (tenant_id, calendar_id)
);
CALL protect_tenant_rows('calendars');
GRANT SELECT, INSERT ON calendars TO {service}_app;

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
GRANT SELECT, INSERT, UPDATE (document, etag, updated_at, updated_by), DELETE ON calendar_drafts TO {service}_app;

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
GRANT SELECT, INSERT, UPDATE (status, retired_at, retired_by) ON calendar_versions TO {service}_app;

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
GRANT SELECT, INSERT ON calendar_working_windows TO {service}_app;

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
GRANT SELECT, INSERT ON calendar_holidays TO {service}_app;

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
