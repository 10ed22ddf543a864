use crate::support::{HotelSpec, TestApp};
use serde_json::json;

#[tokio::test]
async fn a_guest_books_a_room_and_cancels() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("VAT 6 %", "6")], ..HotelSpec::default() }).await;
    let guest = app.guest().await;

    let booking = hotel.book(&guest, "2026-12-10", "2026-12-13").await;
    assert_eq!(booking.header("location"), format!("/v1/bookings/{}", booking.id()));
    assert_eq!(booking.body["status"], "confirmed");
    assert_eq!(booking.body["total"], json!({"amount": "300.00", "currency": "EUR"}));
    app.assert_consistent().await;

    let path = format!("/v1/bookings/{}/cancel", booking.id());
    let cancelled = guest.post(&path, &json!({"reason": "ill"})).await.expect(200);
    assert_eq!(cancelled.body["status"], "cancelled");
    assert_eq!(cancelled.body["total"]["amount"], "0.00");
    app.assert_consistent().await;
    app.deliver().await;
}
