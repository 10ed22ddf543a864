use crate::support::{Hotel, HotelSpec, TestApp};
use serde_json::{Value, json};

fn rule(hotel: &Hotel, name: &str, percent: &str) -> Value {
    json!({"property_id": hotel.id, "name": name, "percent": percent})
}

async fn listed(app: &TestApp, hotel: &Hotel) -> Vec<String> {
    let rules = app.anonymous().get(&format!("/v1/tax-rules?property_id={}", hotel.id)).await.expect(200);
    rules.body["items"].as_array().expect("a list").iter().map(|rule| format!("{} {}", rule["name"], rule["percent"])).collect()
}

#[tokio::test]
async fn taxes_apply_to_what_is_sold_from_now_on() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { prices: "net", ..HotelSpec::default() }).await;
    let made = hotel.manager.post("/v1/tax-rules", &rule(&hotel, "City tax", "8.8750")).await.expect(201);
    let expected = json!({"id": made.id(), "property_id": hotel.id, "name": "City tax", "percent": "8.875", "version": 1});
    assert_eq!((&made.body, made.header("etag")), (&expected, "\"1\""));
    assert_eq!(made.header("location"), format!("/v1/tax-rules/{}", made.id()));
    hotel.manager.post("/v1/tax-rules", &rule(&hotel, "VAT", "10")).await.expect(201);
    assert_eq!(listed(&app, &hotel).await, ["\"City tax\" \"8.875\"", "\"VAT\" \"10\""]);
    let before = hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    // 100.00 + 8.875 % = 8.88 + 10 % = 10.00, none on the other.
    assert_eq!(before.body["total"]["amount"], "118.88");

    hotel.manager.delete(made.header("location"), made.header("etag")).await.expect(204);
    assert_eq!(listed(&app, &hotel).await, ["\"VAT\" \"10\""]);
    assert_eq!(hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await.body["total"]["amount"], "110.00");
    let kept = hotel.manager.get(&format!("/v1/bookings/{}", before.id())).await.expect(200);
    assert_eq!(kept.body["total"]["amount"], "118.88", "what has been sold keeps its taxes");
    hotel.manager.delete(made.header("location"), made.header("etag")).await.expect(404);
    app.assert_consistent().await;
}

#[tokio::test]
async fn bad_tax_rules_are_refused() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for percent in ["0", "-1", "100.0001", "7,5", "7 %", "", "1.23456"] {
        let reply = hotel.manager.post("/v1/tax-rules", &rule(&hotel, "VAT", percent)).await.expect(422);
        assert_eq!(reply.pointers(), ["/percent"], "{percent}");
    }
    let number = json!({"property_id": hotel.id, "name": "VAT", "percent": 7});
    assert_eq!(hotel.manager.post("/v1/tax-rules", &number).await.expect(422).pointers(), ["/percent"], "floats are kept out");
    assert_eq!(hotel.manager.post("/v1/tax-rules", &rule(&hotel, "", "7")).await.expect(422).pointers(), ["/name"]);
    for n in 0..10 {
        hotel.manager.post("/v1/tax-rules", &rule(&hotel, &format!("Tax {n}"), "1")).await.expect(201);
    }
    let reply = hotel.manager.post("/v1/tax-rules", &rule(&hotel, "One too many", "1")).await.expect(422);
    assert_eq!(reply.pointers(), ["/property_id"]);
    assert_eq!(listed(&app, &hotel).await.len(), 10);
    app.anonymous().get(&format!("/v1/tax-rules?property_id={}", uuid::Uuid::now_v7())).await.expect(404);
}
