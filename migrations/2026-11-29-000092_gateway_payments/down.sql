DROP TRIGGER note_change ON payments;
ALTER TABLE refunds DROP COLUMN gateway_id;
DROP TABLE gateway_events;
DROP TABLE payment_attempts;
ALTER TABLE payments
    DROP CONSTRAINT payments_gateway,
    DROP COLUMN capture,
    DROP COLUMN provider,
    DROP COLUMN gateway_id,
    DROP COLUMN gateway_transaction_id,
    DROP COLUMN page,
    DROP COLUMN page_expires_at,
    DROP COLUMN capture_before,
    DROP COLUMN decline,
    DROP COLUMN dispute,
    DROP COLUMN attention,
    DROP COLUMN asked_at;
