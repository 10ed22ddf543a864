//! The contact and the requests of a booking.
use super::{read, with};
use crate::support::{HotelSpec, TestApp, book};
use serde_json::{Value, json};

#[tokio::test]
async fn contact_and_requests_can_be_changed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let request = with(hotel.request("2026-12-10", "2026-12-12"), "/special_requests", json!("A cot"));
    let booking = book(&guest, &with(request, "/contact/phone", json!("+351910000000"))).await.expect(201);
    let path = format!("/v1/bookings/{}", booking.id());
    app.set_clock("2026-12-01T13:00:00Z");
    let patch = json!({"contact": {"full_name": "Eva Maria", "phone": null}, "special_requests": null});
    let changed = guest.patch(&path, "\"1\"", &patch).await.expect(200);
    let mut expected = booking.body.clone();
    expected["contact"] = json!({"full_name": "Eva Maria", "email": "ana@example.com", "phone": null});
    expected["special_requests"] = Value::Null;
    expected["version"] = json!(2);
    expected["updated_at"] = json!("2026-12-01T13:00:00Z");
    assert_eq!((&changed.body, changed.header("etag")), (&expected, "\"2\""));
    let long = format!("{}@{}example.com", "a".repeat(60), "a.".repeat(100));
    for email in ["nobody", long.as_str()] {
        let patch = json!({"contact": {"email": email}});
        assert_eq!(guest.patch(&path, "\"2\"", &patch).await.expect(422).pointers(), ["/contact/email"], "{email}");
    }
    assert_eq!(guest.patch(&path, "\"2\"", &json!({"check_in": "2026-12-11"})).await.expect(422).pointers(), ["/check_in"]);
    app.guest().await.patch(&path, "\"2\"", &patch).await.expect(404);
    assert_eq!(read(&guest, &booking).await.body, expected);
}
