-- The roles of one service. They belong to the server, not to a database.
--   owner  owns the tables; migrations take it on
--   app    the service logs in with it; sees the tenants that its transaction names
--   relay  the outbox of all tenants, nothing else; app takes it on in the relay's transaction
--   scan   owns the functions that background loops call; reads keys and due instants only
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{service}_owner') THEN
    CREATE ROLE {service}_owner NOLOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{service}_relay') THEN
    CREATE ROLE {service}_relay NOLOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{service}_scan') THEN
    CREATE ROLE {service}_scan NOLOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{service}_app') THEN
    CREATE ROLE {service}_app LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
END $$;
GRANT {service}_relay TO {service}_app;
GRANT {service}_scan TO {service}_owner;  -- so that a migration can hand its functions over
