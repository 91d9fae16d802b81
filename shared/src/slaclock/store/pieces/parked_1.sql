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
GRANT SELECT, INSERT, UPDATE (replayed_at, code, reason, faults) ON parked TO {service}_app;
