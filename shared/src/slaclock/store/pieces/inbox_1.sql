-- Messages already acted upon, for services whose own rows do not tell.
CREATE TABLE inbox (
  tenant_id   text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  durable     text        NOT NULL,
  message_id  text        NOT NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, durable, message_id)
);
CALL protect_tenant_rows('inbox');
GRANT SELECT, INSERT ON inbox TO {service}_app;
