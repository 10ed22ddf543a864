-- What documents hold of a payment is never more than the hotel has of it: whatever leaves a payment (a refund, a lost dispute, a void) is held
-- no longer, and what is moved to another folio is not held there again. What comes back is allocated anew.
DROP TRIGGER check_release ON invoice_payments;
ALTER TABLE invoice_payments
    DROP CONSTRAINT invoice_payments_amount_minor_check,
    ADD CONSTRAINT invoice_payments_amount_minor_check CHECK (amount_minor >= 0);

CREATE FUNCTION check_allocation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.released_by IS NOT NULL
       OR to_jsonb(OLD) - ARRAY['released_by', 'amount_minor', 'updated_at'] <> to_jsonb(NEW) - ARRAY['released_by', 'amount_minor', 'updated_at']
       OR (NEW.released_by IS NOT NULL AND NEW.amount_minor <> OLD.amount_minor) THEN
        RAISE EXCEPTION 'what an invoice holds is given back by a credit note, and changes in no other way'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_immutable';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER check_allocation BEFORE UPDATE OR DELETE ON invoice_payments FOR EACH ROW EXECUTE FUNCTION check_allocation();

-- Takes from documents what they hold of a payment beyond what there is of it, from the newest first.
CREATE FUNCTION shrink_allocations(property uuid, payment uuid, had bigint, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    beyond bigint;
    held record;
BEGIN
    SELECT coalesce(sum(amount_minor), 0) - had INTO beyond
        FROM invoice_payments WHERE property_id = property AND payment_id = payment AND released_by IS NULL;
    FOR held IN
        SELECT invoice_id, amount_minor FROM invoice_payments
        WHERE property_id = property AND payment_id = payment AND released_by IS NULL AND amount_minor > 0
        ORDER BY created_at DESC, invoice_id DESC
    LOOP
        EXIT WHEN beyond <= 0;
        UPDATE invoice_payments SET amount_minor = amount_minor - least(held.amount_minor, beyond), updated_at = moment
            WHERE property_id = property AND payment_id = payment AND invoice_id = held.invoice_id AND released_by IS NULL;
        beyond := beyond - least(held.amount_minor, beyond);
    END LOOP;
END
$$;

-- What was held twice until now.
SELECT shrink_allocations(p.property_id, p.id, p.captured_minor - p.refunded_minor - p.lost_minor, p.updated_at)
FROM payments p WHERE EXISTS (SELECT FROM invoice_payments a WHERE a.property_id = p.property_id AND a.payment_id = p.id);

CREATE FUNCTION follow_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM shrink_allocations(NEW.property_id, NEW.id, NEW.captured_minor - NEW.refunded_minor - NEW.lost_minor, NEW.updated_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER follow_payment AFTER UPDATE ON payments FOR EACH ROW
    WHEN (NEW.captured_minor - NEW.refunded_minor - NEW.lost_minor < OLD.captured_minor - OLD.refunded_minor - OLD.lost_minor)
    EXECUTE FUNCTION follow_payment();

-- The last judge, once a transaction is done. Whoever allocates holds the payment.
CREATE FUNCTION check_allocated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM payments p WHERE p.property_id = NEW.property_id AND p.id = NEW.payment_id
        AND p.captured_minor - p.refunded_minor - p.lost_minor < (
            SELECT sum(amount_minor) FROM invoice_payments
            WHERE property_id = NEW.property_id AND payment_id = NEW.payment_id AND released_by IS NULL)
    ) THEN
        RAISE EXCEPTION 'documents hold more of payment % than there is', NEW.payment_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_payments_within';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER check_allocated AFTER INSERT OR UPDATE ON invoice_payments
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_allocated();
