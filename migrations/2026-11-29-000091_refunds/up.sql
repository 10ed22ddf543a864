-- Refunds: what is paid back of a payment, from the request to the money. What is asked for is set aside on the payment, so that no more is
-- paid back than was captured, however many ask at once.
CREATE TABLE refunds (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('requested', 'approved', 'processing', 'completed', 'rejected', 'failed')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    -- The person who asked for it, also by a key; none: HBS itself.
    requested_by uuid REFERENCES users (id),
    -- The person who approved or rejected it; none: it needed no second person.
    decided_by uuid REFERENCES users (id),
    decided_at timestamptz,
    rejection text CHECK (length(rejection) BETWEEN 1 AND 500),
    -- Number of the transfer or the slip by which it went back.
    reference text CHECK (length(reference) BETWEEN 1 AND 200),
    completed_at timestamptz,
    -- The posting of folio lines that gave rise to it, of a cancellation: each asks once for each payment.
    posting_id uuid,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, payment_id) REFERENCES payments (property_id, id),
    CONSTRAINT refunds_decided CHECK ((status = 'requested') = (decided_at IS NULL)),
    CONSTRAINT refunds_rejected CHECK ((status = 'rejected') = (rejection IS NOT NULL)),
    CONSTRAINT refunds_completed CHECK (status NOT IN ('requested', 'approved', 'rejected') OR completed_at IS NULL)
);
CREATE INDEX refunds_id ON refunds (id);
CREATE INDEX refunds_payment_id ON refunds (property_id, payment_id);
CREATE UNIQUE INDEX refunds_once_a_posting ON refunds (property_id, posting_id, payment_id) WHERE posting_id IS NOT NULL;

-- The entries that a refund is for, where it names some.
CREATE TABLE refund_entries (
    property_id uuid NOT NULL,
    refund_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, refund_id, entry_id),
    FOREIGN KEY (property_id, refund_id) REFERENCES refunds (property_id, id),
    FOREIGN KEY (property_id, entry_id) REFERENCES folio_entries (property_id, id)
);
CREATE INDEX refund_entries_entry_id ON refund_entries (property_id, entry_id);

CREATE FUNCTION check_refund_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW (OLD.payment_id, OLD.amount_minor, OLD.requested_by) IS DISTINCT FROM ROW (NEW.payment_id, NEW.amount_minor, NEW.requested_by) THEN
        RAISE EXCEPTION 'a refund is what was asked for' USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_made_as';
    END IF;
    IF OLD.status <> NEW.status AND NOT NEW.status = ANY (CASE OLD.status
        WHEN 'requested' THEN ARRAY['approved', 'rejected']
        WHEN 'approved' THEN ARRAY['processing', 'completed']
        WHEN 'processing' THEN ARRAY['completed', 'failed']
        WHEN 'completed' THEN ARRAY['failed']
        WHEN 'failed' THEN ARRAY['processing']
        ELSE ARRAY[]::text[]
    END) THEN
        RAISE EXCEPTION 'a refund does not move from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_move';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER check_refund_move AFTER UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION check_refund_move();

-- What a payment says of its refunds is what they are, once a transaction is done.
CREATE FUNCTION check_payment_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid uuid;
BEGIN
    IF TG_TABLE_NAME = 'payments' THEN
        paid := NEW.id;
    ELSE
        paid := NEW.payment_id;
    END IF;
    IF EXISTS (
        SELECT FROM payments AS payment
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_minor) FILTER (WHERE status IN ('requested', 'approved', 'processing')), 0) AS refunding,
                   coalesce(sum(amount_minor) FILTER (WHERE status = 'completed'), 0) AS refunded
            FROM refunds WHERE property_id = payment.property_id AND payment_id = payment.id) AS told
        WHERE payment.property_id = NEW.property_id AND payment.id = paid
          AND (payment.refunding_minor <> told.refunding OR payment.refunded_minor <> told.refunded)
    ) THEN
        RAISE EXCEPTION 'payment % has not what its refunds come to', paid
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_refunds';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER check_payment_refunds AFTER UPDATE OF refunding_minor, refunded_minor ON payments
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_payment_refunds();
CREATE CONSTRAINT TRIGGER check_payment_refunds AFTER INSERT OR UPDATE ON refunds
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_payment_refunds();
