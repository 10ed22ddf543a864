-- The part of what was paid back that went by another way than the payment's own: its gateway knows nothing of it, so it is not
-- compared with what the gateway has paid back.
ALTER TABLE payments
    ADD COLUMN transferred_minor bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT payments_transferred CHECK (transferred_minor BETWEEN 0 AND refunded_minor);
