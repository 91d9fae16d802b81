-- Advisories that were promised, each once, for as long as versions of calendars can be compared:
-- the outbox forgets, and has no index by which to find one among the events of clocks.
CREATE TABLE advised (
  tenant_id   text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  advisory_id text        NOT NULL,
  advised_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, advisory_id)
);
CALL protect_tenant_rows('advised');
GRANT SELECT, INSERT ON advised TO {service}_app;
