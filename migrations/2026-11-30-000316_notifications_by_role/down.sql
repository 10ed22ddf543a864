DROP FUNCTION is_held_by(text, uuid, uuid);
DROP FUNCTION has_role(text, uuid, uuid);
ALTER TABLE notifications DROP CONSTRAINT notifications_by_role, DROP COLUMN role;
