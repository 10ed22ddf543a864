-- Staff book for people who have no e-mail address, or do not give one.
ALTER TABLE bookings ALTER COLUMN contact_email DROP NOT NULL;
ALTER TABLE waitlist_entries ALTER COLUMN contact_email DROP NOT NULL;
-- Who waits without an account or an address is known by the number, or by the name.
DROP INDEX waitlist_entries_once;
CREATE UNIQUE INDEX waitlist_entries_once
    ON waitlist_entries (
        property_id, room_type_id, check_in, check_out,
        coalesce(user_id::text, lower(contact_email), contact_phone, contact_name)
    )
    WHERE status IN ('waiting', 'offered');
