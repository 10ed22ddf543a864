-- A booking is a contract with somebody; each of its stays is one room for some nights.

CREATE TABLE bookings (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    reference text NOT NULL CONSTRAINT bookings_reference_key UNIQUE,
    -- Derived from the stays by `bookings::rules::booking_status`, kept here for lists.
    status text NOT NULL CHECK (status IN
        ('held', 'confirmed', 'checked_in', 'checked_out', 'cancelled', 'expired', 'no_show')),
    channel text NOT NULL CHECK (length(channel) BETWEEN 1 AND 50),
    external_reference text CHECK (length(external_reference) BETWEEN 1 AND 100),
    user_id uuid REFERENCES users (id),
    created_by uuid NOT NULL REFERENCES users (id),
    contact_name text NOT NULL,
    contact_email text NOT NULL,
    contact_phone text,
    special_requests text,
    check_in date NOT NULL,
    check_out date NOT NULL,
    currency text NOT NULL,
    -- What the guest pays: the sum of the folio's charges.
    total_minor bigint NOT NULL,
    hold_expires_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    CONSTRAINT bookings_dates CHECK (check_out > check_in),
    CONSTRAINT bookings_hold CHECK ((status = 'held') = (hold_expires_at IS NOT NULL)),
    CONSTRAINT bookings_external_reference_key UNIQUE (property_id, channel, external_reference)
);
CREATE INDEX bookings_id ON bookings (id);
CREATE INDEX bookings_user_id ON bookings (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX bookings_hold_expires_at ON bookings (hold_expires_at) WHERE status = 'held';

CREATE TABLE stays (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    booking_id uuid NOT NULL,
    -- The stay's place in its booking, from 0.
    position integer NOT NULL,
    status text NOT NULL CHECK (status IN
        ('held', 'confirmed', 'checked_in', 'checked_out', 'cancelled', 'expired', 'no_show')),
    room_type_id uuid NOT NULL,
    -- The room of the stay's `room_nights`; none where the sale went beyond capacity.
    room_id uuid,
    is_pinned boolean NOT NULL DEFAULT false,
    check_in date NOT NULL,
    check_out date NOT NULL,
    adults integer NOT NULL CHECK (adults >= 1),
    children_ages integer[] NOT NULL,
    guest_name text,
    total_minor bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id),
    FOREIGN KEY (property_id, room_id) REFERENCES rooms (property_id, id),
    CONSTRAINT stays_dates CHECK (check_out > check_in),
    CONSTRAINT stays_pin CHECK (NOT is_pinned OR room_id IS NOT NULL)
);
CREATE INDEX stays_booking_id ON stays (property_id, booking_id);
CREATE INDEX stays_check_in ON stays (property_id, check_in);

-- Who has a room on a night. The key is the second proof: one room, one night, one stay.
CREATE TABLE room_nights (
    property_id uuid NOT NULL,
    room_id uuid NOT NULL,
    night date NOT NULL,
    stay_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, room_id, night),
    FOREIGN KEY (property_id, room_id) REFERENCES rooms (property_id, id),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id)
);
CREATE INDEX room_nights_stay_id ON room_nights (property_id, stay_id);

-- Append-only. A stay's nightly prices are its room lines; corrections are reversals and new lines.
CREATE TABLE folio_entries (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    booking_id uuid NOT NULL,
    stay_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('room', 'tax')),
    service_date date NOT NULL,
    amount_minor bigint NOT NULL,
    description text NOT NULL,
    tax_rule_id uuid,
    reverses_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id),
    FOREIGN KEY (property_id, tax_rule_id) REFERENCES tax_rules (property_id, id),
    FOREIGN KEY (property_id, reverses_id) REFERENCES folio_entries (property_id, id),
    CONSTRAINT folio_entries_tax CHECK ((kind = 'tax') = (tax_rule_id IS NOT NULL))
);
CREATE INDEX folio_entries_booking_id ON folio_entries (property_id, booking_id);
CREATE UNIQUE INDEX folio_entries_reversed_once ON folio_entries (property_id, reverses_id)
    WHERE reverses_id IS NOT NULL;

-- What a repeated request gets instead of a second effect. The id is a digest of caller, method,
-- path and key; the answer is written in the transaction of the effect.
CREATE TABLE idempotency_keys (
    id bytea PRIMARY KEY,
    fingerprint bytea NOT NULL,
    status integer,
    location text,
    etag text,
    body text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
