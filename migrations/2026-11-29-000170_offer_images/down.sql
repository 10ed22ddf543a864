DELETE FROM images WHERE offer_id IS NOT NULL;
-- What is noted at the end of the transaction is noted now: tables with such events cannot be altered.
SET CONSTRAINTS ALL IMMEDIATE;
DROP INDEX images_one_primary;
CREATE UNIQUE INDEX images_one_primary ON images (property_id, room_type_id) NULLS NOT DISTINCT WHERE is_primary;
ALTER TABLE images
    DROP CONSTRAINT images_of_one,
    DROP COLUMN offer_id;
