-- What of its caller's permissions an answer was given by: it is given again only while they hold.
ALTER TABLE idempotency_keys ADD COLUMN relied_on jsonb NOT NULL DEFAULT '[]';
