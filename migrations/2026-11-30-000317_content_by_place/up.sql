-- Lists of what is public go on from a place.
CREATE INDEX content_items_by_place ON content_items (site_id, position, id) WHERE NOT is_deleted;
