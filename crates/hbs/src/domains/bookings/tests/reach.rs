//! Tests of the bookings that callers can make, see and change.
use super::{number, read, with};
use crate::support::{Client, HotelSpec, TestApp, book};
use serde_json::{Value, json};

#[tokio::test]
async fn staff_book_for_others_and_guests_for_themselves() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let (guest, other) = (app.guest().await, app.guest().await);
    let request = hotel.request("2026-12-10", "2026-12-12");
    let named = with(request.clone(), "/guest_user_id", json!(guest.user_id()));

    let own = book(&guest, &request).await.expect(201);
    assert_eq!((&own.body["guest_user_id"], &own.body["channel"]), (&json!(guest.user_id()), &json!("direct")));
    book(&guest, &named).await.expect(201);
    assert_eq!(book(&other, &named).await.expect(422).pointers(), ["/guest_user_id"]);
    let by_staff = book(&hotel.manager, &named).await.expect(201);
    read(&guest, &by_staff).await.expect(200);
    read(&other, &by_staff).await.expect(404);
    let by_phone = book(&hotel.manager, &request).await.expect(201);
    assert_eq!(by_phone.body["guest_user_id"], Value::Null);
    read(&guest, &by_phone).await.expect(404);
    let nobody = with(request.clone(), "/guest_user_id", json!(uuid::Uuid::now_v7()));
    assert_eq!(book(&hotel.manager, &nobody).await.expect(422).pointers(), ["/guest_user_id"]);
    let nobody = with(nobody, "/hold_minutes", json!(10));
    assert_eq!(book(&hotel.manager, &nobody).await.expect(422).pointers(), ["/guest_user_id"]);
    // Staff of another hotel are guests here.
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let booking = book(&elsewhere.manager, &request).await.expect(201);
    assert_eq!(booking.body["guest_user_id"], elsewhere.manager.user_id());
    assert_eq!(number(&booking, 0), "none");
}

#[tokio::test]
async fn guests_see_their_own_bookings_only() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let (ana, eva) = (app.guest().await, app.guest().await);
    let booking = hotel.book(&ana, "2026-12-10", "2026-12-12").await;
    hotel.book(&eva, "2026-12-10", "2026-12-12").await;
    let path = format!("/v1/bookings/{}", booking.id());
    for reply in [
        eva.get(&path).await,
        eva.get(&format!("{path}/folio")).await,
        eva.get(&format!("{path}/timeline")).await,
        eva.post(&format!("{path}/cancel"), &json!({})).await,
        eva.post(&format!("{path}/confirm"), &json!({})).await,
        eva.patch(&path, "\"1\"", &json!({"special_requests": "Mine"})).await,
    ] {
        assert_eq!((reply.status, reply.code()), (404, "request.not_found"), "{}", reply.body);
    }
    let ids = async |client: &Client| {
        let list = client.get("/v1/bookings").await.expect(200);
        list.body["items"].as_array().expect("a list").iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&ana).await, [booking.body["id"].clone()]);
    assert_eq!(ids(&hotel.manager).await.len(), 2);
    let list = ana.get("/v1/bookings").await.expect(200);
    assert_eq!(list.body["items"][0]["stays"][0]["room_number"], Value::Null);
    assert_eq!(hotel.manager.get("/v1/bookings").await.body["items"][1]["stays"][0]["room_number"], "101");
    // Somebody who may read and not write.
    let reader = app.staff(&["bookings:read"], Some(&hotel.id)).await;
    reader.get(&path).await.expect(200);
    reader.post(&format!("{path}/cancel"), &json!({})).await.expect(404);
    assert_eq!(read(&ana, &booking).await.body, booking.body);
}
