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
        WHEN 'failed' THEN ARRAY['processing']
        ELSE ARRAY[]::text[]
    END) THEN
        RAISE EXCEPTION 'a refund does not move from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_move';
    END IF;
    RETURN NULL;
END
$$;
ALTER TABLE folio_entries DROP COLUMN method;
ALTER TABLE refunds DROP COLUMN way;
