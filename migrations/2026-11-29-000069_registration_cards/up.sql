-- Registration cards: what guests confirm at their arrival, with their signature.

CREATE TABLE registration_terms (
    property_id uuid PRIMARY KEY REFERENCES properties (id),
    -- By language.
    texts jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE registration_cards (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    booking_id uuid NOT NULL,
    stay_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'signed', 'void')),
    locale text NOT NULL,
    -- What the card says, sealed with the data key, and a keyed digest of it.
    content bytea NOT NULL,
    digest bytea NOT NULL,
    signature_key text,
    signature_format text,
    signed_by text CHECK (length(signed_by) BETWEEN 1 AND 200),
    signed_at timestamptz,
    -- None: an integration.
    taken_by uuid REFERENCES users (id),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id),
    CONSTRAINT registration_cards_signature CHECK (
        (status = 'signed') = (signature_key IS NOT NULL) AND (status = 'signed') = (signature_format IS NOT NULL)
        AND (status = 'signed') = (signed_by IS NOT NULL) AND (status = 'signed') = (signed_at IS NOT NULL)
    )
);
CREATE INDEX registration_cards_id ON registration_cards (id);
CREATE INDEX registration_cards_stay_id ON registration_cards (property_id, stay_id, id);
CREATE INDEX registration_cards_signature_key ON registration_cards (signature_key) WHERE signature_key IS NOT NULL;
-- One card of a stay is there to be signed.
CREATE UNIQUE INDEX registration_cards_open ON registration_cards (property_id, stay_id) WHERE status = 'open';

-- What somebody has signed does not change.
CREATE FUNCTION refuse_change_of_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a signed registration card is not changed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'registration_cards_signed';
END
$$;
CREATE TRIGGER refuse_change_of_signed BEFORE UPDATE ON registration_cards
    FOR EACH ROW WHEN (OLD.status = 'signed') EXECUTE FUNCTION refuse_change_of_signed();
