//! Diesel's picture of the database, written by `make schema` (`diesel print-schema`). Never edit by hand.
mod together;
// @generated automatically by Diesel CLI.

diesel::table! {
    accounts (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        kind -> Text,
        name -> Text,
        contact_name -> Nullable<Text>,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        street -> Nullable<Text>,
        city -> Nullable<Text>,
        postal_code -> Nullable<Text>,
        country -> Nullable<Text>,
        tax_id -> Nullable<Text>,
        payment_days -> Int4,
        credit_limit_minor -> Nullable<Int8>,
        notes -> Nullable<Text>,
        is_active -> Bool,
        search_text -> Text,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        tax_exemption -> Nullable<Jsonb>,
    }
}

diesel::table! {
    age_bands (property_id, code) {
        property_id -> Uuid,
        code -> Text,
        min_age -> Int4,
        max_age -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    allotment_nights (property_id, allotment_id, night, room_type_id) {
        property_id -> Uuid,
        allotment_id -> Uuid,
        night -> Date,
        room_type_id -> Uuid,
        blocked -> Int4,
        rooms -> Int4,
        picked_up -> Int4,
        remaining -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    allotments (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
    }
}

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
    audit_checkpoints (id) {
        id -> Uuid,
        number -> Int8,
        position -> Int8,
        statement -> Text,
        digest -> Bytea,
        kid -> Text,
        signature -> Bytea,
        streams -> Jsonb,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    audit_keys (kid) {
        kid -> Text,
        public_key -> Bytea,
        secret -> Nullable<Bytea>,
        retired_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    backups (id) {
        id -> Uuid,
        status -> Text,
        cause -> Text,
        requested_by -> Nullable<Uuid>,
        name -> Nullable<Text>,
        size_bytes -> Nullable<Int8>,
        sha256 -> Nullable<Text>,
        manifest -> Nullable<Jsonb>,
        failure -> Nullable<Text>,
        started_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
        proven_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        drilled_at -> Nullable<Timestamptz>,
        drill_failure -> Nullable<Text>,
    }
}

diesel::table! {
    booking_texts (property_id, booking_id) {
        property_id -> Uuid,
        booking_id -> Uuid,
        content -> Text,
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
        contact_email -> Nullable<Text>,
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
        is_hold_extended -> Bool,
        group_id -> Nullable<Uuid>,
        locale -> Nullable<Text>,
        awaits_proof -> Bool,
        contact_proved_at -> Nullable<Timestamptz>,
        arrival_time -> Nullable<Time>,
        notes -> Nullable<Text>,
        tags -> Array<Nullable<Text>>,
        guest_id -> Nullable<Uuid>,
        account_id -> Nullable<Uuid>,
        awaits_payment -> Bool,
        erased_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    cancellation_policies (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        code -> Text,
        name -> Text,
        description -> Text,
        is_non_refundable -> Bool,
        no_show_fee_kind -> Text,
        no_show_fee_value -> Int8,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        texts -> Jsonb,
        late_cancellation_fee_tax -> Text,
        late_cancellation_fee_tax_rule_id -> Nullable<Uuid>,
        no_show_fee_tax -> Text,
        no_show_fee_tax_rule_id -> Nullable<Uuid>,
        early_departure_fee_tax -> Text,
        early_departure_fee_tax_rule_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    cancellation_windows (property_id, policy_id, hours_before) {
        property_id -> Uuid,
        policy_id -> Uuid,
        hours_before -> Int4,
        fee_kind -> Text,
        fee_value -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    canned_answers (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        title -> Text,
        texts -> Jsonb,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    catalogues (property_id) {
        property_id -> Uuid,
        changed_by -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    change_requests (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        booking_id -> Uuid,
        status -> Text,
        kind -> Text,
        wanted -> Nullable<Jsonb>,
        stay_id -> Nullable<Uuid>,
        message -> Text,
        answer -> Nullable<Text>,
        proposal -> Nullable<Jsonb>,
        agreement -> Nullable<Jsonb>,
        proposed_total_minor -> Nullable<Int8>,
        proposed_difference_minor -> Nullable<Int8>,
        expires_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    changes (property_id, changed_by, kind, entity_id) {
        property_id -> Uuid,
        changed_by -> Int8,
        kind -> Text,
        entity_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    content_items (site_id, id) {
        property_id -> Nullable<Uuid>,
        site_id -> Uuid,
        id -> Uuid,
        kind -> Text,
        name -> Text,
        position -> Int4,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    content_locales (site_id, content_id, locale) {
        site_id -> Uuid,
        content_id -> Uuid,
        locale -> Text,
        slug -> Nullable<Text>,
        status -> Text,
        working_id -> Uuid,
        working_number -> Int4,
        review_comment -> Nullable<Text>,
        published_id -> Nullable<Uuid>,
        published_number -> Nullable<Int4>,
        published_at -> Nullable<Timestamptz>,
        was_published -> Bool,
        published_title -> Nullable<Text>,
        published_summary -> Nullable<Text>,
        published_text -> Nullable<Text>,
        publish_id -> Nullable<Uuid>,
        publish_number -> Nullable<Int4>,
        publish_at -> Nullable<Timestamptz>,
        publish_local -> Nullable<Timestamp>,
        unpublish_at -> Nullable<Timestamptz>,
        unpublish_local -> Nullable<Timestamp>,
        schedule_zone -> Nullable<Text>,
        is_deleted -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    content_media (site_id, id) {
        property_id -> Nullable<Uuid>,
        site_id -> Uuid,
        id -> Uuid,
        name -> Text,
        key -> Text,
        format -> Text,
        sizes -> Jsonb,
        focal_x -> Int4,
        focal_y -> Int4,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    content_redirects (site_id, locale, slug) {
        site_id -> Uuid,
        locale -> Text,
        slug -> Text,
        content_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    content_stamps (site_id) {
        site_id -> Uuid,
        changed_by -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    content_version_links (site_id, content_id, locale, version_id, target_id) {
        site_id -> Uuid,
        content_id -> Uuid,
        locale -> Text,
        version_id -> Uuid,
        target_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    content_version_media (site_id, content_id, locale, version_id, media_id) {
        site_id -> Uuid,
        content_id -> Uuid,
        locale -> Text,
        version_id -> Uuid,
        media_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    content_versions (site_id, content_id, locale, id) {
        site_id -> Uuid,
        content_id -> Uuid,
        locale -> Text,
        id -> Uuid,
        number -> Int4,
        title -> Text,
        summary -> Nullable<Text>,
        text -> Text,
        digest -> Bytea,
        author_id -> Nullable<Uuid>,
        restored_from -> Nullable<Int4>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    drawer_movements (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        drawer_id -> Uuid,
        kind -> Text,
        amount_minor -> Int8,
        reason -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    drawers (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        user_id -> Uuid,
        status -> Text,
        currency -> Text,
        business_date -> Date,
        float_minor -> Int8,
        counted_minor -> Nullable<Int8>,
        expected_minor -> Nullable<Int8>,
        note -> Nullable<Text>,
        opened_at -> Timestamptz,
        closed_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    erasures (id) {
        id -> Uuid,
        asked_by -> Text,
        user_id -> Nullable<Uuid>,
        hotel_ids -> Array<Nullable<Uuid>>,
        profile_ids -> Array<Nullable<Uuid>>,
        booking_ids -> Array<Nullable<Uuid>>,
        entity_ids -> Array<Nullable<Uuid>>,
        files -> Array<Nullable<Text>>,
        statement -> Text,
        kid -> Text,
        signature -> Bytea,
        erased_at -> Timestamptz,
        completed_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        forgotten_at -> Nullable<Timestamptz>,
        tried_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    extra_taxes (property_id, extra_id, tax_rule_id) {
        property_id -> Uuid,
        extra_id -> Uuid,
        tax_rule_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    extras (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        name -> Text,
        description -> Text,
        texts -> Jsonb,
        price_minor -> Int8,
        posted -> Text,
        day -> Text,
        min_quantity -> Int4,
        max_quantity -> Nullable<Int4>,
        is_archived -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        child_prices -> Jsonb,
    }
}

diesel::table! {
    feed_conflicts (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        feed_id -> Uuid,
        uid -> Text,
        from_date -> Nullable<Date>,
        to_date -> Nullable<Date>,
        reason -> Text,
        status -> Text,
        note -> Nullable<Text>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        detail -> Nullable<Text>,
    }
}

diesel::table! {
    feed_exports (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        name -> Text,
        room_id -> Nullable<Uuid>,
        room_type_id -> Nullable<Uuid>,
        token_hash -> Bytea,
        content_hash -> Nullable<Bytea>,
        content_changed_at -> Nullable<Timestamptz>,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        import_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    feed_imports (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        room_id -> Nullable<Uuid>,
        name -> Text,
        url -> Nullable<Text>,
        etag -> Nullable<Text>,
        last_modified -> Nullable<Text>,
        next_poll_at -> Nullable<Timestamptz>,
        failures -> Int4,
        last_success_at -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
        stale_since -> Nullable<Timestamptz>,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        echoes -> Jsonb,
        room_type_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    folio_entries (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        booking_id -> Nullable<Uuid>,
        stay_id -> Nullable<Uuid>,
        kind -> Text,
        service_date -> Date,
        amount_minor -> Int8,
        description -> Text,
        tax_rule_id -> Nullable<Uuid>,
        reverses_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        posting_id -> Uuid,
        tax_included -> Nullable<Bool>,
        tax_rate_ppm -> Nullable<Int4>,
        folio_id -> Uuid,
        posted_on -> Date,
        origin_id -> Nullable<Uuid>,
        price_id -> Nullable<Uuid>,
        reason -> Nullable<Text>,
        routing_id -> Nullable<Uuid>,
        ledger -> Text,
        is_unrecorded -> Bool,
        extra_id -> Nullable<Uuid>,
        stay_extra_id -> Nullable<Uuid>,
        extra_units -> Nullable<Int4>,
        extra_in_price -> Bool,
        is_brought_in -> Bool,
        payment_id -> Nullable<Uuid>,
        method -> Nullable<Text>,
        restores_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    folio_routings (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        folio_id -> Uuid,
        booking_id -> Nullable<Uuid>,
        group_id -> Nullable<Uuid>,
        stay_id -> Nullable<Uuid>,
        kinds -> Array<Nullable<Text>>,
        from_date -> Nullable<Date>,
        to_date -> Nullable<Date>,
        cap_minor -> Nullable<Int8>,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    folios (property_id, id) {
        property_id -> Uuid,
        booking_id -> Nullable<Uuid>,
        balance_minor -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        id -> Uuid,
        group_id -> Nullable<Uuid>,
        kind -> Text,
        name -> Nullable<Text>,
        currency -> Text,
        no_post -> Bool,
        charge_limit_minor -> Nullable<Int8>,
        closed_at -> Nullable<Timestamptz>,
        version -> Int8,
        guest_id -> Nullable<Uuid>,
        account_id -> Nullable<Uuid>,
        deposits_minor -> Int8,
    }
}

diesel::table! {
    gateway_events (provider, id) {
        provider -> Text,
        id -> Text,
        kind -> Text,
        status -> Text,
        property_id -> Nullable<Uuid>,
        payment_id -> Nullable<Uuid>,
        told_payment_id -> Nullable<Uuid>,
        told_refund_id -> Nullable<Uuid>,
        told_ids -> Array<Nullable<Text>>,
        amount_minor -> Nullable<Int8>,
        currency -> Nullable<Text>,
        occurred_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    gl_codes (property_id, valid_from) {
        property_id -> Uuid,
        valid_from -> Date,
        codes -> Jsonb,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    group_rates (property_id, group_id, room_type_id) {
        property_id -> Uuid,
        group_id -> Uuid,
        room_type_id -> Uuid,
        nightly_price_minor -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    groups (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        name -> Text,
        code -> Text,
        contact_name -> Nullable<Text>,
        contact_email -> Nullable<Text>,
        contact_phone -> Nullable<Text>,
        notes -> Nullable<Text>,
        rate_plan_id -> Nullable<Uuid>,
        cut_off -> Date,
        released_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        guest_id -> Nullable<Uuid>,
        account_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    guarantees (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        booking_id -> Uuid,
        status -> Text,
        provider -> Text,
        customer_id -> Nullable<Text>,
        method_id -> Nullable<Text>,
        gateway_id -> Nullable<Text>,
        page -> Nullable<Text>,
        page_expires_at -> Nullable<Timestamptz>,
        words -> Nullable<Jsonb>,
        ordered_at -> Timestamptz,
        asked_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    guest_documents (property_id, guest_id, position) {
        property_id -> Uuid,
        guest_id -> Uuid,
        position -> Int4,
        kind -> Text,
        country -> Text,
        number -> Bytea,
        expires_on -> Nullable<Date>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    guest_merges (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        guest_id -> Uuid,
        merged_id -> Uuid,
        filled -> Jsonb,
        undone_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    guests (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        survivor_id -> Uuid,
        merged_into_id -> Nullable<Uuid>,
        full_name -> Text,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        locale -> Nullable<Text>,
        street -> Nullable<Text>,
        city -> Nullable<Text>,
        postal_code -> Nullable<Text>,
        country -> Nullable<Text>,
        birth_date -> Nullable<Date>,
        nationality -> Nullable<Text>,
        notes -> Nullable<Text>,
        preferences -> Array<Nullable<Text>>,
        tags -> Array<Nullable<Text>>,
        is_vip -> Bool,
        account_id -> Nullable<Uuid>,
        user_id -> Nullable<Uuid>,
        name_key -> Text,
        phone_key -> Nullable<Text>,
        search_text -> Text,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        erased_at -> Nullable<Timestamptz>,
        forgotten_at -> Nullable<Timestamptz>,
        tax_exemption -> Nullable<Jsonb>,
        made_for_booking_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    housekeeping_changes (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        room_id -> Uuid,
        before -> Text,
        after -> Text,
        actor_kind -> Text,
        actor_id -> Nullable<Uuid>,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    housekeeping_credits (property_id, room_type_id) {
        property_id -> Uuid,
        room_type_id -> Uuid,
        departure -> Int4,
        stay_over -> Int4,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    housekeeping_tasks (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        date -> Date,
        room_id -> Uuid,
        service -> Text,
        credits -> Int4,
        status -> Text,
        attendant_id -> Nullable<Uuid>,
        place -> Int4,
        is_rush -> Bool,
        changes_linen -> Bool,
        has_turn_down -> Bool,
        notes -> Nullable<Text>,
        skip_reason -> Nullable<Text>,
        started_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
        finished_by -> Nullable<Uuid>,
        inspected_at -> Nullable<Timestamptz>,
        inspected_by -> Nullable<Uuid>,
        version -> Int8,
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
        relied_on -> Jsonb,
        about -> Array<Nullable<Uuid>>,
    }
}

diesel::table! {
    images (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        room_type_id -> Nullable<Uuid>,
        position -> Int4,
        is_primary -> Bool,
        alt -> Text,
        key -> Text,
        format -> Text,
        sizes -> Jsonb,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        offer_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    installation (id) {
        id -> Bool,
        quarantined_since -> Nullable<Timestamptz>,
        restored_from -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        restored_as_of -> Nullable<Timestamptz>,
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
    invoice_counters (property_id, kind) {
        property_id -> Uuid,
        kind -> Text,
        year -> Int4,
        last_number -> Int8,
        last_issued_at -> Timestamptz,
        last_hash -> Bytea,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    invoice_entries (property_id, invoice_id, entry_id) {
        property_id -> Uuid,
        invoice_id -> Uuid,
        entry_id -> Uuid,
        line_id -> Nullable<Uuid>,
        released_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    invoice_files (property_id, invoice_id, format) {
        property_id -> Uuid,
        invoice_id -> Uuid,
        format -> Text,
        content -> Bytea,
        digest -> Bytea,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    invoice_fiscal_numbers (property_id, invoice_id) {
        property_id -> Uuid,
        invoice_id -> Uuid,
        status -> Text,
        number -> Nullable<Text>,
        code -> Nullable<Text>,
        qr_text -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    invoice_lines (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        invoice_id -> Uuid,
        category -> Text,
        rate_ppm -> Int4,
        net_minor -> Int8,
        tax_minor -> Int8,
        total_minor -> Int8,
        credits_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    invoice_payments (property_id, invoice_id, payment_id) {
        property_id -> Uuid,
        invoice_id -> Uuid,
        payment_id -> Uuid,
        amount_minor -> Int8,
        released_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    invoice_settings (property_id) {
        property_id -> Uuid,
        legal_name -> Nullable<Text>,
        vat_id -> Nullable<Text>,
        tax_number -> Nullable<Text>,
        registration -> Nullable<Text>,
        iban -> Nullable<Text>,
        bic -> Nullable<Text>,
        note -> Nullable<Text>,
        number_format -> Text,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        fiscal_issuer -> Text,
    }
}

diesel::table! {
    invoice_settlements (property_id, invoice_id, advance_id) {
        property_id -> Uuid,
        invoice_id -> Uuid,
        advance_id -> Uuid,
        released_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    invoice_states (property_id, invoice_id) {
        property_id -> Uuid,
        invoice_id -> Uuid,
        credited_minor -> Int8,
        mailed -> Int4,
        mailed_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    invoices (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        folio_id -> Uuid,
        booking_id -> Nullable<Uuid>,
        kind -> Text,
        year -> Nullable<Int4>,
        number -> Nullable<Int8>,
        name -> Nullable<Text>,
        issued_at -> Timestamptz,
        issue_date -> Date,
        currency -> Text,
        net_minor -> Int8,
        tax_minor -> Int8,
        total_minor -> Int8,
        corrects_id -> Nullable<Uuid>,
        issued_with_id -> Nullable<Uuid>,
        payment_id -> Nullable<Uuid>,
        content -> Jsonb,
        prev_hash -> Nullable<Bytea>,
        hash -> Nullable<Bytea>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    issue_attachments (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        message_id -> Uuid,
        name -> Text,
        format -> Text,
        size -> Int8,
        key -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    issue_links (property_id, issue_id, other_id) {
        property_id -> Uuid,
        issue_id -> Uuid,
        other_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    issue_messages (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        issue_id -> Uuid,
        is_note -> Bool,
        is_from_guest -> Bool,
        author_kind -> Text,
        author_id -> Nullable<Uuid>,
        text -> Text,
        issue_version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        told_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    issue_readers (property_id, issue_id, reader_id) {
        property_id -> Uuid,
        issue_id -> Uuid,
        reader_id -> Uuid,
        is_guest -> Bool,
        read_to -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    issue_settings (property_id) {
        property_id -> Uuid,
        hours -> Jsonb,
        holidays -> Jsonb,
        targets -> Jsonb,
        recipients -> Jsonb,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    issue_steps (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        issue_id -> Uuid,
        kind -> Text,
        changes -> Jsonb,
        actor_kind -> Text,
        actor_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    issue_viewers (property_id, issue_id, user_id) {
        property_id -> Uuid,
        issue_id -> Uuid,
        user_id -> Uuid,
        is_writing -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    issue_views (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        user_id -> Uuid,
        name -> Text,
        is_shared -> Bool,
        filter -> Jsonb,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    issues (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        status -> Text,
        category -> Text,
        priority -> Text,
        team -> Text,
        assignee_id -> Nullable<Uuid>,
        subject -> Text,
        is_internal -> Bool,
        origin -> Text,
        guest_user_id -> Nullable<Uuid>,
        booking_id -> Nullable<Uuid>,
        stay_id -> Nullable<Uuid>,
        room_id -> Nullable<Uuid>,
        block_id -> Nullable<Uuid>,
        block_ended_at -> Nullable<Timestamptz>,
        answer_minutes -> Int4,
        solution_minutes -> Int4,
        answer_due_at -> Nullable<Timestamptz>,
        solution_due_at -> Nullable<Timestamptz>,
        answered_at -> Nullable<Timestamptz>,
        resolved_at -> Nullable<Timestamptz>,
        closed_at -> Nullable<Timestamptz>,
        paused_since -> Nullable<Timestamptz>,
        paused_seconds -> Int8,
        answer_breached_at -> Nullable<Timestamptz>,
        solution_breached_at -> Nullable<Timestamptz>,
        merged_into_id -> Nullable<Uuid>,
        message_count -> Int4,
        attachment_count -> Int4,
        guest_due_at -> Nullable<Timestamptz>,
        staff_due_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    ledger_days (property_id, business_date, ledger) {
        property_id -> Uuid,
        business_date -> Date,
        ledger -> Text,
        opening_minor -> Int8,
        movement_minor -> Int8,
        closing_minor -> Int8,
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
    lost_items (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        status -> Text,
        category -> Text,
        description -> Text,
        found_at -> Timestamptz,
        found_in -> Nullable<Text>,
        room_id -> Nullable<Uuid>,
        stay_id -> Nullable<Uuid>,
        found_by -> Text,
        stored_in -> Nullable<Text>,
        keep_until -> Date,
        outcome -> Nullable<Text>,
        closed_at -> Nullable<Timestamptz>,
        photo_key -> Nullable<Text>,
        photo_format -> Nullable<Text>,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    mail_bounces (mailbox) {
        mailbox -> Text,
        code -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    mail_budgets (subject, day) {
        subject -> Bytea,
        day -> Date,
        sent -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    mail_log (id) {
        id -> Uuid,
        kind -> Text,
        user_id -> Nullable<Uuid>,
        outcome -> Text,
        code -> Nullable<Text>,
        attempts -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    mail_opt_outs (mailbox, class) {
        mailbox -> Text,
        class -> Text,
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
        property_id -> Nullable<Uuid>,
        booking_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    night_audits (property_id, business_date) {
        property_id -> Uuid,
        business_date -> Date,
        run_by -> Nullable<Uuid>,
        no_shows -> Int4,
        rooms_occupied -> Int4,
        rooms_available -> Int4,
        arrivals -> Int4,
        departures -> Int4,
        room_revenue_minor -> Int8,
        total_revenue_minor -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        late_arrivals -> Int4,
        early_reason -> Nullable<Text>,
    }
}

diesel::table! {
    notification_broadcasts (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        audience -> Text,
        role -> Nullable<Text>,
        arriving_on -> Nullable<Date>,
        title -> Text,
        body -> Text,
        by_email -> Bool,
        status -> Text,
        send_at -> Timestamptz,
        people -> Nullable<Int4>,
        guests -> Nullable<Int4>,
        sent_at -> Nullable<Timestamptz>,
        created_by -> Nullable<Uuid>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    notification_deliveries (user_id, id) {
        user_id -> Uuid,
        id -> Uuid,
        notification_id -> Uuid,
        channel -> Text,
        status -> Text,
        due_at -> Nullable<Timestamptz>,
        attempts -> Int4,
        mail_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    notification_preferences (user_id, kind, channel) {
        user_id -> Uuid,
        kind -> Text,
        channel -> Text,
        is_enabled -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    notification_progress (name) {
        name -> Text,
        position -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    notification_settings (user_id) {
        user_id -> Uuid,
        time_zone -> Nullable<Text>,
        quiet_from -> Nullable<Time>,
        quiet_to -> Nullable<Time>,
        digest -> Text,
        digest_at -> Time,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    notification_templates (property_id, kind, locale) {
        property_id -> Uuid,
        kind -> Text,
        locale -> Text,
        title -> Nullable<Text>,
        body -> Nullable<Text>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    notifications (user_id, id) {
        user_id -> Uuid,
        id -> Uuid,
        kind -> Text,
        reason -> Text,
        dedup_key -> Text,
        group_key -> Nullable<Text>,
        property_id -> Nullable<Uuid>,
        permission -> Nullable<Text>,
        entity -> Text,
        entity_id -> Uuid,
        booking_id -> Nullable<Uuid>,
        count -> Int4,
        params -> Jsonb,
        read_at -> Nullable<Timestamptz>,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        role -> Nullable<Text>,
    }
}

diesel::table! {
    offer_codes (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        offer_id -> Uuid,
        code -> Text,
        code_key -> Text,
        batch_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    offer_counters (property_id, offer_id) {
        property_id -> Uuid,
        offer_id -> Uuid,
        used -> Int4,
        spent_minor -> Int8,
        day -> Nullable<Date>,
        used_on_day -> Int4,
        is_full -> Bool,
        full_on -> Nullable<Date>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    offer_extras (property_id, offer_id, extra_id) {
        property_id -> Uuid,
        offer_id -> Uuid,
        extra_id -> Uuid,
        quantity -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    offer_rate_plans (property_id, offer_id, rate_plan_id) {
        property_id -> Uuid,
        offer_id -> Uuid,
        rate_plan_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    offer_redemptions (property_id, booking_id, offer_id) {
        property_id -> Uuid,
        booking_id -> Uuid,
        offer_id -> Uuid,
        code_id -> Nullable<Uuid>,
        is_single_use -> Bool,
        user_id -> Nullable<Uuid>,
        mailbox -> Nullable<Text>,
        sold_on -> Date,
        discount_minor -> Int8,
        is_live -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        guest_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    offer_room_types (property_id, offer_id, room_type_id) {
        property_id -> Uuid,
        offer_id -> Uuid,
        room_type_id -> Uuid,
        rooms -> Nullable<Int4>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    offers (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        name -> Text,
        description -> Text,
        texts -> Jsonb,
        kind -> Text,
        percent_ppm -> Nullable<Int4>,
        amount_minor -> Nullable<Int8>,
        stay_nights -> Nullable<Int4>,
        pay_nights -> Nullable<Int4>,
        free_nights -> Nullable<Text>,
        access -> Text,
        book_from -> Nullable<Date>,
        book_until -> Nullable<Date>,
        stay_from -> Nullable<Date>,
        stay_until -> Nullable<Date>,
        weekdays -> Int2,
        arrival_weekdays -> Int2,
        min_advance_days -> Nullable<Int4>,
        max_advance_days -> Nullable<Int4>,
        min_nights -> Nullable<Int4>,
        max_nights -> Nullable<Int4>,
        min_guests -> Nullable<Int4>,
        max_guests -> Nullable<Int4>,
        channels -> Array<Nullable<Text>>,
        members_only -> Bool,
        first_booking_only -> Bool,
        max_redemptions -> Nullable<Int4>,
        max_per_guest -> Nullable<Int4>,
        max_per_day -> Nullable<Int4>,
        budget_minor -> Nullable<Int8>,
        is_combinable -> Bool,
        is_archived -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    opening_items (property_id, external_id) {
        property_id -> Uuid,
        external_id -> Text,
        kind -> Text,
        booking_id -> Nullable<Uuid>,
        account_id -> Nullable<Uuid>,
        balance_minor -> Int8,
        entry_id -> Uuid,
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
        version -> Nullable<Int8>,
    }
}

diesel::table! {
    outbox_kept (stream_id, seq) {
        stream_id -> Uuid,
        seq -> Int8,
        id -> Int8,
        event_id -> Uuid,
        kind -> Text,
        entity -> Text,
        entity_id -> Uuid,
        booking_id -> Nullable<Uuid>,
        actor_kind -> Text,
        actor_id -> Nullable<Uuid>,
        request_id -> Nullable<Text>,
        changes -> Jsonb,
        occurred_at -> Timestamptz,
        position -> Int8,
        prev_hash -> Bytea,
        hash -> Bytea,
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
        pruned_seq -> Int8,
        pruned_hash -> Nullable<Bytea>,
    }
}

diesel::table! {
    payment_attempts (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        payment_id -> Uuid,
        refund_id -> Nullable<Uuid>,
        kind -> Text,
        status -> Text,
        amount_minor -> Int8,
        words -> Nullable<Jsonb>,
        fault -> Nullable<Text>,
        ordered_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        asked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    payment_links (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        folio_id -> Uuid,
        booking_id -> Nullable<Uuid>,
        status -> Text,
        currency -> Text,
        amount_minor -> Nullable<Int8>,
        email -> Nullable<Text>,
        expires_at -> Timestamptz,
        payment_id -> Nullable<Uuid>,
        created_by -> Nullable<Uuid>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    payment_settings (property_id) {
        property_id -> Uuid,
        methods -> Array<Nullable<Text>>,
        refund_approval_above_minor -> Int8,
        allows_own_approval -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        charges_guarantees -> Bool,
    }
}

diesel::table! {
    payments (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        folio_id -> Uuid,
        booking_id -> Nullable<Uuid>,
        method -> Text,
        status -> Text,
        currency -> Text,
        amount_minor -> Int8,
        authorized_minor -> Int8,
        captured_minor -> Int8,
        refunding_minor -> Int8,
        refunded_minor -> Int8,
        reference -> Nullable<Text>,
        value_date -> Nullable<Date>,
        business_date -> Date,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        capture -> Nullable<Text>,
        provider -> Nullable<Text>,
        gateway_id -> Nullable<Text>,
        gateway_transaction_id -> Nullable<Text>,
        page -> Nullable<Text>,
        page_expires_at -> Nullable<Timestamptz>,
        capture_before -> Nullable<Timestamptz>,
        decline -> Nullable<Text>,
        dispute -> Nullable<Text>,
        attention -> Nullable<Text>,
        asked_at -> Nullable<Timestamptz>,
        lost_minor -> Int8,
        drawer_id -> Nullable<Uuid>,
        is_brought_in -> Bool,
        recorded_by -> Nullable<Uuid>,
        attention_about -> Nullable<Text>,
        acknowledged -> Nullable<Text>,
        transferred_minor -> Int8,
    }
}

diesel::table! {
    payments_due (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        booking_id -> Uuid,
        stay_id -> Uuid,
        kind -> Text,
        cause_id -> Uuid,
        due_on -> Date,
        amount_minor -> Int8,
        outstanding_minor -> Int8,
        payment_id -> Nullable<Uuid>,
        charged_on -> Nullable<Date>,
        charges -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    privacy_exports (id) {
        id -> Uuid,
        status -> Text,
        locale -> Text,
        user_id -> Nullable<Uuid>,
        property_id -> Nullable<Uuid>,
        guest_id -> Nullable<Uuid>,
        booking_id -> Nullable<Uuid>,
        requested_by -> Nullable<Uuid>,
        failures -> Int4,
        size_bytes -> Nullable<Int8>,
        sha256 -> Nullable<Text>,
        finished_at -> Nullable<Timestamptz>,
        kept_until -> Nullable<Timestamptz>,
        removed_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        with_documents -> Bool,
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
        age_bands_version -> Int8,
        default_locale -> Text,
        texts -> Jsonb,
        same_day_cutoff -> Nullable<Time>,
        no_show_cutoff -> Nullable<Time>,
        max_child_age -> Int4,
        latitude -> Nullable<Float8>,
        longitude -> Nullable<Float8>,
        business_date -> Nullable<Date>,
        night_audit_time -> Nullable<Time>,
        auto_no_show -> Bool,
        waitlist_hold_minutes -> Int4,
        requires_identity -> Bool,
        requires_settled_folio -> Bool,
        max_live_bookings -> Int4,
        max_live_nights -> Int4,
        requires_verified_email -> Bool,
        open_arrivals -> Nullable<Text>,
        requires_inspection -> Bool,
        lost_property_days -> Int4,
        moderates_reviews -> Bool,
        invites_reviews -> Bool,
        review_edit_days -> Int4,
    }
}

diesel::table! {
    rate_plan_extras (property_id, rate_plan_id, extra_id) {
        property_id -> Uuid,
        rate_plan_id -> Uuid,
        extra_id -> Uuid,
        quantity -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    rate_plan_room_types (property_id, rate_plan_id, room_type_id) {
        property_id -> Uuid,
        rate_plan_id -> Uuid,
        room_type_id -> Uuid,
        price_minor -> Nullable<Int8>,
        included_adults -> Nullable<Int4>,
        extra_adult_minor -> Int8,
        extra_children -> Jsonb,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        day_price_minor -> Nullable<Int8>,
    }
}

diesel::table! {
    rate_plans (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        code -> Text,
        name -> Text,
        description -> Text,
        board -> Text,
        payment_policy -> Text,
        deposit_ppm -> Nullable<Int4>,
        cancellation_policy_id -> Uuid,
        parent_id -> Nullable<Uuid>,
        derivation_kind -> Nullable<Text>,
        derivation_value -> Nullable<Int8>,
        is_derived -> Bool,
        parent_is_derived -> Nullable<Bool>,
        valid_from -> Nullable<Date>,
        valid_until -> Nullable<Date>,
        channels -> Array<Nullable<Text>>,
        is_default -> Bool,
        is_active -> Bool,
        min_stay -> Nullable<Int4>,
        max_stay -> Nullable<Int4>,
        min_advance_days -> Nullable<Int4>,
        max_advance_days -> Nullable<Int4>,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        texts -> Jsonb,
        rest_days_before -> Nullable<Int4>,
        is_hidden -> Bool,
    }
}

diesel::table! {
    rate_updates (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        actor_kind -> Text,
        actor_id -> Nullable<Uuid>,
        rate_plan_ids -> Array<Nullable<Uuid>>,
        room_type_ids -> Array<Nullable<Uuid>>,
        from_night -> Date,
        to_night -> Date,
        weekdays -> Int2,
        changes -> Jsonb,
        cells -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    rates (property_id, night, room_type_id, rate_plan_id) {
        property_id -> Uuid,
        night -> Date,
        room_type_id -> Uuid,
        rate_plan_id -> Uuid,
        price_minor -> Nullable<Int8>,
        extra_adult_minor -> Nullable<Int8>,
        extra_children -> Nullable<Jsonb>,
        min_stay -> Nullable<Int4>,
        max_stay -> Nullable<Int4>,
        closed_to_arrival -> Nullable<Bool>,
        closed_to_departure -> Nullable<Bool>,
        stop_sell -> Nullable<Bool>,
        min_advance_days -> Nullable<Int4>,
        max_advance_days -> Nullable<Int4>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        min_stay_through -> Nullable<Int4>,
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
        used_by -> Nullable<Bytea>,
    }
}

diesel::table! {
    refund_entries (property_id, refund_id, entry_id) {
        property_id -> Uuid,
        refund_id -> Uuid,
        entry_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    refunds (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        payment_id -> Uuid,
        status -> Text,
        amount_minor -> Int8,
        reason -> Text,
        requested_by -> Nullable<Uuid>,
        decided_by -> Nullable<Uuid>,
        decided_at -> Nullable<Timestamptz>,
        rejection -> Nullable<Text>,
        reference -> Nullable<Text>,
        completed_at -> Nullable<Timestamptz>,
        posting_id -> Nullable<Uuid>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        gateway_id -> Nullable<Text>,
        asked_at -> Nullable<Timestamptz>,
        drawer_id -> Nullable<Uuid>,
        way -> Text,
    }
}

diesel::table! {
    registration_cards (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        booking_id -> Uuid,
        stay_id -> Uuid,
        status -> Text,
        locale -> Text,
        content -> Bytea,
        digest -> Bytea,
        signature_key -> Nullable<Text>,
        signature_format -> Nullable<Text>,
        signed_by -> Nullable<Text>,
        signed_at -> Nullable<Timestamptz>,
        taken_by -> Nullable<Uuid>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    registration_terms (property_id) {
        property_id -> Uuid,
        texts -> Jsonb,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    report_arrivals (property_id, stay_id) {
        property_id -> Uuid,
        stay_id -> Uuid,
        business_date -> Date,
        room_type_id -> Uuid,
        rate_plan_id -> Nullable<Uuid>,
        channel -> Text,
        is_cancelled -> Bool,
        is_no_show -> Bool,
        nights -> Int4,
        lead_days -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    report_days (property_id, business_date) {
        property_id -> Uuid,
        business_date -> Date,
        rooms_available -> Int4,
        out_of_order -> Int4,
        arrivals -> Int4,
        departures -> Int4,
        no_shows -> Int4,
        cancellations -> Int4,
        house_extra_minor -> Int8,
        house_other_minor -> Int8,
        house_tax_minor -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    report_pickups (property_id, night, room_type_id, as_of) {
        property_id -> Uuid,
        night -> Date,
        room_type_id -> Uuid,
        as_of -> Date,
        rooms -> Int4,
        room_minor -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        capacity -> Int4,
    }
}

diesel::table! {
    report_stays (property_id, business_date, stay_id) {
        property_id -> Uuid,
        business_date -> Date,
        stay_id -> Uuid,
        room_type_id -> Uuid,
        rate_plan_id -> Nullable<Uuid>,
        channel -> Text,
        country -> Nullable<Text>,
        nights -> Int4,
        guests -> Int4,
        room_minor -> Int8,
        extra_minor -> Int8,
        fee_minor -> Int8,
        other_minor -> Int8,
        tax_minor -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    report_terms (property_id, kind, subject_id, as_of) {
        property_id -> Uuid,
        kind -> Text,
        subject_id -> Uuid,
        as_of -> Date,
        name -> Nullable<Text>,
        vat_treatment -> Nullable<Text>,
        payment_days -> Nullable<Int4>,
        credit_limit_minor -> Nullable<Int8>,
        check_in -> Nullable<Date>,
        check_out -> Nullable<Date>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    retention_rules (property_id) {
        property_id -> Uuid,
        guest_documents_days -> Nullable<Int4>,
        stay_documents_days -> Nullable<Int4>,
        registration_cards_days -> Nullable<Int4>,
        lost_item_photos_days -> Nullable<Int4>,
        issue_attachments_days -> Nullable<Int4>,
        waitlist_entries_days -> Nullable<Int4>,
        guest_profiles_days -> Nullable<Int4>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    review_invitations (property_id, booking_id) {
        property_id -> Uuid,
        booking_id -> Uuid,
        token_hash -> Nullable<Bytea>,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    review_photos (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        review_id -> Uuid,
        key -> Text,
        format -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    review_reports (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        review_id -> Uuid,
        reported_by -> Uuid,
        reported_for -> Text,
        comment -> Nullable<Text>,
        status -> Text,
        closed_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    review_response_versions (property_id, review_id, number) {
        property_id -> Uuid,
        review_id -> Uuid,
        number -> Int4,
        body -> Text,
        language -> Text,
        written_at -> Timestamptz,
        ended_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    review_stamps (property_id) {
        property_id -> Uuid,
        changed_by -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    review_totals (property_id, room_type_id) {
        property_id -> Uuid,
        room_type_id -> Uuid,
        reviews -> Int8,
        rated_1 -> Int8,
        rated_2 -> Int8,
        rated_3 -> Int8,
        rated_4 -> Int8,
        rated_5 -> Int8,
        staff_count -> Int8,
        staff_sum -> Int8,
        cleanliness_count -> Int8,
        cleanliness_sum -> Int8,
        comfort_count -> Int8,
        comfort_sum -> Int8,
        location_count -> Int8,
        location_sum -> Int8,
        facilities_count -> Int8,
        facilities_sum -> Int8,
        value_count -> Int8,
        value_sum -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    reviews (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        booking_id -> Uuid,
        room_type_id -> Uuid,
        author_id -> Nullable<Uuid>,
        author_name -> Nullable<Text>,
        status -> Text,
        is_suspended -> Bool,
        hidden_for -> Nullable<Text>,
        moderation_note -> Nullable<Text>,
        moderated_at -> Nullable<Timestamptz>,
        overall -> Int4,
        staff -> Nullable<Int4>,
        cleanliness -> Nullable<Int4>,
        comfort -> Nullable<Int4>,
        location -> Nullable<Int4>,
        facilities -> Nullable<Int4>,
        value -> Nullable<Int4>,
        title -> Nullable<Text>,
        body -> Nullable<Text>,
        language -> Text,
        travel_type -> Text,
        departed_on -> Date,
        nights -> Int4,
        edited_at -> Nullable<Timestamptz>,
        response -> Nullable<Text>,
        response_language -> Nullable<Text>,
        responded_at -> Nullable<Timestamptz>,
        response_edited_at -> Nullable<Timestamptz>,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        is_counted -> Bool,
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
    role_invitations (id) {
        id -> Uuid,
        user_id -> Uuid,
        role_id -> Uuid,
        property_id -> Uuid,
        invited_by -> Uuid,
        status -> Text,
        expires_at -> Timestamptz,
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
    room_blocks (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        room_id -> Uuid,
        kind -> Text,
        reason -> Text,
        from_date -> Date,
        to_date -> Date,
        force_reason -> Nullable<Text>,
        released_from -> Nullable<Date>,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        feed_id -> Nullable<Uuid>,
        feed_uid -> Nullable<Text>,
    }
}

diesel::table! {
    room_discrepancies (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        room_id -> Uuid,
        kind -> Text,
        status -> Text,
        notes -> Nullable<Text>,
        resolution -> Nullable<Text>,
        reported_by -> Nullable<Uuid>,
        reported_at -> Timestamptz,
        resolved_by -> Nullable<Uuid>,
        resolved_at -> Nullable<Timestamptz>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    room_nights (property_id, room_id, night) {
        property_id -> Uuid,
        room_id -> Uuid,
        night -> Date,
        stay_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        block_id -> Nullable<Uuid>,
        raises_overbooking -> Bool,
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
        texts -> Jsonb,
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
        features -> Jsonb,
        housekeeping -> Text,
        number_key -> Text,
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
    stay_extras (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        booking_id -> Uuid,
        stay_id -> Uuid,
        extra_id -> Uuid,
        quantity -> Int4,
        date -> Nullable<Date>,
        removed_on -> Nullable<Date>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    stay_guests (property_id, stay_id, position) {
        property_id -> Uuid,
        stay_id -> Uuid,
        position -> Int4,
        full_name -> Text,
        birth_date -> Nullable<Date>,
        nationality -> Nullable<Text>,
        document_kind -> Nullable<Text>,
        document_country -> Nullable<Text>,
        document_number -> Nullable<Bytea>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        guest_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    stay_moves (property_id, stay_id, moved_on) {
        property_id -> Uuid,
        stay_id -> Uuid,
        moved_on -> Date,
        room_id -> Nullable<Uuid>,
        room_type_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    stay_offers (property_id, stay_id, offer_id) {
        property_id -> Uuid,
        stay_id -> Uuid,
        offer_id -> Uuid,
        booking_id -> Uuid,
        position -> Int4,
        name -> Text,
        code -> Nullable<Text>,
        terms -> Jsonb,
        nights -> Jsonb,
        discount_minor -> Int8,
        lost_on -> Nullable<Date>,
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
        rate_plan_id -> Nullable<Uuid>,
        cancellation_terms -> Nullable<Jsonb>,
        booked_room_type_id -> Uuid,
        booked_check_out -> Nullable<Date>,
        moved_on -> Nullable<Date>,
        status_on -> Date,
        late_on -> Nullable<Date>,
        split_from -> Nullable<Uuid>,
        guest_id -> Nullable<Uuid>,
        priced_at -> Nullable<Timestamptz>,
        is_day_use -> Bool,
    }
}

diesel::table! {
    tax_exemptions (property_id, stay_id) {
        property_id -> Uuid,
        stay_id -> Uuid,
        from_date -> Date,
        tax_rule_ids -> Nullable<Array<Nullable<Uuid>>>,
        reason -> Text,
        reference -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        until_date -> Nullable<Date>,
        withdrawal_reason -> Nullable<Text>,
    }
}

diesel::table! {
    tax_rules (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        name -> Text,
        rate_ppm -> Nullable<Int4>,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        kind -> Text,
        amount_minor -> Nullable<Int8>,
        is_included -> Bool,
        min_age -> Nullable<Int4>,
        max_age -> Nullable<Int4>,
        skip_nights -> Int4,
        max_nights -> Nullable<Int4>,
        valid_from -> Nullable<Date>,
        valid_until -> Nullable<Date>,
        texts -> Jsonb,
        vat_treatment -> Text,
        is_on_nights -> Bool,
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
        phone_verified_at -> Nullable<Timestamptz>,
        erased_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    waitlist_entries (property_id, id) {
        property_id -> Uuid,
        id -> Uuid,
        status -> Text,
        user_id -> Nullable<Uuid>,
        contact_name -> Text,
        contact_email -> Nullable<Text>,
        contact_phone -> Nullable<Text>,
        room_type_id -> Uuid,
        rate_plan_id -> Nullable<Uuid>,
        check_in -> Date,
        check_out -> Date,
        rooms -> Int4,
        adults -> Int4,
        children_ages -> Array<Nullable<Int4>>,
        wait_until -> Date,
        booking_id -> Nullable<Uuid>,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    webhook_attempts (webhook_id, event_id, number) {
        webhook_id -> Uuid,
        event_id -> Uuid,
        number -> Int4,
        attempted_at -> Timestamptz,
        duration_ms -> Int4,
        status -> Nullable<Int4>,
        error -> Nullable<Text>,
        response_body -> Nullable<Text>,
    }
}

diesel::table! {
    webhook_deliveries (webhook_id, event_id) {
        webhook_id -> Uuid,
        event_id -> Uuid,
        kind -> Text,
        sequence -> Int8,
        body -> Text,
        state -> Text,
        is_replay -> Bool,
        attempts -> Int4,
        tries -> Int4,
        due_at -> Nullable<Timestamptz>,
        delivered_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    webhook_replays (webhook_id) {
        webhook_id -> Uuid,
        after_position -> Int8,
        to_position -> Int8,
        since -> Nullable<Timestamptz>,
        until -> Nullable<Timestamptz>,
        kinds -> Array<Nullable<Text>>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    webhooks (id) {
        id -> Uuid,
        property_id -> Nullable<Uuid>,
        url -> Text,
        kinds -> Array<Nullable<Text>>,
        description -> Text,
        is_enabled -> Bool,
        disabled_reason -> Nullable<Text>,
        disabled_at -> Nullable<Timestamptz>,
        secret -> Bytea,
        previous_secret -> Nullable<Bytea>,
        previous_secret_until -> Nullable<Timestamptz>,
        user_id -> Uuid,
        api_key_id -> Nullable<Uuid>,
        from_position -> Int8,
        last_success_at -> Nullable<Timestamptz>,
        last_failure_at -> Nullable<Timestamptz>,
        failing_since -> Nullable<Timestamptz>,
        claimed_by -> Nullable<Uuid>,
        claimed_until -> Nullable<Timestamptz>,
        last_claimed_at -> Nullable<Timestamptz>,
        version -> Int8,
        is_deleted -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        is_slow -> Bool,
    }
}

diesel::table! {
    wishlist_items (id) {
        id -> Uuid,
        user_id -> Uuid,
        property_id -> Uuid,
        room_type_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        offer_id -> Nullable<Uuid>,
    }
}

diesel::joinable!(accounts -> properties (property_id));
diesel::joinable!(age_bands -> properties (property_id));
diesel::joinable!(allotments -> properties (property_id));
diesel::joinable!(amenities -> properties (property_id));
diesel::joinable!(api_key_grants -> api_keys (api_key_id));
diesel::joinable!(api_key_grants -> properties (property_id));
diesel::joinable!(api_keys -> users (created_by));
diesel::joinable!(audit_checkpoints -> audit_keys (kid));
diesel::joinable!(backups -> users (requested_by));
diesel::joinable!(bookings -> api_keys (created_by_key));
diesel::joinable!(bookings -> properties (property_id));
diesel::joinable!(cancellation_policies -> properties (property_id));
diesel::joinable!(canned_answers -> properties (property_id));
diesel::joinable!(catalogues -> properties (property_id));
diesel::joinable!(content_items -> properties (property_id));
diesel::joinable!(content_media -> properties (property_id));
diesel::joinable!(drawers -> properties (property_id));
diesel::joinable!(drawers -> users (user_id));
diesel::joinable!(erasures -> audit_keys (kid));
diesel::joinable!(erasures -> users (user_id));
diesel::joinable!(extras -> properties (property_id));
diesel::joinable!(feed_exports -> properties (property_id));
diesel::joinable!(feed_imports -> properties (property_id));
diesel::joinable!(folios -> properties (property_id));
diesel::joinable!(gl_codes -> properties (property_id));
diesel::joinable!(guests -> properties (property_id));
diesel::joinable!(guests -> users (user_id));
diesel::joinable!(images -> properties (property_id));
diesel::joinable!(invoice_counters -> properties (property_id));
diesel::joinable!(invoice_settings -> properties (property_id));
diesel::joinable!(invoices -> properties (property_id));
diesel::joinable!(issue_settings -> properties (property_id));
diesel::joinable!(issue_viewers -> users (user_id));
diesel::joinable!(issue_views -> properties (property_id));
diesel::joinable!(issue_views -> users (user_id));
diesel::joinable!(issues -> properties (property_id));
diesel::joinable!(ledger_days -> properties (property_id));
diesel::joinable!(lost_items -> properties (property_id));
diesel::joinable!(mail_log -> users (user_id));
diesel::joinable!(mail_queue -> users (user_id));
diesel::joinable!(night_audits -> properties (property_id));
diesel::joinable!(night_audits -> users (run_by));
diesel::joinable!(notification_broadcasts -> properties (property_id));
diesel::joinable!(notification_broadcasts -> users (created_by));
diesel::joinable!(notification_preferences -> users (user_id));
diesel::joinable!(notification_settings -> users (user_id));
diesel::joinable!(notification_templates -> properties (property_id));
diesel::joinable!(notifications -> properties (property_id));
diesel::joinable!(notifications -> users (user_id));
diesel::joinable!(offer_redemptions -> users (user_id));
diesel::joinable!(offers -> properties (property_id));
diesel::joinable!(opening_items -> properties (property_id));
diesel::joinable!(payment_links -> users (created_by));
diesel::joinable!(payment_settings -> properties (property_id));
diesel::joinable!(payments -> properties (property_id));
diesel::joinable!(privacy_exports -> properties (property_id));
diesel::joinable!(rate_plans -> properties (property_id));
diesel::joinable!(rate_updates -> properties (property_id));
diesel::joinable!(recovery_codes -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(refunds -> properties (property_id));
diesel::joinable!(registration_cards -> users (taken_by));
diesel::joinable!(registration_terms -> properties (property_id));
diesel::joinable!(report_days -> properties (property_id));
diesel::joinable!(retention_rules -> properties (property_id));
diesel::joinable!(review_reports -> users (reported_by));
diesel::joinable!(review_stamps -> properties (property_id));
diesel::joinable!(review_totals -> properties (property_id));
diesel::joinable!(reviews -> properties (property_id));
diesel::joinable!(reviews -> users (author_id));
diesel::joinable!(role_assignments -> properties (property_id));
diesel::joinable!(role_assignments -> roles (role_id));
diesel::joinable!(role_assignments -> users (user_id));
diesel::joinable!(role_invitations -> properties (property_id));
diesel::joinable!(role_invitations -> roles (role_id));
diesel::joinable!(role_permissions -> roles (role_id));
diesel::joinable!(room_types -> properties (property_id));
diesel::joinable!(rooms -> properties (property_id));
diesel::joinable!(second_factors -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(tax_rules -> properties (property_id));
diesel::joinable!(user_tokens -> users (user_id));
diesel::joinable!(waitlist_entries -> properties (property_id));
diesel::joinable!(waitlist_entries -> users (user_id));
diesel::joinable!(webhook_deliveries -> webhooks (webhook_id));
diesel::joinable!(webhook_replays -> webhooks (webhook_id));
diesel::joinable!(webhooks -> api_keys (api_key_id));
diesel::joinable!(webhooks -> properties (property_id));
diesel::joinable!(webhooks -> users (user_id));
diesel::joinable!(wishlist_items -> users (user_id));
