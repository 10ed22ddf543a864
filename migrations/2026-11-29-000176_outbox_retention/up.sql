-- Events that are old, delivered and covered by a checkpoint leave the outbox, from the front. Each chain goes on from the last
-- one that has left.
ALTER TABLE outbox_streams
    ADD COLUMN pruned_seq bigint NOT NULL DEFAULT 0,
    ADD COLUMN pruned_hash bytea,
    ADD CONSTRAINT outbox_streams_pruned CHECK (
        pruned_seq BETWEEN 0 AND seq AND (pruned_seq = 0) = (pruned_hash IS NULL)
    );

-- Those of them that tell of lines of folios, as they were: the ledger is compared with them for as long as it is there.
CREATE TABLE outbox_kept (
    stream_id uuid NOT NULL,
    seq bigint NOT NULL,
    id bigint NOT NULL,
    event_id uuid NOT NULL,
    kind text NOT NULL,
    entity text NOT NULL,
    entity_id uuid NOT NULL,
    booking_id uuid,
    actor_kind text NOT NULL,
    actor_id uuid,
    request_id text,
    changes jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    position bigint NOT NULL,
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (stream_id, seq)
);
