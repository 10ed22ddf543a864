-- Rules by which lines that are posted from now on go to another folio than the booking's main one: of a booking, or of all bookings of a group.
CREATE TABLE folio_routings (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    -- Where they go.
    folio_id uuid NOT NULL,
    booking_id uuid,
    group_id uuid,
    stay_id uuid,
    -- Which prices; each takes its taxes along.
    kinds text[] NOT NULL CHECK (cardinality(kinds) > 0 AND kinds <@ ARRAY['room', 'fee', 'extra']),
    -- Dates of service, from the first up to and without the second.
    from_date date,
    to_date date,
    -- What it brings to the folio at most, in all.
    cap_minor bigint CHECK (cap_minor > 0),
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, folio_id) REFERENCES folios (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    FOREIGN KEY (property_id, group_id) REFERENCES groups (property_id, id),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id),
    CONSTRAINT folio_routings_source CHECK ((booking_id IS NULL) <> (group_id IS NULL) AND (stay_id IS NULL OR booking_id IS NOT NULL)),
    CONSTRAINT folio_routings_dates CHECK (to_date > from_date)
);
CREATE INDEX folio_routings_booking_id ON folio_routings (property_id, booking_id) WHERE NOT is_deleted;
CREATE INDEX folio_routings_group_id ON folio_routings (property_id, group_id) WHERE NOT is_deleted;
CREATE INDEX folio_routings_folio_id ON folio_routings (property_id, folio_id);

-- The rule that brought a line where it is.
ALTER TABLE folio_entries
    ADD COLUMN routing_id uuid,
    ADD FOREIGN KEY (property_id, routing_id) REFERENCES folio_routings (property_id, id);
CREATE INDEX folio_entries_routing_id ON folio_entries (property_id, routing_id) WHERE routing_id IS NOT NULL;
