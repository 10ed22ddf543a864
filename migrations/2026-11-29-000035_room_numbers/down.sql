DROP INDEX rooms_number;
DROP INDEX rooms_number_key;
CREATE UNIQUE INDEX rooms_number_key ON rooms (property_id, number) WHERE NOT is_deleted;
DROP TRIGGER rooms_number_key ON rooms;
DROP FUNCTION rooms_number_key();
ALTER TABLE rooms DROP COLUMN number_key;
