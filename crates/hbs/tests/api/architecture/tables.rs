//! Tables have owners: one domain, or one part beside the domains, writes each, and who else reads it is listed.
//!
//! Reading another's table in SQL is right for joins. Not knowing of it is not: so the lists here are exact, and may only
//! shrink, but for new tables.
use super::source::{File, files, named_paths};
use hbs::domains::privacy::rules::places::places;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// owner -> the tables that it alone writes.
const OWNED: &[(&str, &[&str])] = &[
    ("accounting", &["gl_codes"]),
    ("accounts", &["accounts"]),
    ("api_keys", &["api_key_grants", "api_keys"]),
    (
        "authentication",
        &["login_failures", "recovery_codes", "refresh_tokens", "second_factors", "sessions", "user_tokens", "users"],
    ),
    ("authorization", &["role_assignments", "role_invitations", "role_permissions", "roles"]),
    ("backups", &["backups"]),
    ("blocks", &["room_blocks"]),
    ("bookings", &["booking_texts", "bookings", "stay_guests", "stay_moves", "stays", "tax_exemptions"]),
    ("change_requests", &["change_requests"]),
    ("changes.rs", &["changes"]),
    ("checkpoints", &["audit_checkpoints", "audit_keys"]),
    (
        "content",
        &[
            "content_items",
            "content_locales",
            "content_media",
            "content_redirects",
            "content_version_links",
            "content_version_media",
            "content_versions",
        ],
    ),
    ("drawers", &["drawer_movements", "drawers"]),
    ("extras", &["extra_taxes", "extras", "stay_extras"]),
    ("feeds", &["feed_conflicts", "feed_exports", "feed_imports"]),
    ("folios", &["folio_entries", "folio_routings", "folios", "ledger_days"]),
    ("groups", &["group_rates", "groups"]),
    ("guests", &["guest_documents", "guest_merges", "guests"]),
    ("housekeeping", &["housekeeping_credits", "housekeeping_tasks", "room_discrepancies"]),
    ("idempotency", &["idempotency_keys"]),
    ("images", &["images"]),
    ("inventory", &["allotment_nights", "allotments", "inventory", "room_nights"]),
    (
        "invoices",
        &[
            "invoice_counters",
            "invoice_entries",
            "invoice_files",
            "invoice_fiscal_numbers",
            "invoice_lines",
            "invoice_payments",
            "invoice_settings",
            "invoice_settlements",
            "invoice_states",
            "invoices",
        ],
    ),
    (
        "issues",
        &[
            "canned_answers",
            "issue_attachments",
            "issue_links",
            "issue_messages",
            "issue_readers",
            "issue_settings",
            "issue_steps",
            "issue_viewers",
            "issue_views",
            "issues",
        ],
    ),
    ("lost_property", &["lost_items"]),
    ("mail", &["mail_bounces", "mail_budgets", "mail_log", "mail_opt_outs", "mail_queue"]),
    ("night_audit", &["night_audits"]),
    (
        "notifications",
        &[
            "notification_broadcasts",
            "notification_deliveries",
            "notification_preferences",
            "notification_progress",
            "notification_settings",
            "notification_templates",
            "notifications",
        ],
    ),
    (
        "offers",
        &[
            "offer_codes",
            "offer_counters",
            "offer_extras",
            "offer_rate_plans",
            "offer_redemptions",
            "offer_room_types",
            "offers",
            "stay_offers",
        ],
    ),
    ("openings", &["opening_items"]),
    ("outbox", &["outbox", "outbox_kept", "outbox_sinks", "outbox_streams"]),
    ("payment_links", &["payment_links"]),
    ("payments", &["gateway_events", "guarantees", "payment_attempts", "payment_settings", "payments"]),
    ("payments_due", &["payments_due"]),
    ("privacy", &["erasures", "privacy_exports"]),
    ("properties", &["properties"]),
    ("quarantine.rs", &["installation"]),
    (
        "rates",
        &[
            "age_bands",
            "cancellation_policies",
            "cancellation_windows",
            "rate_plan_extras",
            "rate_plan_room_types",
            "rate_plans",
            "rate_updates",
            "rates",
            "tax_rules",
        ],
    ),
    ("refunds", &["refund_entries", "refunds"]),
    ("registration_cards", &["registration_cards", "registration_terms"]),
    (
        "reviews",
        &[
            "review_invitations",
            "review_photos",
            "review_reports",
            "review_response_versions",
            "review_stamps",
            "review_totals",
            "reviews",
        ],
    ),
    ("reports", &["report_arrivals", "report_days", "report_pickups", "report_stays", "report_terms"]),
    ("retention", &["retention_rules"]),
    ("rooms", &["amenities", "housekeeping_changes", "room_type_amenities", "room_types", "rooms"]),
    ("security", &["invalidations", "signing_keys"]),
    ("stamps.rs", &["catalogues", "content_stamps"]),
    ("waitlist", &["waitlist_entries"]),
    ("webhooks", &["webhook_attempts", "webhook_deliveries", "webhook_replays", "webhooks"]),
    ("wishlist", &["wishlist_items"]),
];

/// Tables that only triggers write.
const BY_TRIGGERS: &[&str] = &["booking_texts", "catalogues", "content_stamps", "review_stamps", "review_totals"];

/// writer -> tables of others that it writes too, with the reason.
const ALSO_WRITTEN: &[(&str, &[&str], &str)] = &[
    ("folios", &["bookings"], "what is posted by hand is part of what a booking comes to"),
    ("images", &["offers", "properties", "room_types"], "a picture makes a new version of what it is of, which shows it"),
    ("inventory", &["bookings", "stays"], "whoever frees a room, a stay that waits for one gets it in the same transaction"),
    ("privacy", &["registration_cards", "stay_guests"], "what the register has kept of who was erased, once its time is over"),
    ("security", &["api_keys", "sessions"], "their last use, noted in batches; the keys of an account that is taken back"),
    ("users", &["users"], "the back office invites, suspends and removes accounts"),
];

/// reader -> the tables of others that it reads.
const READ: &[(&str, &[&str])] = &[
    ("accounting", &["accounts", "bookings", "folio_entries", "folios", "ledger_days", "payments", "report_terms"]),
    ("accounts", &["properties"]),
    ("actors.rs", &["api_keys", "role_assignments", "users"]),
    (
        "audit",
        &[
            "accounts",
            "drawers",
            "extras",
            "folios",
            "groups",
            "invoices",
            "payment_links",
            "payments",
            "rate_plans",
            "refunds",
            "room_types",
            "rooms",
            "stay_moves",
            "stays",
            "tax_rules",
            "users",
        ],
    ),
    ("authorization", &["users"]),
    ("availability", &["catalogues", "inventory", "properties"]),
    ("backups", &["folio_entries", "installation", "properties"]),
    ("blocks", &["room_types", "rooms"]),
    ("bookings", &["guests", "properties", "rooms", "users"]),
    ("calendar", &["bookings", "groups", "room_blocks", "room_nights", "rooms", "stays"]),
    ("change_requests", &["bookings", "users"]),
    ("drawers", &["payments", "refunds"]),
    ("extras", &["bookings", "folio_entries", "properties", "rate_plan_extras", "rooms", "stays", "tax_rules"]),
    ("feeds", &["bookings", "inventory", "room_blocks", "room_nights", "room_types", "rooms", "stays"]),
    (
        "folios",
        &["extras", "groups", "outbox", "outbox_kept", "payments", "properties", "room_types", "rooms", "stays", "tax_rules"],
    ),
    ("front_desk", &["bookings", "groups", "room_blocks", "room_types", "rooms", "stays"]),
    ("groups", &["allotment_nights", "rate_plans"]),
    ("guests", &["bookings", "folio_entries", "groups", "properties", "rooms", "stay_guests", "stays", "users"]),
    (
        "housekeeping",
        &["api_keys", "housekeeping_changes", "role_assignments", "role_permissions", "room_blocks", "rooms", "stays", "users"],
    ),
    ("images", &["content_media", "issue_attachments", "lost_items", "registration_cards", "review_photos", "users"]),
    ("inventory", &["properties", "room_types", "rooms", "stay_moves"]),
    ("invoices", &["bookings", "folio_entries", "payments"]),
    ("issues", &["bookings", "role_assignments", "role_permissions", "room_blocks", "rooms", "stays", "users"]),
    ("lost_property", &["rooms", "stays"]),
    ("mail", &["bookings", "users"]),
    ("night_audit", &["bookings", "inventory", "properties", "room_nights", "rooms", "stays"]),
    (
        "notifications",
        &[
            "bookings",
            "issues",
            "mail_log",
            "payments",
            "refunds",
            "role_assignments",
            "role_permissions",
            "roles",
            "stays",
            "users",
            "waitlist_entries",
        ],
    ),
    ("offers", &["bookings", "properties", "stays", "wishlist_items"]),
    ("openings", &["accounts", "bookings"]),
    // Versions of whatever events are about.
    (
        "outbox",
        &[
            "accounts",
            "amenities",
            "api_keys",
            "backups",
            "bookings",
            "cancellation_policies",
            "canned_answers",
            "change_requests",
            "content_items",
            "content_media",
            "drawers",
            "extras",
            "feed_conflicts",
            "feed_exports",
            "feed_imports",
            "folios",
            "groups",
            "guarantees",
            "guests",
            "housekeeping_credits",
            "housekeeping_tasks",
            "images",
            "invoice_settings",
            "invoice_states",
            "issue_settings",
            "issue_views",
            "issues",
            "lost_items",
            "notification_broadcasts",
            "notification_settings",
            "offers",
            "payment_links",
            "payment_settings",
            "payments",
            "privacy_exports",
            "properties",
            "rate_plans",
            "refunds",
            "registration_cards",
            "registration_terms",
            "retention_rules",
            "reviews",
            "roles",
            "room_blocks",
            "room_discrepancies",
            "room_types",
            "rooms",
            "tax_rules",
            "users",
            "waitlist_entries",
            "webhooks",
        ],
    ),
    ("payment_links", &["bookings"]),
    ("payments", &["bookings"]),
    ("payments_due", &["bookings", "folio_entries", "guarantees", "payment_settings", "properties", "stays"]),
    // Whatever tells of a person: for copies of it, and to find whom an erasure is about.
    (
        "privacy",
        &[
            "accounts",
            "api_keys",
            "bookings",
            "change_requests",
            "extras",
            "folio_entries",
            "folios",
            "groups",
            "guarantees",
            "guest_documents",
            "guests",
            "invoices",
            "issue_attachments",
            "issue_messages",
            "issues",
            "lost_items",
            "mail_bounces",
            "mail_log",
            "mail_opt_outs",
            "mail_queue",
            "notification_preferences",
            "notification_settings",
            "notifications",
            "offer_redemptions",
            "offers",
            "outbox",
            "payment_links",
            "payments",
            "properties",
            "refunds",
            "review_invitations",
            "review_photos",
            "review_reports",
            "reviews",
            "role_assignments",
            "role_invitations",
            "roles",
            "room_types",
            "sessions",
            "stay_extras",
            "stays",
            "tax_exemptions",
            "user_tokens",
            "users",
            "waitlist_entries",
            "wishlist_items",
        ],
    ),
    ("properties", &["catalogues", "inventory", "report_days", "report_terms", "stays"]),
    ("rates", &["extra_taxes", "extras", "folio_entries", "properties", "room_types", "stays"]),
    ("refunds", &["bookings", "payments"]),
    ("registration_cards", &["stays"]),
    ("reviews", &["bookings", "properties", "role_assignments", "room_types", "stays", "users"]),
    (
        "reports",
        &[
            "accounts",
            "bookings",
            "drawers",
            "folio_entries",
            "folios",
            "guests",
            "inventory",
            "invoice_entries",
            "invoices",
            "payments",
            "properties",
            "rate_plans",
            "refunds",
            "registration_cards",
            "room_nights",
            "room_types",
            "rooms",
            "stays",
            "tax_rules",
            "users",
        ],
    ),
    ("retention", &["properties"]),
    ("rooms", &["inventory", "properties"]),
    ("search", &["booking_texts", "bookings", "groups", "room_types", "rooms", "stays"]),
    ("security", &["api_key_grants", "bookings", "role_assignments", "role_permissions", "roles", "users"]),
    ("stamps.rs", &["room_types"]),
    ("users", &["bookings", "role_assignments", "roles", "waitlist_entries"]),
    ("waitlist", &["bookings", "inventory", "properties", "room_types", "users"]),
    ("webhooks", &["role_assignments", "role_permissions", "users"]),
    ("wishlist", &["inventory", "offers", "properties", "room_types", "users"]),
];

/// The tables that the schema has.
fn tables() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hbs-schema/src/lib.rs");
    let schema = fs::read_to_string(path).expect("the schema");
    let named = schema.split("table! {").skip(1).filter_map(|rest| rest.lines().map(str::trim).find(|line| is_head(line)));
    named.filter_map(|line| line.split_whitespace().next()).map(String::from).collect()
}

fn is_head(line: &str) -> bool {
    !line.is_empty() && !line.starts_with("//") && !line.starts_with("use ") && line.ends_with('{')
}

/// The tables that a file uses: imported from the schema, or named in SQL.
fn used(file: &File, tables: &BTreeSet<String>) -> BTreeSet<String> {
    let paths = named_paths(&file.code).into_iter().filter_map(|path| path.strip_prefix("hbs_schema::").map(String::from));
    let imported = paths.filter_map(|path| path.split("::").next().map(String::from));
    let qualified = after(&file.code, &["hbs_schema::"]);
    let in_sql = after(&file.code, &["FROM", "JOIN", "INTO", "UPDATE"]);
    imported.chain(qualified).chain(in_sql).filter(|word| tables.contains(word)).collect()
}

/// The tables that a file writes.
fn written(file: &File, tables: &BTreeSet<String>) -> BTreeSet<String> {
    let by_diesel = after(&file.code, &["insert_into(", "update(", "delete("]);
    let in_sql = after(&file.code, &["INSERT INTO", "UPDATE", "DELETE FROM"]);
    by_diesel.into_iter().chain(in_sql).filter(|word| tables.contains(word)).collect()
}

/// The words that follow one of these, whatever white space is between.
fn after(code: &str, starts: &[&str]) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    starts.iter().flat_map(|start| code.split(start).skip(1).map(word)).collect()
}

fn pairs<'a>(rows: impl IntoIterator<Item = (&'a str, &'a [&'a str])>) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (part, tables) in rows {
        found.entry(part.into()).or_default().extend(tables.iter().map(|table| (*table).to_owned()));
    }
    found
}

/// Returns the tables that each part uses, by `what`.
fn by_part(what: impl Fn(&File) -> BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files("") {
        found.entry(file.part().to_owned()).or_default().extend(what(&file));
    }
    found.retain(|_, tables| !tables.is_empty());
    found
}

#[test]
fn every_table_has_one_owner() {
    let owned: Vec<&str> = OWNED.iter().flat_map(|(_, tables)| *tables).copied().collect();
    let distinct: BTreeSet<String> = owned.iter().map(|table| (*table).to_owned()).collect();
    assert_eq!(distinct.len(), owned.len(), "a table with two owners");
    assert_eq!(distinct, tables(), "tables with an owner, and those of the schema");
}

/// Whoever runs HBS reads there which tables grow, and what bounds them.
#[test]
fn every_table_is_told_of_where_growth_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let page = fs::read_to_string(path).expect("the page");
    let (_, section) = page.split_once("### What grows").expect("the section");
    let (section, _) = section.split_once("\n## ").expect("a section after it");
    let told: BTreeSet<String> = section.split('`').skip(1).step_by(2).map(String::from).collect();
    let untold: Vec<String> = tables().difference(&told).cloned().collect();
    assert!(untold.is_empty(), "does it grow, and what bounds it? {untold:?}");
}

#[test]
fn only_owners_write() {
    let tables = tables();
    let mut may = pairs(OWNED.iter().copied());
    may.values_mut().for_each(|owned| owned.retain(|table| !BY_TRIGGERS.contains(&table.as_str())));
    may.retain(|_, owned| !owned.is_empty());
    for (writer, also) in pairs(ALSO_WRITTEN.iter().map(|(writer, tables, _)| (*writer, *tables))) {
        may.entry(writer).or_default().extend(also);
    }
    assert_eq!(by_part(|file| written(file, &tables)), may, "who writes which tables, and who may");
}

#[test]
fn others_read_only_what_is_listed() {
    let tables = tables();
    let own = pairs(OWNED.iter().copied().chain(ALSO_WRITTEN.iter().map(|(writer, tables, _)| (*writer, *tables))));
    let mut reads = by_part(|file| used(file, &tables));
    for (part, tables) in &mut reads {
        tables.retain(|table| !own.get(part).is_some_and(|own| own.contains(table)));
    }
    reads.retain(|_, tables| !tables.is_empty());
    assert_eq!(reads, pairs(READ.iter().copied()), "who reads which tables of others, and who may");
}

/// Tables with versions of which events do not tell by reading them: those whose rows an id and a stream do not name, and the
/// record itself.
const TOLD_BY_ROW: &[&str] = &["content_locales", "gl_codes", "notification_templates", "notifications", "outbox"];

/// The tables that have a column `version`.
fn versioned() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hbs-schema/src/lib.rs");
    let schema = fs::read_to_string(path).expect("the schema");
    let of_one = schema.split("table! {").skip(1);
    let versioned = of_one.filter(|rest| rest.lines().any(|line| line.trim().starts_with("version ->")));
    let heads = versioned.filter_map(|rest| rest.lines().map(str::trim).find(|line| is_head(line)));
    heads.filter_map(|line| line.split_whitespace().next()).map(String::from).collect()
}

#[test]
fn events_tell_the_versions_of_whatever_has_them() {
    let tables = tables();
    let read: BTreeSet<String> = files("outbox/versions.rs").iter().flat_map(|file| used(file, &tables)).collect();
    let told: BTreeSet<String> = read.into_iter().chain(TOLD_BY_ROW.iter().map(|table| (*table).to_owned())).collect();
    assert_eq!(told, versioned(), "tables whose versions events tell, and those that have some");
}

/// An erasure writes in most tables, by statements that are made from the inventory of personal data, which is the one list of
/// them.
#[test]
fn what_an_erasure_writes_is_in_tables_that_somebody_owns() {
    let tables = tables();
    for place in places() {
        assert!(tables.contains(place.table), "{}: {} is no table", place.name, place.table);
    }
}

#[test]
fn a_write_is_found_in_whatever_words() {
    let file = |code: &str| File { name: "domains/x/repository.rs".into(), code: code.into() };
    let tables = BTreeSet::from(["rooms", "stays"].map(String::from));
    for code in [
        "diesel::update(rooms::table.find(1))",
        "diesel::insert_into(\n    rooms::table)",
        "\"DELETE FROM rooms WHERE x\"",
        "\"INSERT INTO\n rooms\"",
    ] {
        assert_eq!(written(&file(code), &tables), BTreeSet::from(["rooms".to_owned()]), "{code}");
    }
    assert_eq!(used(&file("use hbs_schema::{stays, x};\n\"FROM a JOIN rooms\""), &tables), tables);
}
