-- An imported calendar is of a room or of a room type: each event of the latter takes one of its rooms.
ALTER TABLE feed_imports
    ALTER COLUMN room_id DROP NOT NULL,
    ADD COLUMN room_type_id uuid,
    ADD FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id),
    ADD CONSTRAINT feed_imports_subject CHECK (num_nonnulls(room_id, room_type_id) = 1);

-- Two events of one name that begin on one night have a room each.
DROP INDEX room_blocks_feed_uid;
CREATE UNIQUE INDEX room_blocks_feed_uid ON room_blocks (property_id, feed_id, feed_uid, room_id, from_date) WHERE NOT is_deleted;
