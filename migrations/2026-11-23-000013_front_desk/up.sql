-- The day at the desk: amendments, undoing within the day, and the night audit that closes it.

ALTER TABLE properties
    -- What the night audit last rolled to. None: no audit has been run, and the local date counts.
    ADD COLUMN business_date date,
    -- When the audit runs by itself, by the clocks at the hotel on the day after. None: when somebody runs it.
    ADD COLUMN night_audit_time time,
    -- Whether guests who have not come by the no-show cut-off are recorded so without anybody's doing.
    ADD COLUMN auto_no_show boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT properties_auto_no_show CHECK (NOT auto_no_show OR no_show_cutoff IS NOT NULL);

ALTER TABLE bookings
    -- A hold is extended once.
    ADD COLUMN is_hold_extended boolean NOT NULL DEFAULT false;

ALTER TABLE stays
    -- The type that was sold; `room_type_id` is that of the room occupied, another one after an upgrade.
    ADD COLUMN booked_room_type_id uuid,
    -- The day of departure as booked, where the guest left before it.
    ADD COLUMN booked_check_out date,
    -- The night from which on the guests are in `room_id`, where they were in another room of `room_nights` before.
    ADD COLUMN moved_on date,
    -- The business date on which the stay came to its status: until it ends, that can be undone.
    ADD COLUMN status_on date,
    ADD CONSTRAINT stays_booked_check_out CHECK (booked_check_out > check_out);
UPDATE stays SET booked_room_type_id = room_type_id, status_on = updated_at::date;
ALTER TABLE stays
    ALTER COLUMN booked_room_type_id SET NOT NULL,
    ALTER COLUMN status_on SET NOT NULL,
    ADD FOREIGN KEY (property_id, booked_room_type_id) REFERENCES room_types (property_id, id);

-- Guests are not sent to a room that others are in.
CREATE UNIQUE INDEX stays_one_in_a_room ON stays (property_id, room_id) WHERE status = 'checked_in';

-- Lines that were posted together: what an undo takes back together.
ALTER TABLE folio_entries ADD COLUMN posting_id uuid;
UPDATE folio_entries SET posting_id = md5(booking_id::text || created_at::text)::uuid;
ALTER TABLE folio_entries ALTER COLUMN posting_id SET NOT NULL;

-- What the night audit has closed is not taken back.
CREATE FUNCTION refuse_reversal_of_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM posted
        JOIN folio_entries AS taken_back ON taken_back.property_id = posted.property_id AND taken_back.id = posted.reverses_id
        JOIN properties ON properties.id = posted.property_id
        WHERE taken_back.service_date < properties.business_date
    ) THEN
        RAISE EXCEPTION 'a line of a closed business date is not taken back'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'folio_entries_closed';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER refuse_reversal_of_closed AFTER INSERT ON folio_entries
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION refuse_reversal_of_closed();

CREATE TABLE night_audits (
    property_id uuid NOT NULL REFERENCES properties (id),
    -- The date that it closed.
    business_date date NOT NULL,
    -- None: it ran by itself.
    run_by uuid REFERENCES users (id),
    no_shows integer NOT NULL CHECK (no_shows >= 0),
    rooms_occupied integer NOT NULL CHECK (rooms_occupied >= 0),
    rooms_available integer NOT NULL CHECK (rooms_available >= 0),
    arrivals integer NOT NULL CHECK (arrivals >= 0),
    departures integer NOT NULL CHECK (departures >= 0),
    -- Of the folio lines of that date, without and with taxes and fees.
    room_revenue_minor bigint NOT NULL,
    total_revenue_minor bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, business_date)
);
CREATE INDEX folio_entries_service_date ON folio_entries (property_id, service_date);
