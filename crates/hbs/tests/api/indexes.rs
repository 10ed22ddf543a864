//! Tests that daily operations cost the same however long a hotel has been open.
use crate::support::{HotelSpec, PASSWORD, TestApp, act, eventually};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Number of stays of years ago, and of guests.
const PAST: i64 = 5000;

/// Adds as many guests, bookings, stays and settled folios as there would be after some years, copied from one of each.
async fn let_years_pass(app: &TestApp) {
    let copies = [
        ("users", "email = 'ana@example.com'", "'id', md5('user' || n)::uuid, 'email', 'guest' || n || '@example.com'"),
        ("bookings", "true", "'id', md5('booking' || n)::uuid, 'reference', 'PAST-' || n, 'external_reference', null"),
        ("stays", "true", "'id', md5('stay' || n)::uuid, 'booking_id', md5('booking' || n)::uuid, 'room_id', null"),
        (
            "folio_entries",
            "reverses_id IS NULL",
            "'id', md5('line' || n || sign)::uuid, 'booking_id', md5('booking' || n)::uuid, 'folio_id', md5('booking' || n)::uuid, \
             'stay_id', md5('stay' || n)::uuid, 'amount_minor', sign * t.amount_minor",
        ),
    ];
    for (table, from, other) in copies {
        let past = match table {
            "bookings" | "stays" => {
                ", 'status', 'checked_out', 'check_in', '2020-01-01'::date + n % 1000, 'check_out', '2020-01-02'::date + n % 1000"
            }
            "folio_entries" => ", 'service_date', '2020-01-01'::date + n % 1000, 'posted_on', '2020-01-01'::date + n % 1000",
            _ => "",
        };
        // Charged and paid by one statement, so that none was ever among the unsettled: what an index has of rows that have left
        // it goes by VACUUM only, and transactions of other tests may hold that up.
        let signs = if table == "folio_entries" { "1), (-1" } else { "1" };
        app.sql(&format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object({other}{past}))).* \
             FROM {table} t, generate_series(1, {PAST}) n, (VALUES ({signs})) AS signs (sign) \
             WHERE t.ctid = (SELECT ctid FROM {table} WHERE {from} LIMIT 1); ANALYZE {table}"
        ))
        .await;
    }
    app.sql("ANALYZE folios").await;
}

/// Returns how many rows of the grown tables were read, by index or not. Connections tell when they end.
async fn rows_read(app: &TestApp) -> BTreeMap<String, i64> {
    let place = &app.app.config.mongodb_database;
    let of_app = format!("FROM pg_stat_activity WHERE application_name = '{place}' AND pid <> pg_backend_pid()");
    app.number(&format!("SELECT count(pg_terminate_backend(pid)) {of_app}")).await;
    eventually(Duration::from_secs(20), async || app.number(&format!("SELECT count(*) {of_app}")).await == 0).await;
    let read = app
        .rows(
            "SELECT t.relname, t.seq_tup_read + coalesce(sum(greatest(i.idx_tup_read, i.idx_tup_fetch)), 0)::bigint AS read \
             FROM pg_stat_user_tables t LEFT JOIN pg_stat_user_indexes i USING (relid) \
             WHERE t.schemaname = current_schema() AND t.relname IN ('bookings', 'folio_entries', 'folios', 'stays', 'users') \
             GROUP BY 1, t.seq_tup_read",
        )
        .await;
    let of = |row: &Value| (row["relname"].as_str().expect("a name").to_owned(), row["read"].as_i64().expect("a number"));
    read.iter().map(of).collect()
}

#[tokio::test]
async fn the_past_is_not_read_for_what_is_done_today() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let (manager, guest) = (&hotel.manager, app.register("ana@example.com").await);
    hotel.book(manager, "2026-12-20", "2026-12-22").await;
    let_years_pass(&app).await;

    let hold = {
        let mut hold = hotel.request("2026-12-10", "2026-12-12");
        hold["hold_minutes"] = json!(30);
        hold
    };
    let login = json!({"login": "ana@example.com", "password": PASSWORD});
    let mut read = rows_read(&app).await;
    let mut step = async |what: &str| {
        let now = rows_read(&app).await;
        for (table, rows) in &now {
            assert!(rows - read[table] < PAST / 2, "{what} reads {} rows of {table}", rows - read[table]);
        }
        read = now;
    };
    app.anonymous().post("/v1/auth/login", &login).await.expect(200);
    app.anonymous().post("/v1/auth/password/forgot", &json!({"email": "ana@example.com"})).await.expect(202);
    step("signing in").await;
    let hold = guest.post("/v1/bookings", &hold).await.expect(201);
    step("booking").await;
    guest.post("/v1/bookings", &hotel.request("2026-12-10", "2026-12-12")).await.expect(409);
    step("a refused sale").await;
    act(&guest, &hold, "confirm").await.expect(200);
    guest.post(&format!("/v1/bookings/{}/amend", hold.id()), &json!({"check_out": "2026-12-13"})).await.expect(200);
    act(&guest, &hold, "cancel").await.expect(200);
    step("changing a booking").await;
    let booking = hotel.book(&guest, "2026-12-01", "2026-12-03").await;
    act(manager, &booking, "check-in").await.expect(200);
    act(manager, &booking, "check-out").await.expect(200);
    step("a stay").await;
    for path in [
        format!("/v1/bookings?property_id={}", hotel.id),
        format!("/v1/bookings?property_id={}&has_balance=true", hotel.id),
        format!("/v1/bookings/{}/folio", booking.id()),
        format!("/v1/bookings/{}/folios", booking.id()),
        format!("/v1/folios/{}", booking.id()),
        format!("/v1/folios?property_id={}", hotel.id),
        format!("/v1/front-desk?property_id={}", hotel.id),
        format!("/v1/housekeeping?property_id={}", hotel.id),
        format!("/v1/calendar?property_id={}&from=2026-12-01&to=2026-12-31", hotel.id),
        format!("/v1/availability?property_id={}&check_in=2026-12-10&check_out=2026-12-12", hotel.id),
        format!("/v1/properties/{}/night-audit", hotel.id),
        format!("/v1/reports/balances?property_id={}", hotel.id),
    ] {
        manager.send(Method::GET, &path, None).await.expect(200);
        step(&path).await;
    }
    guest.get("/v1/bookings").await.expect(200);
    step("a guest's own bookings").await;
    // The books go on where they ended the day before: only those of the first date read what was before it.
    app.sql(&format!(
        "INSERT INTO ledger_days
         SELECT '{}', '2026-11-30', ledger, 0, 0, 0, now(), now()
         FROM unnest(ARRAY['guest', 'city', 'deposits', 'revenue', 'tax', 'clearing', 'pass_through', 'opening']) AS names (ledger);
         ANALYZE ledger_days",
        hotel.id
    ))
    .await;
    let audit = json!({"business_date": "2026-12-01", "close_early": true, "reason": "the season ends"});
    manager.post(&format!("/v1/properties/{}/night-audit", hotel.id), &audit).await.expect(200);
    step("the night audit").await;
    hbs::jobs::run_due(&app.app, &hbs::server::jobs()).await.expect("jobs");
    step("all jobs at once").await;
}
