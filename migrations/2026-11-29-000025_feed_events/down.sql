ALTER TABLE feed_imports DROP COLUMN echoes;
ALTER TABLE feed_exports DROP COLUMN import_id;
DELETE FROM feed_conflicts WHERE reason = 'empty';
ALTER TABLE feed_conflicts
    DROP CONSTRAINT feed_conflicts_reason_check,
    ADD CONSTRAINT feed_conflicts_reason_check CHECK (reason IN ('room_taken', 'recurring', 'unreadable')),
    DROP COLUMN detail;
-- One conflict of each name is left, and names of blocks are made different: the next look at the feed sets both right.
DELETE FROM feed_conflicts a USING feed_conflicts b
WHERE a.property_id = b.property_id AND a.feed_id = b.feed_id AND a.uid = b.uid AND a.id > b.id
    AND a.status <> 'resolved' AND b.status <> 'resolved';
DROP INDEX feed_conflicts_once;
CREATE UNIQUE INDEX feed_conflicts_once ON feed_conflicts (property_id, feed_id, uid) WHERE status <> 'resolved';
UPDATE room_blocks a SET feed_uid = left(a.feed_uid, 200) || ' ' || a.id
WHERE NOT a.is_deleted AND EXISTS (
    SELECT FROM room_blocks b
    WHERE b.property_id = a.property_id AND b.feed_id = a.feed_id AND b.feed_uid = a.feed_uid AND NOT b.is_deleted AND b.id < a.id
);
DROP INDEX room_blocks_feed_uid;
CREATE UNIQUE INDEX room_blocks_feed_uid ON room_blocks (property_id, feed_id, feed_uid) WHERE NOT is_deleted;
