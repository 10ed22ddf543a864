-- A booking as the server makes it (bookings/service/create.rs): the same statements in the same order,
-- in one call. What the server decides between them is decided here with as little work as possible.
-- Filled in: property_id, room_types, user_id, first_day, nights, events, answer.

-- Ids that grow with time, as the server's do: random ones would scatter over the indexes.
CREATE OR REPLACE FUNCTION bench_uuid() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT (lpad(to_hex((1000 * extract(epoch FROM clock_timestamp()))::bigint), 12, '0')
        || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;

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
    key CONSTANT bytea := sha256(uuid_send(booking));
    property properties;
    room_type room_types;
    plan rate_plans;
    policy cancellation_policies;
    room uuid;
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
    SELECT * INTO STRICT property FROM properties WHERE id = this_property AND NOT is_deleted;
    SELECT * INTO STRICT room_type FROM room_types
        WHERE property_id = this_property AND id = ANY (ARRAY[this_type]) AND NOT is_deleted;
    -- The bench's hotels have one plan, with one policy.
    SELECT * INTO STRICT plan FROM rate_plans
        WHERE property_id = ANY (ARRAY[this_property]) AND NOT is_deleted AND (is_active OR NOT is_derived)
        ORDER BY property_id, code;
    PERFORM * FROM rate_plan_room_types WHERE property_id = ANY (ARRAY[this_property]);
    PERFORM * FROM rates
        WHERE property_id = ANY (ARRAY[this_property]) AND night >= arrival AND night <= departure
            AND room_type_id = ANY (ARRAY[this_type])
        ORDER BY property_id, night, room_type_id, rate_plan_id;
    PERFORM * FROM tax_rules WHERE property_id = ANY (ARRAY[this_property]) AND NOT is_deleted ORDER BY property_id, id;
    SELECT * INTO STRICT policy FROM cancellation_policies
        WHERE property_id = ANY (ARRAY[this_property]) AND NOT is_deleted
        ORDER BY property_id, code;
    PERFORM * FROM cancellation_windows
        WHERE property_id = ANY (ARRAY[this_property])
        ORDER BY property_id, policy_id, hours_before DESC;
    PERFORM * FROM age_bands WHERE property_id = ANY (ARRAY[this_property]) ORDER BY property_id, min_age;

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
    INSERT INTO bookings (property_id, id, reference, status, channel, external_reference, user_id, created_by,
            created_by_key, contact_name, contact_email, contact_phone, special_requests, check_in, check_out, currency,
            total_minor, hold_expires_at, created_at, updated_at)
        VALUES (this_property, booking, 'HBS-' || upper(substr(encode(key, 'hex'), 1, 10)), 'confirmed', 'direct',
            NULL, NULL, this_user, NULL, 'Guest of the bench', 'guest@bench.test', NULL, NULL, arrival, departure,
            property.currency, room_type.base_price_minor * {nights}, NULL, at, at);
    INSERT INTO stays (property_id, id, booking_id, position, status, room_type_id, room_id, is_pinned, check_in,
            check_out, adults, children_ages, guest_name, total_minor, rate_plan_id, cancellation_terms,
            created_at, updated_at)
        VALUES (this_property, stay, booking, 0, 'confirmed', this_type, room, false, arrival, departure, 2, '{}',
            NULL, room_type.base_price_minor * {nights}, plan.id,
            jsonb_build_object('code', policy.code, 'name', policy.name, 'is_non_refundable', policy.is_non_refundable,
                'windows', '[]'::jsonb,
                'no_show', jsonb_build_object('kind', policy.no_show_fee_kind, 'value', policy.no_show_fee_value)),
            at, at);
    INSERT INTO room_nights (property_id, room_id, night, stay_id, created_at, updated_at)
        SELECT this_property, room, arrival + n, stay, at, at FROM generate_series(0, {nights} - 1) AS n;
    INSERT INTO folio_entries (property_id, booking_id, id, stay_id, kind, service_date, amount_minor, description,
            tax_rule_id, reverses_id, created_at, updated_at)
        SELECT this_property, booking, bench_uuid(), stay, 'room', arrival + n, room_type.base_price_minor,
            room_type.name, NULL, NULL, at, at
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
