-- What a bank has taken back for good, of a dispute that was lost: it is not the hotel's any more, and is owed again.
ALTER TABLE payments
    ADD COLUMN lost_minor bigint NOT NULL DEFAULT 0 CHECK (lost_minor >= 0),
    DROP CONSTRAINT payments_refund_within,
    ADD CONSTRAINT payments_refund_within
        CHECK (refunded_minor + refunding_minor <= captured_minor AND refunded_minor + lost_minor <= captured_minor);

-- The lines of a payment come to what the hotel has of it, once a transaction is done.
CREATE OR REPLACE FUNCTION check_payment_lines() RETURNS trigger LANGUAGE plpgsql AS $$
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
        AND captured_minor - refunded_minor - lost_minor <> (
            SELECT coalesce(-sum(amount_minor), 0) FROM folio_entries WHERE property_id = NEW.property_id AND payment_id = paid)
    ) THEN
        RAISE EXCEPTION 'the lines of payment % are not what was captured less what was paid back', paid
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_lines';
    END IF;
    RETURN NULL;
END
$$;

-- Whoever was asked for longest ago is asked for next: nothing that cannot be settled is in the way of the rest.
ALTER TABLE payment_attempts ADD COLUMN asked_at timestamptz;
DROP INDEX payment_attempts_open;
CREATE INDEX payment_attempts_open ON payment_attempts (asked_at, ordered_at) WHERE status = 'open';
ALTER TABLE refunds ADD COLUMN asked_at timestamptz;
CREATE INDEX refunds_under_way ON refunds (asked_at) WHERE status = 'processing';
DROP INDEX gateway_events_open;
CREATE INDEX gateway_events_open ON gateway_events (updated_at) WHERE status IN ('received', 'unmatched');
-- What is over is removed after a while.
CREATE INDEX gateway_events_over ON gateway_events (created_at) WHERE status IN ('applied', 'unmatched');
