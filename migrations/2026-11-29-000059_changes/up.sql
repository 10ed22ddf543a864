-- Which transaction changed which booking or room, so that a screen asks for what is new since its last answer. A log of triggers
-- and not a column of each row: rows of several tables are one row of a screen. Nobody waits for another's note, as each
-- transaction writes rows of its own, and what is noted becomes visible with the change itself.
CREATE TABLE changes (
    property_id uuid NOT NULL,
    -- The transaction: no two have the same number.
    changed_by bigint NOT NULL,
    -- A booking with its stays and what is left to pay; a room with its blocks and with who is in it; the nights on sale, with
    -- their prices; or the hotel: what all rows show.
    kind text NOT NULL CHECK (kind IN ('booking', 'room', 'nights', 'hotel')),
    entity_id uuid NOT NULL,
    -- By the clock of the server, by which they are forgotten.
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (property_id, changed_by, kind, entity_id)
);
CREATE INDEX changes_created_at ON changes (created_at);

-- Rows that are what has changed: its kind is the argument.
CREATE FUNCTION note_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (property_id, changed_by, kind, entity_id)
    SELECT DISTINCT property_id, pg_current_xact_id()::text::bigint, TG_ARGV[0], id FROM changed ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_new AFTER INSERT ON bookings
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed('booking');
CREATE TRIGGER note_change AFTER UPDATE ON bookings
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed('booking');

-- What belongs to a booking: its balance, and what guests ask for.
CREATE FUNCTION note_changed_bookings_of() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (property_id, changed_by, kind, entity_id)
    SELECT DISTINCT property_id, pg_current_xact_id()::text::bigint, 'booking', booking_id FROM changed WHERE booking_id IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_new AFTER INSERT ON folios
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_bookings_of();
CREATE TRIGGER note_change AFTER UPDATE ON folios
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_bookings_of();

-- A stay changes its booking, the room that it has, and the one that it had.
CREATE FUNCTION note_new_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (property_id, changed_by, kind, entity_id)
    SELECT property_id, pg_current_xact_id()::text::bigint, 'booking', booking_id FROM changed
    UNION
    SELECT property_id, pg_current_xact_id()::text::bigint, 'room', room_id FROM changed WHERE room_id IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE FUNCTION note_changed_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (property_id, changed_by, kind, entity_id)
    SELECT property_id, pg_current_xact_id()::text::bigint, 'booking', booking_id FROM changed
    UNION
    SELECT property_id, pg_current_xact_id()::text::bigint, 'room', room_id FROM changed WHERE room_id IS NOT NULL
    UNION
    SELECT property_id, pg_current_xact_id()::text::bigint, 'room', room_id FROM was WHERE room_id IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_new AFTER INSERT ON stays
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_new_stays();
CREATE TRIGGER note_change AFTER UPDATE ON stays
    REFERENCING OLD TABLE AS was NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_stays();

CREATE TRIGGER note_new AFTER INSERT ON rooms
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed('room');
CREATE TRIGGER note_change AFTER UPDATE ON rooms
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed('room');

-- The number of a room, its floor and its type are shown in many rows.
CREATE FUNCTION note_changed_hotel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (property_id, changed_by, kind, entity_id)
    VALUES (NEW.property_id, pg_current_xact_id()::text::bigint, 'hotel', NEW.property_id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_renaming AFTER UPDATE ON rooms FOR EACH ROW
    WHEN (ROW (OLD.number, OLD.floor, OLD.room_type_id) IS DISTINCT FROM ROW (NEW.number, NEW.floor, NEW.room_type_id))
    EXECUTE FUNCTION note_changed_hotel();

CREATE FUNCTION note_changed_rooms_of() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (property_id, changed_by, kind, entity_id)
    SELECT DISTINCT property_id, pg_current_xact_id()::text::bigint, 'room', room_id FROM changed ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_new AFTER INSERT ON room_blocks
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_rooms_of();
CREATE TRIGGER note_change AFTER UPDATE ON room_blocks
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_rooms_of();

-- The nights on sale: those that come with the horizon, those that are set aside, and prices. What sales take from them is noted
-- with the bookings.
CREATE FUNCTION note_changed_at_hotel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (property_id, changed_by, kind, entity_id)
    SELECT DISTINCT property_id, pg_current_xact_id()::text::bigint, TG_ARGV[0], property_id FROM changed ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_new AFTER INSERT ON inventory
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_at_hotel('nights');
CREATE TRIGGER note_new AFTER INSERT ON rate_updates
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_at_hotel('nights');
CREATE TRIGGER note_new AFTER INSERT ON allotments
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_at_hotel('nights');
CREATE TRIGGER note_change AFTER UPDATE ON allotments
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_at_hotel('nights');
CREATE TRIGGER note_removal AFTER DELETE ON allotments
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_at_hotel('nights');

-- What all rows show: settings, dates and names.
CREATE TRIGGER note_new AFTER INSERT ON catalogues
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_at_hotel('hotel');
CREATE TRIGGER note_change AFTER UPDATE ON catalogues
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_at_hotel('hotel');
CREATE TRIGGER note_new AFTER INSERT ON groups
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_at_hotel('hotel');
CREATE TRIGGER note_change AFTER UPDATE ON groups
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_at_hotel('hotel');
