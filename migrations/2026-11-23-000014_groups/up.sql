-- Rooms that are set aside by type and night, without a number: `inventory.allotted` counts them until they are picked up or released.

CREATE TABLE allotments (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id)
);

-- Whoever writes here holds the inventory row of the night. Of each, `inventory.allotted` is the sum of what remains.
CREATE TABLE allotment_nights (
    property_id uuid NOT NULL,
    allotment_id uuid NOT NULL,
    night date NOT NULL,
    room_type_id uuid NOT NULL,
    -- As agreed.
    blocked integer NOT NULL CHECK (blocked >= 0),
    -- Of those, not released.
    rooms integer NOT NULL CHECK (rooms >= 0),
    -- Stays of the allotment's bookings that count as sold: also those beyond what was agreed.
    picked_up integer NOT NULL DEFAULT 0 CHECK (picked_up >= 0),
    remaining integer NOT NULL GENERATED ALWAYS AS (greatest(rooms - picked_up, 0)) STORED,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, allotment_id, night, room_type_id),
    FOREIGN KEY (property_id, allotment_id) REFERENCES allotments (property_id, id),
    FOREIGN KEY (property_id, night, room_type_id) REFERENCES inventory (property_id, night, room_type_id),
    CONSTRAINT allotment_nights_released CHECK (rooms <= blocked)
);
CREATE INDEX allotment_nights_night ON allotment_nights (property_id, night, room_type_id);

-- A group's id is that of its allotment.
CREATE TABLE groups (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- By which its guests book.
    code text NOT NULL CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{2,29}$'),
    contact_name text,
    contact_email text,
    contact_phone text,
    notes text CHECK (length(notes) BETWEEN 1 AND 2000),
    -- What its rooms are sold by, where a booking does not say. None: the hotel's default plan.
    rate_plan_id uuid,
    -- The business date on which what is left goes back on sale.
    cut_off date NOT NULL,
    released_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, id) REFERENCES allotments (property_id, id),
    FOREIGN KEY (property_id, rate_plan_id) REFERENCES rate_plans (property_id, id),
    CONSTRAINT groups_code_key UNIQUE (property_id, code)
);
CREATE INDEX groups_id ON groups (id);
CREATE INDEX groups_cut_off ON groups (cut_off) WHERE released_at IS NULL;

-- What a night was agreed at, in place of the plan's price.
CREATE TABLE group_rates (
    property_id uuid NOT NULL,
    group_id uuid NOT NULL,
    room_type_id uuid NOT NULL,
    nightly_price_minor bigint NOT NULL CHECK (nightly_price_minor >= 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, group_id, room_type_id),
    FOREIGN KEY (property_id, group_id) REFERENCES groups (property_id, id),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id)
);

ALTER TABLE bookings
    ADD COLUMN group_id uuid,
    ADD FOREIGN KEY (property_id, group_id) REFERENCES groups (property_id, id);
CREATE INDEX bookings_group_id ON bookings (property_id, group_id) WHERE group_id IS NOT NULL;
