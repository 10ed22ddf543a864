-- Guests without an account: a link that was mailed to the contact's address proves that it is theirs, and reaches the booking.
ALTER TABLE bookings
    -- Since when the address is known to be the contact's; another address has yet to be proved.
    ADD COLUMN contact_proved_at timestamptz,
    ADD CONSTRAINT bookings_contact_proof CHECK (contact_proved_at IS NULL OR contact_email IS NOT NULL);
-- What an account with the same address can make its own.
CREATE INDEX bookings_unclaimed ON bookings (contact_email, id) WHERE user_id IS NULL;
ALTER TABLE outbox
    DROP CONSTRAINT outbox_actor_kind_check,
    ADD CONSTRAINT outbox_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'guest_link', 'anonymous', 'system'));
