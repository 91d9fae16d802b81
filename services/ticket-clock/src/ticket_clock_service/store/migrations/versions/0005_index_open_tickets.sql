-- Open tickets by id, those without an agreement among them: what new terms may reach.
CREATE INDEX ticket_open ON ticket (tenant_id, ticket_id) WHERE is_open;
