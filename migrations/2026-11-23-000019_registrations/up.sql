-- Who stays, with their documents, as hotels in many countries must record it.

CREATE TABLE stay_guests (
    property_id uuid NOT NULL,
    stay_id uuid NOT NULL,
    -- From 0. The first is the one who answers for the room.
    position integer NOT NULL CHECK (position >= 0),
    full_name text NOT NULL CHECK (length(full_name) BETWEEN 1 AND 200),
    birth_date date,
    -- ISO 3166-1 alpha-2.
    nationality text CHECK (nationality ~ '^[A-Z]{2}$'),
    document_kind text CHECK (document_kind IN ('passport', 'identity_card', 'driving_licence', 'residence_permit')),
    document_country text CHECK (document_country ~ '^[A-Z]{2}$'),
    -- Sealed with the data key.
    document_number bytea,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, stay_id, position),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id),
    CONSTRAINT stay_guests_document CHECK (num_nulls(document_kind, document_country, document_number) IN (0, 3))
);

ALTER TABLE properties
    -- Whether guests are checked in only once somebody of each room is on record with a document.
    ADD COLUMN requires_identity boolean NOT NULL DEFAULT false;
