-- Bookings show the profile that stands for their guest, so a merge, and taking one back, changes what all rows of a hotel show.
CREATE TRIGGER note_merge AFTER UPDATE ON guests FOR EACH ROW
    WHEN (OLD.survivor_id IS DISTINCT FROM NEW.survivor_id) EXECUTE FUNCTION note_changed_hotel();
