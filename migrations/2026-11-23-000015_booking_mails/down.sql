DELETE FROM mail_queue WHERE booking_id IS NOT NULL;
ALTER TABLE mail_queue
    DROP CONSTRAINT mail_queue_kind_check,
    ADD CONSTRAINT mail_queue_kind_check CHECK (
        kind IN (
            'verify_email', 'reset_password', 'invitation', 'password_changed', 'email_changed', 'second_factor_changed'
        )
    ),
    DROP COLUMN booking_id,
    DROP COLUMN property_id;
ALTER TABLE bookings DROP COLUMN locale;
