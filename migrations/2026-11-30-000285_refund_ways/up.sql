-- The way by which a refund goes: that of its payment, or a transfer to the bank, such as where a card does not take it any more. A refund that
-- has definitely failed can go by the other way at once.
ALTER TABLE refunds
    ADD COLUMN way text NOT NULL DEFAULT 'own' CHECK (way IN ('own', 'bank_transfer')),
    -- Nothing is under way but at a gateway.
    ADD CONSTRAINT refunds_under_way_own CHECK (status <> 'processing' OR way = 'own');

-- The method by which the money of a line went, where it is not that of its payment.
ALTER TABLE folio_entries
    ADD COLUMN method text CHECK (method IN ('cash', 'card_terminal', 'bank_transfer', 'gateway')),
    ADD CONSTRAINT folio_entries_method CHECK (method IS NULL OR kind = 'refund');

CREATE OR REPLACE FUNCTION check_refund_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW (OLD.payment_id, OLD.amount_minor, OLD.requested_by) IS DISTINCT FROM ROW (NEW.payment_id, NEW.amount_minor, NEW.requested_by) THEN
        RAISE EXCEPTION 'a refund is what was asked for' USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_made_as';
    END IF;
    IF OLD.status <> NEW.status AND NOT NEW.status = ANY (CASE OLD.status
        WHEN 'requested' THEN ARRAY['approved', 'rejected']
        WHEN 'approved' THEN ARRAY['processing', 'completed']
        WHEN 'processing' THEN ARRAY['completed', 'failed']
        WHEN 'completed' THEN ARRAY['failed']
        WHEN 'failed' THEN CASE NEW.way WHEN 'own' THEN ARRAY['processing'] ELSE ARRAY['completed'] END
        ELSE ARRAY[]::text[]
    END) THEN
        RAISE EXCEPTION 'a refund does not move from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_move';
    END IF;
    RETURN NULL;
END
$$;
