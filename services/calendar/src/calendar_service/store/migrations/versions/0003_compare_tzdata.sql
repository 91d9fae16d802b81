-- A version and a tzdata release other than its own, compared once: what would be otherwise, if
-- anything, was told in the same transaction. Replicas and restarts meet on the primary key.
CREATE TABLE tzdata_comparison (
  tenant_id   text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
  calendar_id text        NOT NULL,
  version     integer     NOT NULL,
  installed   text        NOT NULL,
  affected    boolean     NOT NULL,
  compared_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, calendar_id, version, installed),
  FOREIGN KEY (tenant_id, calendar_id, version) REFERENCES calendar_versions
);
CALL protect_tenant_rows('tzdata_comparison');
GRANT SELECT, INSERT ON tzdata_comparison TO {service}_app;

-- What the background loop may see across tenants: which versions there are, not what they say.
GRANT SELECT (tenant_id, calendar_id, version, tzdata) ON calendar_versions TO {service}_scan;
GRANT SELECT (tenant_id, calendar_id, version, installed) ON tzdata_comparison TO {service}_scan;
CREATE POLICY scan ON calendar_versions FOR SELECT TO {service}_scan USING (true);
CREATE POLICY scan ON tzdata_comparison FOR SELECT TO {service}_scan USING (true);

-- Versions sealed with another release than the installed one, and not compared with it yet.
CREATE FUNCTION uncompared_versions(release text, most integer)
RETURNS TABLE (tenant_id text, calendar_id text, version integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT v.tenant_id, v.calendar_id, v.version
    FROM calendar_versions v
   WHERE v.tzdata <> release
     AND NOT EXISTS (SELECT FROM tzdata_comparison c
                      WHERE c.tenant_id = v.tenant_id AND c.calendar_id = v.calendar_id
                        AND c.version = v.version AND c.installed = release)
   ORDER BY v.tenant_id, v.calendar_id, v.version
   LIMIT most
$$;
ALTER FUNCTION uncompared_versions OWNER TO {service}_scan;
REVOKE ALL ON FUNCTION uncompared_versions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION uncompared_versions TO {service}_app;
