-- Which answers a guest was written to about, answer by answer. The last one that was told (`guest_told_to`) said too little:
-- issues are merged, and their messages with them. An older process cannot live with this: it reads that column.

ALTER TABLE issue_messages ADD COLUMN told_at timestamptz;
-- Up to the last one that was told; and where nothing is due, whatever there is.
UPDATE issue_messages AS m SET told_at = m.created_at FROM issues AS i
    WHERE i.property_id = m.property_id AND i.id = m.issue_id AND NOT m.is_note AND NOT m.is_from_guest
      AND (i.guest_due_at IS NULL OR m.id <= i.guest_told_to);

-- Mails that wait name the answers from now on, and no more than there were when they were queued.
UPDATE mail_queue AS q SET params = jsonb_build_object('issues', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('property_id', i.property_id, 'message_ids', (
        SELECT coalesce(jsonb_agg(m.id ORDER BY m.id), '[]') FROM issue_messages AS m
            WHERE m.property_id = i.property_id AND m.issue_id = i.id AND NOT m.is_note AND NOT m.is_from_guest
              AND (told.issue ->> 'after' IS NULL OR m.id > (told.issue ->> 'after')::uuid)
              AND (i.guest_told_to IS NULL OR m.id <= i.guest_told_to)
    ))), '[]')
    FROM jsonb_array_elements(q.params -> 'issues') AS told (issue)
    JOIN issues AS i ON i.id = (told.issue ->> 'issue_id')::uuid
))
    WHERE q.kind = 'issue_answered';

ALTER TABLE issues DROP COLUMN guest_told_to;
