//! Tests of what is told of offers: to guests by mail, and to the hotel by a report.
use super::{OFFERS, offer, request};
use crate::support::{HotelSpec, TestApp, act, book, eur};
use serde_json::json;

#[tokio::test]
async fn a_mail_has_a_line_for_what_an_offer_takes_off() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    offer(&hotel, json!({"name": "Winter"})).await;
    book(&hotel.manager, &request(&hotel, ["2026-12-10", "2026-12-13"], &json!({}))).await.expect(201);
    let mail = app.mail_to("ana@example.com").await.into_iter().next().expect("a mail");
    let text = mail["text"].as_str().expect("text");
    assert!(text.contains("\nRooms: 300.00 EUR\nWinter: -30.00 EUR\nTotal: 270.00 EUR"), "{text}");
}

#[tokio::test]
async fn a_report_has_bookings_revenue_and_discount_of_each_offer_and_code() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let five = offer(&hotel, json!({"name": "Five", "percent": "5"})).await;
    let summer = offer(&hotel, json!({"name": "Summer", "access": "code", "code": "SUMMER"})).await;
    let code = json!({"code": "summer"});
    book(manager, &request(&hotel, ["2026-12-10", "2026-12-13"], &code)).await.expect(201);
    let given_back = book(manager, &request(&hotel, ["2026-12-14", "2026-12-15"], &code)).await.expect(201);
    act(manager, &given_back, "cancel").await.expect(200);
    book(manager, &request(&hotel, ["2026-12-16", "2026-12-17"], &json!({}))).await.expect(201);
    let report =
        async |from: &str, to: &str| manager.get(&format!("{OFFERS}/report?property_id={}&from={from}&to={to}", hotel.id)).await;
    let expected = json!([
        {
            "offer_id": five.id(), "name": "Five", "code": null, "bookings": 1, "given_back": 0, "nights": 1,
            "revenue": eur("95.00"), "discount": eur("5.00"),
        },
        {
            "offer_id": summer.id(), "name": "Summer", "code": "SUMMER", "bookings": 1, "given_back": 1, "nights": 3,
            "revenue": eur("270.00"), "discount": eur("30.00"),
        },
    ]);
    assert_eq!(report("2026-12-01", "2026-12-01").await.expect(200).body["items"], expected);
    assert_eq!(report("2026-11-01", "2026-11-30").await.expect(200).body["items"], json!([]), "by the date of booking");
    assert_eq!(report("2026-12-02", "2026-12-01").await.expect(422).pointers(), ["/to"]);
}
