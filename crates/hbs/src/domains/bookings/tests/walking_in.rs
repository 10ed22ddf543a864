//! Guests who come without a booking.
use super::{number, with};
use crate::support::{HotelSpec, TestApp, eur};
use serde_json::json;

#[tokio::test]
async fn guests_walk_in() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let walk_in = json!({
        "property_id": hotel.id, "check_out": "2026-12-03", "rooms": [{"room_type_id": hotel.double, "adults": 1}],
        "contact": {"full_name": "Eva Lima", "email": "eva@example.com"}, "expected_total": eur("200.00"),
    });
    app.sql(&format!("UPDATE rooms SET housekeeping = 'dirty' WHERE id = '{}'", hotel.rooms[0])).await;
    let dirty = with(walk_in.clone(), "/rooms/0/room_id", json!(hotel.rooms[0]));
    assert_eq!(manager.post("/v1/walk-ins", &dirty).await.expect(409).code(), "booking.room_not_ready");
    let there = manager.post("/v1/walk-ins", &walk_in).await.expect(201);
    assert_eq!(
        (&there.body["status"], &there.body["channel"], &there.body["check_in"], number(&there, 0)),
        (&json!("checked_in"), &json!("walk_in"), &json!("2026-12-01"), "102")
    );
    let second = manager.post("/v1/walk-ins", &walk_in).await.expect(409);
    assert_eq!(second.code(), "booking.no_single_room", "the other room is dirty");
    app.assert_consistent().await;

    let clerk = app.staff(&["bookings:write"], Some(&hotel.id)).await;
    assert_eq!(clerk.post("/v1/walk-ins", &walk_in).await.expect(403).body["permission"], "stays:check_in");
    app.guest().await.post("/v1/walk-ins", &walk_in).await.expect(403);
    for (pointer, body) in [
        ("/check_out", with(walk_in.clone(), "/check_out", json!("2026-11-30"))),
        ("/check_in", with(walk_in.clone(), "/check_in", json!("2026-12-01"))),
        ("/rooms", with(walk_in.clone(), "/rooms", json!([]))),
    ] {
        assert_eq!(manager.post("/v1/walk-ins", &body).await.expect(422).pointers(), [pointer]);
    }
}
