DROP INDEX bookings_live_by_mailbox;
DROP FUNCTION mailbox_of(text);
ALTER TABLE bookings DROP CONSTRAINT bookings_awaits_proof, DROP COLUMN awaits_proof;
ALTER TABLE properties DROP COLUMN requires_verified_email, DROP COLUMN max_live_nights, DROP COLUMN max_live_bookings;
