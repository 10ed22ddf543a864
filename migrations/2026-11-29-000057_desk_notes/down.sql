DROP FUNCTION has_tag(text[], text);
ALTER TABLE bookings DROP COLUMN tags, DROP COLUMN notes, DROP COLUMN arrival_time;
