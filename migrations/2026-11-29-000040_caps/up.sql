-- What a guest may have at a time, whatever the state it is in, and whether an account must have proved its address first.
ALTER TABLE properties
    ADD COLUMN max_live_bookings integer NOT NULL DEFAULT 20 CHECK (max_live_bookings BETWEEN 1 AND 1000),
    ADD COLUMN max_live_nights integer NOT NULL DEFAULT 365 CHECK (max_live_nights BETWEEN 1 AND 100000),
    ADD COLUMN requires_verified_email boolean NOT NULL DEFAULT false;

ALTER TABLE bookings
    -- Whether the booking is a hold only because its guest has yet to prove an address.
    ADD COLUMN awaits_proof boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT bookings_awaits_proof CHECK (NOT awaits_proof OR status = 'held');
CREATE INDEX bookings_awaiting_proof ON bookings (user_id) WHERE awaits_proof;

-- The mailbox that an address leads to: what stands after a plus sign is the owner's own note.
CREATE FUNCTION mailbox_of(address text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(lower(address), '\+[^@]*@', '@');
CREATE INDEX bookings_live_by_mailbox ON bookings (property_id, mailbox_of(contact_email))
    WHERE status IN ('held', 'confirmed', 'checked_in');
