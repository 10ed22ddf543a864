//! Age bands.
use super::{merged, plan_body, policy};
use crate::support::{HotelSpec, TestApp, eur};
use serde_json::{Value, json};

#[tokio::test]
async fn age_bands_are_one_set() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let path = format!("/v1/properties/{}/age-bands", hotel.id);
    let band = |code: &str, min: i32, max: i32| json!({"code": code, "min_age": min, "max_age": max});
    let put = async |etag: &str, bands: Value| hotel.manager.with("if-match", etag).put(&path, &json!({"bands": bands})).await;
    let empty = app.anonymous().get(&path).await.expect(200);
    assert_eq!(empty.body, json!({"property_id": hotel.id, "bands": [], "version": 1}));
    let done = put("\"1\"", json!([band("child", 3, 11), band("baby", 0, 2)])).await.expect(200);
    assert_eq!((&done.body["bands"], done.header("etag")), (&json!([band("baby", 0, 2), band("child", 3, 11)]), "\"2\""));
    put("\"1\"", json!([])).await.expect(412);
    for (bands, pointer) in [
        (json!([band("a", 0, 5), band("b", 5, 9)]), "/bands/1"),
        (json!([band("a", 0, 5), band("a", 6, 9)]), "/bands/1/code"),
        (json!([band("a", 5, 4)]), "/bands/0/max_age"),
        (json!([band("a", 0, 18)]), "/bands/0/max_age"),
        (json!([band("Baby", 0, 1)]), "/bands/0/code"),
    ] {
        assert_eq!(put("\"2\"", bands).await.expect(422).pointers(), [pointer]);
    }
    let free = policy(&hotel, "FLEX24").await;
    let kinds = json!([{"room_type_id": hotel.double, "extra_children": {"child": eur("15.00")}}]);
    let plan = merged(&plan_body(&hotel, "FLEX", &free), &json!({"room_types": kinds}));
    let plan = hotel.manager.post("/v1/rate-plans", &plan).await.expect(201);
    assert_eq!(plan.body["room_types"][0]["extra_children"], json!({"child": eur("15.00")}));
    let refused = put("\"2\"", json!([])).await.expect(409);
    assert_eq!(
        (refused.code(), &refused.body["age_band"], &refused.body["times"]),
        ("age_band.in_use", &json!("child"), &json!(1))
    );
    let kept = put("\"2\"", json!([band("child", 2, 12)])).await.expect(200);
    assert_eq!(kept.body["bands"], json!([band("child", 2, 12)]));
    app.anonymous().get(&format!("/v1/properties/{}/age-bands", uuid::Uuid::now_v7())).await.expect(404);
}
