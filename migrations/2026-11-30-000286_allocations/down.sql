DROP TRIGGER check_allocated ON invoice_payments;
DROP FUNCTION check_allocated();
DROP TRIGGER follow_payment ON payments;
DROP FUNCTION follow_payment();
DROP FUNCTION shrink_allocations(uuid, uuid, bigint, timestamptz);
DROP TRIGGER check_allocation ON invoice_payments;
DROP FUNCTION check_allocation();
DELETE FROM invoice_payments WHERE amount_minor = 0;
ALTER TABLE invoice_payments
    DROP CONSTRAINT invoice_payments_amount_minor_check,
    ADD CONSTRAINT invoice_payments_amount_minor_check CHECK (amount_minor > 0);
CREATE TRIGGER check_release BEFORE UPDATE OR DELETE ON invoice_payments FOR EACH ROW EXECUTE FUNCTION check_release();
