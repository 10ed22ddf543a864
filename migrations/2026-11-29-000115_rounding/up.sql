-- Cents by which the taxes of an invoice, worked out from its sums, differ from those of its lines: a pair of lines that comes to nothing takes
-- them from revenue to tax, or back. The line with a tax rule is the one of the tax.
ALTER TABLE folio_entries
    DROP CONSTRAINT folio_entries_kind_check,
    ADD CONSTRAINT folio_entries_kind_check CHECK (
        kind IN (
            'room', 'tax', 'fee', 'extra', 'adjustment', 'payment', 'refund', 'deposit', 'transfer', 'opening', 'discount', 'rounding'
        )
    ),
    DROP CONSTRAINT folio_entries_tax,
    ADD CONSTRAINT folio_entries_tax CHECK (kind = 'rounding' OR (kind = 'tax') = (tax_rule_id IS NOT NULL)),
    DROP CONSTRAINT folio_entries_tax_terms,
    ADD CONSTRAINT folio_entries_tax_terms CHECK (
        (tax_rule_id IS NOT NULL) = (tax_included IS NOT NULL) AND (tax_rule_id IS NOT NULL OR tax_rate_ppm IS NULL)
    );

-- The ledger in which the other side of a line stands, by its kind and, of a rounding, by whether it is of a tax.
CREATE FUNCTION counter_ledger(kind text, tax_rule_id uuid) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE WHEN kind <> 'rounding' THEN counter_ledger(kind) WHEN tax_rule_id IS NULL THEN 'revenue' ELSE 'tax' END
$$;

CREATE OR REPLACE FUNCTION ledger_entries(hotel uuid)
    RETURNS TABLE (entry_id uuid, service_date date, posted_on date, ledger text, amount_minor bigint)
    STABLE LANGUAGE sql AS $$
    SELECT line.id, line.service_date, line.posted_on, side.ledger, side.amount_minor
    FROM folio_entries AS line
    CROSS JOIN LATERAL (VALUES
        (line.ledger, line.amount_minor),
        (CASE WHEN line.is_brought_in THEN 'opening' ELSE counter_ledger(line.kind, line.tax_rule_id) END, -line.amount_minor))
        AS side (ledger, amount_minor)
    WHERE line.property_id = hotel AND side.ledger IS NOT NULL
$$;
