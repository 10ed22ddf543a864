-- Who books, who stays and for whom rooms are set aside: the profile beside what was typed, which stays as it was. Bookings and
-- groups can be a company's or an agent's.
ALTER TABLE bookings
    ADD COLUMN guest_id uuid,
    ADD COLUMN account_id uuid,
    ADD CONSTRAINT bookings_guest FOREIGN KEY (property_id, guest_id) REFERENCES guests (property_id, id),
    ADD CONSTRAINT bookings_account FOREIGN KEY (property_id, account_id) REFERENCES accounts (property_id, id);
CREATE INDEX bookings_guest_id ON bookings (property_id, guest_id) WHERE guest_id IS NOT NULL;
CREATE INDEX bookings_account_id ON bookings (property_id, account_id) WHERE account_id IS NOT NULL;

-- The guest of a stay who is not the booking's contact.
ALTER TABLE stays
    ADD COLUMN guest_id uuid,
    ADD CONSTRAINT stays_guest FOREIGN KEY (property_id, guest_id) REFERENCES guests (property_id, id);
CREATE INDEX stays_guest_id ON stays (property_id, guest_id) WHERE guest_id IS NOT NULL;

ALTER TABLE stay_guests
    ADD COLUMN guest_id uuid,
    ADD CONSTRAINT stay_guests_guest FOREIGN KEY (property_id, guest_id) REFERENCES guests (property_id, id);
CREATE INDEX stay_guests_guest_id ON stay_guests (property_id, guest_id) WHERE guest_id IS NOT NULL;

ALTER TABLE groups
    ADD COLUMN guest_id uuid,
    ADD COLUMN account_id uuid,
    ADD CONSTRAINT groups_guest FOREIGN KEY (property_id, guest_id) REFERENCES guests (property_id, id),
    ADD CONSTRAINT groups_account FOREIGN KEY (property_id, account_id) REFERENCES accounts (property_id, id);
CREATE INDEX groups_guest_id ON groups (property_id, guest_id) WHERE guest_id IS NOT NULL;
CREATE INDEX groups_account_id ON groups (property_id, account_id) WHERE account_id IS NOT NULL;

-- Profiles of those whom there are bookings of, by the rule by which new ones are found and made: an address or a number, and
-- the same name. Ids are as if they had been made at the time (UUID, version 7).
CREATE FUNCTION add_guest(of_property uuid, name text, address text, number text, born date, nation text, since timestamptz)
    RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    bytes bytea := substring(int8send((extract(epoch FROM since) * 1000)::bigint) FROM 3)
        || substring(uuid_send(gen_random_uuid()) FROM 7);
    made uuid := encode(set_byte(bytes, 6, (get_byte(bytes, 6) & 15) | 112), 'hex')::uuid;
BEGIN
    INSERT INTO guests (property_id, id, survivor_id, full_name, email, phone, birth_date, nationality, created_at, updated_at)
    VALUES (of_property, made, made, coalesce(nullif(left(name, 200), ''), '?'), left(address, 254), left(number, 40), born, nation, since, since);
    RETURN made;
END
$$;

CREATE FUNCTION guest_of_contact(of_property uuid, name text, address text, number text, since timestamptz)
    RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    known uuid;
BEGIN
    SELECT g.id INTO known FROM guests g
    WHERE g.property_id = of_property AND g.name_key = name_key(name) AND (g.email = address OR g.phone_key = phone_key(number))
    ORDER BY coalesce(g.email = address, false) DESC, g.id LIMIT 1;
    RETURN coalesce(known, add_guest(of_property, name, address, number, NULL, NULL, since));
END
$$;

DO $$
DECLARE
    someone record;
    profile uuid;
BEGIN
    FOR someone IN
        SELECT property_id, contact_name AS name, lower(btrim(contact_email)) AS address, contact_phone AS number,
            min(created_at) AS since, array_agg(id) AS ids
        FROM bookings GROUP BY 1, 2, 3, 4 ORDER BY 1, 5, 3, 2, 4
    LOOP
        profile := guest_of_contact(someone.property_id, someone.name, someone.address, someone.number, someone.since);
        UPDATE bookings SET guest_id = profile WHERE property_id = someone.property_id AND id = ANY (someone.ids);
    END LOOP;

    FOR someone IN
        SELECT property_id, id, contact_name AS name, lower(btrim(contact_email)) AS address, contact_phone AS number,
            created_at AS since
        FROM groups WHERE contact_name IS NOT NULL ORDER BY property_id, id
    LOOP
        profile := guest_of_contact(someone.property_id, someone.name, someone.address, someone.number, someone.since);
        UPDATE groups SET guest_id = profile WHERE property_id = someone.property_id AND id = someone.id;
    END LOOP;

    -- Nobody is known by the name alone: who stays has a profile for each booking, unless it is the contact.
    FOR someone IN
        SELECT s.property_id, s.booking_id, name_key(s.guest_name) AS key, min(s.guest_name) AS name, min(s.created_at) AS since,
            array_agg(s.id) AS ids
        FROM stays s JOIN bookings b ON b.property_id = s.property_id AND b.id = s.booking_id
        WHERE s.guest_name IS NOT NULL AND name_key(s.guest_name) <> name_key(b.contact_name)
        GROUP BY 1, 2, 3 ORDER BY 1, 5, 2, 3
    LOOP
        profile := add_guest(someone.property_id, someone.name, NULL, NULL, NULL, NULL, someone.since);
        UPDATE stays SET guest_id = profile WHERE property_id = someone.property_id AND id = ANY (someone.ids);
    END LOOP;

    FOR someone IN
        SELECT g.property_id, g.stay_id, g.position, g.full_name AS name, g.birth_date AS born, g.nationality AS nation,
            g.created_at AS since,
            CASE
                WHEN name_key(g.full_name) = name_key(s.guest_name) THEN coalesce(s.guest_id, b.guest_id)
                WHEN name_key(g.full_name) = name_key(b.contact_name) THEN b.guest_id
            END AS known
        FROM stay_guests g
        JOIN stays s ON s.property_id = g.property_id AND s.id = g.stay_id
        JOIN bookings b ON b.property_id = s.property_id AND b.id = s.booking_id
        ORDER BY g.property_id, g.stay_id, g.position
    LOOP
        profile := coalesce(
            someone.known,
            add_guest(someone.property_id, someone.name, NULL, NULL, someone.born, someone.nation, someone.since)
        );
        UPDATE stay_guests SET guest_id = profile
        WHERE property_id = someone.property_id AND stay_id = someone.stay_id AND position = someone.position;
    END LOOP;
END
$$;

DROP FUNCTION guest_of_contact (uuid, text, text, text, timestamptz);
DROP FUNCTION add_guest (uuid, text, text, text, date, text, timestamptz);

-- Whoever booked for themselves, at an address that they have proved, has that profile.
UPDATE guests g SET user_id = own.user_id
FROM (
    SELECT DISTINCT ON (b.property_id, b.user_id) b.property_id, b.user_id, b.guest_id
    FROM bookings b JOIN users u ON u.id = b.user_id
    WHERE u.email = lower(btrim(b.contact_email)) AND u.email_verified_at IS NOT NULL AND NOT u.is_deleted
    ORDER BY b.property_id, b.user_id, b.created_at DESC, b.id
) own
WHERE (g.property_id, g.id) = (own.property_id, own.guest_id);
