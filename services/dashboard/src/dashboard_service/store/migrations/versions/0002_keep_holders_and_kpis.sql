-- What kind of agreement a clock is of, who held its ticket when it was decided, how bad a breach is.
ALTER TABLE clock
  ADD COLUMN agreement_type      text             NOT NULL DEFAULT 'sla'
             CHECK (agreement_type IN ('sla', 'ola', 'underpinning')),
  ADD COLUMN owner_group         text COLLATE "C" NOT NULL DEFAULT '',  -- whose time an OLA's clock measures
  ADD COLUMN attributed_assignee text COLLATE "C" NOT NULL DEFAULT '',  -- held it when it was decided
  ADD COLUMN attributed_group    text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN attributed_at       timestamptz,         -- NULL while undecided, or where nobody told
  ADD COLUMN severity            text             NOT NULL DEFAULT '',
  ADD COLUMN customer_impact     text             NOT NULL DEFAULT '';
-- Among the columns of the counters' index, because they are of what customers were promised.
DROP INDEX clock_open;
CREATE INDEX clock_open ON clock (tenant_id) INCLUDE (metric, state, outcome, warned, due_at, agreement_type) WHERE state <> 'closed';
-- The cycles of a period, for the KPIs.
CREATE INDEX clock_period ON clock (tenant_id, due_on, metric);

-- What OLAs measure is counted by the group whose time it is, in a dimension of its own.
ALTER TABLE rollup DROP CONSTRAINT rollup_dimension_check;
ALTER TABLE rollup ADD CONSTRAINT rollup_dimension_check
  CHECK (dimension IN ('priority', 'group', 'assignee', 'customer', 'owner_group'));

-- Why an effect was withdrawn.
ALTER TABLE escalation ADD COLUMN reason text NOT NULL DEFAULT '';

-- The KPIs of roles that each version of an agreement holds.
CREATE TABLE kpi (
  tenant_id text         NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  hash      text         NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),  -- of the agreement
  kpi_id    text         NOT NULL,
  sla_id    text         NOT NULL,
  version   bigint       NOT NULL,
  name      text         NOT NULL,                    -- of the agreement
  role      text         NOT NULL,
  metric    text         NOT NULL,
  priority  text,                                     -- NULL for every priority
  target    numeric(5,2) NOT NULL CHECK (target BETWEEN 0 AND 100),
  period    text         NOT NULL,
  persons   text[]       NOT NULL,                    -- whose tickets; all tickets where both are empty
  groups    text[]       NOT NULL,
  PRIMARY KEY (tenant_id, hash, kpi_id)
);
CALL protect_tenant_rows('kpi');
GRANT SELECT, INSERT ON kpi TO {service}_app;
