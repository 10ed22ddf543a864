DROP INDEX webhook_deliveries_due_at;
CREATE INDEX webhook_deliveries_due_at ON webhook_deliveries (webhook_id, is_replay, due_at) WHERE state = 'pending';
