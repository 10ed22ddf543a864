-- Two rooms with one number on the door, in whatever case and with whatever blanks, are a slip. The key by which numbers are
-- compared is the database's to make: whoever writes a number need not know of it.
ALTER TABLE rooms ADD COLUMN number_key text;

CREATE FUNCTION rooms_number_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.number_key := lower(normalize(btrim(NEW.number)));
    RETURN NEW;
END
$$;

-- Hotels may have such rooms already. One of them, best the one that is written like the key, has the number; the others keep
-- theirs as it is, and get the key when they are renamed. A number that differs from the key of its like is no other's key.
WITH alike AS (
    SELECT
        property_id, id, lower(normalize(btrim(number))) AS key,
        row_number() OVER (
            PARTITION BY property_id, is_deleted, lower(normalize(btrim(number)))
            ORDER BY number = lower(normalize(btrim(number))) DESC, created_at, id
        ) AS place
    FROM rooms
)
UPDATE rooms r SET number_key = CASE WHEN place = 1 OR is_deleted THEN key ELSE number END
FROM alike a WHERE (a.property_id, a.id) = (r.property_id, r.id);

ALTER TABLE rooms ALTER COLUMN number_key SET NOT NULL;
CREATE TRIGGER rooms_number_key BEFORE INSERT OR UPDATE OF number ON rooms FOR EACH ROW EXECUTE FUNCTION rooms_number_key();

DROP INDEX rooms_number_key;
CREATE UNIQUE INDEX rooms_number_key ON rooms (property_id, number_key) WHERE NOT is_deleted;
-- Rooms are listed by number.
CREATE INDEX rooms_number ON rooms (property_id, number) WHERE NOT is_deleted;
