DROP TABLE feed_conflicts;
-- Their nights are given back before: without the feed nobody would.
UPDATE inventory SET capacity = capacity + blocked.rooms
FROM (
    SELECT room_nights.property_id, night, room_type_id, count(*) AS rooms FROM room_nights
    JOIN room_blocks ON room_blocks.property_id = room_nights.property_id AND room_blocks.id = block_id
    JOIN rooms ON rooms.property_id = room_nights.property_id AND rooms.id = room_nights.room_id
    WHERE room_blocks.kind = 'external' GROUP BY 1, 2, 3
) AS blocked
WHERE inventory.property_id = blocked.property_id AND inventory.night = blocked.night
    AND inventory.room_type_id = blocked.room_type_id;
DELETE FROM room_nights USING room_blocks
WHERE room_blocks.property_id = room_nights.property_id AND room_blocks.id = block_id AND room_blocks.kind = 'external';
DELETE FROM room_blocks WHERE kind = 'external';
ALTER TABLE room_blocks
    DROP CONSTRAINT room_blocks_kind_check,
    ADD CONSTRAINT room_blocks_kind_check CHECK (kind IN ('out_of_order', 'frozen', 'out_of_service')),
    DROP COLUMN feed_uid,
    DROP COLUMN feed_id;
DROP TABLE feed_imports;
DROP TABLE feed_exports;
