CREATE OR REPLACE FUNCTION ledger_entries(hotel uuid)
    RETURNS TABLE (entry_id uuid, service_date date, posted_on date, ledger text, amount_minor bigint)
    STABLE LANGUAGE sql AS $$
    SELECT line.id, line.service_date, line.posted_on, side.ledger, side.amount_minor
    FROM folio_entries AS line
    CROSS JOIN LATERAL (VALUES
        (line.ledger, line.amount_minor),
        (CASE WHEN line.is_brought_in THEN 'opening' ELSE counter_ledger(line.kind) END, -line.amount_minor))
        AS side (ledger, amount_minor)
    WHERE line.property_id = hotel AND side.ledger IS NOT NULL
$$;
DROP FUNCTION counter_ledger(text, uuid);
ALTER TABLE folio_entries
    DROP CONSTRAINT folio_entries_tax_terms,
    ADD CONSTRAINT folio_entries_tax_terms CHECK (
        (kind = 'tax') = (tax_included IS NOT NULL) AND (kind = 'tax' OR tax_rate_ppm IS NULL)
    ),
    DROP CONSTRAINT folio_entries_tax,
    ADD CONSTRAINT folio_entries_tax CHECK ((kind = 'tax') = (tax_rule_id IS NOT NULL)),
    DROP CONSTRAINT folio_entries_kind_check,
    ADD CONSTRAINT folio_entries_kind_check CHECK (kind IN (
        'room', 'tax', 'fee', 'extra', 'adjustment', 'payment', 'refund', 'deposit', 'transfer', 'opening', 'discount'
    ));
