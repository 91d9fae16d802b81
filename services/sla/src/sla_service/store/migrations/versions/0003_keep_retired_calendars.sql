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
GRANT SELECT, INSERT ON retired_calendars TO {service}_app;
CREATE TRIGGER retired_calendars_immutable BEFORE UPDATE OR DELETE ON retired_calendars
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retired_calendars_never_emptied BEFORE TRUNCATE ON retired_calendars
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The trail of one subject, the newest first.
CREATE INDEX audit_subject ON audit (tenant_id, subject, position);
