ALTER TABLE properties DROP COLUMN requires_identity;
DROP TABLE stay_guests;
