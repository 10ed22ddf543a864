-- Events that reach far ahead are blocks as far as blocks reach: nothing is out of range any more.
UPDATE feed_conflicts SET reason = 'unreadable' WHERE reason = 'out_of_range';
ALTER TABLE feed_conflicts
    DROP CONSTRAINT feed_conflicts_reason_check,
    ADD CONSTRAINT feed_conflicts_reason_check CHECK (reason IN ('room_taken', 'recurring', 'unreadable'));
