ALTER TABLE bookings DROP COLUMN group_id;
DROP TABLE group_rates;
DROP TABLE groups;
DROP TABLE allotment_nights;
DROP TABLE allotments;
-- What was set aside is given back: without them nobody would.
UPDATE inventory SET allotted = 0;
