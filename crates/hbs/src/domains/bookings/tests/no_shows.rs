//! Guests who do not come.
use super::{left, standing, terms};
use crate::support::{HotelSpec, TestApp, act, eur};
use serde_json::json;

#[tokio::test]
async fn nobody_is_missed_before_the_cut_off() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"no_show_cutoff": "23:00"}), ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
    app.set_clock("2026-12-01T22:59:00Z");
    let refused = act(&hotel.manager, &booking, "no-show").await.expect(409);
    assert_eq!(refused.code(), "booking.too_early");
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("23:00")), "{}", refused.body);
    app.set_clock("2026-12-01T23:00:00Z");
    act(&hotel.manager, &booking, "no-show").await.expect(200);
}

#[tokio::test]
async fn a_no_show_keeps_the_room_for_the_first_night() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, prices: "net", taxes: &[("VAT", "10")], ..HotelSpec::default() }).await;
    terms(&app, &hotel, "nights", 1, None).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-04").await;
    let missing = act(&hotel.manager, &booking, "no-show").await.expect(200);
    assert_eq!((&missing.body["status"], &missing.body["total"]), (&json!("no_show"), &eur("110.00")));
    assert_eq!(
        [left(&app, &hotel, "2026-12-01").await, left(&app, &hotel, "2026-12-02").await, left(&app, &hotel, "2026-12-03").await],
        [0, 1, 1]
    );
    app.assert_consistent().await;
    hotel.book(&hotel.manager, "2026-12-02", "2026-12-04").await;
    app.assert_consistent().await;
}

#[tokio::test]
async fn who_does_not_come_pays_for_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-04").await;
    let missing = act(&hotel.manager, &booking, "no-show").await.expect(200);
    assert_eq!(missing.body["total"], eur("300.00"), "the whole price");
    let fee = ("fee".to_owned(), "300.00".to_owned(), "No-show fee (Free cancellation)".to_owned());
    assert_eq!(standing(&hotel.manager, &booking).await, [fee]);
    assert_eq!([left(&app, &hotel, "2026-12-01").await, left(&app, &hotel, "2026-12-02").await], [1, 2]);
    app.assert_consistent().await;
}
