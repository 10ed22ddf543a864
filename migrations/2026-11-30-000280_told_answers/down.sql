ALTER TABLE issues ADD COLUMN guest_told_to uuid;
UPDATE issues AS i SET guest_told_to = (
    SELECT m.id FROM issue_messages AS m
        WHERE m.property_id = i.property_id AND m.issue_id = i.id AND m.told_at IS NOT NULL ORDER BY m.id DESC LIMIT 1
);
-- An older process takes answers by their issue: those that wait are told with all that came before.
UPDATE mail_queue AS q SET params = jsonb_build_object('issues', (
    SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object('issue_id', m.issue_id, 'after', NULL)), '[]')
    FROM jsonb_array_elements(q.params -> 'issues') AS told (answers)
    CROSS JOIN jsonb_array_elements_text(told.answers -> 'message_ids') AS id (message_id)
    JOIN issue_messages AS m ON m.property_id = (told.answers ->> 'property_id')::uuid AND m.id = id.message_id::uuid
))
    WHERE q.kind = 'issue_answered';
ALTER TABLE issue_messages DROP COLUMN told_at;
