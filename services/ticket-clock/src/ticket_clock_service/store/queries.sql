-- name: ensure_tickets!
-- Sorted by key, so that two batches wait for each other instead of deadlocking.
INSERT INTO ticket (tenant_id, ticket_id)
SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT DO NOTHING;

-- name: lock_tickets
-- Alone and in key order: what is read next is read under the locks.
SELECT t.*
  FROM ticket t
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, ticket_id) USING (tenant_id, ticket_id)
 ORDER BY t.tenant_id, t.ticket_id
   FOR UPDATE OF t;

-- name: lock_free_tickets
-- The same without waiting. In the background whoever else holds a ticket reconciles it anyway;
-- facts of a held one are taken afterwards, so that the others need not wait with them.
SELECT t.*
  FROM ticket t
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, ticket_id) USING (tenant_id, ticket_id)
 ORDER BY t.tenant_id, t.ticket_id
   FOR UPDATE OF t SKIP LOCKED;

-- name: read_clock_and_terms
-- The database's clock, read under the locks, and how far each tenant's terms have come.
SELECT clock_timestamp() AS now, t.tenant_id, coalesce(s.terms_revision, 0) AS terms_revision
  FROM unnest($1::text[]) AS t (tenant_id)
  LEFT JOIN terms_state s USING (tenant_id);

-- name: keep_facts
-- The primary key is the inbox: what is known already is not returned.
INSERT INTO fact (tenant_id, ticket_id, fact_key, source, event_id, kind, at_us, sequence, data,
                  content_hash, origin, correlation_id, recorded_at)
SELECT tenant_id, ticket_id, fact_key, source, event_id, kind, at_us, sequence, data::jsonb,
       content_hash, origin, correlation_id, recorded_at
  FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[],
              $7::bigint[], $8::bigint[], $9::text[], $10::bytea[], $11::text[],
              $12::text[], $13::timestamptz[])
       AS v (tenant_id, ticket_id, fact_key, source, event_id, kind, at_us, sequence, data,
             content_hash, origin, correlation_id, recorded_at)
ON CONFLICT DO NOTHING
RETURNING tenant_id, ticket_id, fact_key;

-- name: contents_of_facts
-- Only for repeated facts: the same identity with other content is a conflict.
SELECT f.tenant_id, f.ticket_id, f.fact_key, f.content_hash
  FROM fact f
  JOIN unnest($1::text[], $2::text[], $3::bytea[]) AS k (tenant_id, ticket_id, fact_key)
 USING (tenant_id, ticket_id, fact_key);

-- name: last_imported
-- The end of an index for each run, however many facts it has brought.
SELECT k.tenant_id, k.run_id, f.recorded_at AS at
  FROM unnest($1::text[], $2::text[]) AS k (tenant_id, run_id)
 CROSS JOIN LATERAL (SELECT recorded_at FROM fact
                      WHERE tenant_id = k.tenant_id AND correlation_id = k.run_id
                        AND origin = 'import'
                      ORDER BY recorded_at DESC LIMIT 1) f;

-- name: history_of_tickets
-- All facts of the tickets that must be folded anew, in one statement, in folding order.
SELECT f.tenant_id, f.ticket_id, f.source, f.event_id, f.kind, f.at_us, f.sequence, f.data,
       f.origin, f.recorded_at
  FROM fact f
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, ticket_id) USING (tenant_id, ticket_id)
 ORDER BY f.tenant_id, f.ticket_id, f.at_us, f.sequence, f.source, f.event_id;

-- name: count_tickets
SELECT count(*) FROM ticket WHERE tenant_id = $1 AND fact_count > 0;

-- name: ledger_of_tickets
SELECT a.*
  FROM announcement a
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, ticket_id) USING (tenant_id, ticket_id);

-- name: save_tickets!
UPDATE ticket t
   SET revision = v.revision, sequence = v.sequence, state = v.state,
       terms_revision = v.terms_revision, fold_version = v.fold_version,
       recorded_at = v.recorded_at, fact_count = v.fact_count, next_due_at = v.next_due_at,
       import_id = v.import_id, importing_until = v.importing_until,
       historical_until = v.historical_until, is_open = v.is_open, clock_state = v.clock_state,
       fault = v.fault, seal = v.seal
  FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bigint[],
              $7::integer[], $8::timestamptz[], $9::integer[], $10::timestamptz[], $11::text[],
              $12::timestamptz[], $13::timestamptz[], $14::boolean[], $15::text[], $16::text[],
              $17::bytea[])
       AS v (tenant_id, ticket_id, revision, sequence, state, terms_revision, fold_version,
             recorded_at, fact_count, next_due_at, import_id, importing_until, historical_until,
             is_open, clock_state, fault, seal)
 WHERE t.tenant_id = v.tenant_id AND t.ticket_id = v.ticket_id;

-- name: keep_revisions!
INSERT INTO revision (tenant_id, ticket_id, revision, recorded_at, terms_revision, cause, because,
                      changes, seal)
SELECT tenant_id, ticket_id, revision, recorded_at, terms_revision, cause, because::jsonb,
       changes::jsonb, seal
  FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::text[],
              $7::text[], $8::text[], $9::bytea[])
       AS v (tenant_id, ticket_id, revision, recorded_at, terms_revision, cause, because, changes,
             seal);

-- name: keep_unbound!
-- Once for each ticket; one that was bound in between, and is not any more, is found anew unless
-- people were told of it already.
INSERT INTO unbound AS u (tenant_id, ticket_id)
SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (tenant_id, ticket_id) DO UPDATE
   SET found_at = clock_timestamp(), healed_at = NULL
 WHERE u.advised_at IS NULL AND u.healed_at IS NOT NULL;

-- name: heal_unbound!
UPDATE unbound u SET healed_at = clock_timestamp()
  FROM unnest($1::text[], $2::text[]) AS k (tenant_id, ticket_id)
 WHERE u.tenant_id = k.tenant_id AND u.ticket_id = k.ticket_id
   AND u.advised_at IS NULL AND u.healed_at IS NULL;

-- name: keep_announcements!
-- The unique index on what stands is the last line of "escalates exactly once".
INSERT INTO announcement (tenant_id, ticket_id, announcement_id, metric, cycle, agreement, priority,
                          threshold, n, crossed_us, flags, announced_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                     $7::text[], $8::text[], $9::integer[], $10::bigint[], $11::jsonb[],
                     $12::timestamptz[]);

-- name: amend_announcements!
-- Retracted, moved or superseded: the row stays, with its instant of retraction.
UPDATE announcement a
   SET crossed_us = v.crossed_us, flags = v.flags, retracted_at = v.retracted_at
  FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::jsonb[], $6::timestamptz[])
       AS v (tenant_id, ticket_id, announcement_id, crossed_us, flags, retracted_at)
 WHERE a.tenant_id = v.tenant_id AND a.ticket_id = v.ticket_id
   AND a.announcement_id = v.announcement_id;

-- name: due_tickets
SELECT tenant_id, ticket_id, next_due_at FROM due_tickets($1, $2, $3);

-- name: earliest_due
SELECT earliest_due() AS due, clock_timestamp() AS now;

-- name: behind_tickets
SELECT tenant_id, ticket_id FROM behind_tickets($1);

-- name: lock_terms
-- Terms of one tenant are learnt one after the other, so that their order is their revision.
INSERT INTO terms_state (tenant_id, terms_revision)
SELECT DISTINCT tenant_id, 0 FROM unnest($1::text[]) AS t (tenant_id) ORDER BY 1
ON CONFLICT (tenant_id) DO UPDATE SET terms_revision = terms_state.terms_revision
RETURNING tenant_id, terms_revision;

-- name: clock_after_terms
-- Under the locks; it grows for each tenant even if somebody sets the clock back.
SELECT greatest(clock_timestamp(),
                max((SELECT t.recorded_at + interval '1 microsecond' FROM terms t
                      WHERE t.tenant_id = k.tenant_id
                      ORDER BY t.terms_revision DESC LIMIT 1)))
  FROM unnest($1::text[]) AS k (tenant_id);

-- name: known_terms
SELECT t.tenant_id, t.entry_id, t.content_hash
  FROM terms t
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, entry_id) USING (tenant_id, entry_id);

-- name: keep_terms!
INSERT INTO terms (tenant_id, terms_revision, entry_id, kind, effective_from, said_at, recorded_at,
                   content_hash, mode, body)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[],
                     $6::timestamptz[], $7::timestamptz[], $8::text[], $9::text[], $10::jsonb[]);

-- name: save_terms_revisions!
UPDATE terms_state s SET terms_revision = v.terms_revision
  FROM unnest($1::text[], $2::bigint[]) AS v (tenant_id, terms_revision)
 WHERE s.tenant_id = v.tenant_id;

-- name: terms_of_tenants
SELECT tenant_id, terms_revision, entry_id, kind, effective_from, said_at, recorded_at, mode, body
  FROM terms
 WHERE tenant_id = ANY ($1::text[])
 ORDER BY tenant_id, terms_revision;

-- name: keep_snapshots
INSERT INTO snapshot (tenant_id, hash, sla_id, version, body)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::bytea[])
ON CONFLICT DO NOTHING
RETURNING tenant_id, hash;

-- name: terms_that_waited
-- Entries usually come after the snapshot that they name; where they did not, tickets are behind.
SELECT DISTINCT t.tenant_id
  FROM terms t
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, hash) USING (tenant_id)
 WHERE t.body ->> 'agreement' = k.hash;

-- name: snapshots_of
SELECT s.tenant_id, s.hash, s.body
  FROM snapshot s
  JOIN unnest($1::text[], $2::text[]) AS k (tenant_id, hash) USING (tenant_id, hash);

-- name: tickets_of
-- A row without facts is there only because every fact of the ticket was refused.
SELECT * FROM ticket
 WHERE tenant_id = $1 AND ticket_id = ANY ($2::text[]) AND fact_count > 0
 ORDER BY ticket_id;

-- name: page_of_tickets
SELECT * FROM ticket
 WHERE tenant_id = $1
   AND fact_count > 0
   AND ($2::text IS NULL OR clock_state = $2)
   AND ticket_id > $3
 ORDER BY ticket_id
 LIMIT $4;

-- name: end_of_window
-- So that a search that finds nothing ends all the same.
SELECT ticket_id FROM ticket WHERE tenant_id = $1 AND ticket_id > $2
 ORDER BY ticket_id OFFSET $3 LIMIT 1;

-- name: search_tickets
-- Fields are looked for in the bytes of the picture, without parsing it: an index for each of them
-- would cost every fact more than lists are worth. What is found is compared field by field afterwards.
SELECT * FROM ticket
 WHERE tenant_id = $1
   AND fact_count > 0
   AND ($2::text IS NULL OR clock_state = $2)
   AND ticket_id > $3
   AND ($5::text IS NULL OR ticket_id <= $5)
   AND NOT EXISTS (SELECT FROM unnest($6::bytea[]) AS t (part)
                    WHERE state IS NULL OR position(t.part IN state) = 0)
 ORDER BY ticket_id
 LIMIT $4;

-- name: page_of_open_tickets
-- By `is_open`: a ticket that nothing binds has clocks without a target, which no state tells of.
SELECT * FROM ticket
 WHERE tenant_id = $1 AND is_open AND fact_count > 0 AND ticket_id > $2
 ORDER BY ticket_id
 LIMIT $3;

-- name: facts_of_ticket
SELECT source, event_id, kind, at_us, sequence, data, origin, recorded_at
  FROM fact
 WHERE tenant_id = $1 AND ticket_id = $2 AND recorded_at <= $3
 ORDER BY at_us, sequence, source, event_id;

-- name: revision_of_ticket
SELECT coalesce(max(revision), 0)
  FROM revision WHERE tenant_id = $1 AND ticket_id = $2 AND recorded_at <= $3;

-- name: snapshots_by
SELECT hash FROM snapshot WHERE tenant_id = $1 AND hash = ANY ($2::text[]) AND recorded_at <= $3;

-- name: count_import
SELECT count(*) AS facts, count(DISTINCT ticket_id) AS tickets
  FROM fact WHERE tenant_id = $1 AND correlation_id = $2 AND origin = 'import';

-- name: end_import!
-- The marker: from now on its tickets are judged against now, and what was due before is history.
-- The epoch says so: no quiet time is needed. Locked in key order, as every batch does.
WITH held AS (
  SELECT tenant_id, ticket_id FROM ticket
   WHERE tenant_id = $1 AND import_id = $2 AND importing_until IS NOT NULL
   ORDER BY ticket_id
     FOR UPDATE
)
UPDATE ticket t SET importing_until = 'epoch', next_due_at = clock_timestamp()
  FROM held
 WHERE t.tenant_id = held.tenant_id AND t.ticket_id = held.ticket_id;

-- name: still_importing
SELECT count(*) FROM ticket WHERE tenant_id = $1 AND import_id = $2 AND importing_until IS NOT NULL;

-- name: known_facts
-- Asked by the intake for a whole request, so that a repetition is answered and not published.
SELECT f.ticket_id, f.fact_key, f.content_hash
  FROM fact f
  JOIN unnest($2::text[], $3::bytea[]) AS k (ticket_id, fact_key) USING (ticket_id, fact_key)
 WHERE f.tenant_id = $1;
