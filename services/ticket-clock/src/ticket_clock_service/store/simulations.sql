-- name: count_opened
-- The first opening of a ticket counts; a later one is an update, or begins another cycle.
SELECT count(*)
  FROM fact f
 WHERE f.tenant_id = $1 AND f.kind = 'opened' AND f.at_us >= $2 AND f.at_us < $3
   AND NOT EXISTS (SELECT FROM fact e
                    WHERE e.tenant_id = f.tenant_id AND e.ticket_id = f.ticket_id
                      AND e.kind = 'opened' AND (e.at_us, e.fact_key) < (f.at_us, f.fact_key));

-- name: opened_tickets
-- Read by a cursor, a page at a time, in the order of an index: nothing is sorted, and the pages
-- lie in the table as they were written. All of a ticket comes in one row, its facts as one text,
-- which is parsed off the event loop.
SELECT t.ticket_id, t.state, t.fault, h.facts
  FROM fact f
  JOIN ticket t USING (tenant_id, ticket_id)
 CROSS JOIN LATERAL (
       SELECT json_agg(json_build_array(a.at_us, a.sequence, a.kind, a.data, a.source, a.event_id))
              ::text AS facts
         FROM fact a
        WHERE a.tenant_id = f.tenant_id AND a.ticket_id = f.ticket_id) h
 WHERE f.tenant_id = $1 AND f.kind = 'opened' AND f.at_us >= $2 AND f.at_us < $3
   AND NOT EXISTS (SELECT FROM fact e
                    WHERE e.tenant_id = f.tenant_id AND e.ticket_id = f.ticket_id
                      AND e.kind = 'opened' AND (e.at_us, e.fact_key) < (f.at_us, f.fact_key))
 ORDER BY f.at_us, f.ticket_id;

-- name: any_naming
-- A search in the bytes of pictures, without parsing them, until one is found.
SELECT EXISTS (
  SELECT FROM fact f
    JOIN ticket t USING (tenant_id, ticket_id)
   WHERE f.tenant_id = $1 AND f.kind = 'opened' AND f.at_us >= $2 AND f.at_us < $3
     AND (t.state IS NULL OR EXISTS (SELECT FROM unnest($4::text[]) AS hash
                                      WHERE position(convert_to('"' || hash || '"', 'UTF8')
                                                     IN t.state) > 0)));
