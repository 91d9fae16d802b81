-- What a rule says beyond the least form; null where it says nothing.
ALTER TABLE sla_escalation_rules
  ADD COLUMN level             integer CHECK (level >= 1),
  ADD COLUMN conditions        jsonb CHECK (jsonb_typeof(conditions) = 'object'),
  ADD COLUMN recipients        jsonb CHECK (jsonb_typeof(recipients) = 'array'),
  ADD COLUMN actions           jsonb CHECK (jsonb_typeof(actions) = 'array'),
  ADD COLUMN repeat            jsonb CHECK (jsonb_typeof(repeat) = 'object'),
  ADD COLUMN quiet_hours       jsonb CHECK (jsonb_typeof(quiet_hours) = 'object'),
  ADD COLUMN delivery_calendar text;

-- What a version owes for poor compliance, one row each. Percentages are exact.
CREATE TABLE sla_service_credit_rules (
  tenant_id       text         NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  sla_id          text         NOT NULL,
  version         integer      NOT NULL,
  credit_id       text         NOT NULL,
  ordinal         integer      NOT NULL CHECK (ordinal >= 0),
  metric          text         NOT NULL,
  period          text         NOT NULL CHECK (period IN ('month', 'quarter', 'year')),
  tiers           jsonb        NOT NULL CHECK (jsonb_typeof(tiers) = 'array'),
  cap             numeric(5,2) NOT NULL CHECK (cap > 0 AND cap <= 100),
  minimum_tickets integer      NOT NULL CHECK (minimum_tickets >= 1),
  exclusions      jsonb        NOT NULL CHECK (jsonb_typeof(exclusions) = 'array'),
  PRIMARY KEY (tenant_id, sla_id, version, credit_id),
  FOREIGN KEY (tenant_id, sla_id, version) REFERENCES sla_versions
);
CALL protect_tenant_rows('sla_service_credit_rules');
GRANT SELECT, INSERT ON sla_service_credit_rules TO sla_app;
CREATE TRIGGER sla_service_credit_rules_immutable BEFORE UPDATE OR DELETE ON sla_service_credit_rules
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sla_service_credit_rules_never_emptied BEFORE TRUNCATE ON sla_service_credit_rules
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
