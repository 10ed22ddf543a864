-- Guests are written to about their bookings, in their language.

ALTER TABLE bookings
    -- What the guest asked to be written to in. None: the language of their account, else that of the hotel.
    ADD COLUMN locale text CHECK (locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$');

ALTER TABLE mail_queue
    ADD COLUMN property_id uuid,
    -- What it is about: of several mails about one booking that wait, one is sent.
    ADD COLUMN booking_id uuid,
    ADD CONSTRAINT mail_queue_booking CHECK (num_nonnulls(property_id, booking_id) IN (0, 2)),
    ADD FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    DROP CONSTRAINT mail_queue_kind_check,
    ADD CONSTRAINT mail_queue_kind_check CHECK (
        kind IN (
            'verify_email', 'reset_password', 'invitation', 'password_changed', 'email_changed', 'second_factor_changed',
            'booking_confirmed', 'booking_changed', 'booking_cancelled'
        )
    );
CREATE INDEX mail_queue_booking_id ON mail_queue (property_id, booking_id) WHERE booking_id IS NOT NULL;
