-- What the desk notes on a booking: when the guests mean to come, what staff should know, and short marks to find it by.
ALTER TABLE bookings
    -- Local time of the day of arrival.
    ADD COLUMN arrival_time time,
    ADD COLUMN notes text,
    -- Names such as `vip`, or `name:text`.
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT bookings_tags CHECK (cardinality(tags) <= 20);

-- Few bookings have a tag, and those are what is looked for.
CREATE INDEX bookings_tagged ON bookings (property_id, id) WHERE tags <> '{}';

-- Says that some of these tags have a name, whatever follows it, or are the tag as a whole.
CREATE FUNCTION has_tag(tags text[], tag text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN EXISTS (SELECT FROM unnest(tags) AS one WHERE one = tag OR starts_with(one, tag || ':'));
