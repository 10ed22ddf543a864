//! Refusals on the record.
use super::{items, kinds};
use crate::support::{HotelSpec, Reply, TestApp};
use hbs::refusals;
use serde_json::{Value, json};

/// The facts of an entry that had no value before.
fn facts(entry: &Value) -> Value {
    let changes = entry["changes"].as_object().expect("changes");
    changes.iter().map(|(name, change)| (name.clone(), change["after"].clone())).collect::<serde_json::Map<_, _>>().into()
}

#[tokio::test]
async fn denied_requests_are_on_the_record_once_a_minute_with_their_number() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let desk = app.staff(&["rooms:read"], Some(&hotel.id)).await;
    let guest = app.guest().await;
    for _ in 0..5 {
        assert_eq!(desk.get("/v1/audit-logs").await.expect(403).body["permission"], "audit:read");
    }
    desk.get("/v1/audit-logs/verify").await.expect(403);
    guest.get("/v1/audit-logs").await.expect(403);
    assert!(!app.event_kinds().await.iter().any(|kind| kind == "access.denied"), "no request waits for it");

    // What cannot be written now is written later, and the request is denied all the same.
    app.sql("ALTER TABLE outbox RENAME TO out_of_reach").await;
    desk.get("/v1/audit-logs").await.expect(403);
    refusals::write(&app.app).await.expect_err("written");
    app.sql("ALTER TABLE out_of_reach RENAME TO outbox").await;
    refusals::write(&app.app).await.expect("written");
    refusals::write(&app.app).await.expect("nothing is left");
    app.deliver().await;

    let told = hotel.manager.get("/v1/audit-logs?kind=access.denied").await.expect(200);
    let mut seen: Vec<Value> = items(&told).iter().map(facts).collect();
    seen.sort_by_key(|facts| facts["route"].to_string());
    let denial = |count: u64, route: &str| json!({"count": count, "code": "auth.forbidden", "method": "GET", "route": route, "origin": null});
    assert_eq!(seen, [denial(6, "/v1/audit-logs"), denial(1, "/v1/audit-logs/verify")], "where the caller works");
    assert!(items(&told).iter().all(|entry| entry["actor_id"] == desk.user_id() && entry["entity"] == "access"));
    let auditor = app.staff(&["audit:read"], None).await;
    let all = auditor.get(&format!("/v1/audit-logs?kind=access.denied&actor_id={}", guest.user_id())).await.expect(200);
    assert_eq!((kinds(&all).len(), facts(&items(&all)[0])), (1, denial(1, "/v1/audit-logs")));
    assert_eq!(items(&all)[0]["stream_id"], json!(uuid::Uuid::nil()), "of no hotel");
}

async fn sign_in(app: &TestApp, login: &str, from: &str) -> Reply {
    let body = json!({"login": login, "password": "certainly not the right one"});
    app.anonymous().from(from).post("/v1/auth/login", &body).await
}

#[tokio::test]
async fn failed_sign_ins_are_on_the_record_without_addresses() {
    let app = TestApp::new().await;
    let ana = app.register("ana@example.com").await;
    for _ in 0..2 {
        sign_in(&app, "ana@example.com", "192.0.2.7").await.expect(401);
    }
    for login in ["eva@example.com", "rui@example.com", "zoe@example.com"] {
        sign_in(&app, login, "192.0.2.8").await.expect(401);
    }
    refusals::write(&app.app).await.expect("written");
    app.deliver().await;
    let auditor = app.staff(&["audit:read"], None).await;
    let told = auditor.get("/v1/audit-logs?kind=sign_in.failed").await.expect(200);
    let (of_account, of_nobody): (Vec<&Value>, Vec<&Value>) =
        items(&told).iter().partition(|entry| facts(entry)["has_account"] == true);
    let expected = json!({"count": 2, "code": "auth.wrong_credentials", "has_account": true, "origin": null});
    assert_eq!((of_account.len(), facts(of_account[0])), (1, expected));
    assert_eq!((&of_account[0]["entity_id"], &of_account[0]["actor_kind"]), (&json!(ana.user_id()), &json!("anonymous")));
    let facts = facts(of_nobody[0]);
    assert_eq!((of_nobody.len(), &facts["count"], &facts["has_account"]), (1, &json!(3), &json!(false)));
    assert_eq!(facts["origin"].as_str().map(str::len), Some(24), "a digest");
    for personal in ["example.com", "192.0.2", "zoe"] {
        assert!(!told.body.to_string().contains(personal), "{personal} is on the record");
    }
}
