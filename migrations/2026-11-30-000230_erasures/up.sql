-- An erasure: who was erased, what became of their data, and what stays. It holds ids, counts and dates, and nothing of the person.
CREATE TABLE erasures (
    id uuid PRIMARY KEY,
    -- Who asked: the person, staff, or a restored system that repeats an earlier erasure.
    asked_by text NOT NULL CHECK (asked_by IN ('person', 'staff', 'restore')),
    user_id uuid REFERENCES users,
    hotel_ids uuid[] NOT NULL,
    profile_ids uuid[] NOT NULL,
    booking_ids uuid[] NOT NULL,
    -- Entities of the record that tell of the person, whose keys are destroyed.
    entity_ids uuid[] NOT NULL,
    -- Files that are to be deleted; none once they are.
    files text[] NOT NULL,
    statement text NOT NULL,
    kid text NOT NULL REFERENCES audit_keys,
    signature bytea NOT NULL,
    erased_at timestamptz NOT NULL,
    completed_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX erasures_hotel_ids ON erasures USING gin (hotel_ids);
CREATE INDEX erasures_user_id ON erasures (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX erasures_incomplete ON erasures (id) WHERE completed_at IS NULL;

-- Erased people stay erased: nothing of them is written to these rows again, whoever tries.
ALTER TABLE users ADD COLUMN erased_at timestamptz;
ALTER TABLE users ADD CONSTRAINT users_erased
    CHECK (erased_at IS NULL OR (is_deleted AND full_name = '[erased]' AND num_nonnulls(phone, password_hash, avatar_key) = 0));
ALTER TABLE guests ADD COLUMN erased_at timestamptz;
ALTER TABLE guests ADD CONSTRAINT guests_erased
    CHECK (erased_at IS NULL OR (full_name LIKE '[erased]%'
        AND num_nonnulls(email, phone, street, city, postal_code, birth_date, nationality, notes, user_id) = 0));
ALTER TABLE bookings ADD COLUMN erased_at timestamptz;
ALTER TABLE bookings ADD CONSTRAINT bookings_erased
    CHECK (erased_at IS NULL OR (contact_name = '[erased]'
        AND num_nonnulls(contact_email, contact_phone, special_requests, notes) = 0));

-- By which what the law has kept of them is found when its time is over.
CREATE INDEX bookings_erased ON bookings (property_id, id) WHERE erased_at IS NOT NULL;
CREATE INDEX guests_erased_at ON guests (property_id, id) WHERE erased_at IS NOT NULL;

-- What somebody writes while they are being erased waits for the end of the erasure, whose transaction holds their row, and is
-- refused then: never half of it stays. An erasure that comes later waits for the writer, and erases what was written.
CREATE FUNCTION refuse_erased_user(the_user uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    gone timestamptz;
BEGIN
    SELECT erased_at INTO gone FROM users WHERE id = the_user FOR KEY SHARE;
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION 'the person was erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'person_erased';
    END IF;
END
$$;

CREATE FUNCTION refuse_erased_booking(the_property uuid, the_booking uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    gone timestamptz;
BEGIN
    SELECT erased_at INTO gone FROM bookings WHERE property_id = the_property AND id = the_booking FOR KEY SHARE;
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION 'the person was erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'person_erased';
    END IF;
END
$$;

CREATE FUNCTION refuse_erased_guest(the_property uuid, the_guest uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    gone timestamptz;
BEGIN
    SELECT erased_at INTO gone FROM guests WHERE property_id = the_property AND id = the_guest FOR KEY SHARE;
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION 'the person was erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'person_erased';
    END IF;
END
$$;

CREATE FUNCTION refuse_rows_of_erased_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_erased_user(NEW.user_id);
    RETURN NEW;
END
$$;

CREATE FUNCTION refuse_rows_of_erased_guest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_erased_guest(NEW.property_id, NEW.guest_id);
    RETURN NEW;
END
$$;

CREATE FUNCTION refuse_rows_of_erased_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_erased_booking(NEW.property_id, NEW.booking_id);
    RETURN NEW;
END
$$;

CREATE FUNCTION refuse_reviews_of_the_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_erased_booking(NEW.property_id, NEW.booking_id);
    PERFORM refuse_erased_user(NEW.author_id);
    RETURN NEW;
END
$$;

CREATE FUNCTION refuse_issues_of_the_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_erased_booking(NEW.property_id, NEW.booking_id);
    PERFORM refuse_erased_user(NEW.guest_user_id);
    RETURN NEW;
END
$$;

-- What staff answer in an issue of somebody who was erased would have no reader, and may quote them.
CREATE FUNCTION refuse_messages_to_the_erased() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    issue record;
BEGIN
    SELECT booking_id, guest_user_id INTO issue FROM issues WHERE property_id = NEW.property_id AND id = NEW.issue_id;
    PERFORM refuse_erased_booking(NEW.property_id, issue.booking_id);
    PERFORM refuse_erased_user(issue.guest_user_id);
    RETURN NEW;
END
$$;

CREATE TRIGGER refuse_erased BEFORE INSERT ON bookings
    FOR EACH ROW WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION refuse_rows_of_erased_user();
CREATE TRIGGER refuse_erased_guest BEFORE INSERT ON bookings
    FOR EACH ROW WHEN (NEW.guest_id IS NOT NULL) EXECUTE FUNCTION refuse_rows_of_erased_guest();
CREATE TRIGGER refuse_erased BEFORE INSERT ON stay_guests
    FOR EACH ROW WHEN (NEW.guest_id IS NOT NULL) EXECUTE FUNCTION refuse_rows_of_erased_guest();
CREATE TRIGGER refuse_erased BEFORE INSERT ON guest_documents
    FOR EACH ROW EXECUTE FUNCTION refuse_rows_of_erased_guest();
CREATE TRIGGER refuse_erased BEFORE INSERT ON guests
    FOR EACH ROW WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION refuse_rows_of_erased_user();
CREATE TRIGGER refuse_erased BEFORE INSERT ON waitlist_entries
    FOR EACH ROW WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION refuse_rows_of_erased_user();
CREATE TRIGGER refuse_erased BEFORE INSERT ON wishlist_items FOR EACH ROW EXECUTE FUNCTION refuse_rows_of_erased_user();
CREATE TRIGGER refuse_erased BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION refuse_rows_of_erased_user();
CREATE TRIGGER refuse_erased BEFORE INSERT ON user_tokens FOR EACH ROW EXECUTE FUNCTION refuse_rows_of_erased_user();
CREATE TRIGGER refuse_erased BEFORE INSERT ON role_assignments FOR EACH ROW EXECUTE FUNCTION refuse_rows_of_erased_user();
CREATE TRIGGER refuse_erased BEFORE INSERT ON payments
    FOR EACH ROW WHEN (NEW.method = 'gateway' AND NEW.booking_id IS NOT NULL) EXECUTE FUNCTION refuse_rows_of_erased_booking();
CREATE TRIGGER refuse_erased BEFORE INSERT ON payment_links
    FOR EACH ROW WHEN (NEW.booking_id IS NOT NULL) EXECUTE FUNCTION refuse_rows_of_erased_booking();
CREATE TRIGGER refuse_erased BEFORE INSERT ON guarantees FOR EACH ROW EXECUTE FUNCTION refuse_rows_of_erased_booking();
CREATE TRIGGER refuse_erased BEFORE INSERT ON change_requests FOR EACH ROW EXECUTE FUNCTION refuse_rows_of_erased_booking();
CREATE TRIGGER refuse_erased BEFORE INSERT ON reviews FOR EACH ROW EXECUTE FUNCTION refuse_reviews_of_the_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON issues
    FOR EACH ROW WHEN (NOT NEW.is_internal) EXECUTE FUNCTION refuse_issues_of_the_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON issue_messages FOR EACH ROW EXECUTE FUNCTION refuse_messages_to_the_erased();

-- Files take a while before they are written: whoever sent one may be erased meanwhile.
CREATE FUNCTION refuse_files_of_the_erased() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    issue record;
BEGIN
    SELECT i.booking_id, i.guest_user_id INTO issue FROM issue_messages m
        JOIN issues i ON i.property_id = m.property_id AND i.id = m.issue_id
        WHERE m.property_id = NEW.property_id AND m.id = NEW.message_id;
    PERFORM refuse_erased_booking(NEW.property_id, issue.booking_id);
    PERFORM refuse_erased_user(issue.guest_user_id);
    RETURN NEW;
END
$$;

CREATE FUNCTION refuse_photos_of_the_erased() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    review record;
BEGIN
    SELECT booking_id INTO review FROM reviews WHERE property_id = NEW.property_id AND id = NEW.review_id;
    PERFORM refuse_erased_booking(NEW.property_id, review.booking_id);
    RETURN NEW;
END
$$;

CREATE TRIGGER refuse_erased BEFORE INSERT ON issue_attachments FOR EACH ROW EXECUTE FUNCTION refuse_files_of_the_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON review_photos FOR EACH ROW EXECUTE FUNCTION refuse_photos_of_the_erased();

-- Earlier responses are not changed. What quotes somebody who was erased can be erased.
DROP TRIGGER refuse_change ON review_response_versions;
CREATE TRIGGER refuse_change BEFORE UPDATE ON review_response_versions
    FOR EACH ROW WHEN (NEW.body <> '[erased]' OR OLD.property_id <> NEW.property_id OR OLD.review_id <> NEW.review_id
        OR OLD.number <> NEW.number OR OLD.language <> NEW.language OR OLD.written_at <> NEW.written_at
        OR OLD.ended_at <> NEW.ended_at OR OLD.created_at <> NEW.created_at)
    EXECUTE FUNCTION refuse_change_of_response_version();
CREATE TRIGGER refuse_delete BEFORE DELETE ON review_response_versions
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_response_version();

-- Words of an issue are not changed. They can be erased.
DROP TRIGGER refuse_change_of_issue_message ON issue_messages;
CREATE TRIGGER refuse_change_of_issue_message BEFORE UPDATE ON issue_messages
    FOR EACH ROW WHEN (OLD.is_note <> NEW.is_note OR OLD.is_from_guest <> NEW.is_from_guest
        OR (OLD.text <> NEW.text AND NEW.text <> '[erased]')
        OR OLD.author_kind <> NEW.author_kind OR OLD.author_id IS DISTINCT FROM NEW.author_id OR OLD.created_at <> NEW.created_at)
    EXECUTE FUNCTION refuse_change_of_issue_message();

-- Stored amendments without the names and reasons in them. They stay readable: both may be missing.
CREATE FUNCTION without_guest_words(content jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(content::text, '"(guest_name|reason)": "([^"\\]|\\.)*"', '"\1": null', 'g')::jsonb
$$;
