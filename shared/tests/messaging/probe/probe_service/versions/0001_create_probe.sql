CREATE TABLE seen (
  tenant_id text NOT NULL,
  body      text NOT NULL,
  PRIMARY KEY (tenant_id, body)
);
CALL protect_tenant_rows('seen');
GRANT SELECT, INSERT ON seen TO probe_app;
