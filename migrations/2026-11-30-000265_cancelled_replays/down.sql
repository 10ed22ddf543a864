UPDATE webhook_deliveries SET state = 'failed' WHERE state = 'cancelled';
ALTER TABLE webhook_deliveries
    DROP CONSTRAINT webhook_deliveries_state_check,
    ADD CONSTRAINT webhook_deliveries_state_check CHECK (state IN ('pending', 'delivered', 'failed'));
