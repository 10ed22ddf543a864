-- Of whom an answer tells that is kept for requests which are sent again, where it is sealed and so cannot be searched: the ids in
-- it, and the account that asked. By them an erasure finds it.
ALTER TABLE idempotency_keys ADD COLUMN about uuid[] NOT NULL DEFAULT '{}';
CREATE INDEX idempotency_keys_about ON idempotency_keys USING gin (about) WHERE about <> '{}';
