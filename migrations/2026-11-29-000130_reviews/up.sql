-- Reviews of stays, and the hotel's answers to them.

ALTER TABLE properties
    -- Whether reviews wait until staff publish them.
    ADD COLUMN moderates_reviews boolean NOT NULL DEFAULT false,
    -- Whether guests are asked for a review a day after their departure.
    ADD COLUMN invites_reviews boolean NOT NULL DEFAULT true,
    -- Days for which authors can change and remove what they wrote.
    ADD COLUMN review_edit_days integer NOT NULL DEFAULT 30
        CONSTRAINT properties_review_edit_days_check CHECK (review_edit_days BETWEEN 0 AND 365);

CREATE TABLE reviews (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    booking_id uuid NOT NULL,
    -- The type of room that the guests were in.
    room_type_id uuid NOT NULL,
    -- The account that had the booking; none of a guest without one.
    author_id uuid REFERENCES users (id),
    -- What readers see of who wrote it. None of somebody who was forgotten, nor of what was removed.
    author_name text CHECK (length(author_name) BETWEEN 1 AND 80),
    status text NOT NULL CHECK (status IN ('pending', 'published', 'hidden')),
    -- Whether no stay of the booking in such a room has ended: its check-out was undone.
    is_suspended boolean NOT NULL DEFAULT false,
    hidden_for text CHECK (
        hidden_for IN ('offensive', 'personal_data', 'off_topic', 'advertising', 'fake', 'conflict_of_interest', 'illegal')
    ),
    -- Words of staff for staff.
    moderation_note text CHECK (length(moderation_note) BETWEEN 1 AND 500),
    moderated_at timestamptz,
    overall integer NOT NULL CHECK (overall BETWEEN 1 AND 5),
    staff integer CHECK (staff BETWEEN 1 AND 5),
    cleanliness integer CHECK (cleanliness BETWEEN 1 AND 5),
    comfort integer CHECK (comfort BETWEEN 1 AND 5),
    location integer CHECK (location BETWEEN 1 AND 5),
    facilities integer CHECK (facilities BETWEEN 1 AND 5),
    value integer CHECK (value BETWEEN 1 AND 5),
    title text CHECK (length(title) BETWEEN 1 AND 150),
    body text CHECK (length(body) BETWEEN 1 AND 5000),
    language text NOT NULL,
    travel_type text NOT NULL CHECK (travel_type IN ('solo', 'couple', 'family', 'friends', 'business', 'group')),
    departed_on date NOT NULL,
    nights integer NOT NULL CHECK (nights >= 0),
    edited_at timestamptz,
    response text CHECK (length(response) BETWEEN 1 AND 5000),
    response_language text,
    responded_at timestamptz,
    response_edited_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- Whether it is shown to everybody, and counts.
    is_counted boolean NOT NULL GENERATED ALWAYS AS (status = 'published' AND NOT is_suspended AND NOT is_deleted) STORED,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id),
    -- One for good: what its author removed is not written anew.
    CONSTRAINT reviews_once UNIQUE (property_id, booking_id, room_type_id),
    CONSTRAINT reviews_hiding CHECK ((status = 'hidden') = (hidden_for IS NOT NULL)),
    CONSTRAINT reviews_response CHECK (
        (response IS NULL) = (responded_at IS NULL) AND (response IS NULL) = (response_language IS NULL)
        AND (response IS NOT NULL OR response_edited_at IS NULL)
    ),
    -- Of what was removed only the ratings are left.
    CONSTRAINT reviews_deletion CHECK (
        is_deleted = (deleted_at IS NOT NULL) AND (NOT is_deleted OR num_nonnulls(author_name, title, body) = 0)
    )
);
CREATE INDEX reviews_id ON reviews (id);
CREATE INDEX reviews_author_id ON reviews (author_id) WHERE author_id IS NOT NULL;
CREATE INDEX reviews_public ON reviews (property_id, id) WHERE is_counted;
CREATE INDEX reviews_public_by_rating ON reviews (property_id, overall, id) WHERE is_counted;
CREATE INDEX reviews_hidden ON reviews (property_id, room_type_id, hidden_for) WHERE status = 'hidden' AND NOT is_deleted;
CREATE INDEX reviews_pending ON reviews (property_id, id) WHERE status = 'pending' AND NOT is_deleted;

-- Photos of reviews. Their files are private: who may see the review may see them.
CREATE TABLE review_photos (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    review_id uuid NOT NULL,
    key text NOT NULL,
    format text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, review_id) REFERENCES reviews (property_id, id)
);
CREATE INDEX review_photos_review_id ON review_photos (property_id, review_id, id);
CREATE INDEX review_photos_key ON review_photos (key);

-- Responses as they were before they were changed or withdrawn.
CREATE TABLE review_response_versions (
    property_id uuid NOT NULL,
    review_id uuid NOT NULL,
    number integer NOT NULL CHECK (number >= 1),
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 5000),
    language text NOT NULL,
    -- When it was written, and when it ended.
    written_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, review_id, number),
    FOREIGN KEY (property_id, review_id) REFERENCES reviews (property_id, id)
);
CREATE FUNCTION refuse_change_of_response_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an earlier response is not changed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'review_response_versions_kept';
END
$$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON review_response_versions
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_response_version();

-- What readers report of reviews.
CREATE TABLE review_reports (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    review_id uuid NOT NULL,
    reported_by uuid NOT NULL REFERENCES users (id),
    reported_for text NOT NULL CHECK (
        reported_for IN ('offensive', 'personal_data', 'off_topic', 'advertising', 'fake', 'conflict_of_interest', 'illegal')
    ),
    comment text CHECK (length(comment) BETWEEN 1 AND 1000),
    status text NOT NULL CHECK (status IN ('open', 'upheld', 'dismissed')),
    closed_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, review_id) REFERENCES reviews (property_id, id),
    CONSTRAINT review_reports_once UNIQUE (property_id, review_id, reported_by),
    CONSTRAINT review_reports_closing CHECK ((status <> 'open') = (closed_at IS NOT NULL))
);
CREATE INDEX review_reports_open ON review_reports (property_id, review_id) WHERE status = 'open';
CREATE INDEX review_reports_reported_by ON review_reports (reported_by);

-- Who was asked for a review, by a link that works once.
CREATE TABLE review_invitations (
    property_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    -- SHA-256 of the token in the last mail; none until it is written.
    token_hash bytea,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, booking_id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id)
);
CREATE UNIQUE INDEX review_invitations_token_hash ON review_invitations (token_hash);
-- Those who have left lately.
CREATE INDEX bookings_departed ON bookings (property_id, check_out) WHERE status = 'checked_out';

-- The sums of what counts, by type of room. Only a trigger writes them.
CREATE TABLE review_totals (
    property_id uuid NOT NULL REFERENCES properties (id),
    room_type_id uuid NOT NULL,
    reviews bigint NOT NULL DEFAULT 0 CHECK (reviews >= 0),
    rated_1 bigint NOT NULL DEFAULT 0 CHECK (rated_1 >= 0),
    rated_2 bigint NOT NULL DEFAULT 0 CHECK (rated_2 >= 0),
    rated_3 bigint NOT NULL DEFAULT 0 CHECK (rated_3 >= 0),
    rated_4 bigint NOT NULL DEFAULT 0 CHECK (rated_4 >= 0),
    rated_5 bigint NOT NULL DEFAULT 0 CHECK (rated_5 >= 0),
    staff_count bigint NOT NULL DEFAULT 0,
    staff_sum bigint NOT NULL DEFAULT 0,
    cleanliness_count bigint NOT NULL DEFAULT 0,
    cleanliness_sum bigint NOT NULL DEFAULT 0,
    comfort_count bigint NOT NULL DEFAULT 0,
    comfort_sum bigint NOT NULL DEFAULT 0,
    location_count bigint NOT NULL DEFAULT 0,
    location_sum bigint NOT NULL DEFAULT 0,
    facilities_count bigint NOT NULL DEFAULT 0,
    facilities_sum bigint NOT NULL DEFAULT 0,
    value_count bigint NOT NULL DEFAULT 0,
    value_sum bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, room_type_id),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id),
    CONSTRAINT review_totals_histogram CHECK (reviews = rated_1 + rated_2 + rated_3 + rated_4 + rated_5)
);

-- Which transaction last changed a review of a hotel: answers that are kept hold while it is the same.
CREATE TABLE review_stamps (
    property_id uuid PRIMARY KEY REFERENCES properties (id),
    changed_by bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- When the transaction ends: nobody waits long for another's count, and all lock the hotel's stamp first.
CREATE FUNCTION count_review() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    had boolean := coalesce(OLD.is_counted, false);
    has boolean := NEW.is_counted;
BEGIN
    INSERT INTO review_stamps AS s (property_id, changed_by, created_at, updated_at)
    VALUES (NEW.property_id, pg_current_xact_id()::text::bigint, NEW.updated_at, NEW.updated_at)
    ON CONFLICT (property_id) DO UPDATE SET changed_by = EXCLUDED.changed_by, updated_at = EXCLUDED.updated_at;
    IF NOT had AND NOT has THEN
        RETURN NULL;
    END IF;
    INSERT INTO review_totals (property_id, room_type_id, created_at, updated_at)
    VALUES (NEW.property_id, NEW.room_type_id, NEW.updated_at, NEW.updated_at)
    ON CONFLICT (property_id, room_type_id) DO NOTHING;
    UPDATE review_totals SET
        reviews = reviews + has::integer - had::integer,
        rated_1 = rated_1 + (has AND NEW.overall = 1)::integer - (had AND OLD.overall = 1)::integer,
        rated_2 = rated_2 + (has AND NEW.overall = 2)::integer - (had AND OLD.overall = 2)::integer,
        rated_3 = rated_3 + (has AND NEW.overall = 3)::integer - (had AND OLD.overall = 3)::integer,
        rated_4 = rated_4 + (has AND NEW.overall = 4)::integer - (had AND OLD.overall = 4)::integer,
        rated_5 = rated_5 + (has AND NEW.overall = 5)::integer - (had AND OLD.overall = 5)::integer,
        staff_count = staff_count + (has AND NEW.staff IS NOT NULL)::integer - (had AND OLD.staff IS NOT NULL)::integer,
        staff_sum = staff_sum + CASE WHEN has THEN coalesce(NEW.staff, 0) ELSE 0 END
                              - CASE WHEN had THEN coalesce(OLD.staff, 0) ELSE 0 END,
        cleanliness_count = cleanliness_count + (has AND NEW.cleanliness IS NOT NULL)::integer
                                              - (had AND OLD.cleanliness IS NOT NULL)::integer,
        cleanliness_sum = cleanliness_sum + CASE WHEN has THEN coalesce(NEW.cleanliness, 0) ELSE 0 END
                                          - CASE WHEN had THEN coalesce(OLD.cleanliness, 0) ELSE 0 END,
        comfort_count = comfort_count + (has AND NEW.comfort IS NOT NULL)::integer - (had AND OLD.comfort IS NOT NULL)::integer,
        comfort_sum = comfort_sum + CASE WHEN has THEN coalesce(NEW.comfort, 0) ELSE 0 END
                                  - CASE WHEN had THEN coalesce(OLD.comfort, 0) ELSE 0 END,
        location_count = location_count + (has AND NEW.location IS NOT NULL)::integer
                                        - (had AND OLD.location IS NOT NULL)::integer,
        location_sum = location_sum + CASE WHEN has THEN coalesce(NEW.location, 0) ELSE 0 END
                                    - CASE WHEN had THEN coalesce(OLD.location, 0) ELSE 0 END,
        facilities_count = facilities_count + (has AND NEW.facilities IS NOT NULL)::integer
                                            - (had AND OLD.facilities IS NOT NULL)::integer,
        facilities_sum = facilities_sum + CASE WHEN has THEN coalesce(NEW.facilities, 0) ELSE 0 END
                                        - CASE WHEN had THEN coalesce(OLD.facilities, 0) ELSE 0 END,
        value_count = value_count + (has AND NEW.value IS NOT NULL)::integer - (had AND OLD.value IS NOT NULL)::integer,
        value_sum = value_sum + CASE WHEN has THEN coalesce(NEW.value, 0) ELSE 0 END
                              - CASE WHEN had THEN coalesce(OLD.value, 0) ELSE 0 END,
        updated_at = NEW.updated_at
    WHERE property_id = NEW.property_id AND room_type_id = NEW.room_type_id;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER count_review AFTER INSERT OR UPDATE ON reviews
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_review();

-- What a review is of does not change, and none goes: the sums would be wrong.
CREATE FUNCTION refuse_other_stay_of_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a review stays that of its stay'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'reviews_of_their_stay';
END
$$;
CREATE TRIGGER refuse_other_stay BEFORE UPDATE ON reviews FOR EACH ROW
    WHEN (ROW(OLD.property_id, OLD.id, OLD.booking_id, OLD.room_type_id) IS DISTINCT FROM ROW(NEW.property_id, NEW.id, NEW.booking_id, NEW.room_type_id))
    EXECUTE FUNCTION refuse_other_stay_of_review();
CREATE TRIGGER refuse_removal BEFORE DELETE ON reviews FOR EACH ROW EXECUTE FUNCTION refuse_other_stay_of_review();

-- A review counts while its stay is over: a check-out that is undone suspends it, the next one brings it back.
CREATE FUNCTION follow_stay_of_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE reviews r
    SET is_suspended = NOT r.is_suspended, version = r.version + 1, updated_at = NEW.updated_at
    WHERE r.property_id = NEW.property_id AND r.booking_id = NEW.booking_id AND r.is_suspended = EXISTS (
        SELECT FROM stays s
        WHERE s.property_id = r.property_id AND s.booking_id = r.booking_id AND s.room_type_id = r.room_type_id
          AND s.status = 'checked_out'
    );
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER follow_stay_of_review AFTER UPDATE ON stays
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status AND (OLD.status = 'checked_out' OR NEW.status = 'checked_out'))
    EXECUTE FUNCTION follow_stay_of_review();
