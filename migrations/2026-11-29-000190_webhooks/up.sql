-- Webhooks: addresses of other programs that are told of events, signed and again and again until they have taken them.

CREATE TABLE webhooks (
    id uuid PRIMARY KEY,
    -- Of all properties, and of what belongs to none, if there is none.
    property_id uuid REFERENCES properties (id),
    url text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
    -- Exact kinds of events, or all of an entity (booking.*); every kind if it is empty.
    kinds text[] NOT NULL CHECK (cardinality(kinds) <= 100 AND array_position(kinds, NULL) IS NULL),
    description text NOT NULL CHECK (length(description) <= 200),
    is_enabled boolean NOT NULL,
    disabled_reason text CHECK (disabled_reason IN ('by_hand', 'failing', 'gone', 'unauthorized', 'property_removed')),
    disabled_at timestamptz,
    -- Sealed with the data key, like the one before it, which signs too until it ends.
    secret bytea NOT NULL,
    previous_secret bytea,
    previous_secret_until timestamptz,
    -- Whoever changed it last answers for it: it is told nothing that they, or their key, may not be told.
    user_id uuid NOT NULL REFERENCES users (id),
    api_key_id uuid REFERENCES api_keys (id),
    -- It is told of events after this place of the record.
    from_position bigint NOT NULL CHECK (from_position >= 0),
    last_success_at timestamptz,
    last_failure_at timestamptz,
    -- Since when there was nothing but failures; null while it answers.
    failing_since timestamptz,
    -- The worker that sends to it, one at a time.
    claimed_by uuid,
    claimed_until timestamptz,
    last_claimed_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT webhooks_disabled CHECK (is_enabled = (disabled_reason IS NULL) AND is_enabled = (disabled_at IS NULL)),
    CONSTRAINT webhooks_previous_secret CHECK ((previous_secret IS NULL) = (previous_secret_until IS NULL)),
    CONSTRAINT webhooks_claim CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)),
    CONSTRAINT webhooks_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX webhooks_property_id ON webhooks (property_id, id);

-- What an endpoint is to be told, once for each event.
CREATE TABLE webhook_deliveries (
    webhook_id uuid NOT NULL REFERENCES webhooks (id),
    event_id uuid NOT NULL,
    kind text NOT NULL,
    sequence bigint NOT NULL,
    -- The body, byte for byte as it is signed.
    body text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    -- Sent after what happens now.
    is_replay boolean NOT NULL,
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- Attempts since it was begun anew.
    tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    due_at timestamptz,
    delivered_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (webhook_id, event_id),
    CONSTRAINT webhook_deliveries_due CHECK ((state = 'pending') = (due_at IS NOT NULL)),
    CONSTRAINT webhook_deliveries_delivered CHECK (state <> 'delivered' OR delivered_at IS NOT NULL)
);
CREATE INDEX webhook_deliveries_due_at ON webhook_deliveries (webhook_id, is_replay, due_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_sequence ON webhook_deliveries (webhook_id, sequence);
CREATE INDEX webhook_deliveries_updated_at ON webhook_deliveries (updated_at);

-- What came of each attempt.
CREATE TABLE webhook_attempts (
    webhook_id uuid NOT NULL,
    event_id uuid NOT NULL,
    number integer NOT NULL CHECK (number >= 1),
    attempted_at timestamptz NOT NULL,
    duration_ms integer NOT NULL CHECK (duration_ms >= 0),
    -- Of the answer, if there was one.
    status integer,
    error text,
    response_body text CHECK (length(response_body) <= 4096),
    PRIMARY KEY (webhook_id, event_id, number),
    FOREIGN KEY (webhook_id, event_id) REFERENCES webhook_deliveries (webhook_id, event_id) ON DELETE CASCADE
);

-- Events that are told again, as far as they are still to be put among the deliveries.
CREATE TABLE webhook_replays (
    webhook_id uuid PRIMARY KEY REFERENCES webhooks (id),
    after_position bigint NOT NULL CHECK (after_position >= 0),
    to_position bigint NOT NULL CHECK (to_position >= 0),
    since timestamptz,
    until timestamptz,
    kinds text[] NOT NULL CHECK (cardinality(kinds) <= 100 AND array_position(kinds, NULL) IS NULL),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
