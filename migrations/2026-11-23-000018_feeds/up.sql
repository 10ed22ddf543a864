-- Calendars that are shared with other programs: what they are told (exports), and what they tell (imports).

CREATE TABLE feed_exports (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    -- Of one of the two it tells when it is taken.
    room_id uuid,
    room_type_id uuid,
    -- Of the secret in its address.
    token_hash bytea NOT NULL CONSTRAINT feed_exports_token_hash_key UNIQUE,
    -- What it told last, and since when: what is gone from a calendar has no date in it.
    content_hash bytea,
    content_changed_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, room_id) REFERENCES rooms (property_id, id),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id),
    CONSTRAINT feed_exports_subject CHECK (num_nonnulls(room_id, room_type_id) = 1),
    CONSTRAINT feed_exports_content CHECK ((content_hash IS NULL) = (content_changed_at IS NULL)),
    CONSTRAINT feed_exports_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX feed_exports_id ON feed_exports (id);

CREATE TABLE feed_imports (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    room_id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    -- Where it is fetched. None: it is uploaded.
    url text CHECK (length(url) BETWEEN 1 AND 2000),
    -- What the server said of what was fetched last, to be asked whether there is something new.
    etag text,
    last_modified text,
    next_poll_at timestamptz,
    -- In a row.
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    last_success_at timestamptz,
    last_error text,
    -- Since when it has been told to be stale; null while it is not.
    stale_since timestamptz,
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, room_id) REFERENCES rooms (property_id, id),
    CONSTRAINT feed_imports_poll CHECK ((url IS NULL OR is_deleted) = (next_poll_at IS NULL)),
    CONSTRAINT feed_imports_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX feed_imports_id ON feed_imports (id);
CREATE INDEX feed_imports_next_poll_at ON feed_imports (next_poll_at) WHERE next_poll_at IS NOT NULL;

-- What a feed tells is a block, found by the name that the event has there.
ALTER TABLE room_blocks
    ADD COLUMN feed_id uuid,
    ADD COLUMN feed_uid text CHECK (length(feed_uid) BETWEEN 1 AND 255),
    ADD FOREIGN KEY (property_id, feed_id) REFERENCES feed_imports (property_id, id),
    DROP CONSTRAINT room_blocks_kind_check,
    ADD CONSTRAINT room_blocks_kind_check CHECK (kind IN ('out_of_order', 'frozen', 'out_of_service', 'external')),
    ADD CONSTRAINT room_blocks_feed CHECK (num_nonnulls(feed_id, feed_uid) = CASE kind WHEN 'external' THEN 2 ELSE 0 END);
CREATE UNIQUE INDEX room_blocks_feed_uid ON room_blocks (property_id, feed_id, feed_uid) WHERE NOT is_deleted;

-- What a feed tells and the hotel cannot do.
CREATE TABLE feed_conflicts (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    feed_id uuid NOT NULL,
    uid text NOT NULL CHECK (length(uid) BETWEEN 1 AND 255),
    from_date date,
    to_date date,
    reason text NOT NULL CHECK (reason IN ('room_taken', 'recurring', 'out_of_range', 'unreadable')),
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'dismissed', 'resolved')),
    -- Of whoever dismissed it.
    note text CHECK (length(note) BETWEEN 1 AND 500),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, feed_id) REFERENCES feed_imports (property_id, id),
    CONSTRAINT feed_conflicts_dates CHECK (num_nonnulls(from_date, to_date) IN (0, 2) AND to_date > from_date),
    CONSTRAINT feed_conflicts_dismissal CHECK (status <> 'dismissed' OR note IS NOT NULL)
);
CREATE INDEX feed_conflicts_id ON feed_conflicts (id);
CREATE UNIQUE INDEX feed_conflicts_once ON feed_conflicts (property_id, feed_id, uid) WHERE status <> 'resolved';
