-- What every other piece builds on: who may use the schema, and rows that only their tenant sees.
GRANT CREATE, USAGE ON SCHEMA public TO {service}_scan;  -- a function's owner must be able to own it here
GRANT USAGE ON SCHEMA public TO {service}_app, {service}_relay;

CREATE PROCEDURE protect_tenant_rows(target regclass) LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY tenants ON %s USING (tenant_id = ANY (string_to_array(current_setting(''app.tenants'', true), '','')))'
    ' WITH CHECK (tenant_id = ANY (string_to_array(current_setting(''app.tenants'', true), '','')))', target);
END $$;
COMMENT ON PROCEDURE protect_tenant_rows IS
  'Row-level security, also for the owner: a transaction sees the tenants of app.tenants only.';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'immutable: % on %', lower(tg_op), tg_table_name USING errcode = '55000';
END $$;
COMMENT ON FUNCTION refuse_change IS 'For tables that only grow: BEFORE UPDATE OR DELETE OR TRUNCATE.';
