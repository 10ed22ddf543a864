-- Exports of what is kept of a person: asked for, made by a job, and removed after a while. The archive is a file in the storage of
-- files, whose name follows from the id.
CREATE TABLE privacy_exports (
    id uuid PRIMARY KEY,
    status text NOT NULL CHECK (status IN ('requested', 'ready', 'failed', 'expired')),
    -- Language of the pages in it.
    locale text NOT NULL,
    -- Whose data it holds: of an account, of a guest's profile at a hotel, or of the address of a booking that no account has.
    user_id uuid REFERENCES users (id),
    property_id uuid REFERENCES properties (id),
    guest_id uuid,
    booking_id uuid,
    -- Member of the staff who asked for it. Null: the person.
    requested_by uuid REFERENCES users (id),
    -- Attempts at making it that failed.
    failures int NOT NULL DEFAULT 0 CHECK (failures >= 0),
    size_bytes bigint CHECK (size_bytes > 0),
    sha256 text,
    finished_at timestamptz,
    -- When the file is removed.
    kept_until timestamptz,
    -- When the file was removed, or was found not to be there.
    removed_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT privacy_exports_subject CHECK (num_nonnulls(user_id, guest_id, booking_id) = 1),
    CONSTRAINT privacy_exports_property CHECK ((user_id IS NULL) = (property_id IS NOT NULL)),
    CONSTRAINT privacy_exports_file CHECK (
        status <> 'ready' OR num_nulls(size_bytes, sha256, finished_at, kept_until) = 0 AND removed_at IS NULL
    ),
    FOREIGN KEY (property_id, guest_id) REFERENCES guests (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id)
);
-- One at a time of each person.
CREATE UNIQUE INDEX privacy_exports_one_of_user ON privacy_exports (user_id) WHERE status = 'requested' AND user_id IS NOT NULL;
CREATE UNIQUE INDEX privacy_exports_one_of_guest ON privacy_exports (property_id, guest_id)
    WHERE status = 'requested' AND guest_id IS NOT NULL;
CREATE UNIQUE INDEX privacy_exports_one_of_booking ON privacy_exports (property_id, booking_id)
    WHERE status = 'requested' AND booking_id IS NOT NULL;
CREATE INDEX privacy_exports_of_user ON privacy_exports (user_id, created_at) WHERE user_id IS NOT NULL;
CREATE INDEX privacy_exports_of_guest ON privacy_exports (property_id, guest_id, created_at) WHERE guest_id IS NOT NULL;
CREATE INDEX privacy_exports_of_booking ON privacy_exports (property_id, booking_id, created_at) WHERE booking_id IS NOT NULL;
