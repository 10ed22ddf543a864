//! A database that an older HBS has filled is brought to the newest schema, and what was going on in it goes on.
//!
//! `before_folios.sql.zip` is a dump of the demo hotels as they were before folios had a table of their own, at noon of 10
//! December 2026, with bookings in every state, a group, a request for a change and a proposal. It is never made anew:
//! installations have such databases.
use crate::support::{Client, TestApp, config_for, stack, unique};
use serde_json::{Value, json};
use std::io::{Cursor, Read};

const DUMP: &[u8] = include_bytes!("before_folios.sql.zip");
const NOON: &str = "2026-12-10T12:10:00Z";

// The rows of the dump that the test goes on with.
const HOTEL: &str = "019b76da-a800-7db2-b8f6-1cbb12df8159";
const CONFIRMED: &str = "01a223b0-77d7-7073-bc21-90a25441f559";
const HELD: &str = "01a223b0-77f8-7063-8ea6-25bd716c8004";
const INHOUSE: &str = "01a223b0-7833-779e-b6f2-09c3c99594a7";
const LEFT: &str = "01a223b0-7902-753c-a46c-5f12d4dbbd35";
const CANCELLED: &str = "01a223b0-79f4-72a2-8f6c-4d2ac38c562a";
const AMENDED: &str = "01a223b0-7af6-749a-86e6-c08ff081df0f";
const ASKED: &str = "01a223b0-cefb-7314-aef7-0b5f6630e93f";
const PROPOSED: &str = "01a223b0-cf18-7447-bb10-19bd6d3c367c";
const ASKED_CHANGE: &str = "01a223b0-cf31-76ea-90a2-774b8dd374c6";
const PROPOSED_CHANGE: &str = "01a223b0-cf6d-7738-b41b-fc384eaea37d";

/// An HBS on such a database, before anything is migrated.
async fn older() -> TestApp {
    let place = unique("test");
    let app = TestApp::on_nothing(config_for(stack().await, &place)).await;
    let mut dump = String::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(DUMP)).expect("a zip");
    archive.by_index(0).expect("the dump").read_to_string(&mut dump).expect("SQL");
    app.sql(&format!("CREATE SCHEMA {place}")).await;
    app.sql(&dump).await;
    app
}

async fn sign_in(app: &TestApp, email: &str) -> Client {
    let login = json!({"login": email, "password": "demo-password"});
    let signed_in = app.anonymous().post("/v1/auth/login", &login).await.expect(200);
    Client::new(app.router.clone(), Some(signed_in.body))
}

async fn booking(client: &Client, id: &str) -> Value {
    client.get(&format!("/v1/bookings/{id}")).await.expect(200).body
}

/// Folios had no row of their own, and lines no folio and no business date.
async fn every_line_is_on_the_main_folio_of_its_booking(app: &TestApp) {
    let lines = app.number("SELECT count(*) FROM folio_entries").await;
    assert!(lines > 20, "{lines} lines");
    for (what, sql) in [
        ("lines elsewhere", "SELECT count(*) FROM folio_entries WHERE folio_id <> booking_id"),
        (
            "lines on another date than that on which they were made",
            "SELECT count(*) FROM folio_entries e JOIN properties p ON p.id = e.property_id
             WHERE posted_on <> (e.created_at AT TIME ZONE p.time_zone)::date",
        ),
        ("folios more", "SELECT (SELECT count(*) FROM folios) - (SELECT count(*) FROM bookings)"),
        (
            "folios that are not as their bookings",
            "SELECT count(*) FROM folios f JOIN bookings b ON b.property_id = f.property_id AND b.id = f.id
             WHERE f.kind <> 'guest' OR f.currency <> b.currency OR f.closed_at IS NOT NULL",
        ),
    ] {
        assert_eq!(app.number(sql).await, 0, "{what}");
    }
}

/// Names people in more ways than the dump does: by a number instead of an address, beside the contact, in a register.
async fn name_more_people(app: &TestApp) {
    app.sql(&format!(
        "UPDATE bookings SET contact_phone = '+351 910 000 000' WHERE id = '{INHOUSE}';
         UPDATE bookings SET contact_name = 'SOUSA, Ana', contact_email = 'other@example.com', contact_phone = '00351910000000'
         WHERE id = '{CANCELLED}';
         UPDATE stays SET guest_name = 'Rui Almeida' WHERE booking_id = '{AMENDED}';
         UPDATE stays SET guest_name = 'Ana  SOUSA' WHERE booking_id = '{ASKED}';
         UPDATE groups SET contact_name = 'Ana Sousa', contact_email = 'ana@demo.example' WHERE code = 'WEDDING';
         INSERT INTO stay_guests (property_id, stay_id, position, full_name, birth_date, created_at, updated_at)
         SELECT property_id, id, n, CASE n WHEN 0 THEN 'Ana Sousa' ELSE 'Eva Lima' END, '1990-04-25', created_at, created_at
         FROM stays, generate_series(0, 1) n WHERE booking_id = '{INHOUSE}';"
    ))
    .await;
}

/// Asserts that the migrations made profiles of those whom bookings, stays and groups name, by the rule of those that come.
async fn everybody_has_a_profile(app: &TestApp) {
    for (what, sql) in [
        (
            "bookings and groups without the profile of their contact",
            "SELECT (SELECT count(*) FROM bookings WHERE guest_id IS NULL)
               + (SELECT count(*) FROM groups WHERE contact_name IS NOT NULL AND guest_id IS NULL)",
        ),
        (
            "bookings whose profile is somebody else's",
            "SELECT count(*) FROM bookings b JOIN guests g ON g.property_id = b.property_id AND g.id = b.guest_id
          WHERE g.name_key <> name_key(b.contact_name)
             OR (g.email IS DISTINCT FROM b.contact_email AND g.phone_key IS DISTINCT FROM phone_key(b.contact_phone))",
        ),
        (
            "profiles of one person",
            "SELECT count(*) FROM guests g JOIN guests o ON o.property_id = g.property_id AND o.name_key = g.name_key
          WHERE g.id < o.id AND (g.email = o.email OR g.phone_key = o.phone_key)",
        ),
        (
            "stays under a name of their own without a profile",
            "SELECT count(*) FROM stays s JOIN bookings b ON b.property_id = s.property_id AND b.id = s.booking_id
          WHERE s.guest_name IS NOT NULL
            AND (s.guest_id IS NULL) <> (name_key(s.guest_name) = name_key(b.contact_name))",
        ),
        ("registered guests without a profile", "SELECT count(*) FROM stay_guests WHERE guest_id IS NULL"),
        ("profiles with ids that are no UUIDs of version 7", "SELECT count(*) FROM guests WHERE id::text !~ '^.{14}7'"),
        (
            "profiles of an account that booked under another address",
            "SELECT count(*) FROM guests g JOIN users u ON u.id = g.user_id WHERE u.email <> g.email",
        ),
    ] {
        assert_eq!(app.number(sql).await, 0, "{what}");
    }
    let ana = "SELECT count(*) FROM guests WHERE id IN
               (SELECT guest_id FROM bookings WHERE contact_name IN ('Ana Sousa', 'SOUSA, Ana')
                UNION SELECT guest_id FROM groups UNION SELECT guest_id FROM stay_guests WHERE position = 0)";
    assert_eq!(app.number(ana).await, app.number("SELECT count(DISTINCT property_id) FROM bookings").await, "Ana at each hotel");
    let bookings = app.number("SELECT count(*) FROM bookings").await;
    let (guests, linked) = ("SELECT count(*) FROM guests", "SELECT count(*) FROM guests WHERE user_id IS NOT NULL");
    let (guests, linked) = (app.number(guests).await, app.number(linked).await);
    assert!(bookings > guests && guests > 0 && linked > 0, "{bookings} bookings, {guests} profiles, {linked} linked");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_going_on_goes_on() {
    let app = older().await;
    name_more_people(&app).await;
    let migrated = app.app.db.migrate().await.expect("migrated");
    assert!(migrated.iter().any(|name| name.contains("000023")), "{migrated:?}");
    assert_eq!(app.app.db.pending_migrations().await.expect("counted"), 0);
    app.app.security.ensure_signing_key(None).await.expect("a key");
    app.set_clock(NOON);
    app.assert_consistent().await;
    every_line_is_on_the_main_folio_of_its_booking(&app).await;
    everybody_has_a_profile(&app).await;

    let (admin, ana) = (sign_in(&app, "admin@demo.example").await, sign_in(&app, "ana@demo.example").await);
    let post = async |client: &Client, path: String, body: Value| client.post(&path, &body).await.expect(200);
    // Each in its state goes on to the next.
    for (client, id, action, status) in [
        (&ana, HELD, "confirm", "confirmed"),
        (&ana, CONFIRMED, "cancel", "cancelled"),
        (&admin, CANCELLED, "reinstate", "confirmed"),
        (&admin, LEFT, "undo-check-in", "confirmed"),
        (&admin, LEFT, "check-in", "checked_in"),
        (&admin, INHOUSE, "check-out", "checked_out"),
    ] {
        let done = post(client, format!("/v1/bookings/{id}/{action}"), json!({})).await;
        assert_eq!(done.body["status"], status, "{action}");
    }
    post(&admin, format!("/v1/bookings/{AMENDED}/amend"), json!({"check_out": "2026-12-17"})).await;
    // Requests that were stored by the older program are read by this one.
    post(&admin, format!("/v1/change-requests/{ASKED_CHANGE}/grant"), json!({})).await;
    assert_eq!(booking(&ana, ASKED).await["check_out"], "2026-12-14");
    post(&ana, format!("/v1/change-requests/{PROPOSED_CHANGE}/accept"), json!({})).await;
    assert_eq!(booking(&ana, PROPOSED).await["check_out"], "2026-12-13");
    // A group's rooms are booked by its code.
    let offer = app.anonymous().get(&format!("/v1/properties/{HOTEL}/groups/WEDDING")).await.expect(200).body;
    let room_type = &offer["nights"][0]["room_type_id"];
    let request = json!({
        "property_id": HOTEL, "check_in": "2026-12-20", "check_out": "2026-12-22", "group_code": "WEDDING",
        "rooms": [{"room_type_id": room_type, "adults": 1}], "contact": {"full_name": "Ana Sousa", "email": "ana@demo.example"},
    });
    ana.post("/v1/bookings", &request).await.expect(201);

    app.assert_consistent().await;
    // Mails that the older program had queued go out, and the chain holds from its first event on.
    assert!(app.send_mail().await > 0);
    app.assert_old_catalogued().await;
    app.deliver().await;
    for verification in hbs::domains::audit::verify_all(&app.app, |_| {}).await.expect("verified") {
        assert_eq!(verification.first_broken_seq, None, "{}", verification.stream_id);
    }
}
