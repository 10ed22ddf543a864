-- What of each booking is unpaid, so that nobody who asks for it reads all that was ever charged. A trigger keeps it with the lines, whoever posts
-- them: an older process goes on beside this.
CREATE TABLE folios (
    property_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    -- The sum of its lines.
    balance_minor bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, booking_id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id)
);

CREATE FUNCTION keep_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO folios (property_id, booking_id, balance_minor, created_at, updated_at)
    SELECT property_id, booking_id, sum(amount_minor), min(created_at), max(updated_at) FROM posted GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (property_id, booking_id) DO UPDATE
        SET balance_minor = folios.balance_minor + EXCLUDED.balance_minor, updated_at = EXCLUDED.updated_at;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_balance AFTER INSERT ON folio_entries
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION keep_balance();

-- The trigger's lock keeps lines away until both are there.
INSERT INTO folios
SELECT property_id, booking_id, sum(amount_minor), min(created_at), max(updated_at) FROM folio_entries GROUP BY 1, 2;
-- Those that are settled are many more.
CREATE INDEX folios_unsettled ON folios (property_id, booking_id) WHERE balance_minor <> 0;
