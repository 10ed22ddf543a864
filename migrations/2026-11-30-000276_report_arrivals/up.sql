-- What became of the stays that were to arrive, as it was when the date was closed. One that was awaited still is written with
-- the date on which it came or was given up. Each is written once.
CREATE TABLE report_arrivals (
    property_id uuid NOT NULL,
    stay_id uuid NOT NULL,
    business_date date NOT NULL,
    room_type_id uuid NOT NULL,
    rate_plan_id uuid,
    channel text NOT NULL,
    is_cancelled boolean NOT NULL,
    is_no_show boolean NOT NULL,
    nights integer NOT NULL,
    lead_days integer NOT NULL CHECK (lead_days >= 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, stay_id),
    FOREIGN KEY (property_id, business_date) REFERENCES report_days (property_id, business_date),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id),
    CHECK (NOT (is_cancelled AND is_no_show))
);

CREATE INDEX report_arrivals_date ON report_arrivals (property_id, business_date);

CREATE TRIGGER report_arrivals_stay BEFORE UPDATE OR DELETE ON report_arrivals
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_statistics();

-- For dates that are closed already, as it stands now.
INSERT INTO report_arrivals (property_id, stay_id, business_date, room_type_id, rate_plan_id, channel, is_cancelled, is_no_show,
                             nights, lead_days, created_at, updated_at)
SELECT s.property_id, s.id, s.check_in, s.booked_room_type_id, s.rate_plan_id, b.channel, s.status = 'cancelled',
       s.status = 'no_show', s.check_out - s.check_in,
       greatest(s.check_in - (b.created_at AT TIME ZONE p.time_zone)::date, 0), now(), now()
FROM report_days d JOIN stays s ON s.property_id = d.property_id AND s.check_in = d.business_date
JOIN bookings b ON b.property_id = s.property_id AND b.id = s.booking_id
JOIN properties p ON p.id = s.property_id
WHERE s.status NOT IN ('held', 'expired', 'confirmed') AND s.split_from IS NULL;
