-- Hotels, what they sell, and what each night still holds.

CREATE TABLE properties (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description text NOT NULL DEFAULT '',
    street text NOT NULL,
    city text NOT NULL,
    postal_code text NOT NULL,
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    email text,
    phone text,
    -- An IANA name: "today" at the hotel is the local date there.
    time_zone text NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- Whether the prices that staff enter hold the taxes (gross) or not (net).
    prices text NOT NULL CHECK (prices IN ('gross', 'net')),
    check_in_time time NOT NULL DEFAULT '15:00',
    check_out_time time NOT NULL DEFAULT '11:00',
    max_rooms_per_booking integer NOT NULL DEFAULT 5 CHECK (max_rooms_per_booking BETWEEN 1 AND 50),
    max_nights integer NOT NULL DEFAULT 90 CHECK (max_nights BETWEEN 1 AND 365),
    max_advance_days integer NOT NULL DEFAULT 730 CHECK (max_advance_days BETWEEN 1 AND 1500),
    horizon_nights integer NOT NULL DEFAULT 730 CHECK (horizon_nights BETWEEN 1 AND 1500),
    max_hold_minutes integer NOT NULL DEFAULT 60 CHECK (max_hold_minutes BETWEEN 1 AND 10080),
    max_live_holds integer NOT NULL DEFAULT 3 CHECK (max_live_holds BETWEEN 1 AND 100),
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT properties_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);

-- A role for one user, at one property or (NULL) at all of them.
CREATE TABLE role_assignments (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    role_id uuid NOT NULL REFERENCES roles (id),
    property_id uuid REFERENCES properties (id),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT role_assignments_once UNIQUE NULLS NOT DISTINCT (user_id, role_id, property_id)
);

CREATE TABLE amenities (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    code text NOT NULL CHECK (code ~ '^[a-z][a-z0-9_]{1,49}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    CONSTRAINT amenities_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX amenities_id ON amenities (id);
CREATE UNIQUE INDEX amenities_code_key ON amenities (property_id, code) WHERE NOT is_deleted;

CREATE TABLE room_types (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    code text NOT NULL CHECK (length(code) BETWEEN 1 AND 20),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description text NOT NULL DEFAULT '',
    max_adults integer NOT NULL CHECK (max_adults BETWEEN 1 AND 50),
    max_children integer NOT NULL CHECK (max_children BETWEEN 0 AND 50),
    max_guests integer NOT NULL CHECK (max_guests BETWEEN 1 AND 100),
    beds jsonb NOT NULL DEFAULT '[]',
    size_sqm integer CHECK (size_sqm BETWEEN 1 AND 10000),
    -- Minor units of the property's currency, per night.
    base_price_minor bigint NOT NULL CHECK (base_price_minor >= 0),
    overbooking integer NOT NULL DEFAULT 0 CHECK (overbooking BETWEEN 0 AND 1000),
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    CONSTRAINT room_types_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX room_types_id ON room_types (id);
CREATE UNIQUE INDEX room_types_code_key ON room_types (property_id, code) WHERE NOT is_deleted;

CREATE TABLE room_type_amenities (
    property_id uuid NOT NULL,
    room_type_id uuid NOT NULL,
    amenity_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, room_type_id, amenity_id),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id),
    FOREIGN KEY (property_id, amenity_id) REFERENCES amenities (property_id, id)
);

CREATE TABLE rooms (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    room_type_id uuid NOT NULL,
    number text NOT NULL CHECK (length(number) BETWEEN 1 AND 20),
    floor text CHECK (length(floor) BETWEEN 1 AND 20),
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id),
    CONSTRAINT rooms_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX rooms_id ON rooms (id);
CREATE INDEX rooms_room_type_id ON rooms (property_id, room_type_id) WHERE NOT is_deleted;
CREATE UNIQUE INDEX rooms_number_key ON rooms (property_id, number) WHERE NOT is_deleted;

CREATE TABLE tax_rules (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    -- Parts per million of the net price: 8.875 % is 88750.
    rate_ppm integer NOT NULL CHECK (rate_ppm BETWEEN 1 AND 1000000),
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    CONSTRAINT tax_rules_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX tax_rules_id ON tax_rules (id);

-- What can be sold, per night and room type. The CHECK is the first proof that no room is sold
-- twice: whatever the code does, more than there is cannot be recorded as sold.
CREATE TABLE inventory (
    property_id uuid NOT NULL,
    night date NOT NULL,
    room_type_id uuid NOT NULL,
    capacity integer NOT NULL CHECK (capacity >= 0),
    sold integer NOT NULL DEFAULT 0,
    allotted integer NOT NULL DEFAULT 0,
    overbooking integer NOT NULL DEFAULT 0 CHECK (overbooking >= 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, night, room_type_id),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id),
    CONSTRAINT inventory_not_oversold
        CHECK (sold >= 0 AND allotted >= 0 AND sold + allotted <= capacity + overbooking)
) WITH (fillfactor = 60); -- room for updates in place: every sale changes `sold`
