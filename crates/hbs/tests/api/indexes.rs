//! Tests that daily operations cost the same however long a hotel has been open.
use crate::support::{Client, Hotel, HotelSpec, PASSWORD, Reply, TestApp, act, eur, eventually};
use crate::webhooks::receiver::Receiver;
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
        (
            "bookings",
            "true",
            "'id', md5('booking' || n)::uuid, 'reference', 'PAST-' || n, 'external_reference', null, 'user_id', null",
        ),
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

/// Tables of which one row each is copied, and what of it differs.
const COPIES: [(&str, &str); 8] = [
    (
        "guests",
        "'id', md5('guest' || n)::uuid, 'survivor_id', md5('guest' || n)::uuid, 'user_id', null, 'full_name', 'Guest ' || n, \
         'email', 'guest' || n || '@example.com', 'phone', null",
    ),
    (
        "payments",
        "'id', md5('payment' || n)::uuid, 'booking_id', md5('booking' || n)::uuid, 'folio_id', md5('booking' || n)::uuid, \
         'business_date', '2020-01-01'::date + n % 1000",
    ),
    (
        "reviews",
        "'id', md5('review' || n)::uuid, 'booking_id', md5('booking' || n)::uuid, 'author_id', null, \
         'departed_on', '2020-01-01'::date + n % 1000",
    ),
    (
        "outbox",
        "'id', -n, 'event_id', md5('event' || n)::uuid, 'entity_id', md5('booking' || n)::uuid, \
         'booking_id', md5('booking' || n)::uuid, 'position', -n, 'seq', -n",
    ),
    (
        "invoices",
        "'id', md5('invoice' || n)::uuid, 'booking_id', md5('booking' || n)::uuid, 'folio_id', md5('booking' || n)::uuid, \
         'number', 1000 + n, 'name', 'PAST-' || n, 'issue_date', '2020-01-01'::date + n % 1000, \
         'issued_at', '2020-01-01'::date + n % 1000",
    ),
    ("invoice_states", "'invoice_id', md5('invoice' || n)::uuid"),
    (
        "notifications",
        "'id', md5('notification' || n)::uuid, 'dedup_key', 'past ' || n, 'booking_id', md5('booking' || n)::uuid, \
         'read_at', '2020-01-01'::date + n % 1000",
    ),
    (
        "issues",
        "'id', md5('issue' || n)::uuid, 'booking_id', md5('booking' || n)::uuid, 'stay_id', null, 'guest_user_id', null, \
         'status', 'closed', 'resolved_at', '2020-01-01'::date + n % 1000, 'closed_at', '2020-01-01'::date + n % 1000, \
         'paused_since', '2020-01-01'::date + n % 1000, 'answer_due_at', null, 'solution_due_at', null, 'guest_due_at', null, \
         'staff_due_at', null",
    ),
];

/// Adds what people have paid, written and been told by then: nothing of it is open.
async fn let_people_come_and_go(app: &TestApp) {
    for (table, other) in COPIES {
        let columns = format!(
            "SELECT string_agg(column_name::text, ', ') AS names, string_agg('copy.' || column_name::text, ', ') AS copied
             FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = '{table}' AND is_generated = 'NEVER'"
        );
        let columns = &app.rows(&columns).await[0];
        let text = |name: &str| columns[name].as_str().expect("columns").to_owned();
        assert!(app.number(&format!("SELECT count(*) FROM {table}")).await > 0, "there is one of {table}");
        app.sql(&format!(
            "SET session_replication_role = replica;
             INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE
             SELECT {copied} FROM {table} t CROSS JOIN generate_series(1, {PAST}) n
             CROSS JOIN LATERAL jsonb_populate_record(t, jsonb_build_object({other})) AS copy
             WHERE t.ctid = (SELECT ctid FROM {table} LIMIT 1);
             ANALYZE {table}",
            names = text("names"),
            copied = text("copied")
        ))
        .await;
    }
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
             WHERE t.schemaname = current_schema() AND t.relname IN \
                 ('bookings', 'folio_entries', 'folios', 'guests', 'invoice_states', 'invoices', 'issues', 'notifications', 'outbox', \
                  'payments', 'reviews', 'stays', 'users', 'webhook_deliveries') \
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

/// A guest who has stayed and paid, has an invoice, wrote a review and of an issue, and was told of it all: today is 2026-12-02.
async fn guest_who_left(app: &TestApp, hotel: &Hotel) -> (Client, Reply) {
    let guest = app.register("ana@example.com").await;
    app.sql("UPDATE users SET email_verified_at = now()").await;
    let booking = hotel.book(&guest, "2026-12-01", "2026-12-02").await;
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-02T10:00:00Z");
    let paid = json!({"booking_id": booking.id(), "method": "cash", "amount": eur("100.00")});
    hotel.manager.post("/v1/payments", &paid).await.expect(201);
    let bill = json!({"folio_id": booking.id(), "kind": "invoice"});
    hotel.manager.post("/v1/invoices", &bill).await.expect(201);
    act(&hotel.manager, &booking, "check-out").await.expect(200);
    let review = json!({"booking_id": booking.id(), "ratings": {"overall": 5}, "title": "Quiet", "text": "Good bed", "language": "en",
                        "travel_type": "couple"});
    guest.post("/v1/reviews", &review).await.expect(201);
    let issue = json!({"property_id": hotel.id, "booking_id": booking.id(), "category": "room_defect", "subject": "The shower",
                       "text": "Is cold"});
    guest.post("/v1/issues", &issue).await.expect(201);
    app.consume().await;
    (guest, booking)
}

#[tokio::test]
async fn what_people_have_paid_written_and_been_told_is_not_read_for_what_is_done_today() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let (guest, booking) = guest_who_left(&app, &hotel).await;
    let_years_pass(&app).await;
    let_people_come_and_go(&app).await;

    let mut read = rows_read(&app).await;
    let mut step = async |what: &str| {
        let now = rows_read(&app).await;
        for (table, rows) in &now {
            assert!(rows - read[table] < PAST / 2, "{what} reads {} rows of {table}", rows - read[table]);
        }
        read = now;
    };
    let (id, booked) = (&hotel.id, booking.id());
    for path in [
        format!("/v1/guests?property_id={id}"),
        format!("/v1/payments?property_id={id}"),
        format!("/v1/payments?booking_id={booked}"),
        format!("/v1/invoices?property_id={id}"),
        format!("/v1/invoices?booking_id={booked}"),
        format!("/v1/refunds?booking_id={booked}"),
        format!("/v1/reviews?property_id={id}"),
        format!("/v1/issues?property_id={id}"),
        format!("/v1/issues?property_id={id}&booking_id={booked}"),
        format!("/v1/bookings/{booked}"),
        "/v1/notifications".to_owned(),
    ] {
        manager.send(Method::GET, &path, None).await.expect(200);
        step(&path).await;
    }
    for path in ["/v1/notifications", "/v1/notifications/unread-count", "/v1/payments", "/v1/invoices", "/v1/issues"] {
        guest.send(Method::GET, path, None).await.expect(200);
        step(&format!("a guest's {path}")).await;
    }
    let next = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    step("booking").await;
    let paid = json!({"booking_id": next.id(), "method": "cash", "amount": eur("100.00")});
    manager.post("/v1/payments", &paid).await.expect(201);
    step("paying").await;
    manager.post("/v1/invoices", &json!({"folio_id": next.id(), "kind": "pro_forma"})).await.expect(201);
    step("billing").await;
    let issue = json!({"property_id": id, "booking_id": next.id(), "category": "other", "subject": "A cot", "text": "Please"});
    guest.post("/v1/issues", &issue).await.expect(201);
    step("an issue").await;
    app.consume().await;
    step("what follows from events").await;
    app.deliver().await;
    step("the record").await;
    hbs::jobs::run_due(&app.app, &hbs::server::jobs()).await.expect("jobs");
    step("all jobs at once").await;
}

/// Somebody books, pays and gets a bill at a hotel, and PostgreSQL knows of it.
async fn let_little_happen(app: &TestApp, guest: &Client, hotel: &Hotel) {
    let booking = hotel.book(guest, "2026-12-10", "2026-12-12").await;
    let paid = json!({"booking_id": booking.id(), "method": "cash", "amount": eur("100.00")});
    hotel.manager.post("/v1/payments", &paid).await.expect(201);
    hotel.manager.post("/v1/invoices", &json!({"folio_id": booking.id(), "kind": "pro_forma"})).await.expect(201);
    app.sql("ANALYZE bookings; ANALYZE folios; ANALYZE guests; ANALYZE invoices; ANALYZE payments").await;
}

#[tokio::test]
async fn what_a_webhook_was_told_is_not_read_for_what_it_is_to_be_told() {
    let app = TestApp::with(|config| config.outgoing_unguarded = true).await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let receiver = Receiver::start().await;
    app.consume().await;
    let hook = json!({"property_id": hotel.id, "url": receiver.url("hook"), "kinds": ["booking.created"]});
    hotel.manager.post("/v1/webhooks", &hook).await.expect(201);
    app.sql(&format!(
        "INSERT INTO webhook_deliveries (webhook_id, event_id, kind, sequence, body, state, is_replay, attempts, tries, delivered_at,
                                         created_at, updated_at)
         SELECT w.id, gen_random_uuid(), 'booking.created', n, '{{}}', 'delivered', false, 1, 1, now(), now(), now()
         FROM webhooks w, generate_series(1, {PAST}) AS n; ANALYZE webhook_deliveries"
    ))
    .await;
    let before = rows_read(&app).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    app.consume().await;
    assert_eq!(hbs::domains::webhooks::deliver_due(&app.app).await.expect("served"), 1);
    let read = rows_read(&app).await["webhook_deliveries"] - before["webhook_deliveries"];
    assert!(read < PAST / 2, "{read} rows are read");
}

#[tokio::test]
async fn lists_of_one_hotel_do_not_read_what_others_have() {
    let app = TestApp::new().await;
    let large = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let (small, guest) = (app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await, app.guest().await);
    guest_who_left(&app, &large).await;
    let_years_pass(&app).await;
    let_people_come_and_go(&app).await;
    let_little_happen(&app, &guest, &small).await;

    // Whoever works at one hotel need not name it.
    let mut read = rows_read(&app).await;
    for path in ["/v1/payments", "/v1/payments?status=captured", "/v1/invoices", "/v1/guests", "/v1/folios"] {
        let listed = small.manager.send(Method::GET, path, None).await.expect(200);
        assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(1), "{path}: {}", listed.body);
        let now = rows_read(&app).await;
        for (table, rows) in &now {
            assert!(rows - read[table] < PAST / 2, "{path} reads {} rows of {table}", rows - read[table]);
        }
        read = now;
    }
}
