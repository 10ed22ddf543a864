//! People without an e-mail address, for whom staff book.
use super::{read, with};
use crate::support::{HotelSpec, TestApp, act, book, eur};
use http::Method;
use serde_json::{Value, json};

const PHONE: &str = "+351910000000";

/// U7: staff book for people of whom they have a phone number or nothing.
#[tokio::test]
async fn staff_book_for_people_without_an_address_and_nothing_is_mailed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let queued = app.number("SELECT count(*) FROM mail_queue").await;
    let by_phone = with(hotel.request("2026-12-10", "2026-12-12"), "/contact", json!({"full_name": "Zé Lima", "phone": PHONE}));
    let booking = book(manager, &by_phone).await.expect(201);
    assert_eq!(booking.body["contact"], json!({"full_name": "Zé Lima", "email": null, "phone": PHONE}));
    let by_nothing = with(by_phone.clone(), "/contact", json!({"full_name": "Nobody", "email": null}));
    let unknown = book(manager, &by_nothing).await.expect(201);
    let walk_in = json!({
        "property_id": hotel.id, "check_out": "2026-12-03", "rooms": [{"room_type_id": hotel.double, "adults": 1}],
        "contact": {"full_name": "Eva Lima"}, "expected_total": eur("200.00"),
    });
    let there = manager.post("/v1/walk-ins", &walk_in).await.expect(201);
    assert_eq!(there.body["contact"]["email"], Value::Null);

    // All that mails are sent about goes its way without any.
    let path = format!("/v1/bookings/{}", booking.id());
    manager.patch(&path, "\"1\"", &json!({"contact": {"full_name": "José Lima"}})).await.expect(200);
    manager.post(&format!("{path}/amend"), &json!({"check_out": "2026-12-13"})).await.expect(200);
    act(manager, &booking, "cancel").await.expect(200);
    act(manager, &unknown, "cancel").await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM mail_queue").await, queued, "nothing is mailed");
    app.assert_consistent().await;

    let found = manager.get("/v1/bookings?contact=lima").await.expect(200);
    assert_eq!(found.body["items"].as_array().expect("items").len(), 2, "they are found by name");
    let found = manager.get("/v1/bookings?contact=351910").await.expect(200);
    assert_eq!(found.body["items"][0]["id"], booking.body["id"], "and by number");
    let export = manager.get("/v1/bookings/export?contact=jos%C3%A9").await.expect(200);
    assert!(export.body.as_str().expect("text").contains(&format!("José Lima,,{PHONE},")), "{}", export.body);
}

#[tokio::test]
async fn an_address_comes_and_goes_by_staff_alone() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let no_address = with(hotel.request("2026-12-10", "2026-12-12"), "/contact", json!({"full_name": "Ana", "phone": PHONE}));
    assert_eq!(book(&guest, &no_address).await.expect(422).pointers(), ["/contact/email"], "guests are told there");
    let own = book(&guest, &hotel.request("2026-12-10", "2026-12-12")).await.expect(201);
    let (path, gone) = (format!("/v1/bookings/{}", own.id()), json!({"contact": {"email": null}}));
    assert_eq!(guest.patch(&path, "\"1\"", &gone).await.expect(422).pointers(), ["/contact/email"]);
    assert_eq!(read(&guest, &own).await.body["contact"]["email"], "ana@example.com");

    let removed = hotel.manager.patch(&path, "\"1\"", &gone).await.expect(200);
    assert_eq!(removed.body["contact"]["email"], Value::Null);
    assert_eq!(hotel.manager.patch(&path, "\"2\"", &gone).await.expect(200).header("etag"), "\"2\"", "nothing to change");
    // The mails that wait were for an address that is no longer the booking's.
    assert_eq!(app.mail_to("ana@example.com").await.len(), 0);
    let new = json!({"contact": {"email": " Eva@Example.com "}});
    let given = hotel.manager.patch(&path, "\"2\"", &new).await.expect(200);
    assert_eq!(given.body["contact"]["email"], "eva@example.com");
    assert_eq!(app.mail_to("eva@example.com").await.len(), 1, "a new address is told what is booked");
    for address in ["nobody", "x@[127.0.0.1]"] {
        let wrong = json!({"contact": {"email": address}});
        let refused = hotel.manager.patch(&path, "\"3\"", &wrong).await.expect(422);
        assert!(refused.pointers().iter().all(|pointer| *pointer == "/contact/email"), "{address}: {}", refused.body);
    }
}

/// U7: reservations without an address are imported.
#[tokio::test]
async fn reservations_without_an_address_are_imported() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let text = "reference,room_type,check_in,check_out,adults,contact_name,contact_phone\n\
                A1,DBL,2026-12-10,2026-12-12,2,Ana Sousa,+351910000000\n";
    let path = format!("/v1/bookings/import?property_id={}", hotel.id);
    let csv = hotel.manager.with("content-type", "text/csv");
    csv.send(Method::POST, &path, Some(text.into())).await.expect(200);
    let booking = &hotel.manager.get("/v1/bookings").await.expect(200).body["items"][0];
    assert_eq!(booking["contact"], json!({"full_name": "Ana Sousa", "email": null, "phone": PHONE}));
}
