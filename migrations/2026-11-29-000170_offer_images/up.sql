-- Offers have pictures, as room types do. They go with an offer that is removed.
ALTER TABLE images
    -- At most one of the two: null in both is a picture of the hotel itself.
    ADD COLUMN offer_id uuid,
    ADD CONSTRAINT images_of_one CHECK (num_nonnulls(room_type_id, offer_id) <= 1),
    ADD FOREIGN KEY (property_id, offer_id) REFERENCES offers (property_id, id) ON DELETE CASCADE;
CREATE INDEX images_offer_id ON images (property_id, offer_id, position) WHERE offer_id IS NOT NULL;

DROP INDEX images_one_primary;
CREATE UNIQUE INDEX images_one_primary ON images (property_id, room_type_id, offer_id) NULLS NOT DISTINCT WHERE is_primary;
