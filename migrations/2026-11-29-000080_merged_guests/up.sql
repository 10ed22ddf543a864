-- Bookings show the profile that stands for their guest, so a merge, and taking one back, changes what all rows of a hotel show.
CREATE FUNCTION note_merged_guest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (property_id, changed_by, kind, entity_id)
    VALUES (NEW.property_id, pg_current_xact_id()::text::bigint, 'hotel', NEW.property_id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_merge AFTER UPDATE ON guests FOR EACH ROW
    WHEN (OLD.survivor_id IS DISTINCT FROM NEW.survivor_id) EXECUTE FUNCTION note_merged_guest();
