-- Calendars of types go, and their nights are given back before: without the feed nobody would.
UPDATE inventory SET capacity = capacity + blocked.rooms, updated_at = now()
FROM (
    SELECT n.property_id, n.night, r.room_type_id, count(*)::integer AS rooms FROM room_nights n
    JOIN room_blocks k ON k.property_id = n.property_id AND k.id = n.block_id
    JOIN feed_imports f ON f.property_id = k.property_id AND f.id = k.feed_id
    JOIN rooms r ON r.property_id = n.property_id AND r.id = n.room_id
    WHERE f.room_type_id IS NOT NULL GROUP BY 1, 2, 3
) AS blocked
WHERE inventory.property_id = blocked.property_id AND inventory.night = blocked.night
    AND inventory.room_type_id = blocked.room_type_id;
DELETE FROM room_nights n USING room_blocks k, feed_imports f
WHERE k.property_id = n.property_id AND k.id = n.block_id
    AND f.property_id = k.property_id AND f.id = k.feed_id AND f.room_type_id IS NOT NULL;
DELETE FROM room_blocks k USING feed_imports f
WHERE f.property_id = k.property_id AND f.id = k.feed_id AND f.room_type_id IS NOT NULL;
DELETE FROM feed_conflicts c USING feed_imports f
WHERE f.property_id = c.property_id AND f.id = c.feed_id AND f.room_type_id IS NOT NULL;
UPDATE feed_exports e SET import_id = NULL FROM feed_imports f
WHERE f.property_id = e.property_id AND f.id = e.import_id AND f.room_type_id IS NOT NULL;
DELETE FROM feed_imports WHERE room_type_id IS NOT NULL;

DROP INDEX room_blocks_feed_uid;
CREATE UNIQUE INDEX room_blocks_feed_uid ON room_blocks (property_id, feed_id, feed_uid, from_date) WHERE NOT is_deleted;
ALTER TABLE feed_imports
    DROP CONSTRAINT feed_imports_subject,
    DROP COLUMN room_type_id,
    ALTER COLUMN room_id SET NOT NULL;
