-- A wishlist has offers beside room types.
ALTER TABLE wishlist_items
    ALTER COLUMN room_type_id DROP NOT NULL,
    ADD COLUMN offer_id uuid,
    ADD FOREIGN KEY (property_id, offer_id) REFERENCES offers (property_id, id),
    ADD CONSTRAINT wishlist_items_what CHECK (num_nonnulls(room_type_id, offer_id) = 1),
    ADD CONSTRAINT wishlist_items_offer_once UNIQUE (user_id, offer_id);
CREATE INDEX wishlist_items_offer_id ON wishlist_items (property_id, offer_id) WHERE offer_id IS NOT NULL;
