-- What a closed date came to. The night audit writes it in the transaction that closes the date, and nothing changes it:
-- reports on closed dates read it here, so that they say the same ever after, whatever becomes of bookings and profiles.
CREATE TABLE report_days (
    property_id uuid NOT NULL REFERENCES properties (id),
    business_date date NOT NULL,
    rooms_available integer NOT NULL CHECK (rooms_available >= 0),
    out_of_order integer NOT NULL CHECK (out_of_order >= 0),
    arrivals integer NOT NULL CHECK (arrivals >= 0),
    departures integer NOT NULL CHECK (departures >= 0),
    no_shows integer NOT NULL CHECK (no_shows >= 0),
    cancellations integer NOT NULL CHECK (cancellations >= 0),
    -- What belongs to no stay: charges at the desk, house folios, and accounts.
    house_extra_minor bigint NOT NULL,
    house_other_minor bigint NOT NULL,
    house_tax_minor bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, business_date)
);

-- What each stay had and cost on a closed date, under what the booking was then.
CREATE TABLE report_stays (
    property_id uuid NOT NULL,
    business_date date NOT NULL,
    stay_id uuid NOT NULL,
    room_type_id uuid NOT NULL,
    rate_plan_id uuid,
    channel text NOT NULL,
    country text,
    nights integer NOT NULL CHECK (nights IN (0, 1)),
    guests integer NOT NULL CHECK (guests >= 0),
    room_minor bigint NOT NULL,
    extra_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    other_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, business_date, stay_id),
    FOREIGN KEY (property_id, business_date) REFERENCES report_days (property_id, business_date),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id)
);

-- How the books of each night changed from one closed date to the next: what was on the books at the end of a date is the sum
-- of all that came until then.
CREATE TABLE report_pickups (
    property_id uuid NOT NULL,
    night date NOT NULL,
    room_type_id uuid NOT NULL,
    as_of date NOT NULL,
    rooms integer NOT NULL,
    room_minor bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, night, room_type_id, as_of),
    FOREIGN KEY (property_id, as_of) REFERENCES report_days (property_id, business_date),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id),
    CHECK (rooms <> 0 OR room_minor <> 0)
);

CREATE FUNCTION refuse_change_of_statistics() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the statistics of a closed date do not change' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER report_days_stay BEFORE UPDATE OR DELETE ON report_days
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_statistics();
CREATE TRIGGER report_stays_stay BEFORE UPDATE OR DELETE ON report_stays
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_statistics();
CREATE TRIGGER report_pickups_stay BEFORE UPDATE OR DELETE ON report_pickups
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_statistics();

-- Stays are found by the date of their last move, as cancellations are counted.
CREATE INDEX stays_status_on ON stays (property_id, status_on) WHERE status IN ('cancelled', 'no_show');
