//! A database that an older HBS has filled is brought to the newest schema, and what was going on in it goes on.
//!
//! `before_folios.sql.zip` is a dump of the demo hotels as they were before folios had a table of their own, at noon of 10 December
//! 2026, with bookings in every state, a group, a request for a change and a proposal. It is never made anew: installations have
//! such databases.
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

#[tokio::test(flavor = "multi_thread")]
async fn what_was_going_on_goes_on() {
    let app = older().await;
    let migrated = app.app.db.migrate().await.expect("migrated");
    assert!(migrated.iter().any(|name| name.contains("000023")), "{migrated:?}");
    assert_eq!(app.app.db.pending_migrations().await.expect("counted"), 0);
    app.app.security.ensure_signing_key(None).await.expect("a key");
    app.set_clock(NOON);
    app.assert_consistent().await;
    every_line_is_on_the_main_folio_of_its_booking(&app).await;

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
    app.deliver().await;
    for verification in hbs::domains::audit::verify_all(&app.app, |_| {}).await.expect("verified") {
        assert_eq!(verification.first_broken_seq, None, "{}", verification.stream_id);
    }
}
