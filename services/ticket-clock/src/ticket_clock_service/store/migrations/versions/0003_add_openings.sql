-- Tickets by the instants of their openings, in order: what a simulation goes through.
CREATE INDEX fact_opened ON fact (tenant_id, at_us, ticket_id) WHERE kind = 'opened';
