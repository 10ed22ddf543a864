DROP INDEX gateway_events_waiting;
UPDATE payments SET attention = NULL, attention_about = NULL WHERE attention = 'event_waits';
-- What is checked at the end of the transaction is checked now: tables with such events cannot be altered.
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE payments DROP CONSTRAINT payments_attention_check;
ALTER TABLE payments ADD CONSTRAINT payments_attention_check CHECK (attention IN (
    'authorization_ends', 'amount_differs', 'refunded_elsewhere', 'refund_failed', 'taken_back', 'disputed'));
