//! Tests that the tables of the code are those of the migrations, and that migrations can be undone.
use crate::payments::pay;
use crate::support::{HotelSpec, TestApp, act};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the tables of `diesel::table!`: the primary key, then the columns in their order.
fn believed() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(root().join("crates/hbs-schema/src/lib.rs")).expect("the schema");
    let mut tables = BTreeMap::new();
    for block in text.split("diesel::table! {").skip(1) {
        let (head, rest) = block.split_once('{').expect("a table");
        let (columns, _) = rest.split_once('}').expect("its columns");
        let (name, key) = head.trim().split_once(' ').expect("a name and a key");
        let columns = columns.lines().map(|line| line.trim().trim_end_matches(',')).filter(|line| !line.is_empty());
        tables.insert(name.to_owned(), std::iter::once(key.trim()).chain(columns).map(String::from).collect());
    }
    tables
}

/// Returns the tables of the database in the same form.
async fn actual(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let keys = "SELECT c.relname AS table_name, string_agg(a.attname, ', ' ORDER BY k.place) AS key
                FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
                CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
                WHERE i.indisprimary AND c.relnamespace = current_schema()::regnamespace GROUP BY 1";
    let columns = "SELECT table_name, column_name, udt_name, is_nullable = 'YES' AS nullable FROM information_schema.columns
                   WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position";
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in app.rows(keys).await {
        tables.insert(text(&row, "table_name").into(), vec![format!("({})", text(&row, "key"))]);
    }
    for row in app.rows(columns).await {
        let kind = diesel_type(text(&row, "udt_name"));
        let kind = if row["nullable"] == true { format!("Nullable<{kind}>") } else { kind };
        let table = tables.get_mut(text(&row, "table_name")).unwrap_or_else(|| panic!("{row} is of a table without a key"));
        table.push(format!("{} -> {kind}", text(&row, "column_name")));
    }
    tables
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("no {name} in {row}"))
}

fn diesel_type(udt_name: &str) -> String {
    // PostgreSQL does not say whether the elements of an array can be null, so to diesel they can.
    if let Some(element) = udt_name.strip_prefix('_') {
        return format!("Array<Nullable<{}>>", diesel_type(element));
    }
    let mut letters = udt_name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[tokio::test]
async fn the_code_believes_what_the_migrations_make() {
    let app = TestApp::new().await;
    let (believed, actual) = (believed(), actual(&app).await);
    assert!(actual.len() > 20, "{:?}", actual.keys());
    assert_eq!(believed.keys().collect::<Vec<_>>(), actual.keys().collect::<Vec<_>>(), "`make schema` writes the file anew");
    for (table, columns) in actual {
        assert_eq!(believed[&table], columns, "{table}; `make schema` writes the file anew");
    }
}

/// SQL for everything in the app's schema: tables, indexes, sequences, types, functions and triggers, as they are defined.
const EVERYTHING: &str = "SELECT 'relation ' || relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace
    UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace = current_schema()::regnamespace
    UNION ALL SELECT 'column ' || table_name || '.' || column_name || ' ' || udt_name || ' ' || is_nullable
        FROM information_schema.columns WHERE table_schema = current_schema()
    UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = current_schema()::regnamespace
    UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = current_schema()
    UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f'
    UNION ALL SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
    ORDER BY 1";

/// Migrations that change rows alone. Each has a test of what becomes of them.
const OF_ROWS: &[&str] = &["2026-11-30-000342_register_of_portugal", "2026-11-30-000344_lines_restored_before"];

#[tokio::test]
async fn every_migration_can_be_undone() {
    let app = TestApp::new().await;
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root().join("migrations")).expect("migrations").flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let sql =
        |folder: &Path, file: &str| fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    for folder in folders.iter().rev() {
        app.sql(&sql(folder, "down.sql")).await;
    }
    assert_eq!(app.rows(EVERYTHING).await, Vec::<Value>::new());

    // Up and down again, one by one: each takes back what it made and nothing else.
    for folder in &folders {
        let before = app.rows(EVERYTHING).await;
        app.sql(&sql(folder, "up.sql")).await;
        let is_of_rows = OF_ROWS.iter().any(|name| folder.ends_with(name));
        assert_eq!(app.rows(EVERYTHING).await == before, is_of_rows, "{folder:?} makes nothing, or is not of rows alone");
        app.sql(&sql(folder, "down.sql")).await;
        assert_eq!(app.rows(EVERYTHING).await, before, "{folder:?}");
        app.sql(&sql(folder, "up.sql")).await;
    }
}

/// A word that a migration has brought goes with it, also of a table of which something is checked at the end of transactions.
#[tokio::test]
async fn a_migration_is_undone_where_a_payment_has_what_it_brought() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    pay(&hotel.manager, booking.id(), "10.00").await.expect(201);
    app.sql("UPDATE payments SET attention = 'event_waits', attention_about = 'event_waits de_1'").await;
    let down = root().join("migrations/2026-11-30-000341_waiting_events/down.sql");
    app.sql(&fs::read_to_string(down).expect("a migration")).await;
    let marks = app.rows("SELECT attention, attention_about FROM payments").await;
    assert_eq!(marks, [json!({"attention": null, "attention_about": null})]);
}

/// Lines that were charged anew when a cancellation was undone name what they restore, though they are older than such names;
/// what was given up and sold again names nothing.
#[tokio::test]
async fn lines_that_were_restored_before_name_what_they_restore() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    for check_out in ["2026-12-11", "2026-12-12"] {
        let path = format!("/v1/bookings/{}/amend", booking.id());
        hotel.manager.post(&path, &json!({"check_out": check_out})).await.expect(200);
    }
    for action in ["cancel", "reinstate", "cancel", "reinstate"] {
        act(&hotel.manager, &booking, action).await.expect(200);
    }
    assert_eq!(app.number("SELECT count(restores_id) FROM folio_entries").await, 8, "two nights with their tax, twice");
    let names = "SELECT id, restores_id FROM folio_entries ORDER BY id";
    let before = app.rows(names).await;
    app.sql("UPDATE folio_entries SET restores_id = NULL").await;
    let up = root().join("migrations/2026-11-30-000344_lines_restored_before/up.sql");
    app.sql(&fs::read_to_string(up).expect("a migration")).await;
    assert_eq!(app.rows(names).await, before);
}

/// A rule of a hotel in Portugal that was set when the law was taken to ask for less is as long as it asks for now; one without a
/// number, and those of other countries, are as they were.
#[tokio::test]
async fn rules_of_portugal_are_as_long_as_its_law() {
    let app = TestApp::new().await;
    let ids = [app.hotel(HotelSpec::default()).await.id, app.hotel(HotelSpec::default()).await.id];
    let set = |id: &str, documents: &str, cards: &str| {
        let rules = "(property_id, stay_documents_days, registration_cards_days, created_at, updated_at)";
        format!("INSERT INTO retention_rules {rules} VALUES ('{id}', {documents}, {cards}, now(), now())")
    };
    for (id, country) in ids.iter().zip(["PT", "FR"]) {
        app.sql(&format!("UPDATE properties SET country = '{country}' WHERE id = '{id}'")).await;
        app.sql(&set(id, "366", "NULL")).await;
    }
    let up = root().join("migrations/2026-11-30-000342_register_of_portugal/up.sql");
    app.sql(&fs::read_to_string(up).expect("a migration")).await;
    let mut rules = Vec::new();
    for id in &ids {
        rules.extend(
            app.rows(&format!(
                "SELECT stay_documents_days AS documents, registration_cards_days AS cards, version FROM retention_rules \
                 WHERE property_id = '{id}'"
            ))
            .await,
        );
    }
    assert_eq!(
        rules,
        [json!({"documents": 376, "cards": null, "version": 2}), json!({"documents": 366, "cards": null, "version": 1})]
    );
}
