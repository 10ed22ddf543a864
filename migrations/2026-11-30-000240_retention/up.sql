-- Retention rules: for how many days a hotel keeps what tells of people. Without a number it is kept until somebody removes it; a
-- hotel without a row has the rules that HBS begins with.
CREATE TABLE retention_rules (
    property_id uuid PRIMARY KEY REFERENCES properties (id),
    -- Documents in guest profiles, after the departure.
    guest_documents_days integer CHECK (guest_documents_days BETWEEN 0 AND 3650),
    -- Documents of the guests of stays, after the departure.
    stay_documents_days integer CHECK (stay_documents_days BETWEEN 0 AND 3650),
    -- Registration cards with their signatures, after the departure.
    registration_cards_days integer CHECK (registration_cards_days BETWEEN 0 AND 3650),
    -- Photos of lost items, after these have left the hotel.
    lost_item_photos_days integer CHECK (lost_item_photos_days BETWEEN 0 AND 3650),
    -- Attachments of issues, after these were closed.
    issue_attachments_days integer CHECK (issue_attachments_days BETWEEN 0 AND 3650),
    -- Entries of waitlists that are over, after the day of arrival.
    waitlist_entries_days integer CHECK (waitlist_entries_days BETWEEN 0 AND 3650),
    -- Names and all else in guest profiles, after the last stay and the last change.
    guest_profiles_days integer CHECK (guest_profiles_days BETWEEN 365 AND 3650),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Hotels that are there already have no rules until they set some: nothing of theirs goes because of an update.
INSERT INTO retention_rules (property_id, created_at, updated_at) SELECT id, now(), now() FROM properties;

-- When a rule cleared the profile. What staff wrote into it later is cleared in its turn.
ALTER TABLE guests ADD COLUMN forgotten_at timestamptz;

-- The stays of a guest, of merged profiles too: under the guest's name, and those in whose room the guest is registered.
CREATE FUNCTION stays_of_guest(of_property_id uuid, of_guest_id uuid) RETURNS TABLE (status text, check_out date)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT s.status, s.check_out FROM guests g JOIN stays s ON s.property_id = g.property_id AND s.guest_id = g.id
        WHERE g.property_id = of_property_id AND g.survivor_id = of_guest_id
        UNION ALL
        SELECT s.status, s.check_out FROM guests g
        JOIN bookings b ON b.property_id = g.property_id AND b.guest_id = g.id
        JOIN stays s ON s.property_id = b.property_id AND s.booking_id = b.id AND s.guest_id IS NULL
        WHERE g.property_id = of_property_id AND g.survivor_id = of_guest_id
        UNION ALL
        SELECT s.status, s.check_out FROM guests g
        JOIN stay_guests r ON r.property_id = g.property_id AND r.guest_id = g.id
        JOIN stays s ON s.property_id = r.property_id AND s.id = r.stay_id
        WHERE g.property_id = of_property_id AND g.survivor_id = of_guest_id;
    END;

-- By which the rules find what there still is.
CREATE INDEX stay_guests_documents ON stay_guests (property_id, stay_id) WHERE document_number IS NOT NULL;
CREATE INDEX lost_items_photos ON lost_items (property_id, closed_at) WHERE photo_key IS NOT NULL AND status <> 'kept';
CREATE INDEX issues_attached ON issues (property_id, closed_at) WHERE attachment_count > 0 AND status = 'closed';
CREATE INDEX waitlist_entries_over ON waitlist_entries (property_id, check_in) WHERE status NOT IN ('waiting', 'offered');
