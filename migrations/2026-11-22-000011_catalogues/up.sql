-- Which transaction changed last what a hotel offers whatever the night: so that a process may remember it, and know by
-- one small read that it still holds.
CREATE TABLE catalogues (
    property_id uuid PRIMARY KEY REFERENCES properties (id),
    -- No two transactions have the same number.
    changed_by bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
INSERT INTO catalogues SELECT id, 0, created_at, updated_at FROM properties;

CREATE FUNCTION note_catalogue_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    hotel uuid;
BEGIN
    IF TG_TABLE_NAME = 'properties' THEN
        hotel := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        hotel := OLD.property_id;
    ELSE
        hotel := NEW.property_id;
    END IF;
    INSERT INTO catalogues (property_id, changed_by, created_at, updated_at)
    VALUES (hotel, pg_current_xact_id()::text::bigint, now(), now())
    ON CONFLICT (property_id) DO UPDATE SET changed_by = EXCLUDED.changed_by, updated_at = EXCLUDED.updated_at
        WHERE catalogues.changed_by <> EXCLUDED.changed_by;
    RETURN NULL;
END
$$;

-- When the transaction ends: nobody waits long for another's note, and no lock is taken after it.
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE ON properties
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON room_types
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON amenities
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON room_type_amenities
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON images
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON rate_plans
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON rate_plan_room_types
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON cancellation_policies
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON cancellation_windows
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON age_bands
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON tax_rules
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
