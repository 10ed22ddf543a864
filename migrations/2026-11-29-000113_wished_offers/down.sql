DELETE FROM wishlist_items WHERE offer_id IS NOT NULL;
ALTER TABLE wishlist_items
    DROP CONSTRAINT wishlist_items_what,
    DROP COLUMN offer_id,
    ALTER COLUMN room_type_id SET NOT NULL;
