-- What was published cannot be added to either. `created_in` is the transaction that made the version:
-- only it may add rows that belong to the version.
ALTER TABLE sla_versions ADD COLUMN created_in xid8 NOT NULL DEFAULT '0';
ALTER TABLE sla_versions ALTER COLUMN created_in SET DEFAULT pg_current_xact_id();
REVOKE INSERT ON sla_versions FROM {service}_app;
GRANT INSERT (tenant_id, sla_id, version, name, snapshot, hash, content, effective_from, note,
              published_at, published_by) ON sla_versions TO {service}_app;

-- A version is born published, and its number follows that of the one before: no gap, no branch.
CREATE FUNCTION begin_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE following integer;
BEGIN
  SELECT coalesce(max(version), 0) + 1 INTO following FROM sla_versions
   WHERE tenant_id = new.tenant_id AND sla_id = new.sla_id;
  IF new.version <> following THEN
    RAISE EXCEPTION 'version % of % cannot follow %', new.version, new.sla_id, following - 1
      USING errcode = '55000';
  END IF;
  IF new.status <> 'published' THEN
    RAISE EXCEPTION 'a version is published before it is %', new.status USING errcode = '55000';
  END IF;
  new.created_in := pg_current_xact_id();
  RETURN new;
END $$;
CREATE TRIGGER sla_versions_begin BEFORE INSERT ON sla_versions
  FOR EACH ROW EXECUTE FUNCTION begin_version();

-- Rows that belong to a version come with it or never.
CREATE FUNCTION come_with_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM FROM sla_versions
    WHERE tenant_id = new.tenant_id AND sla_id = new.sla_id AND version = new.version
      AND created_in = pg_current_xact_id();
  IF NOT FOUND THEN
    RAISE EXCEPTION 'immutable: insert on %', tg_table_name USING errcode = '55000';
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER sla_targets_come_with_version BEFORE INSERT ON sla_targets
  FOR EACH ROW EXECUTE FUNCTION come_with_version();
CREATE TRIGGER sla_escalation_rules_come_with_version BEFORE INSERT ON sla_escalation_rules
  FOR EACH ROW EXECUTE FUNCTION come_with_version();
CREATE TRIGGER sla_service_credit_rules_come_with_version BEFORE INSERT ON sla_service_credit_rules
  FOR EACH ROW EXECUTE FUNCTION come_with_version();

-- A tenant's terms grow at their end only.
CREATE FUNCTION follow_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE following integer;
BEGIN
  SELECT coalesce(max(revision), 0) + 1 INTO following FROM terms_entries
   WHERE tenant_id = new.tenant_id;
  IF new.revision <> following THEN
    RAISE EXCEPTION 'revision % cannot follow %', new.revision, following - 1 USING errcode = '55000';
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER terms_entries_follow BEFORE INSERT ON terms_entries
  FOR EACH ROW EXECUTE FUNCTION follow_terms();
