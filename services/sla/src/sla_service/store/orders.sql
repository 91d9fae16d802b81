-- name: add_rules!
INSERT INTO sla_escalation_rules (tenant_id, sla_id, version, ordinal, rule_id, metric, threshold,
                                  priority, deliver, level, conditions, recipients, actions,
                                  repeat, quiet_hours, delivery_calendar)
-- Lists of JSON come as text: the driver takes a list within a list for a second dimension.
SELECT $1, $2, $3, ordinal - 1, rule ->> 'rule_id', rule ->> 'metric', rule ->> 'threshold',
       rule ->> 'priority', rule -> 'deliver', (rule ->> 'level')::integer, rule -> 'conditions',
       rule -> 'recipients', rule -> 'actions', rule -> 'repeat', rule -> 'quiet_hours',
       rule ->> 'delivery_calendar'
  FROM unnest($4::text[]) WITH ORDINALITY AS listed (body, ordinal),
       LATERAL (SELECT body::jsonb AS rule) AS parsed;

-- name: add_credits!
INSERT INTO sla_service_credit_rules (tenant_id, sla_id, version, ordinal, credit_id, metric,
                                      period, tiers, cap, minimum_tickets, exclusions)
SELECT $1, $2, $3, ordinal - 1, credit ->> 'credit_id', credit ->> 'metric', credit ->> 'period',
       credit -> 'tiers', (credit ->> 'cap')::numeric, (credit ->> 'minimum_tickets')::integer,
       credit -> 'exclusions'
  FROM unnest($4::text[]) WITH ORDINALITY AS listed (body, ordinal),
       LATERAL (SELECT body::jsonb AS credit) AS parsed;
