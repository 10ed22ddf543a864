-- Extras that were sold with a stay. What they cost, the lines of folios say: the rest follows the stay.
CREATE TABLE stay_extras (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    booking_id uuid NOT NULL,
    stay_id uuid NOT NULL,
    extra_id uuid NOT NULL,
    quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000),
    -- The day on which it is served, where one was asked for.
    date date,
    -- The business date on which it was taken away: what was to come then is not served.
    removed_on date,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id),
    FOREIGN KEY (property_id, extra_id) REFERENCES extras (property_id, id)
);
CREATE INDEX stay_extras_booking_id ON stay_extras (property_id, booking_id);
CREATE INDEX stay_extras_stay_id ON stay_extras (property_id, stay_id);
CREATE INDEX stay_extras_extra_id ON stay_extras (property_id, extra_id);

ALTER TABLE folio_entries
    -- The extra that a price or a tax is for, whether it was sold with a stay or posted by hand.
    ADD COLUMN extra_id uuid,
    -- The sale of it with a stay; none for what was posted by hand, and for what is in the price of a night.
    ADD COLUMN stay_extra_id uuid,
    -- How many of it the line is for.
    ADD COLUMN extra_units integer CHECK (extra_units > 0),
    -- Whether it is in the price of the night, and a part of it.
    ADD COLUMN extra_in_price boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT folio_entries_of_extra CHECK (
        (extra_id IS NULL) = (extra_units IS NULL)
        AND (extra_id IS NOT NULL OR (stay_extra_id IS NULL AND NOT extra_in_price))
        AND (extra_id IS NULL OR kind IN ('extra', 'tax'))
    ),
    ADD FOREIGN KEY (property_id, extra_id) REFERENCES extras (property_id, id),
    ADD FOREIGN KEY (property_id, stay_extra_id) REFERENCES stay_extras (property_id, id);
-- What is to be served on a day.
CREATE INDEX folio_entries_extra_id ON folio_entries (property_id, extra_id, service_date) WHERE extra_id IS NOT NULL;
CREATE INDEX folio_entries_served ON folio_entries (property_id, service_date) WHERE extra_id IS NOT NULL;
CREATE INDEX folio_entries_stay_extra_id ON folio_entries (property_id, stay_extra_id) WHERE stay_extra_id IS NOT NULL;
