ALTER TABLE feed_conflicts
    DROP CONSTRAINT feed_conflicts_reason_check,
    ADD CONSTRAINT feed_conflicts_reason_check CHECK (reason IN ('room_taken', 'recurring', 'out_of_range', 'unreadable'));
