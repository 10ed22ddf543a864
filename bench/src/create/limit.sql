-- A booking as the server makes it (bookings/service/create.rs): the same statements in the same order,
-- in one call. What the server decides between them is decided here with as little work as possible.
-- Filled in: property_id, room_types, user_id, first_day, nights, events, answer.

-- Ids that grow with time, as the server's do: random ones would scatter over the indexes.
CREATE OR REPLACE FUNCTION bench_uuid() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT (lpad(to_hex((1000 * extract(epoch FROM clock_timestamp()))::bigint), 12, '0')
        || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;

-- What the server remembers of the hotel: one plan, with one policy.
DROP TABLE IF EXISTS bench_catalogue;
CREATE TABLE bench_catalogue AS
    SELECT t.id AS room_type_id, t.name, t.base_price_minor, p.currency, r.id AS plan_id,
        jsonb_build_object('code', c.code, 'name', c.name, 'is_non_refundable', c.is_non_refundable, 'windows', '[]'::jsonb,
            'no_show', jsonb_build_object('kind', c.no_show_fee_kind, 'value', c.no_show_fee_value)) AS terms
    FROM properties p
    JOIN room_types t ON t.property_id = p.id
    JOIN rate_plans r ON r.property_id = p.id
    JOIN cancellation_policies c ON c.property_id = r.property_id AND c.id = r.cancellation_policy_id
    WHERE p.id = '{property_id}';

CREATE OR REPLACE FUNCTION bench_create_booking(day integer, type_number integer) RETURNS void
LANGUAGE plpgsql AS $function$
DECLARE
    this_property CONSTANT uuid := '{property_id}';
    this_type CONSTANT uuid := (ARRAY[{room_types}]::uuid[])[type_number];
    this_user CONSTANT uuid := '{user_id}';
    arrival CONSTANT date := date '{first_day}' + day;
    departure CONSTANT date := arrival + {nights};
    at CONSTANT timestamptz := clock_timestamp();
    booking CONSTANT uuid := bench_uuid();
    stay CONSTANT uuid := bench_uuid();
    posting CONSTANT uuid := bench_uuid();
    key CONSTANT bytea := sha256(uuid_send(booking));
    offer bench_catalogue;
    room uuid;
    guest uuid;
BEGIN
    -- The first round trip: claim the key, lock, read what the price depends on.
    INSERT INTO idempotency_keys (id, fingerprint, created_at, updated_at)
        VALUES (key, sha256(key), at, at)
        ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, created_at = excluded.created_at
        WHERE idempotency_keys.created_at < at - interval '24 hours';
    PERFORM night, room_type_id, capacity, sold, allotted, overbooking FROM inventory
        WHERE property_id = this_property AND night >= arrival AND night < departure
            AND room_type_id = ANY (ARRAY[this_type])
        ORDER BY property_id, night, room_type_id
        FOR NO KEY UPDATE;
    PERFORM changed_by FROM catalogues WHERE property_id = this_property;
    SELECT * INTO STRICT offer FROM bench_catalogue WHERE room_type_id = this_type;
    PERFORM * FROM rates
        WHERE property_id = ANY (ARRAY[this_property]) AND night >= arrival AND night <= departure
            AND room_type_id = ANY (ARRAY[this_type])
        ORDER BY property_id, night, room_type_id, rate_plan_id;

    SELECT g.id INTO guest FROM guests g
        WHERE g.property_id = this_property AND g.name_key = name_key('Guest of the bench')
            AND (g.email = 'guest@bench.test' OR g.phone_key = phone_key(NULL) OR g.user_id = NULL)
        ORDER BY g.merged_into_id IS NOT NULL, g.id LIMIT 1;

    -- The second: count the nights as sold, see which rooms are free. OFFSET 0 keeps each gap from being
    -- looked up once for every mention.
    UPDATE inventory SET sold = sold + 1, updated_at = at
        WHERE property_id = this_property AND night >= arrival AND night < departure AND room_type_id = this_type;
    SELECT gap.id INTO room
        FROM (
            SELECT id, number,
                (SELECT max(night) FROM room_nights n
                    WHERE n.property_id = rooms.property_id AND n.room_id = rooms.id AND night < arrival) AS before,
                (SELECT min(night) FROM room_nights n
                    WHERE n.property_id = rooms.property_id AND n.room_id = rooms.id AND night >= arrival) AS after
            FROM rooms
            WHERE property_id = this_property AND room_type_id = ANY (ARRAY[this_type]) AND NOT is_deleted
            OFFSET 0) AS gap
        WHERE coalesce(gap.after >= departure, true)
        ORDER BY coalesce(arrival - gap.before, 10000) + coalesce(gap.after - departure, 10000), length(number), number
        LIMIT 1;
    IF room IS NULL THEN
        RAISE EXCEPTION 'no room is free from % to %', arrival, departure;
    END IF;

    -- The third: write everything that is new, and the answer.
    IF guest IS NULL THEN
        guest := bench_uuid();
        INSERT INTO guests (property_id, id, survivor_id, full_name, email, created_at, updated_at)
            VALUES (this_property, guest, guest, 'Guest of the bench', 'guest@bench.test', at, at);
    END IF;
    INSERT INTO bookings (property_id, id, reference, status, channel, external_reference, user_id, created_by,
            created_by_key, contact_name, contact_email, contact_phone, special_requests, check_in, check_out, currency,
            total_minor, hold_expires_at, guest_id, created_at, updated_at)
        VALUES (this_property, booking, 'HBS-' || upper(substr(encode(key, 'hex'), 1, 10)), 'confirmed', 'direct',
            NULL, NULL, this_user, NULL, 'Guest of the bench', 'guest@bench.test', NULL, NULL, arrival, departure,
            offer.currency, offer.base_price_minor * {nights}, NULL, guest, at, at);
    INSERT INTO stays (property_id, id, booking_id, position, status, room_type_id, room_id, is_pinned, check_in,
            check_out, adults, children_ages, guest_name, total_minor, rate_plan_id, cancellation_terms,
            booked_room_type_id, status_on, created_at, updated_at)
        VALUES (this_property, stay, booking, 0, 'confirmed', this_type, room, false, arrival, departure, 2, '{}',
            NULL, offer.base_price_minor * {nights}, offer.plan_id, offer.terms, this_type, current_date, at, at);
    INSERT INTO room_nights (property_id, room_id, night, stay_id, created_at, updated_at)
        SELECT this_property, room, arrival + n, stay, at, at FROM generate_series(0, {nights} - 1) AS n;
    INSERT INTO folio_entries (property_id, folio_id, booking_id, id, stay_id, kind, service_date, posted_on, amount_minor,
            description, tax_rule_id, reverses_id, created_at, updated_at, posting_id)
        SELECT this_property, booking, booking, bench_uuid(), stay, 'room', arrival + n, current_date, offer.base_price_minor,
            offer.name, NULL, NULL, at, at, posting
        FROM generate_series(0, {nights} - 1) AS n;
    INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, booking_id, actor_kind, actor_id, request_id,
            changes, occurred_at)
        SELECT bench_uuid(), this_property, event.kind, event.entity, booking, booking, 'user', this_user,
            booking::text, event.changes, at
        FROM (VALUES {events}) AS event (kind, entity, changes);
    UPDATE idempotency_keys SET status = 201, location = '/v1/bookings/' || booking, etag = '"1"', body = {answer}
        WHERE id = key;
END
$function$;
