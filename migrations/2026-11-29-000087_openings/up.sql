-- What a hotel begins with: nights before HBS that reservations bring along are no revenue of HBS, and balances of another system are brought in once.

ALTER TABLE folio_entries
    -- Whether another system had it before: it is owed, and its other side is in the ledger `opening`.
    ADD COLUMN is_brought_in boolean NOT NULL DEFAULT false;

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

CREATE TABLE opening_items (
    property_id uuid NOT NULL REFERENCES properties (id),
    -- What the other system calls it. It is brought in once, however often it is sent.
    external_id text NOT NULL CHECK (length(external_id) BETWEEN 1 AND 100),
    kind text NOT NULL CHECK (kind IN ('folio', 'deposit', 'account')),
    booking_id uuid,
    account_id uuid,
    -- The balance that was to be there.
    balance_minor bigint NOT NULL,
    -- The line that brought it there.
    entry_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, external_id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    FOREIGN KEY (property_id, account_id) REFERENCES accounts (property_id, id),
    FOREIGN KEY (property_id, entry_id) REFERENCES folio_entries (property_id, id),
    CONSTRAINT opening_items_of CHECK (
        CASE kind WHEN 'account' THEN account_id IS NOT NULL AND booking_id IS NULL ELSE booking_id IS NOT NULL AND account_id IS NULL END
    )
);
-- A booking's folios have one balance to begin with.
CREATE UNIQUE INDEX opening_items_one_of_folio ON opening_items (property_id, booking_id) WHERE kind = 'folio';
