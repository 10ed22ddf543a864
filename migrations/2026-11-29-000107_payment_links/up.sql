-- Links by which somebody pays a folio without an account: a fixed amount, or whatever is left to be paid.
CREATE TABLE payment_links (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    folio_id uuid NOT NULL,
    -- The booking of the folio, if it has one.
    booking_id uuid,
    status text NOT NULL CHECK (status IN ('open', 'paid', 'cancelled', 'expired')),
    currency text NOT NULL,
    -- NULL: what is left to be paid when somebody pays.
    amount_minor bigint CHECK (amount_minor > 0),
    -- Address to which it was mailed.
    email text CHECK (length(email) BETWEEN 3 AND 254),
    expires_at timestamptz NOT NULL,
    -- The last payment that was begun by it.
    payment_id uuid,
    created_by uuid REFERENCES users (id),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, folio_id) REFERENCES folios (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    FOREIGN KEY (property_id, payment_id) REFERENCES payments (property_id, id)
);
CREATE INDEX payment_links_id ON payment_links (id);
CREATE INDEX payment_links_folio_id ON payment_links (property_id, folio_id);
CREATE INDEX payment_links_booking_id ON payment_links (property_id, booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX payment_links_payment_id ON payment_links (property_id, payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX payment_links_open ON payment_links (expires_at) WHERE status = 'open';
-- A folio has one: what it asks for is not asked for twice.
CREATE UNIQUE INDEX payment_links_one_open ON payment_links (property_id, folio_id) WHERE status = 'open';

-- A link is what it was made as, and what is over stays over.
CREATE FUNCTION check_payment_link_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW (OLD.folio_id, OLD.booking_id, OLD.currency, OLD.amount_minor, OLD.expires_at)
       IS DISTINCT FROM ROW (NEW.folio_id, NEW.booking_id, NEW.currency, NEW.amount_minor, NEW.expires_at) THEN
        RAISE EXCEPTION 'a payment link is what it was made as'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_links_made_as';
    END IF;
    IF OLD.status <> NEW.status AND OLD.status <> 'open' THEN
        RAISE EXCEPTION 'a payment link does not move from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_links_move';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER check_payment_link_move AFTER UPDATE ON payment_links FOR EACH ROW EXECUTE FUNCTION check_payment_link_move();
