ALTER TABLE groups DROP COLUMN guest_id, DROP COLUMN account_id;
ALTER TABLE stay_guests DROP COLUMN guest_id;
ALTER TABLE stays DROP COLUMN guest_id;
ALTER TABLE bookings DROP COLUMN guest_id, DROP COLUMN account_id;
