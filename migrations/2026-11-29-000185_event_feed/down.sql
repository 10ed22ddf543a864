ALTER TABLE outbox DROP COLUMN version;
DROP INDEX outbox_stream_position_key;
