DROP TABLE opening_items;
CREATE OR REPLACE FUNCTION ledger_entries(hotel uuid)
    RETURNS TABLE (entry_id uuid, service_date date, posted_on date, ledger text, amount_minor bigint)
    STABLE LANGUAGE sql AS $$
    SELECT line.id, line.service_date, line.posted_on, side.ledger, side.amount_minor
    FROM folio_entries AS line
    CROSS JOIN LATERAL (VALUES (line.ledger, line.amount_minor), (counter_ledger(line.kind), -line.amount_minor))
        AS side (ledger, amount_minor)
    WHERE line.property_id = hotel AND side.ledger IS NOT NULL
$$;
ALTER TABLE folio_entries DROP COLUMN is_brought_in;
