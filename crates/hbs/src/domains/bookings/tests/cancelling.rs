//! Bookings that are cancelled, and what that costs.
use super::{left, read, standing, stay, terms, with};
use crate::support::{HotelSpec, TestApp, act, book, eur};
use serde_json::json;

#[tokio::test]
async fn cancelling_costs_what_the_preview_says() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, taxes: &[("VAT 6 %", "6")], ..HotelSpec::default() }).await;
    terms(&app, &hotel, "percent", 1_000_000, Some(333_300)).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let preview = async || guest.get(&format!("/v1/bookings/{}/cancellation", booking.id())).await.expect(200).body;
    // The hotel takes guests from 15:00 on, and its clocks are those of UTC.
    for (now, fee) in [("2026-12-09T14:59:59Z", "0.00"), ("2026-12-09T15:00:00Z", "66.66")] {
        app.set_clock(now);
        let told = preview().await;
        assert_eq!((&told["fee"], &told["total_after"]), (&eur(fee), &eur(fee)), "{now}: {told}");
        assert_eq!(told["at"], now);
        assert_eq!(
            told["stays"],
            json!([{"stay_id": stay(&booking, 0)["id"], "total": eur("200.00"), "fee": eur(fee), "fee_net": eur(fee),
                    "fee_taxes": [], "cancellation_policy": "Free until 24 hours before arrival, then 33.33 % of the price. If you do not come: 100 % of the price."}])
        );
    }
    assert_eq!(read(&guest, &booking).await.body["status"], "confirmed", "a preview does nothing");
    // What the policy becomes is nothing to a stay that was sold.
    app.sql("UPDATE cancellation_policies SET is_non_refundable = true").await;
    let cancelled = act(&guest, &booking, "cancel").await.expect(200);
    assert_eq!((&cancelled.body["status"], &cancelled.body["total"]), (&json!("cancelled"), &eur("66.66")));
    let fee = ("fee".to_owned(), "66.66".to_owned(), "Cancellation fee (Free cancellation)".to_owned());
    assert_eq!(standing(&guest, &booking).await, [fee]);
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 3);
    let events = app.rows("SELECT changes FROM outbox WHERE kind = 'booking.status_changed'").await;
    assert_eq!(events[0]["changes"]["fee"]["after"], eur("66.66"), "{events:?}");
    app.assert_consistent().await;

    let refused = guest.get(&format!("/v1/bookings/{}/cancellation", booking.id())).await.expect(409);
    assert_eq!(refused.code(), "booking.illegal_move");
    app.guest().await.get(&format!("/v1/bookings/{}/cancellation", booking.id())).await.expect(404);
}

#[tokio::test]
async fn a_fee_bears_the_tax_that_its_policy_said_when_the_stay_was_sold() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, taxes: &[("IVA 6 %", "6"), ("IVA 23 %", "23")], ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    terms(&app, &hotel, "percent", 1_000_000, Some(500_000)).await;
    let rules = app.rows("SELECT id FROM tax_rules ORDER BY id").await;
    let [low, high] = [0, 1].map(|n| rules[n]["id"].as_str().expect("an id"));
    // The rate for fees is on no night.
    manager.patch(&format!("/v1/tax-rules/{high}"), "\"1\"", &json!({"valid_from": "2999-01-01"})).await.expect(200);
    let city =
        json!({"property_id": hotel.id, "name": "City", "kind": "per_person_night", "amount": eur("2.00"), "is_included": false});
    manager.post("/v1/tax-rules", &city).await.expect(201);
    let policy = app.rows("SELECT id FROM cancellation_policies").await[0]["id"].clone();
    let policy = format!("/v1/cancellation-policies/{}", policy.as_str().expect("an id"));
    let fee_tax = json!({"late_cancellation": "as_room", "no_show": {"tax_rule_id": high}});
    manager.patch(&policy, "\"1\"", &json!({"fee_tax": fee_tax})).await.expect(200);
    let late = hotel.book(manager, "2026-12-10", "2026-12-12").await;
    let missing = hotel.book(manager, "2026-12-09", "2026-12-10").await;
    assert_eq!(late.body["total"], eur("208.00"));
    manager.patch(&policy, "\"2\"", &json!({"fee_tax": {}})).await.expect(200);
    let sold_since = hotel.book(manager, "2026-12-10", "2026-12-12").await;

    // Half of 208.00 with 6 %: 98.11 and 5.89, whatever the city gets of the nights.
    app.set_clock("2026-12-09T16:00:00Z");
    let told = manager.get(&format!("/v1/bookings/{}/cancellation", late.id())).await.expect(200).body;
    assert_eq!((&told["fee"], &told["stays"][0]["fee_net"]), (&eur("104.00"), &eur("98.11")));
    assert_eq!(told["stays"][0]["fee_taxes"], json!([{"tax_rule_id": low, "name": "IVA 6 %", "amount": eur("5.89")}]));
    let line = |kind: &str, amount: &str, text: &str| (kind.to_owned(), amount.to_owned(), text.to_owned());
    let cancelled = act(manager, &late, "cancel").await.expect(200);
    assert_eq!(cancelled.body["total"], eur("104.00"));
    assert_eq!(
        standing(manager, &late).await,
        [line("fee", "98.11", "Cancellation fee (Free cancellation)"), line("tax", "5.89", "IVA 6 %")]
    );
    // 104.00 with 23 %: 84.55 and 19.45.
    act(manager, &missing, "no-show").await.expect(200);
    assert_eq!(
        standing(manager, &missing).await,
        [line("fee", "84.55", "No-show fee (Free cancellation)"), line("tax", "19.45", "IVA 23 %")]
    );
    act(manager, &sold_since, "cancel").await.expect(200);
    assert_eq!(standing(manager, &sold_since).await, [line("fee", "104.00", "Cancellation fee (Free cancellation)")]);
    // Coming back takes fee and tax away.
    let back = act(manager, &late, "reinstate").await.expect(200);
    assert_eq!(back.body["total"], eur("208.00"));
    assert!(standing(manager, &late).await.iter().all(|(kind, ..)| kind != "fee"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_hold_costs_nothing_to_give_up() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    terms(&app, &hotel, "percent", 1_000_000, Some(1_000_000)).await;
    let guest = app.guest().await;
    let hold = book(&guest, &with(hotel.request("2026-12-02", "2026-12-03"), "/hold_minutes", json!(30))).await.expect(201);
    let told = guest.get(&format!("/v1/bookings/{}/cancellation", hold.id())).await.expect(200);
    assert_eq!(told.body["fee"], eur("0.00"));
    assert_eq!(act(&guest, &hold, "cancel").await.expect(200).body["total"], eur("0.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_fee_is_waived_with_permission_and_reason() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    terms(&app, &hotel, "percent", 1_000_000, Some(500_000)).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-02", "2026-12-03").await;
    app.set_clock("2026-12-01T16:00:00Z");
    let cancel = format!("/v1/bookings/{}/cancel", booking.id());
    let waived = json!({"waive_fee": true, "reason": "Flight cancelled"});
    for client in [&guest, &app.staff(&["bookings:write"], Some(&hotel.id)).await] {
        let refused = client.post(&cancel, &waived).await.expect(403);
        assert_eq!(refused.body["permission"], "bookings:waive_fee");
    }
    for reason in [json!(null), json!("  ")] {
        let refused = hotel.manager.post(&cancel, &json!({"waive_fee": true, "reason": reason})).await.expect(422);
        assert_eq!(refused.pointers(), ["/reason"]);
    }
    let check_in = format!("/v1/bookings/{}/check-in", booking.id());
    assert_eq!(hotel.manager.post(&check_in, &waived).await.expect(422).pointers(), ["/waive_fee"]);
    assert_eq!(read(&guest, &booking).await.body["status"], "confirmed");

    let cancelled = hotel.manager.post(&cancel, &waived).await.expect(200);
    assert_eq!((&cancelled.body["status"], &cancelled.body["total"]), (&json!("cancelled"), &eur("0.00")));
    assert!(standing(&guest, &booking).await.is_empty());
    let events = app.rows("SELECT changes FROM outbox WHERE kind = 'booking.status_changed'").await;
    let changes = &events[0]["changes"];
    assert_eq!((&changes["waived_fee"]["after"], &changes["reason"]), (&eur("50.00"), &json!({"withheld": true})));
    app.assert_consistent().await;
}
