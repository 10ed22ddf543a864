-- A name may stand for several events, and an event for several spans of nights: those that are free.
DROP INDEX room_blocks_feed_uid;
CREATE UNIQUE INDEX room_blocks_feed_uid ON room_blocks (property_id, feed_id, feed_uid, from_date) WHERE NOT is_deleted;
DROP INDEX feed_conflicts_once;
CREATE UNIQUE INDEX feed_conflicts_once ON feed_conflicts (property_id, feed_id, uid, reason, from_date) NULLS NOT DISTINCT
WHERE status <> 'resolved';

ALTER TABLE feed_conflicts
    -- The reason in words.
    ADD COLUMN detail text CHECK (length(detail) BETWEEN 1 AND 300),
    DROP CONSTRAINT feed_conflicts_reason_check,
    ADD CONSTRAINT feed_conflicts_reason_check CHECK (reason IN ('room_taken', 'recurring', 'unreadable', 'empty'));

-- The import of whoever reads an export: what came from there is not told back.
ALTER TABLE feed_exports
    ADD COLUMN import_id uuid,
    ADD FOREIGN KEY (property_id, import_id) REFERENCES feed_imports (property_id, id);

-- Nights of events that the room's own stays and blocks had already: [{"uid", "from", "to"}].
ALTER TABLE feed_imports ADD COLUMN echoes jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(echoes) = 'array');
