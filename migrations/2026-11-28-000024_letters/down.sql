ALTER TABLE mail_queue
    DROP CONSTRAINT mail_queue_kind_check,
    ADD CONSTRAINT mail_queue_kind_check CHECK (
        kind IN (
            'verify_email', 'reset_password', 'invitation', 'password_changed', 'email_changed', 'second_factor_changed',
            'booking_confirmed', 'booking_changed', 'booking_cancelled', 'waitlist_offered', 'change_proposed'
        )
    );
