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
CREATE POLICY relay ON outbox TO {service}_relay USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON outbox TO {service}_app;
GRANT SELECT, UPDATE (sent_at, refused), DELETE ON outbox TO {service}_relay;
