-- name: unarmed_tickets
-- What is due soon; the horizon of each backend is its own. Compared by the database's clock.
SELECT tenant_id, ticket_id, next_due_at
  FROM unarmed_tickets($1, $2, $3, $4, $5, $6);

-- name: all_unarmed_tickets
SELECT tenant_id, ticket_id, next_due_at
  FROM all_unarmed_tickets($1, $2, $3, $4, $5, $6);

-- name: outdated_alarms
SELECT tenant_id, ticket_id FROM outdated_alarms($1, $2, $3, $4, $5, $6);

-- name: database_clock
SELECT clock_timestamp();

-- name: standing_tickets
SELECT t.tenant_id, t.ticket_id, t.revision, t.next_due_at,
       t.next_due_at IS NULL AND NOT t.is_open AS closed
  FROM ticket t
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, ticket_id) USING (tenant_id, ticket_id);

-- name: armed_states
-- With what was told of each ticket since it was armed: that many revisions by primary key.
SELECT t.tenant_id, t.ticket_id, t.revision, t.next_due_at,
       t.next_due_at IS NULL AND NOT t.is_open AS closed,
       a.revision AS known, a.due_at AS known_due,
       coalesce(a.place <> $6, false) AS is_elsewhere,
       coalesce(t.next_due_at >= clock_timestamp() + $5::interval, false) AS is_far,
       CASE WHEN $4 THEN (
         SELECT jsonb_agg(jsonb_build_array(c ->> 'kind', c ->> 'metric') ORDER BY r.revision, n)
           FROM revision r, jsonb_array_elements(r.changes) WITH ORDINALITY AS e (c, n)
          WHERE r.tenant_id = t.tenant_id AND r.ticket_id = t.ticket_id
            AND r.revision > a.revision) END AS kinds
  FROM ticket t
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, ticket_id) USING (tenant_id, ticket_id)
  LEFT JOIN armed a ON a.tenant_id = t.tenant_id AND a.ticket_id = t.ticket_id AND a.backend = $3;

-- name: remember_armed!
-- The last to arm is the last to write: what was armed out of turn differs from the row, and is
-- armed again.
INSERT INTO armed (tenant_id, ticket_id, backend, place, revision, due_at)
SELECT tenant_id, ticket_id, $3, $4, revision, due_at
  FROM unnest($1::text[], $2::text[], $5::bigint[], $6::timestamptz[])
       AS v (tenant_id, ticket_id, revision, due_at)
 ORDER BY 1, 2
    ON CONFLICT (tenant_id, ticket_id, backend)
    DO UPDATE SET place = excluded.place, revision = excluded.revision, due_at = excluded.due_at,
                  armed_at = clock_timestamp();

-- name: forget_armed!
DELETE FROM armed a
 USING unnest($1::text[], $2::text[]) AS k (tenant_id, ticket_id)
 WHERE a.tenant_id = k.tenant_id AND a.ticket_id = k.ticket_id AND a.backend = $3;
