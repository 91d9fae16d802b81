-- name: known_news
SELECT request_hash FROM contract_sla_snapshots
 WHERE tenant_id = $1 AND contract_id = $2 AND entry_id = $3
UNION ALL
SELECT request_hash FROM waiting_commerce
 WHERE tenant_id = $1 AND contract_id = $2 AND entry_id = $3;

-- name: customer_of
-- A contract has one customer for ever: a quote that names another one is refused.
SELECT customer_id FROM contract_sla_snapshots WHERE tenant_id = $1 AND contract_id = $2 LIMIT 1;

-- name: claimed_by
-- Also of quotes that wait for their SLA.
SELECT customer_id FROM contract_sla_snapshots WHERE tenant_id = $1 AND contract_id = $2
UNION ALL
SELECT customer_id FROM waiting_commerce
 WHERE tenant_id = $1 AND contract_id = $2 AND customer_id IS NOT NULL
 LIMIT 1;

-- name: add_entry!
INSERT INTO contract_sla_snapshots (tenant_id, contract_id, entry_id, customer_id, sla_id,
                                    sla_version, agreement, effective_from, effective_to, mode,
                                    cause_kind, cause_id, request_hash, happened_at, source,
                                    event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: contract
SELECT * FROM contract_sla_snapshots WHERE tenant_id = $1 AND contract_id = $2;

-- name: contracts_about
-- Whole histories: of the contract that a ticket names, and of all that are its customer's.
SELECT * FROM contract_sla_snapshots
 WHERE tenant_id = $1
   AND (contract_id = $2
        OR contract_id IN (SELECT contract_id FROM contract_sla_snapshots
                            WHERE tenant_id = $1 AND customer_id = $3));

-- name: contracts
SELECT DISTINCT ON (contract_id) *
  FROM contract_sla_snapshots
 WHERE tenant_id = $1 AND ($2::text IS NULL OR contract_id > $2)
 ORDER BY contract_id, effective_from DESC, happened_at DESC, entry_id DESC
 LIMIT $3;

-- name: histories
-- A page of contracts, each whole.
SELECT *
  FROM contract_sla_snapshots
 WHERE tenant_id = $1
   AND contract_id IN (SELECT DISTINCT contract_id FROM contract_sla_snapshots
                        WHERE tenant_id = $1 AND ($2::text IS NULL OR contract_id > $2)
                        ORDER BY contract_id LIMIT $3)
 ORDER BY contract_id, entry_id;

-- name: wait!
INSERT INTO waiting_commerce (tenant_id, contract_id, entry_id, customer_id, sla_id, sla_version,
                              effective_from, effective_to, mode, cause_kind, cause_id,
                              request_hash, happened_at, source, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: take_waiting_for_sla
DELETE FROM waiting_commerce WHERE tenant_id = $1 AND sla_id = $2 RETURNING *;

-- name: take_waiting_for_contract
-- Ends and change orders: a quote waits for its SLA, not for its contract.
DELETE FROM waiting_commerce
 WHERE tenant_id = $1 AND contract_id = $2 AND cause_kind <> 'quote'
RETURNING *;

-- name: waiting
SELECT w.*, EXISTS (SELECT FROM contract_sla_snapshots c
                     WHERE c.tenant_id = w.tenant_id AND c.contract_id = w.contract_id)
            AS contract_known
  FROM waiting_commerce w
 WHERE w.tenant_id = $1
 ORDER BY w.recorded_at, w.entry_id
 LIMIT $2;

-- name: terms_entries
SELECT * FROM terms_entries
 WHERE tenant_id = $1 AND ($2::text IS NULL OR kind = $2)
 ORDER BY revision;

-- name: add_terms!
INSERT INTO terms_entries (tenant_id, revision, entry_id, kind, effective_from, mode, sla_id,
                           sla_version, agreement, match, statuses, settings, recorded_at,
                           recorded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: noted
-- Reads the tenant's whole trail: asked where something is wrong already, and nowhere else.
SELECT EXISTS (SELECT FROM audit
                WHERE tenant_id = $1 AND action = $2 AND subject = $3 AND at >= $4);
