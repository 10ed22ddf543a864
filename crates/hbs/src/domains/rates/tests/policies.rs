//! Cancellation policies.
use super::merged;
use crate::support::{HotelSpec, TestApp, eur};
use serde_json::{Value, json};

#[tokio::test]
async fn policies_have_windows() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let body = json!({"property_id": hotel.id, "code": "STEPS", "name": "In steps",
        "windows": [{"hours_before": 24, "fee": {"percent": "100"}}, {"hours_before": 168, "fee": {"nights": 1}},
                    {"hours_before": 72, "fee": {"amount": eur("50.00")}}],
        "no_show_fee": {"nights": 2}});
    let made = hotel.manager.post("/v1/cancellation-policies", &body).await.expect(201);
    let hours: Vec<&Value> =
        made.body["windows"].as_array().expect("a list").iter().map(|window| &window["hours_before"]).collect();
    assert_eq!(hours, [168, 72, 24], "the one that begins first comes first");
    assert_eq!(made.body["windows"][1]["fee"], json!({"amount": eur("50.00")}));
    assert_eq!(made.body["no_show_fee"], json!({"nights": 2}));
    let path = made.header("location").to_owned();
    assert_eq!(app.anonymous().get(&path).await.expect(200).body, made.body);
    let refused = hotel.manager.patch(&path, "\"1\"", &json!({"is_non_refundable": true})).await.expect(422);
    assert_eq!(refused.pointers(), ["/windows"]);
    let patch = json!({"is_non_refundable": true, "windows": [], "no_show_fee": {"percent": "0"}});
    let after = hotel.manager.patch(&path, "\"1\"", &patch).await.expect(200);
    assert_eq!((&after.body["windows"], &after.body["no_show_fee"]), (&json!([]), &json!({"percent": "0"})));
    for (change, pointer) in [
        (json!({"is_non_refundable": true}), "/windows"),
        (
            json!({"windows": [{"hours_before": 1, "fee": {"nights": 1}}, {"hours_before": 1, "fee": {"nights": 2}}]}),
            "/windows/1/hours_before",
        ),
        (json!({"windows": [{"hours_before": -1, "fee": {"nights": 1}}]}), "/windows/0/hours_before"),
        (json!({"windows": [{"hours_before": 1, "fee": {}}]}), "/windows/0/fee"),
        (json!({"windows": [{"hours_before": 1, "fee": {"nights": 1, "percent": "5"}}]}), "/windows/0/fee"),
        (json!({"windows": [{"hours_before": 1, "fee": {"percent": "101"}}]}), "/windows/0/fee/percent"),
        (json!({"no_show_fee": {"amount": {"amount": "1", "currency": "USD"}}}), "/no_show_fee/amount/currency"),
        (json!({"code": "free"}), "/code"),
    ] {
        let refused = hotel.manager.post("/v1/cancellation-policies", &merged(&body, &change)).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{change}: {}", refused.body);
    }
    let taken = hotel.manager.post("/v1/cancellation-policies", &body).await.expect(409);
    assert_eq!(taken.code(), "cancellation_policy.code_taken");
    hotel.manager.delete(&path, "\"2\"").await.expect(204);
    app.anonymous().get(&path).await.expect(404);
}
