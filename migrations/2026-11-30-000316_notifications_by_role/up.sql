-- The role by which somebody was told: without it at the hotel, they see it no more, and nothing of it is sent.
ALTER TABLE notifications
    ADD COLUMN role text,
    ADD CONSTRAINT notifications_by_role CHECK (role IS NULL OR reason = 'broadcast' AND property_id IS NOT NULL);
UPDATE notifications AS n SET role = b.role FROM notification_broadcasts AS b
    WHERE n.reason = 'broadcast' AND n.property_id = b.property_id AND n.entity_id = b.id AND b.role IS NOT NULL;

-- Says that somebody has a role at a place, or that none is asked for.
CREATE FUNCTION has_role(wanted text, person uuid, place uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT wanted IS NULL OR EXISTS (
        SELECT FROM role_assignments AS a JOIN roles AS r ON r.id = a.role_id
        WHERE a.user_id = person AND r.code = wanted AND (a.property_id IS NULL OR a.property_id = place))
$$;

-- Says that somebody holds a permission at a place, or that none is asked for.
CREATE FUNCTION is_held_by(wanted text, person uuid, place uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT wanted IS NULL OR EXISTS (
        SELECT FROM role_assignments AS a JOIN role_permissions AS p ON p.role_id = a.role_id
        WHERE a.user_id = person AND p.permission = wanted AND (a.property_id IS NULL OR a.property_id = place))
$$;
