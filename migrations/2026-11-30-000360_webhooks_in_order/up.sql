-- What is due for a webhook is read in the order in which it is sent, and no more of it than is sent at once.
DROP INDEX webhook_deliveries_due_at;
CREATE INDEX webhook_deliveries_due_at ON webhook_deliveries (webhook_id, is_replay, due_at, sequence) WHERE state = 'pending';
