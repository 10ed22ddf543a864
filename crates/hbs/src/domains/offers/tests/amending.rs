//! Amending stays that were sold with offers.
use super::{cents, counted, offer, request, standing};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, book, eur};
use serde_json::{Value, json};

async fn amend(hotel: &Hotel, booking: &Reply, body: &Value, query: &str) -> Reply {
    hotel.manager.post(&format!("/v1/bookings/{}/amend{query}", booking.id()), body).await
}

/// T-off-amend: a stay that gets too short for its offer loses it, and a dry run says so with what that costs.
#[tokio::test]
async fn an_amendment_that_loses_an_offer_says_so_and_what_it_costs() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let made = offer(&hotel, json!({"min_nights": 3, "max_redemptions": 5, "name": "Three nights"})).await;
    let booked = book(&hotel.manager, &request(&hotel, ["2026-12-10", "2026-12-13"], &json!({}))).await.expect(201);
    assert_eq!((cents(&booked.body["total"]), counted(&app, made.id()).await), (27_000, [1, 1, 3_000, 3_000]));
    let shorter = json!({"check_out": "2026-12-12"});
    let told = amend(&hotel, &booked, &shorter, "?dry_run=true").await.expect(200);
    let lost = json!([{
        "stay_id": booked.body["stays"][0]["id"], "offer_id": made.id(), "name": "Three nights", "cost": eur("20.00"),
    }]);
    assert_eq!((&told.body["lost_offers"], &told.body["booking"]["total"]), (&lost, &eur("200.00")));
    assert_eq!(counted(&app, made.id()).await, [1, 1, 3_000, 3_000], "nothing was done");
    let done = amend(&hotel, &booked, &shorter, "").await.expect(200);
    assert_eq!((&done.body["lost_offers"], cents(&done.body["booking"]["total"])), (&lost, 20_000));
    assert_eq!(counted(&app, made.id()).await, [0, 0, 0, 0], "and given back");
    assert!(standing(&hotel.manager, booked.id()).await.iter().all(|(kind, ..)| kind != "discount"));
    let longer = amend(&hotel, &booked, &json!({"check_out": "2026-12-14"}), "").await.expect(200);
    assert_eq!(cents(&longer.body["booking"]["total"]), 40_000, "what is lost does not come back");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_stay_that_gets_longer_keeps_its_offer_as_it_was_sold() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let made = offer(&hotel, json!({"budget": eur("50.00")})).await;
    let stay = json!({"kind": "amount_per_stay", "percent": null, "amount": eur("40.00"), "name": "Forty", "access": "code", "code": "40"});
    let refused = hotel.manager.post(super::OFFERS, &super::body(&hotel.id, &stay)).await.expect(422);
    assert_eq!(refused.pointers(), ["/code"], "a code has three characters at least");
    let booked = book(&hotel.manager, &request(&hotel, ["2026-12-10", "2026-12-12"], &json!({}))).await.expect(201);
    let path = format!("/v1/offers/{}", made.id());
    hotel.manager.patch(&path, "\"1\"", &json!({"percent": "50", "is_archived": true})).await.expect(200);
    let longer = amend(&hotel, &booked, &json!({"check_out": "2026-12-13"}), "").await.expect(200);
    assert_eq!((cents(&longer.body["booking"]["total"]), &longer.body["lost_offers"]), (27_000, &json!([])), "10 % as sold");
    assert_eq!(counted(&app, made.id()).await, [1, 1, 3_000, 3_000]);
    let discounts: Vec<i64> = standing(&hotel.manager, booked.id())
        .await
        .iter()
        .filter(|(kind, ..)| kind == "discount")
        .map(|(.., cents)| *cents)
        .collect();
    assert_eq!(discounts, [-943; 3]);
    let too_long = amend(&hotel, &booked, &json!({"check_out": "2026-12-16"}), "").await.expect(409);
    assert_eq!(too_long.code(), "offers.exhausted", "60.00 are more than the budget");
    app.assert_consistent().await;
}

/// An amount for the stay is found anew from all of its nights, and comes to the same to the cent.
#[tokio::test]
async fn an_amount_for_the_stay_is_shared_anew_among_the_nights_that_are_left() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let stay = json!({"kind": "amount_per_stay", "percent": null, "amount": eur("50.00"), "name": "Fifty"});
    offer(&hotel, stay).await;
    let booked = book(&hotel.manager, &request(&hotel, ["2026-12-10", "2026-12-13"], &json!({}))).await.expect(201);
    assert_eq!(cents(&booked.body["total"]), 25_000);
    for (check_out, total) in [("2026-12-12", 15_000), ("2026-12-15", 45_000), ("2026-12-11", 5_000)] {
        let amended = amend(&hotel, &booked, &json!({"check_out": check_out}), "").await.expect(200);
        assert_eq!(cents(&amended.body["booking"]["total"]), total, "{check_out}: {}", amended.body["entries"]);
        app.assert_consistent().await;
    }
}

#[tokio::test]
async fn free_nights_are_lost_and_rooms_that_are_added_get_what_everybody_gets() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let free = json!({"kind": "free_nights", "percent": null, "stay_nights": 3, "pay_nights": 2, "free_nights": "last", "min_nights": 3});
    offer(&hotel, free).await;
    let booked = book(&hotel.manager, &request(&hotel, ["2026-12-10", "2026-12-13"], &json!({}))).await.expect(201);
    assert_eq!(cents(&booked.body["total"]), 20_000);
    let added = json!({"add_rooms": [{"room_type_id": hotel.double, "adults": 1}]});
    let two = amend(&hotel, &booked, &added, "").await.expect(200);
    assert_eq!(cents(&two.body["booking"]["total"]), 40_000);
    let split = format!("/v1/bookings/{}/stays/{}/split", booked.id(), booked.body["stays"][0]["id"].as_str().expect("a stay"));
    let split = hotel.manager.post(&split, &json!({"night": "2026-12-12"})).await.expect(200);
    assert_eq!(cents(&split.body["total"]), 40_000, "each part costs what its nights cost");
    app.assert_consistent().await;
}

/// Extras in the price of a night that is kept bear what is taken off, where the room alone is not enough for it.
#[tokio::test]
async fn an_amount_that_grows_on_a_night_is_taken_off_the_extras_in_its_price_too() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let extra = json!({"property_id": hotel.id, "name": "Breakfast", "price": eur("10.00"), "posted": "per_person_night"});
    let breakfast = hotel.manager.post("/v1/extras", &extra).await.expect(201);
    let with_breakfast = json!({"kind": "included_extras", "percent": null, "extras": [{"extra_id": breakfast.id()}]});
    let amount = json!({"kind": "amount_per_stay", "percent": null, "amount": eur("180.00")});
    for (name, mut body) in [("With breakfast", with_breakfast), ("Less", amount)] {
        (body["name"], body["is_combinable"]) = (json!(name), json!(true));
        offer(&hotel, body).await;
    }
    let booked = book(&hotel.manager, &request(&hotel, ["2026-12-10", "2026-12-13"], &json!({}))).await.expect(201);
    assert_eq!(cents(&booked.body["total"]), 12_000);
    // 60.00 off each of three nights, then 90.00 off each of two, of which 80.00 are for the room; then all of one.
    for (check_out, total) in [("2026-12-12", 2_000), ("2026-12-11", 0)] {
        let amended = amend(&hotel, &booked, &json!({"check_out": check_out}), "").await.expect(200);
        assert_eq!(cents(&amended.body["booking"]["total"]), total, "{check_out}: {}", amended.body["entries"]);
        let lines = standing(&hotel.manager, booked.id()).await;
        let for_breakfast: i64 = lines.iter().filter(|(kind, ..)| kind == "extra").map(|(.., cents)| *cents).sum();
        assert_eq!(for_breakfast, total, "{check_out}: all that is left is for the extras");
        app.assert_consistent().await;
    }
}
