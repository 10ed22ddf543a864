-- The person at the hotel who recorded a payment: its cashier, also where no drawer was used. None for payments that guests make
-- themselves, and for those that another system took.
ALTER TABLE payments ADD COLUMN recorded_by uuid REFERENCES users (id);

-- A payment is what it was made as: by whom it was recorded, too.
CREATE OR REPLACE FUNCTION check_payment_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW (OLD.folio_id, OLD.booking_id, OLD.method, OLD.currency, OLD.amount_minor, OLD.is_brought_in, OLD.recorded_by)
       IS DISTINCT FROM ROW (NEW.folio_id, NEW.booking_id, NEW.method, NEW.currency, NEW.amount_minor, NEW.is_brought_in,
                                NEW.recorded_by) THEN
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
