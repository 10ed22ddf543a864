-- A payment of which its gateway has told, and whose order it has not answered, is somebody's to look at.
ALTER TABLE payments DROP CONSTRAINT payments_attention_check;
ALTER TABLE payments ADD CONSTRAINT payments_attention_check CHECK (attention IN (
    'authorization_ends', 'amount_differs', 'refunded_elsewhere', 'refund_failed', 'taken_back', 'disputed', 'event_waits'));

-- Once the order is answered, the events that have waited for it are found by the payment that they name.
CREATE INDEX gateway_events_waiting ON gateway_events (told_payment_id) WHERE status = 'unmatched';
