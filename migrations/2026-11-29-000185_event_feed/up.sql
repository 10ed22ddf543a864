-- The feed of events: what each hotel has, in the order of positions. Over an expression, since the planner would else take the
-- index of positions for the order and pass over the events of all other hotels, however many they are.
CREATE UNIQUE INDEX outbox_stream_position_key ON outbox (stream_id, (position + 0));
-- Version of the entity after the change, where the row that tells of it has one. A hint for readers; the hash does not cover it.
ALTER TABLE outbox ADD COLUMN version bigint;
