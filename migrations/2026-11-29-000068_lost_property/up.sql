-- Lost property: what was found, where it is, and what becomes of it.

ALTER TABLE properties
    -- Days for which found things are kept, unless one says otherwise.
    ADD COLUMN lost_property_days integer NOT NULL DEFAULT 90
        CONSTRAINT properties_lost_property_days_check CHECK (lost_property_days BETWEEN 1 AND 3650);

CREATE TABLE lost_items (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('kept', 'returned', 'sent', 'disposed')),
    category text NOT NULL CHECK (
        category IN ('clothing', 'electronics', 'jewellery', 'documents', 'money', 'keys', 'luggage', 'toiletries', 'other')
    ),
    description text NOT NULL CHECK (length(description) BETWEEN 1 AND 1000),
    found_at timestamptz NOT NULL,
    -- The place in words; a room by its id.
    found_in text CHECK (length(found_in) BETWEEN 1 AND 200),
    room_id uuid,
    stay_id uuid,
    found_by text NOT NULL CHECK (length(found_by) BETWEEN 1 AND 200),
    -- Where the thing is.
    stored_in text CHECK (length(stored_in) BETWEEN 1 AND 200),
    keep_until date NOT NULL,
    -- What became of it, in words: to whom, by which parcel.
    outcome text CHECK (length(outcome) BETWEEN 1 AND 500),
    closed_at timestamptz,
    photo_key text,
    photo_format text,
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, room_id) REFERENCES rooms (property_id, id),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id),
    CONSTRAINT lost_items_place CHECK (num_nonnulls(found_in, room_id) > 0),
    CONSTRAINT lost_items_closing CHECK ((status <> 'kept') = (closed_at IS NOT NULL) AND (status <> 'kept' OR outcome IS NULL)),
    CONSTRAINT lost_items_photo CHECK ((photo_key IS NULL) = (photo_format IS NULL)),
    CONSTRAINT lost_items_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX lost_items_id ON lost_items (id);
CREATE INDEX lost_items_kept ON lost_items (property_id, keep_until) WHERE status = 'kept' AND NOT is_deleted;
CREATE INDEX lost_items_photo_key ON lost_items (photo_key) WHERE photo_key IS NOT NULL;
CREATE INDEX lost_items_stay_id ON lost_items (property_id, stay_id) WHERE stay_id IS NOT NULL;
