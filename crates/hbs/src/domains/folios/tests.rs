//! Folios, through the API: what is left to be paid.
use crate::every_route::{Call, Request};
use crate::support::{Hotel, HotelSpec, Reply, TestApp};
use hbs::domains::folios::{self, FolioKind, NewFolioEntry};
use serde_json::{Value, json};
use uuid::Uuid;

/// Posts a line to the folio of a booking.
async fn post(app: &TestApp, booking: &Reply, amount_minor: i64) {
    let id = |value: &Value| -> Uuid { value.as_str().expect("an id").parse().expect("a UUID") };
    let line = NewFolioEntry {
        stay_id: id(&booking.body["stays"][0]["id"]),
        kind: FolioKind::Fee,
        service_date: "2026-12-01".parse().expect("a date"),
        amount_minor,
        description: "Goodwill".into(),
        tax_rule_id: None,
        tax_terms: None,
        reverses_id: None,
    };
    let (property_id, booking_id) = (id(&booking.body["property_id"]), id(&booking.body["id"]));
    folios::append(&app.connect().await, property_id, booking_id, &[line], app.app.clock.now()).await.expect("a line");
}

/// The bookings that have a balance, and those that have none.
async fn by_balance(hotel: &Hotel) -> [Value; 2] {
    let list = async |has_balance: bool| -> Value {
        let path = format!("/v1/bookings?property_id={}&has_balance={has_balance}", hotel.id);
        let found = hotel.manager.get(&path).await.expect(200);
        found.body["items"].as_array().expect("a list").iter().map(|booking| booking["id"].clone()).collect()
    };
    [list(true).await, list(false).await]
}

#[tokio::test]
async fn what_is_left_to_pay_is_what_the_folio_comes_to_and_not_what_the_booking_costs() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let (all, none) = (json!([booking.id()]), json!([]));
    assert_eq!(by_balance(&hotel).await, [all.clone(), none.clone()]);

    post(&app, &booking, -20_000).await;
    assert_eq!(by_balance(&hotel).await, [none.clone(), all.clone()], "settled, and not free");
    let folio = hotel.manager.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    assert_eq!(folio.body["balance"], json!({"amount": "0.00", "currency": "EUR"}));

    post(&app, &booking, -1).await;
    assert_eq!(by_balance(&hotel).await, [all, none], "to be paid back");
    let kept = "SELECT balance_minor FROM folios";
    assert_eq!(app.number(kept).await, -1);
}

pub fn requests() -> Vec<Request> {
    vec![Request::new("get_folio", async |w| Call::to(w.booking().await))]
}
