//! The demo hotels, as their front desk sees them.
use crate::support::{Client, TestApp, TestGateway};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use hbs::domains::authentication::{self, NewAccount};
use hbs::domains::authorization::ensure_default_roles;
use hbs::domains::{folios, invoices, payments};
use hbs::outbox::Cause;
use hbs::seed;
use serde_json::{Value, json};
use std::time::Duration;

const MIRAMAR: &str = "019b76da-a800-7db2-b8f6-1cbb12df8159";

/// How many come, leave and are in the house on the hotel's date, and how many rooms are dirty.
async fn today(desk: &Client) -> [usize; 4] {
    let day = desk.get(&format!("/v1/front-desk?property_id={MIRAMAR}")).await.expect(200).body;
    let rooms = desk.get(&format!("/v1/housekeeping?property_id={MIRAMAR}")).await.expect(200).body.to_string();
    let stays = |list: &str| day[list].as_array().expect("a list").len();
    [stays("arrivals"), stays("departures"), stays("in_house"), rooms.matches(r#""housekeeping":"dirty""#).count()]
}

/// All that is asked of the demo without a gateway, in one test: to load it takes longer than all the questions.
#[tokio::test]
async fn a_day_of_the_demo_is_loaded_once_and_the_next_ones_too() {
    let app = TestApp::new().await;
    ensure_default_roles(&app.app, &app.app.db.conn().await.expect("a connection")).await.expect("the default roles");
    app.set_clock("2026-12-01T12:00:00Z");
    assert!(seed::demo(&app.app).await.expect("the demo"));
    what_the_system_writes_names_nobody_in_the_record(&app).await;
    the_guest_has_a_stay_behind_and_one_ahead(&app).await;
    let id = words(&app, "SELECT id::text FROM properties WHERE name = 'Hudson Square Hotel'").await.remove(0);
    let hudson = (app.staff(&["reports:read", "bookings:read"], Some(&id)).await, id);
    a_hotel_has_closed_dates(&app, &hudson).await;
    let desk = app.staff(&["bookings:read", "rooms:read"], Some(MIRAMAR)).await;
    assert_eq!(today(&desk).await, [7, 7, 11, 12]);

    let site = app.anonymous().get(&format!("/v1/pages?property_id={MIRAMAR}&locale=pt")).await.expect(200).body;
    let pages = site["items"].as_array().expect("a list");
    assert_eq!((pages.len(), &pages[0]["title"]), (8, &serde_json::json!("Bem-vindo à baía")));

    let kinds = app.rows("SELECT DISTINCT kind FROM folios ORDER BY 1").await;
    let kinds: Vec<&str> = kinds.iter().map(|row| row["kind"].as_str().expect("a kind")).collect();
    assert_eq!(kinds, ["account", "company", "guest", "house", "master"]);
    let on_account = app.rows("SELECT balance_minor FROM folios WHERE kind = 'account'").await;
    assert_eq!(on_account.len(), 1);
    assert!(on_account[0]["balance_minor"].as_i64() > Some(0), "a company owes what its guest has left: {on_account:?}");
    let summary = desk.get(&format!("/v1/reviews/summary?property_id={MIRAMAR}")).await.expect(200).body;
    assert_eq!((&summary["count"], &summary["histogram"]), (&json!(25), &json!([1, 1, 3, 9, 11])));
    assert_eq!(app.number("SELECT count(*) FROM reviews").await, 41);
    let agent = app.staff(&["issues:read"], Some(MIRAMAR)).await;
    let first = async |path: &str| {
        let list = agent.get(&format!("{path}?property_id={MIRAMAR}&q=way")).await.expect(200).body;
        list["items"][0]["id"].as_str().unwrap_or_else(|| panic!("nothing in {list}")).to_owned()
    };
    let (issue, answer) = (first("/v1/issues").await, first("/v1/canned-answers").await);
    let filled = agent.get(&format!("/v1/issues/{issue}/canned-answers/{answer}")).await.expect(200).body;
    assert_eq!(filled["text"], "Dear Clara Neves,\nwe are sorry. Somebody is on the way to you.\nTest Person");

    let owing = "SELECT count(*) FROM bookings b JOIN folios f ON f.property_id = b.property_id AND f.booking_id = b.id
                 WHERE b.status = 'checked_out' AND f.balance_minor <> 0";
    assert_eq!(app.number(owing).await, 0, "who has left has paid");

    let verified = folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));
    let bookings = "SELECT count(*) FROM bookings";
    let loaded = app.number(bookings).await;
    assert!(!seed::demo(&app.app).await.expect("the demo"));
    assert_eq!((today(&desk).await, app.number(bookings).await), ([7, 7, 11, 12], loaded));
    app.assert_consistent().await;

    // Nobody was checked out, so all of them are there still, and in the way of the next ones.
    app.set_clock("2026-12-02T12:00:00Z");
    seed::demo(&app.app).await.expect("the demo");
    assert_eq!(today(&desk).await, [6, 7, 11, 12]);
    app.assert_consistent().await;

    // The next day finds the one before closed, however long nobody came to close it.
    app.set_clock("2026-12-04T12:00:00Z");
    seed::demo(&app.app).await.expect("the demo");
    for date in ["2026-12-01", "2026-12-02", "2026-12-03"] {
        assert_ne!(revenue(&hudson, date).await, "0.00", "{date}");
    }
    let verified = folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));
    app.assert_consistent().await;
}

/// A hotel has closed dates with something in their books.
async fn a_hotel_has_closed_dates(app: &TestApp, hotel: &(Client, String)) {
    let (desk, id) = hotel;
    assert_eq!(words(app, &format!("SELECT business_date::text FROM properties WHERE id = '{id}'")).await, ["2026-12-01"]);
    for date in ["2026-11-29", "2026-11-30"] {
        assert_ne!(revenue(hotel, date).await, "0.00", "{date}");
    }
    let day = desk.get(&format!("/v1/front-desk?property_id={id}")).await.expect(200).body;
    assert!(
        ["arrivals", "departures", "in_house"].iter().all(|list| !day[*list].as_array().expect("a list").is_empty()),
        "{day}"
    );
}

/// The revenue of a hotel on a closed date.
async fn revenue((desk, id): &(Client, String), date: &str) -> Value {
    let balance = desk.get(&format!("/v1/reports/trial-balance?property_id={id}&date={date}")).await.expect(200).body;
    let ledgers = balance["ledgers"].as_array().expect("ledgers").clone();
    ledgers.into_iter().find(|ledger| ledger["ledger"] == "revenue").expect("revenue")["movement"]["amount"].clone()
}

/// The words that one column of rows has.
async fn words(app: &TestApp, sql: &str) -> Vec<String> {
    let rows = app.rows(&format!("SELECT q.word FROM ({sql}) q (word)")).await;
    rows.iter().map(|row| row["word"].as_str().expect("a word").to_owned()).collect()
}

async fn the_guest_has_a_stay_behind_and_one_ahead(app: &TestApp) {
    let login = json!({"login": "ana@demo.example", "password": seed::DEMO_PASSWORD});
    let signed_in = app.anonymous().post("/v1/auth/login", &login).await.expect(200);
    let ana = Client::new(app.router.clone(), Some(signed_in.body));
    let list = async |path: &str| ana.get(path).await.expect(200).body["items"].as_array().expect("a list").clone();

    let bookings = list("/v1/bookings").await;
    let of = |status: &str| {
        let found = bookings.iter().find(|booking| booking["status"] == status);
        found.unwrap_or_else(|| panic!("none is {status} of {bookings:?}"))["id"].as_str().expect("an id").to_owned()
    };
    let (over, to_come) = (of("checked_out"), of("confirmed"));
    assert_eq!(bookings.len(), 2);
    let paid = |booking: &str| list_path("payments", booking);
    assert_eq!(list(&paid(&over)).await[0]["method"], "card_terminal");
    assert_eq!(list(&paid(&to_come)).await[0]["method"], "bank_transfer");
    let refunds = list(&list_path("refunds", &over)).await;
    assert_eq!((refunds.len(), &refunds[0]["status"]), (1, &json!("rejected")));
    let invoices = list(&list_path("invoices", &over)).await;
    assert_eq!((invoices.len(), &invoices[0]["kind"]), (1, &json!("invoice")));
    let owner = "SELECT count(*) FROM reviews r JOIN users u ON u.id = r.author_id WHERE u.email = 'ana@demo.example'";
    assert_eq!(app.number(&format!("{owner} AND r.booking_id = '{over}'")).await, 1);
    assert_eq!(words(app, "SELECT DISTINCT status FROM payments ORDER BY 1").await, ["captured", "voided"]);
    assert_eq!(words(app, "SELECT DISTINCT status FROM refunds ORDER BY 1").await, ["completed", "rejected", "requested"]);
    assert!(invoices::verify(&app.app).await.expect("verified").faults.is_empty());
}

fn list_path(domain: &str, booking: &str) -> String {
    format!("/v1/{domain}?booking_id={booking}")
}

/// With the demo gateway there are payments and refunds in each state, and what is asked for later is found there.
#[tokio::test]
async fn payments_and_refunds_of_the_demo_have_each_state() {
    let gateway = TestGateway::start_late(Duration::from_secs(600)).await;
    let app = TestApp::with(|config| gateway.configure(config)).await;
    ensure_default_roles(&app.app, &app.app.db.conn().await.expect("a connection")).await.expect("the default roles");
    app.set_clock("2026-12-01T12:00:00Z");
    seed::demo(&app.app).await.expect("the demo");
    let states = "SELECT DISTINCT status FROM payments ORDER BY 1";
    let all = ["authorized", "captured", "expired", "failed", "pending", "requires_action", "unknown", "voided"];
    assert_eq!(words(&app, states).await, all);
    let refunded = "SELECT DISTINCT status FROM refunds ORDER BY 1";
    assert_eq!(words(&app, refunded).await, ["completed", "failed", "processing", "rejected", "requested"]);
    assert_eq!(gateway.faults_to_come(), 0);
    let verified = folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));
    app.assert_consistent().await;

    // Whoever asks the gateway finds all of it, and what had no end has one then.
    app.sql("UPDATE payment_attempts SET ordered_at = ordered_at - interval '1 hour'").await;
    let since: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().expect("a time");
    let differences = payments::reconcile_all(&app.app, since).await.expect("answers");
    assert!(differences.is_empty(), "{differences:?}");
    for job in hbs::server::jobs().iter().filter(|job| job.name == "refunds.reconcile") {
        (job.run)(app.app.clone()).await.expect(job.name);
    }
    assert_eq!(app.number("SELECT count(*) FROM payment_attempts WHERE status = 'open'").await, 0);
    assert_eq!(words(&app, states).await, all.into_iter().filter(|state| *state != "unknown").collect::<Vec<_>>());
    assert_eq!(words(&app, refunded).await, ["completed", "failed", "rejected", "requested"]);
    let books = gateway.books().await;
    let there = |list: &str, field: &str, status: &str| -> i64 {
        let all = books[list].as_array().expect("a list");
        all.iter().filter(|one| one["status"] == status).filter_map(|one| one[field].as_i64()).sum()
    };
    let ours = "SELECT coalesce(sum(captured_minor), 0)::bigint FROM payments WHERE provider = 'demo'";
    assert_eq!(app.number(ours).await, there("payments", "captured", "captured"));
    let back = "SELECT coalesce(sum(refunded_minor), 0)::bigint FROM payments WHERE provider = 'demo'";
    assert_eq!(app.number(back).await, there("refunds", "amount", "succeeded"));
    app.assert_consistent().await;
}

/// T-pri-grep: what the system writes by itself, as the demo and `hbs admin create` do, names nobody in the record. There are no keys at
/// hand by which it could be sealed, so it is withheld.
async fn what_the_system_writes_names_nobody_in_the_record(app: &TestApp) {
    let account = NewAccount {
        email: "zuzanna.quuxford@example.com".into(),
        password: "a password of a test".into(),
        full_name: "Zuzanna Quuxford".into(),
        phone: Some("+351910555777".into()),
    };
    let cause = Cause::system(app.app.clock.now());
    let mut conn = app.app.db.conn().await.expect("a connection");
    conn.transaction(async |conn| authentication::create_account(&app.app, conn, &account, &cause).await).await.expect("made");
    drop(conn);

    let withheld = "SELECT count(*) FROM outbox WHERE entity = 'user' AND changes -> 'email' = '{\"withheld\": true}'";
    assert!(app.number(withheld).await > 10, "each of the staff, the guests and the administrator");
    let people = [
        "SELECT unnest(ARRAY[email, full_name, phone]) FROM users",
        "SELECT unnest(ARRAY[email, full_name, phone]) FROM guests",
        "SELECT unnest(ARRAY[contact_email, contact_name, contact_phone]) FROM bookings",
        "SELECT unnest(ARRAY[contact_name, email, phone]) FROM accounts",
        "SELECT unnest(ARRAY[contact_name, contact_email, contact_phone]) FROM groups",
        "SELECT guest_name FROM stays",
        "SELECT text FROM issue_messages",
        "SELECT unnest(ARRAY[author_name, body]) FROM reviews",
    ];
    let named = format!(
        "WITH told AS MATERIALIZED (SELECT kind, lower(changes::text) AS said FROM outbox),
              people (word) AS MATERIALIZED ({})
         SELECT DISTINCT kind, word FROM told JOIN people ON length(word) >= 4 AND strpos(said, lower(word)) > 0
             -- As words: a short name may stand within another word.
             AND said ~ ('(^|\\W)' || regexp_replace(lower(word), '(\\W)', '\\\\\\1', 'g') || '(\\W|$)')",
        people.join(" UNION ")
    );
    assert_eq!(app.rows(&named).await, Vec::<Value>::new(), "told in clear");
}
