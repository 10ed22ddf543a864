DROP INDEX gateway_events_over;
DROP INDEX gateway_events_open;
CREATE INDEX gateway_events_open ON gateway_events (created_at) WHERE status IN ('received', 'unmatched');
DROP INDEX refunds_under_way;
ALTER TABLE refunds DROP COLUMN asked_at;
DROP INDEX payment_attempts_open;
ALTER TABLE payment_attempts DROP COLUMN asked_at;
CREATE INDEX payment_attempts_open ON payment_attempts (ordered_at) WHERE status = 'open';
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
        AND captured_minor - refunded_minor <> (
            SELECT coalesce(-sum(amount_minor), 0) FROM folio_entries WHERE property_id = NEW.property_id AND payment_id = paid)
    ) THEN
        RAISE EXCEPTION 'the lines of payment % are not what was captured less what was paid back', paid
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_lines';
    END IF;
    RETURN NULL;
END
$$;
ALTER TABLE payments
    DROP CONSTRAINT payments_refund_within,
    DROP COLUMN lost_minor,
    ADD CONSTRAINT payments_refund_within CHECK (refunded_minor + refunding_minor <= captured_minor);
