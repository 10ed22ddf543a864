DROP INDEX content_items_by_place;
