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
GRANT SELECT, INSERT, UPDATE (status, headers, body, request_hash, created_at), DELETE ON idempotency TO {service}_app;
