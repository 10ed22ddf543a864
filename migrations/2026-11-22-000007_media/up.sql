-- Pictures of hotels and room types, texts in other languages, and what single rooms have.

-- The files lie in object storage under `key`; what is here says whose they are and in which order.
CREATE TABLE images (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    -- Null: a picture of the hotel itself.
    room_type_id uuid,
    position integer NOT NULL CHECK (position >= 0),
    is_primary boolean NOT NULL,
    alt text NOT NULL DEFAULT '' CHECK (length(alt) <= 300),
    key text NOT NULL CHECK (key ~ '^[0-9a-f]{64}$'),
    format text NOT NULL CHECK (format IN ('jpeg', 'webp')),
    -- The sizes that there are, narrowest first: [[width, height], …] in pixels.
    sizes jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id),
    CONSTRAINT images_deletion CHECK (is_deleted = (deleted_at IS NOT NULL)),
    CONSTRAINT images_removed_is_not_primary CHECK (NOT (is_deleted AND is_primary))
);
CREATE UNIQUE INDEX images_key ON images (key);
CREATE INDEX images_owner ON images (property_id, room_type_id, position) WHERE NOT is_deleted;
CREATE UNIQUE INDEX images_one_primary ON images (property_id, room_type_id) NULLS NOT DISTINCT WHERE is_primary;

-- By key, for the job that removes files that nobody refers to.
CREATE INDEX users_avatar_key ON users (avatar_key) WHERE avatar_key IS NOT NULL;

ALTER TABLE properties
    -- The language of `name` and `description`; `texts` has them in others: {"pt": {"name": …, "description": …}}.
    ADD COLUMN default_locale text NOT NULL DEFAULT 'en' CHECK (default_locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
    ADD COLUMN texts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(texts) = 'object');

ALTER TABLE room_types
    ADD COLUMN texts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(texts) = 'object');

ALTER TABLE rooms
    -- Codes of what this room has beyond its type: ["corner", "high_floor"].
    ADD COLUMN features jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(features) = 'array');
