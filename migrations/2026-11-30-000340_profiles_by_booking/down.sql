ALTER TABLE guests DROP COLUMN made_for_booking_id;
