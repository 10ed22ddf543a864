//! Tests of guests' records, as hotels must keep them in many countries.
use super::{for_rooms, read, stay};
use crate::support::{HotelSpec, Reply, TestApp, act, book};
use serde_json::{Value, json};

fn ana() -> Value {
    json!({"full_name": "Ana Sousa", "birth_date": "1990-04-25", "nationality": "PT",
           "document": {"kind": "passport", "number": "CA123456", "country": "PT"}})
}

/// The number as it is shown.
fn masked() -> Value {
    let mut ana = ana();
    ana["document"]["number"] = json!("•••• 3456");
    ana
}

fn path(booking: &Reply) -> String {
    format!("/v1/bookings/{}/stays/{}/guests", booking.id(), stay(booking, 0)["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn guests_are_checked_in_once_somebody_of_each_room_is_on_record() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, settings: json!({"requires_identity": true}), ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let booking = hotel.book(manager, "2026-12-01", "2026-12-03").await;
    let refused = act(manager, &booking, "check-in").await.expect(409);
    assert_eq!((refused.code(), &refused.body["stays"]), ("booking.identity_missing", &json!([stay(&booking, 0)["id"]])));

    let nobody = manager.get(&path(&booking)).await.expect(200);
    assert_eq!((&nobody.body["guests"], &nobody.body["is_identified"]), (&json!([]), &json!(false)));
    let put = async |etag: &'static str, guests: Value| {
        manager.with("if-match", etag).put(&path(&booking), &json!({"guests": guests})).await
    };
    let wrong = put(
        "\"1\"",
        json!([{"full_name": "Ana Sousa", "nationality": "Portugal", "document": {"kind": "passport", "number": "", "country": "PT"}}]),
    );
    assert_eq!(wrong.await.expect(422).pointers(), ["/guests/0/document/number", "/guests/0/nationality"]);
    let nowhere = json!([{"full_name": "Ana Sousa", "nationality": "ZZ", "document": {"kind": "passport", "number": "1", "country": "XX"}}]);
    assert_eq!(put("\"1\"", nowhere).await.expect(422).pointers(), ["/guests/0/document/country", "/guests/0/nationality"]);
    let unborn = json!([ana(), {"full_name": "Rui Sousa", "birth_date": "2999-01-01"}]);
    assert_eq!(put("\"1\"", unborn).await.expect(422).pointers(), ["/guests/1/birth_date"]);
    let child = json!({"full_name": "Rui Sousa", "birth_date": null, "nationality": null, "document": null});
    let half = put("\"1\"", json!([child])).await.expect(200);
    assert_eq!(&half.body["is_identified"], &json!(false));
    act(manager, &booking, "check-in").await.expect(409);
    let done = put("\"2\"", json!([ana(), child])).await.expect(200);
    assert_eq!((done.header("etag"), &done.body["is_identified"]), ("\"3\"", &json!(true)));
    let now = manager.get(&path(&booking)).await.expect(200);
    assert_eq!((&now.body, now.header("etag")), (&done.body, "\"3\""));
    assert_eq!(now.body["guests"][0], masked());
    act(manager, &booking, "check-in").await.expect(200);

    // Numbers of documents are nowhere in the clear, and who they are is not on the record of changes.
    let stored = app.rows("SELECT document_number FROM stay_guests WHERE position = 0").await;
    assert!(!stored[0].to_string().contains("CA123456"), "{stored:?}");
    let in_the_clear = "SELECT count(*) FROM outbox WHERE changes::text LIKE '%CA123456%' OR changes::text LIKE '%Rui Sousa%'";
    assert_eq!(app.number(in_the_clear).await, 0);
    assert_eq!(app.number("SELECT count(*) FROM idempotency_keys WHERE body LIKE '%CA123456%'").await, 0);
    let events = app.rows("SELECT changes FROM outbox WHERE kind = 'stay.guests_registered' ORDER BY id").await;
    assert_eq!(events[1]["changes"]["registered_guests"], json!({"before": 1, "after": 2}));
    // Guests of the hotel do not see what the desk has recorded, nor does who only reads bookings.
    let reader = app.staff(&["bookings:read", "stays:check_in"], Some(&hotel.id)).await;
    reader.get(&path(&booking)).await.expect(403);
    assert!(read(&reader, &booking).await.expect(200).body.to_string().find("CA123456").is_none());
}

#[tokio::test]
async fn walk_ins_show_who_they_are_in_the_same_call() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, settings: json!({"requires_identity": true}), ..HotelSpec::default() }).await;
    let walk_in = |guests: Value| {
        json!({"property_id": hotel.id, "check_out": "2026-12-02", "contact": {"full_name": "Ana Sousa", "email": "ana@example.com"},
               "rooms": [{"room_type_id": hotel.double, "adults": 1, "guests": guests}]})
    };
    let refused = hotel.manager.post("/v1/walk-ins", &walk_in(json!([]))).await.expect(422);
    assert_eq!(refused.pointers(), ["/rooms/0/guests"]);
    let booking = hotel.manager.post("/v1/walk-ins", &walk_in(json!([ana()]))).await.expect(201);
    assert_eq!(hotel.manager.get(&path(&booking)).await.expect(200).body["guests"], json!([masked()]));
    let refused = hotel.manager.post("/v1/walk-ins", &walk_in(json!([masked()]))).await.expect(422);
    assert_eq!(refused.pointers(), ["/rooms/0/guests/0/document/number"]);
    let guest = app.guest().await;
    let own = for_rooms(&hotel, ["2026-12-10", "2026-12-11"], &[json!({"guests": [ana()]})]);
    assert_eq!(book(&guest, &own).await.expect(422).pointers(), ["/rooms/0/guests"]);
    app.assert_consistent().await;
}

/// Whoever sees the list of guests sees the ends of numbers; a number is for those who may read documents, one at a time and on the
/// record.
#[tokio::test]
async fn numbers_are_masked_and_who_saw_one_is_on_the_record() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
    let path = path(&booking);
    let put = async |etag: &'static str, guests: Value| {
        hotel.manager.with("if-match", etag).put(&path, &json!({"guests": guests})).await
    };
    let rui = json!({"full_name": "Rui Sousa", "birth_date": null, "nationality": null, "document": null});
    assert_eq!(put("\"1\"", json!([masked()])).await.expect(422).pointers(), ["/guests/0/document/number"], "none is on record");
    let done = put("\"1\"", json!([ana(), rui])).await.expect(200);
    assert_eq!(done.body["guests"], json!([masked(), rui]));
    assert_eq!(put("\"2\"", json!([masked(), rui])).await.expect(200).header("etag"), "\"2\"", "so it is already");
    put("\"2\"", json!([rui, masked()])).await.expect(200);

    let reveal = format!("{path}/reveal");
    let clerk = app.staff(&["guests:read", "stays:check_in"], Some(&hotel.id)).await;
    clerk.post(&reveal, &json!({"position": 1})).await.expect(403);
    let elsewhere = app.hotel(HotelSpec::default()).await;
    elsewhere.manager.post(&reveal, &json!({"position": 1})).await.expect(404);
    let reader = app.staff(&["guest_documents:read"], Some(&hotel.id)).await;
    let full = reader.post(&reveal, &json!({"position": 1})).await.expect(200);
    assert_eq!((&full.body, full.header("etag")), (&ana()["document"], "\"3\""));
    for position in [0, 2] {
        let none = reader.post(&reveal, &json!({"position": position})).await.expect(422);
        assert_eq!(none.pointers(), ["/position"], "{position}");
    }
    reader.with("if-match", "\"2\"").post(&reveal, &json!({"position": 1})).await.expect(412);
    let told = app.rows("SELECT booking_id, actor_id, changes FROM outbox WHERE kind = 'personal_data.revealed'").await;
    assert_eq!((told.len(), &told[0]["booking_id"], &told[0]["actor_id"]), (1, &json!(booking.id()), &json!(reader.user_id())));
    let changes = &told[0]["changes"];
    assert_eq!((&changes["source"]["after"], &changes["position"]["after"]), (&json!("stay_guest_document"), &json!(1)));
    let kept = "SELECT count(*) FROM idempotency_keys WHERE body LIKE '%CA123456%'";
    assert_eq!(app.number(kept).await, 0);
}
