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
GRANT SELECT, INSERT ON audit TO {service}_app;
