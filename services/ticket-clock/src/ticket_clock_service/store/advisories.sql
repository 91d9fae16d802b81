-- name: was_told
SELECT EXISTS (SELECT FROM advised WHERE tenant_id = $1 AND advisory_id = $2);

-- name: advise
-- Of two deliveries of one message the second one waits for the first, and then gets no row.
INSERT INTO advised (tenant_id, advisory_id) VALUES ($1, $2)
    ON CONFLICT DO NOTHING
RETURNING true;

-- name: agreements_with
-- A search in the bytes, without parsing them: nothing but a key can be a hash in quotes there.
SELECT hash, sla_id, version
  FROM snapshot
 WHERE tenant_id = $1 AND position(convert_to('"' || $2 || '"', 'UTF8') IN body) > 0
 ORDER BY hash;

-- name: body_of
SELECT body FROM snapshot WHERE tenant_id = $1 AND hash = $2;

-- name: clocks_in
-- All open clocks that the calendar measures now, in one statement: only tickets whose picture
-- names it are parsed. The last aim is [since, cause, agreement, priority, amount, calendar, zone].
SELECT t.ticket_id, c.clock ->> 'metric' AS metric, c.clock ->> 'state' AS state,
       (c.clock ->> 'opened')::bigint AS opened, (c.clock ->> 'since')::bigint AS since,
       (c.clock ->> 'elapsed')::bigint AS elapsed, (c.aim ->> 4)::bigint AS amount,
       c.aim ->> 2 AS agreement
  FROM (SELECT ticket_id, state FROM ticket
         WHERE tenant_id = $1 AND is_open
           AND position(convert_to('"' || $2 || '"', 'UTF8') IN state) > 0 OFFSET 0) t
 CROSS JOIN LATERAL (SELECT clock, clock -> 'aims' -> -1 AS aim
                       FROM jsonb_array_elements(convert_from(t.state, 'UTF8')::jsonb -> 'clocks')
                            AS clock) c
 WHERE c.clock ->> 'state' IN ('active', 'paused')
   AND c.aim ->> 5 = $2
   AND c.aim ->> 4 IS NOT NULL
 ORDER BY t.ticket_id;

-- name: clock
SELECT clock_timestamp();
