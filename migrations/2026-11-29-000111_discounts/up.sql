-- What an offer takes off the price of a night is a line of its own, beside that of the room.
ALTER TABLE folio_entries
    DROP CONSTRAINT folio_entries_kind_check,
    ADD CONSTRAINT folio_entries_kind_check CHECK (kind IN (
        'room', 'tax', 'fee', 'extra', 'adjustment', 'payment', 'refund', 'deposit', 'transfer', 'opening', 'discount'
    ));

CREATE OR REPLACE FUNCTION counter_ledger(kind text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE kind
        WHEN 'room' THEN 'revenue'
        WHEN 'discount' THEN 'revenue'
        WHEN 'fee' THEN 'revenue'
        WHEN 'extra' THEN 'revenue'
        WHEN 'adjustment' THEN 'revenue'
        WHEN 'tax' THEN 'tax'
        WHEN 'payment' THEN 'clearing'
        WHEN 'refund' THEN 'clearing'
        WHEN 'opening' THEN 'opening'
    END
$$;
