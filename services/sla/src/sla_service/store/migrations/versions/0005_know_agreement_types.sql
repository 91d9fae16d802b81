-- What kind of agreement a version is, and of an OLA whose: out of the snapshot, so that nothing but
-- the snapshot decides. `convert_from` is not immutable because somebody could redefine a
-- conversion; that of UTF-8 to itself is none.
CREATE FUNCTION word_of(snapshot bytea, key text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT CASE WHEN snapshot IS JSON OBJECT THEN convert_from(snapshot, 'UTF8')::json ->> key END $$;
ALTER TABLE sla_versions
  ADD COLUMN agreement_type text NOT NULL GENERATED ALWAYS AS (coalesce(word_of(snapshot, 'agreement_type'), 'sla')) STORED,
  ADD COLUMN owner_group    text GENERATED ALWAYS AS (word_of(snapshot, 'group')) STORED;
CREATE INDEX sla_versions_olas ON sla_versions (tenant_id) WHERE agreement_type = 'ola';

-- Generated columns are not there yet where a trigger looks before an update; the snapshot that they
-- are made of is compared.
CREATE OR REPLACE FUNCTION keep_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF tg_op <> 'UPDATE'
     OR old.status <> 'published' OR new.status <> 'retired'
     OR to_jsonb(new) - '{status,retired_at,retired_by,agreement_type,owner_group}'::text[]
        IS DISTINCT FROM to_jsonb(old) - '{status,retired_at,retired_by,agreement_type,owner_group}'::text[]
  THEN RAISE EXCEPTION 'immutable: % on %', lower(tg_op), tg_table_name USING errcode = '55000';
  END IF;
  RETURN new;
END $$;
