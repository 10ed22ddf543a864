//! Diesel's picture of the database, written by `make schema` (`diesel print-schema`). Never edit by hand.
// @generated automatically by Diesel CLI.

diesel::table! {
    amenities (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        code -> Text,
        name -> Text,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    api_key_grants (id) {
        id -> Uuid,
        api_key_id -> Uuid,
        permission -> Text,
        property_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Uuid,
        name -> Text,
        secret_hash -> Bytea,
        created_by -> Uuid,
        expires_at -> Nullable<Timestamptz>,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    bookings (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        reference -> Text,
        status -> Text,
        channel -> Text,
        external_reference -> Nullable<Text>,
        user_id -> Nullable<Uuid>,
        created_by -> Nullable<Uuid>,
        contact_name -> Text,
        contact_email -> Text,
        contact_phone -> Nullable<Text>,
        special_requests -> Nullable<Text>,
        check_in -> Date,
        check_out -> Date,
        currency -> Text,
        total_minor -> Int8,
        hold_expires_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        created_by_key -> Nullable<Uuid>,
    }
}

diesel::table! {
    folio_entries (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        booking_id -> Uuid,
        stay_id -> Uuid,
        kind -> Text,
        service_date -> Date,
        amount_minor -> Int8,
        description -> Text,
        tax_rule_id -> Nullable<Uuid>,
        reverses_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    idempotency_keys (id) {
        id -> Bytea,
        fingerprint -> Bytea,
        status -> Nullable<Int4>,
        location -> Nullable<Text>,
        etag -> Nullable<Text>,
        body -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    invalidations (id) {
        id -> Uuid,
        subject_kind -> Text,
        subject_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    inventory (property_id, night, room_type_id) {
        property_id -> Uuid,
        night -> Date,
        room_type_id -> Uuid,
        capacity -> Int4,
        sold -> Int4,
        allotted -> Int4,
        overbooking -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    login_failures (subject) {
        subject -> Bytea,
        failures -> Int4,
        last_failed_at -> Timestamptz,
        locked_until -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    mail_queue (id) {
        id -> Uuid,
        kind -> Text,
        address -> Text,
        user_id -> Nullable<Uuid>,
        params -> Jsonb,
        attempts -> Int4,
        due_at -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    outbox (id) {
        id -> Int8,
        event_id -> Uuid,
        stream_id -> Uuid,
        kind -> Text,
        entity -> Text,
        entity_id -> Uuid,
        booking_id -> Nullable<Uuid>,
        actor_kind -> Text,
        actor_id -> Nullable<Uuid>,
        request_id -> Nullable<Text>,
        changes -> Jsonb,
        occurred_at -> Timestamptz,
        position -> Nullable<Int8>,
        seq -> Nullable<Int8>,
        prev_hash -> Nullable<Bytea>,
        hash -> Nullable<Bytea>,
    }
}

diesel::table! {
    outbox_sinks (name) {
        name -> Text,
        position -> Int8,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    outbox_streams (stream_id) {
        stream_id -> Uuid,
        seq -> Int8,
        hash -> Bytea,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    properties (id) {
        id -> Uuid,
        name -> Text,
        description -> Text,
        street -> Text,
        city -> Text,
        postal_code -> Text,
        country -> Text,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        time_zone -> Text,
        currency -> Text,
        prices -> Text,
        check_in_time -> Time,
        check_out_time -> Time,
        max_rooms_per_booking -> Int4,
        max_nights -> Int4,
        max_advance_days -> Int4,
        horizon_nights -> Int4,
        max_hold_minutes -> Int4,
        max_live_holds -> Int4,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    recovery_codes (user_id, code_hash) {
        user_id -> Uuid,
        code_hash -> Bytea,
        used_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    refresh_tokens (token_hash) {
        token_hash -> Bytea,
        session_id -> Uuid,
        used_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    role_assignments (id) {
        id -> Uuid,
        user_id -> Uuid,
        role_id -> Uuid,
        property_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    role_permissions (role_id, permission) {
        role_id -> Uuid,
        permission -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    roles (id) {
        id -> Uuid,
        code -> Text,
        name -> Text,
        description -> Text,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        requires_second_factor -> Bool,
    }
}

diesel::table! {
    room_nights (property_id, room_id, night) {
        property_id -> Uuid,
        room_id -> Uuid,
        night -> Date,
        stay_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    room_type_amenities (property_id, room_type_id, amenity_id) {
        property_id -> Uuid,
        room_type_id -> Uuid,
        amenity_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    room_types (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        code -> Text,
        name -> Text,
        description -> Text,
        max_adults -> Int4,
        max_children -> Int4,
        max_guests -> Int4,
        beds -> Jsonb,
        size_sqm -> Nullable<Int4>,
        base_price_minor -> Int8,
        overbooking -> Int4,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    rooms (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        room_type_id -> Uuid,
        number -> Text,
        floor -> Nullable<Text>,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    second_factors (user_id) {
        user_id -> Uuid,
        secret -> Bytea,
        last_step -> Nullable<Int8>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        user_id -> Uuid,
        ip_address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        expires_at -> Timestamptz,
        last_used_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
        revoked_reason -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        second_factor_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        secret -> Bytea,
        signs_from -> Timestamptz,
        verifies_until -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    stays (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        booking_id -> Uuid,
        position -> Int4,
        status -> Text,
        room_type_id -> Uuid,
        room_id -> Nullable<Uuid>,
        is_pinned -> Bool,
        check_in -> Date,
        check_out -> Date,
        adults -> Int4,
        children_ages -> Array<Nullable<Int4>>,
        guest_name -> Nullable<Text>,
        total_minor -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    tax_rules (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        name -> Text,
        rate_ppm -> Int4,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    user_tokens (token_hash) {
        token_hash -> Bytea,
        user_id -> Uuid,
        purpose -> Text,
        email -> Nullable<Text>,
        failures -> Int4,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    users (id) {
        id -> Uuid,
        email -> Text,
        phone -> Nullable<Text>,
        full_name -> Text,
        password_hash -> Nullable<Text>,
        status -> Text,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        email_verified_at -> Nullable<Timestamptz>,
        locale -> Text,
        avatar_key -> Nullable<Text>,
        suspended_at -> Nullable<Timestamptz>,
        suspended_reason -> Nullable<Text>,
        last_login_at -> Nullable<Timestamptz>,
        second_factor_since -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wishlist_items (id) {
        id -> Uuid,
        user_id -> Uuid,
        property_id -> Uuid,
        room_type_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::joinable!(amenities -> properties (property_id));
diesel::joinable!(api_key_grants -> api_keys (api_key_id));
diesel::joinable!(api_key_grants -> properties (property_id));
diesel::joinable!(api_keys -> users (created_by));
diesel::joinable!(bookings -> api_keys (created_by_key));
diesel::joinable!(bookings -> properties (property_id));
diesel::joinable!(mail_queue -> users (user_id));
diesel::joinable!(recovery_codes -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(role_assignments -> properties (property_id));
diesel::joinable!(role_assignments -> roles (role_id));
diesel::joinable!(role_assignments -> users (user_id));
diesel::joinable!(role_permissions -> roles (role_id));
diesel::joinable!(room_types -> properties (property_id));
diesel::joinable!(rooms -> properties (property_id));
diesel::joinable!(second_factors -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(tax_rules -> properties (property_id));
diesel::joinable!(user_tokens -> users (user_id));
diesel::joinable!(wishlist_items -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    amenities,
    api_key_grants,
    api_keys,
    bookings,
    folio_entries,
    idempotency_keys,
    invalidations,
    inventory,
    login_failures,
    mail_queue,
    outbox,
    outbox_sinks,
    outbox_streams,
    properties,
    recovery_codes,
    refresh_tokens,
    role_assignments,
    role_permissions,
    roles,
    room_nights,
    room_type_amenities,
    room_types,
    rooms,
    second_factors,
    sessions,
    signing_keys,
    stays,
    tax_rules,
    user_tokens,
    users,
    wishlist_items,
);
