-- What a booking is found by, folded as searches compare texts: its references with and without marks, the contact, the digits of
-- the phone number, who stays, notes and tags. In a table of its own, so that the index costs those who change a booking nothing
-- unless a name changes. Triggers keep it, whoever writes.
CREATE TABLE booking_texts (
    property_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    content text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (property_id, booking_id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id)
);

-- All runs of three characters of a text. With an index over them, texts that have a word somewhere are found without reading all.
-- PostgreSQL's own module for that (pg_trgm) is not on every server.
CREATE FUNCTION trigrams(text text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(SELECT DISTINCT substr(text, n, 3) FROM generate_series(1, char_length(text) - 2) AS n);

-- The same of several words that are looked for.
CREATE FUNCTION trigrams_of(words text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(SELECT DISTINCT unnest(trigrams(folded(word))) FROM unnest(words) AS word);

-- Says that a folded text has each of some words somewhere in it, in any order.
CREATE FUNCTION mentions_all(text text, words text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN NOT EXISTS (SELECT FROM unnest(words) AS word WHERE strpos(text, folded(word)) = 0);

CREATE FUNCTION digits(text text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(text, '[^0-9]', '', 'g');

CREATE FUNCTION text_of_booking(booking bookings) RETURNS text
    LANGUAGE sql STABLE AS $$
    SELECT folded(concat_ws(' ', booking.reference, replace(booking.reference, '-', ''), booking.external_reference,
        nullif(digits(booking.external_reference), booking.external_reference), booking.contact_name, booking.contact_email,
        booking.contact_phone, digits(booking.contact_phone),
        (SELECT string_agg(DISTINCT stays.guest_name, ' ') FROM stays
         WHERE stays.property_id = booking.property_id AND stays.booking_id = booking.id),
        array_to_string(booking.tags, ' '), left(booking.notes, 500)))
$$;

CREATE FUNCTION keep_text_of_new_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO booking_texts (property_id, booking_id, content) VALUES (NEW.property_id, NEW.id, text_of_booking(NEW));
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_text_of_new AFTER INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION keep_text_of_new_booking();

CREATE FUNCTION keep_text_of_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE booking_texts SET content = text_of_booking(NEW), updated_at = now()
    WHERE property_id = NEW.property_id AND booking_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_text AFTER UPDATE ON bookings FOR EACH ROW
    WHEN (ROW (OLD.reference, OLD.external_reference, OLD.contact_name, OLD.contact_email, OLD.contact_phone, OLD.tags, OLD.notes)
        IS DISTINCT FROM
        ROW (NEW.reference, NEW.external_reference, NEW.contact_name, NEW.contact_email, NEW.contact_phone, NEW.tags, NEW.notes))
    EXECUTE FUNCTION keep_text_of_booking();

-- Those who stay are written after their booking.
CREATE FUNCTION keep_text_of_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE booking_texts t SET content = text_of_booking(b), updated_at = now()
    FROM bookings b
    WHERE b.property_id = NEW.property_id AND b.id = NEW.booking_id AND t.property_id = b.property_id AND t.booking_id = b.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_text_of_new AFTER INSERT ON stays FOR EACH ROW
    WHEN (NEW.guest_name IS NOT NULL) EXECUTE FUNCTION keep_text_of_stay();
CREATE TRIGGER keep_text AFTER UPDATE ON stays FOR EACH ROW
    WHEN (OLD.guest_name IS DISTINCT FROM NEW.guest_name) EXECUTE FUNCTION keep_text_of_stay();

INSERT INTO booking_texts (property_id, booking_id, content) SELECT property_id, id, text_of_booking(bookings) FROM bookings;
CREATE INDEX booking_texts_trigrams ON booking_texts USING gin (trigrams(content));
