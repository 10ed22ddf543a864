-- Every change, as an event written in the transaction of the change. The relay gives each event
-- its place (`position` over all, `seq` within its stream) and links it into the stream's hash
-- chain; the sinks then carry it to MongoDB.

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL,
    -- The property, or the nil UUID for what belongs to none.
    stream_id uuid NOT NULL,
    kind text NOT NULL,
    entity text NOT NULL,
    entity_id uuid NOT NULL,
    booking_id uuid,
    actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'anonymous', 'system')),
    actor_id uuid,
    request_id text,
    changes jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    position bigint,
    seq bigint,
    prev_hash bytea,
    hash bytea,
    CONSTRAINT outbox_numbered CHECK (num_nulls(position, seq, prev_hash, hash) IN (0, 4))
);
CREATE INDEX outbox_unnumbered ON outbox (id) WHERE position IS NULL;
CREATE UNIQUE INDEX outbox_position_key ON outbox (position);
CREATE UNIQUE INDEX outbox_stream_seq_key ON outbox (stream_id, seq);

-- The head of each stream's chain.
CREATE TABLE outbox_streams (
    stream_id uuid PRIMARY KEY,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    updated_at timestamptz NOT NULL
);

-- How far each sink has delivered.
CREATE TABLE outbox_sinks (
    name text PRIMARY KEY,
    position bigint NOT NULL,
    updated_at timestamptz NOT NULL
);
