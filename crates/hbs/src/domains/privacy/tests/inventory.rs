//! The inventory of personal data, held against the database.
use crate::support::TestApp;
use hbs::domains::privacy::rules::places::{ENTITIES, Fate, places};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Columns that could hold something personal by their type, and hold nothing of guests. Names of staff and what they write of rooms
/// and things are the hotel's own.
const NOTHING_PERSONAL: &[(&str, &[&str])] = &[
    // Of a company: its people are in the inventory.
    ("accounts", &["city", "country", "name", "postal_code", "search_text", "street", "tax_exemption", "tax_id"]),
    ("age_bands", &["code"]),
    ("amenities", &["code", "name"]),
    ("api_key_grants", &["permission"]),
    ("api_keys", &["name", "secret_hash"]),
    ("audit_checkpoints", &["digest", "kid", "signature", "statement", "streams"]),
    ("audit_keys", &["kid", "public_key", "secret"]),
    ("backups", &["drill_failure", "failure", "manifest", "name", "sha256"]),
    // Numbers of the hotel and of channels.
    ("bookings", &["channel", "currency", "external_reference", "reference"]),
    (
        "cancellation_policies",
        &["code", "description", "early_departure_fee_tax", "late_cancellation_fee_tax", "name", "no_show_fee_tax", "texts"],
    ),
    ("canned_answers", &["texts", "title"]),
    // Prices that were agreed on.
    ("change_requests", &["agreement"]),
    ("content_items", &["name"]),
    (
        "content_locales",
        &["locale", "published_summary", "published_text", "published_title", "review_comment", "schedule_zone", "slug"],
    ),
    ("content_media", &["key", "name", "sizes"]),
    ("content_redirects", &["locale", "slug"]),
    ("content_version_links", &["locale"]),
    ("content_version_media", &["locale"]),
    ("content_versions", &["digest", "locale", "summary", "text", "title"]),
    ("drawer_movements", &["reason"]),
    ("drawers", &["currency", "note"]),
    // Names of files that are deleted within the minute; ids, counts and dates.
    ("erasures", &["files", "kid", "signature", "statement"]),
    ("extras", &["child_prices", "description", "name", "texts"]),
    ("feed_conflicts", &["detail", "note", "uid"]),
    ("feed_exports", &["content_hash", "name", "token_hash"]),
    ("feed_imports", &["echoes", "etag", "last_error", "last_modified", "name", "url"]),
    ("folio_routings", &["kinds"]),
    ("folios", &["currency"]),
    ("gateway_events", &["currency", "id", "kind", "told_ids"]),
    ("gl_codes", &["codes"]),
    ("groups", &["code", "name"]),
    ("guarantees", &["gateway_id", "page"]),
    ("housekeeping_tasks", &["notes"]),
    ("idempotency_keys", &["etag", "fingerprint", "id", "relied_on"]),
    ("images", &["alt", "key", "sizes"]),
    ("installation", &["restored_from"]),
    ("invoice_counters", &["last_hash"]),
    ("invoice_files", &["digest"]),
    ("invoice_fiscal_numbers", &["code", "number", "qr_text"]),
    // The hotel's own.
    ("invoice_settings", &["bic", "iban", "legal_name", "note", "number_format", "registration", "tax_number", "vat_id"]),
    ("invoices", &["currency", "hash", "name", "prev_hash"]),
    ("issue_settings", &["holidays", "hours", "recipients", "targets"]),
    ("issue_views", &["filter", "name"]),
    // Digests.
    ("login_failures", &["subject"]),
    ("lost_items", &["found_by", "photo_format"]),
    ("mail_budgets", &["subject"]),
    ("mail_log", &["code", "kind"]),
    ("mail_queue", &["kind"]),
    ("night_audits", &["early_reason"]),
    ("notification_broadcasts", &["body", "role", "title"]),
    ("notification_progress", &["name"]),
    ("notification_templates", &["body", "kind", "locale", "title"]),
    ("notifications", &["dedup_key", "entity", "group_key", "kind", "permission", "role"]),
    ("offer_codes", &["code", "code_key"]),
    ("offers", &["channels", "description", "name", "texts"]),
    ("opening_items", &["external_id"]),
    ("outbox", &["entity", "hash", "kind", "prev_hash", "request_id"]),
    // The same as `outbox`, of longer ago.
    ("outbox_kept", &["actor_kind", "changes", "entity", "hash", "kind", "prev_hash", "request_id"]),
    ("outbox_sinks", &["name"]),
    ("outbox_streams", &["hash", "pruned_hash"]),
    ("payment_attempts", &["fault"]),
    ("payment_links", &["currency"]),
    ("payment_settings", &["methods"]),
    ("payments", &["acknowledged", "attention_about", "currency", "page"]),
    (
        "properties",
        &[
            "city",
            "country",
            "currency",
            "default_locale",
            "description",
            "email",
            "name",
            "phone",
            "postal_code",
            "street",
            "texts",
            "time_zone",
        ],
    ),
    ("rate_plan_room_types", &["extra_children"]),
    ("rate_plans", &["channels", "code", "description", "name", "texts"]),
    ("rate_updates", &["changes"]),
    ("rates", &["extra_children"]),
    ("refunds", &["gateway_id"]),
    ("registration_cards", &["digest", "signature_format"]),
    ("registration_terms", &["texts"]),
    // Figures: how many came from where.
    ("report_arrivals", &["channel"]),
    ("report_stays", &["channel", "country"]),
    ("review_photos", &["format"]),
    ("review_response_versions", &["language"]),
    ("reviews", &["language", "response_language"]),
    ("role_permissions", &["permission"]),
    ("roles", &["code", "description", "name"]),
    ("room_blocks", &["feed_uid", "force_reason", "reason"]),
    ("room_discrepancies", &["notes", "resolution"]),
    ("room_types", &["beds", "code", "description", "name", "texts"]),
    ("rooms", &["features", "floor", "number", "number_key"]),
    ("signing_keys", &["kid", "secret"]),
    ("stay_offers", &["code", "name", "nights", "terms"]),
    ("stays", &["cancellation_terms"]),
    ("tax_rules", &["name", "texts"]),
    // Ids of what changed, as the record tells it: no value of a person.
    ("webhook_deliveries", &["body", "kind"]),
    ("webhook_replays", &["kinds"]),
    ("webhooks", &["description", "kinds", "previous_secret", "secret", "url"]),
];

/// The columns that can hold something personal by their type: texts that are not words of a list, documents, bytes, addresses of the
/// network.
const SUSPECT: &str = "SELECT c.table_name::text AS name, array_agg(c.column_name::text ORDER BY c.column_name) AS columns \
    FROM information_schema.columns AS c JOIN pg_tables AS t ON t.tablename = c.table_name AND t.schemaname = c.table_schema \
    WHERE c.table_schema = current_schema() AND c.table_name NOT LIKE '\\_\\_%' \
      AND c.udt_name IN ('text', 'varchar', 'jsonb', 'json', 'bytea', 'inet', 'cidr', '_text') \
      AND NOT EXISTS (SELECT FROM pg_constraint AS k JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] \
                      WHERE k.contype = 'c' AND k.conrelid = format('%I.%I', c.table_schema, c.table_name)::regclass \
                        AND cardinality(k.conkey) = 1 AND a.attname = c.column_name \
                        AND pg_get_constraintdef(k.oid) LIKE '%= ANY (ARRAY[%') \
    GROUP BY c.table_name";

/// T-pri-grep: a column that comes to the database is in the inventory, or somebody says that nothing of a person is in it.
#[tokio::test]
async fn every_column_that_could_be_personal_is_decided_about() {
    let app = TestApp::new().await;
    let mut undecided = Vec::new();
    let mut there: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in app.rows(SUSPECT).await {
        let table = row["name"].as_str().expect("a name").to_owned();
        let columns = row["columns"].as_array().expect("columns").iter().filter_map(Value::as_str).map(String::from).collect();
        there.insert(table, columns);
    }
    let personal = |table: &str, column: &str| places().any(|place| place.table == table && place.columns.contains(&column));
    let harmless =
        |table: &str, column: &str| NOTHING_PERSONAL.iter().any(|(of, columns)| *of == table && columns.contains(&column));
    for (table, columns) in &there {
        for column in columns {
            match (personal(table, column), harmless(table, column)) {
                (false, false) => undecided.push(format!("{table}.{column} is in no list")),
                (true, true) => undecided.push(format!("{table}.{column} is in both lists")),
                _ => {}
            }
        }
    }
    for (table, columns) in NOTHING_PERSONAL {
        for column in *columns {
            if !there.get(*table).is_some_and(|known| known.contains(*column)) {
                undecided.push(format!("{table}.{column} is not there any more"));
            }
        }
    }
    assert!(undecided.is_empty(), "{undecided:#?}");
}

/// The statements that are made from the inventory are understood by the database, and name columns that there are.
#[tokio::test]
async fn every_place_of_the_inventory_is_in_the_database() {
    let app = TestApp::new().await;
    let values = [
        ("$1", "'{}'::uuid[]"),
        ("$2", "'{}'::uuid[]"),
        ("$3", "'{}'::uuid[]"),
        ("$4", "'{}'::text[]"),
        ("$5", "'{}'::text[]"),
        ("$6", "now()"),
        ("$7", "'{}'::uuid[]"),
        ("$8", "'{}'::uuid[]"),
        ("$9", "'{}'::text[]"),
    ];
    let mut names = BTreeSet::new();
    for place in places() {
        assert!(names.insert(place.name), "{} is there twice", place.name);
        let condition = place.of.condition();
        let columns: Vec<String> = place.columns.iter().map(|column| format!("t.{column}")).collect();
        let read = format!("SELECT {} FROM {} AS t WHERE {condition}", columns.join(", "), place.table);
        let write = match place.fate {
            Fate::Deleted | Fate::Afterwards => Some(format!("DELETE FROM {} AS t WHERE {condition}", place.table)),
            Fate::Changed(set) => Some(format!("UPDATE {} AS t SET {set} WHERE {condition}", place.table)),
            Fate::ByOwner | Fate::Follows(_) => None,
            Fate::Kept(reason, from) => {
                let until = reason.until(from);
                let hotel = if until.contains("p.country") { "JOIN properties AS p ON p.id = t.property_id" } else { "" };
                Some(format!("SELECT {until} FROM {} AS t {hotel} WHERE {condition}", place.table))
            }
        };
        let entities = ENTITIES.contains(&place.name);
        let named = entities.then(|| format!("SELECT t.id FROM {} AS t WHERE {}", place.table, place.of.whose()));
        for sql in [Some(read), write, named].into_iter().flatten() {
            let sql = values.iter().fold(sql, |sql, (parameter, value)| sql.replace(parameter, value));
            app.try_sql(&format!("EXPLAIN {sql}")).await.unwrap_or_else(|error| panic!("{}: {error}", place.name));
        }
    }
}
