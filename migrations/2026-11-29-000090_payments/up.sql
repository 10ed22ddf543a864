-- Payments: an instrument and its states. The money itself stands in lines of folios, written in the transaction that moves the state.

-- What a hotel takes and how it pays back. No row: everything, and every refund is approved by somebody else.
CREATE TABLE payment_settings (
    property_id uuid PRIMARY KEY REFERENCES properties (id),
    methods text[] NOT NULL CHECK (methods <@ ARRAY['cash', 'card_terminal', 'bank_transfer', 'gateway']),
    -- What is paid back up to this needs no second person.
    refund_approval_above_minor bigint NOT NULL CHECK (refund_approval_above_minor >= 0),
    -- Whether who asks for a refund may approve it: for hotels without a second person.
    allows_own_approval boolean NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE payments (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    -- The folio that is paid.
    folio_id uuid NOT NULL,
    -- The booking of the folio, if it has one.
    booking_id uuid,
    method text NOT NULL CHECK (method IN ('cash', 'card_terminal', 'bank_transfer', 'gateway')),
    status text NOT NULL
        CHECK (status IN ('pending', 'requires_action', 'authorized', 'captured', 'failed', 'voided', 'expired', 'unknown')),
    currency text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    authorized_minor bigint NOT NULL CHECK (authorized_minor BETWEEN 0 AND amount_minor),
    captured_minor bigint NOT NULL CHECK (captured_minor >= 0),
    -- What is asked for or approved, and has not gone back yet.
    refunding_minor bigint NOT NULL DEFAULT 0 CHECK (refunding_minor >= 0),
    refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    -- Number of the receipt, the slip or the transfer.
    reference text CHECK (length(reference) BETWEEN 1 AND 200),
    -- Date on which the bank credited a transfer.
    value_date date,
    -- Business date on which it was recorded.
    business_date date NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, folio_id) REFERENCES folios (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    CONSTRAINT payments_capture_within CHECK (captured_minor <= authorized_minor),
    CONSTRAINT payments_refund_within CHECK (refunded_minor + refunding_minor <= captured_minor),
    CONSTRAINT payments_has_money CHECK ((status = 'captured') = (captured_minor > 0)),
    CONSTRAINT payments_value_date CHECK (value_date IS NULL OR method = 'bank_transfer')
);
CREATE INDEX payments_id ON payments (id);
CREATE INDEX payments_folio_id ON payments (property_id, folio_id);
CREATE INDEX payments_booking_id ON payments (property_id, booking_id, id) WHERE booking_id IS NOT NULL;
CREATE INDEX payments_business_date ON payments (property_id, business_date);

-- The moves of a payment. What was paid at the desk is taken back by the desk; what a gateway did is as the gateway has it, in whatever order it
-- tells that.
CREATE FUNCTION check_payment_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW (OLD.folio_id, OLD.booking_id, OLD.method, OLD.currency, OLD.amount_minor)
       IS DISTINCT FROM ROW (NEW.folio_id, NEW.booking_id, NEW.method, NEW.currency, NEW.amount_minor) THEN
        RAISE EXCEPTION 'a payment is what it was made as'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_made_as';
    END IF;
    IF OLD.status <> NEW.status AND NOT NEW.status = ANY (CASE
        WHEN OLD.method <> 'gateway' THEN CASE OLD.status WHEN 'captured' THEN ARRAY['voided'] ELSE ARRAY[]::text[] END
        WHEN OLD.status = 'captured' THEN ARRAY['failed', 'unknown']
        ELSE ARRAY['pending', 'requires_action', 'authorized', 'captured', 'failed', 'voided', 'expired', 'unknown']
    END) THEN
        RAISE EXCEPTION 'a payment does not move from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_move';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER check_payment_move AFTER UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION check_payment_move();

ALTER TABLE folio_entries
    -- The payment whose money a line counts, wherever the line was moved.
    ADD COLUMN payment_id uuid,
    ADD FOREIGN KEY (property_id, payment_id) REFERENCES payments (property_id, id),
    ADD CONSTRAINT folio_entries_of_payment CHECK ((payment_id IS NOT NULL) = (kind IN ('payment', 'refund')));
CREATE INDEX folio_entries_payment_id ON folio_entries (property_id, payment_id) WHERE payment_id IS NOT NULL;

-- The lines of a payment come to what was captured less what was paid back, once a transaction is done.
CREATE FUNCTION check_payment_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid uuid;
BEGIN
    IF TG_TABLE_NAME = 'payments' THEN
        paid := NEW.id;
    ELSE
        paid := NEW.payment_id;
    END IF;
    IF EXISTS (
        SELECT FROM payments WHERE property_id = NEW.property_id AND id = paid
        AND captured_minor - refunded_minor <> (
            SELECT coalesce(-sum(amount_minor), 0) FROM folio_entries WHERE property_id = NEW.property_id AND payment_id = paid)
    ) THEN
        RAISE EXCEPTION 'the lines of payment % are not what was captured less what was paid back', paid
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_lines';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER check_payment_lines AFTER INSERT OR UPDATE ON payments
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_payment_lines();
CREATE CONSTRAINT TRIGGER check_payment_lines AFTER INSERT ON folio_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.payment_id IS NOT NULL) EXECUTE FUNCTION check_payment_lines();
