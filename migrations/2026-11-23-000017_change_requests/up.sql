-- What guests ask for that policy does not let them do by themselves, and what staff propose instead.

CREATE TABLE change_requests (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    booking_id uuid NOT NULL,
    status text NOT NULL CHECK (
        status IN ('open', 'proposed', 'accepted', 'declined', 'lapsed', 'granted', 'refused', 'withdrawn')
    ),
    kind text NOT NULL CHECK (kind IN ('amendment', 'cancellation')),
    -- The amendment that the guest asks for, as its body.
    wanted jsonb,
    -- Of a cancellation: the stay. None: all of them.
    stay_id uuid,
    -- Of the guest.
    message text NOT NULL CHECK (length(message) BETWEEN 1 AND 2000),
    -- Of the staff.
    answer text CHECK (length(answer) BETWEEN 1 AND 2000),
    -- What staff propose instead: the body of an amendment, and what each stay is sold at by it. Its rooms are set aside by the allotment of the same id.
    proposal jsonb,
    agreement jsonb,
    proposed_total_minor bigint,
    proposed_difference_minor bigint,
    expires_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id),
    CONSTRAINT change_requests_wanted CHECK ((wanted IS NOT NULL) = (kind = 'amendment') AND (stay_id IS NULL OR kind = 'cancellation')),
    CONSTRAINT change_requests_proposal CHECK (
        num_nonnulls(proposal, agreement, proposed_total_minor, proposed_difference_minor, expires_at) IN (0, 5)
        AND (proposal IS NOT NULL) = (status IN ('proposed', 'accepted', 'declined', 'lapsed'))
    )
);
-- One at a time is talked about.
CREATE UNIQUE INDEX change_requests_one_open ON change_requests (property_id, booking_id) WHERE status IN ('open', 'proposed');
CREATE INDEX change_requests_id ON change_requests (id);
CREATE INDEX change_requests_booking_id ON change_requests (property_id, booking_id);
CREATE INDEX change_requests_expires_at ON change_requests (expires_at) WHERE status = 'proposed';

-- Some set rooms aside for a while only.
ALTER TABLE allotments ADD COLUMN expires_at timestamptz;
CREATE INDEX allotments_expires_at ON allotments (property_id, expires_at) WHERE expires_at IS NOT NULL;

ALTER TABLE mail_queue
    DROP CONSTRAINT mail_queue_kind_check,
    ADD CONSTRAINT mail_queue_kind_check CHECK (
        kind IN (
            'verify_email', 'reset_password', 'invitation', 'password_changed', 'email_changed', 'second_factor_changed',
            'booking_confirmed', 'booking_changed', 'booking_cancelled', 'waitlist_offered', 'change_proposed'
        )
    );
