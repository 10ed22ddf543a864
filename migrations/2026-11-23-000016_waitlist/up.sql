-- Guests who wait for rooms that are sold, and what they are offered when some come back.

ALTER TABLE properties
    -- How long rooms are held for a guest on the waitlist.
    ADD COLUMN waitlist_hold_minutes integer NOT NULL DEFAULT 720
        CONSTRAINT properties_waitlist_hold_minutes_check CHECK (waitlist_hold_minutes BETWEEN 10 AND 10080);

CREATE TABLE waitlist_entries (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('waiting', 'offered', 'booked', 'lapsed', 'expired', 'left')),
    -- Whose it is. None: somebody without an account, entered by staff.
    user_id uuid REFERENCES users (id),
    contact_name text NOT NULL CHECK (length(contact_name) BETWEEN 1 AND 200),
    contact_email text NOT NULL CHECK (length(contact_email) <= 254),
    contact_phone text CHECK (length(contact_phone) <= 40),
    room_type_id uuid NOT NULL,
    -- None: the plan that is the hotel's default when rooms come back.
    rate_plan_id uuid,
    check_in date NOT NULL,
    check_out date NOT NULL,
    -- Rooms, each for these guests.
    rooms integer NOT NULL CHECK (rooms BETWEEN 1 AND 50),
    adults integer NOT NULL CHECK (adults BETWEEN 1 AND 50),
    children_ages integer[] NOT NULL,
    -- The last date, of the hotel, on which an offer is welcome.
    wait_until date NOT NULL,
    -- What was held for it.
    booking_id uuid,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id),
    FOREIGN KEY (property_id, rate_plan_id) REFERENCES rate_plans (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    CONSTRAINT waitlist_entries_dates CHECK (check_out > check_in AND wait_until <= check_in),
    CONSTRAINT waitlist_entries_offer CHECK ((booking_id IS NOT NULL) = (status IN ('offered', 'booked', 'lapsed')))
);
-- A guest waits once for the same.
CREATE UNIQUE INDEX waitlist_entries_once
    ON waitlist_entries (property_id, room_type_id, check_in, check_out, coalesce(user_id::text, lower(contact_email)))
    WHERE status IN ('waiting', 'offered');
-- Rooms are held for one of them.
CREATE UNIQUE INDEX waitlist_entries_booking_id ON waitlist_entries (property_id, booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX waitlist_entries_id ON waitlist_entries (id);
CREATE INDEX waitlist_entries_user_id ON waitlist_entries (user_id, id);
CREATE INDEX waitlist_entries_waiting ON waitlist_entries (property_id, id) WHERE status = 'waiting';
CREATE INDEX waitlist_entries_offered ON waitlist_entries (property_id, id) WHERE status = 'offered';

ALTER TABLE mail_queue
    DROP CONSTRAINT mail_queue_kind_check,
    ADD CONSTRAINT mail_queue_kind_check CHECK (
        kind IN (
            'verify_email', 'reset_password', 'invitation', 'password_changed', 'email_changed', 'second_factor_changed',
            'booking_confirmed', 'booking_changed', 'booking_cancelled', 'waitlist_offered'
        )
    );
