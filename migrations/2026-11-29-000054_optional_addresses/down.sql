UPDATE bookings SET contact_email = 'nobody@invalid' WHERE contact_email IS NULL;
UPDATE waitlist_entries SET contact_email = id || '@invalid' WHERE contact_email IS NULL;
DROP INDEX waitlist_entries_once;
CREATE UNIQUE INDEX waitlist_entries_once
    ON waitlist_entries (property_id, room_type_id, check_in, check_out, coalesce(user_id::text, lower(contact_email)))
    WHERE status IN ('waiting', 'offered');
ALTER TABLE waitlist_entries ALTER COLUMN contact_email SET NOT NULL;
ALTER TABLE bookings ALTER COLUMN contact_email SET NOT NULL;
