//! Tests of the profile that people see and change.
use super::login;
use crate::support::{PASSWORD, TestApp, eventually};
use serde_json::{Value, json};
use std::time::Duration;

/// S13, F14: a profile is changed without telling that a number is somebody else's, which counts once it is proved; and what is
/// so already is no change.
#[tokio::test]
async fn people_change_their_profile() {
    let app = TestApp::with_background().await;
    let ana = app.register("ana@example.com").await;
    let me = ana.get("/v1/me").await.expect(200);
    let body = json!({"full_name": "Ana Lima", "phone": "+351 910 000 000", "locale": "pt-PT"});
    let changed = ana.patch("/v1/me", me.header("etag"), &body).await.expect(200);
    assert_eq!((changed.body["full_name"].as_str(), changed.body["locale"].as_str()), (Some("Ana Lima"), Some("pt-PT")));
    assert_eq!((&changed.body["phone"], changed.header("etag")), (&json!("+351910000000"), "\"2\""));
    let me = ana.get("/v1/me").await.expect(200);
    assert_eq!((me.header("etag"), &me.body["full_name"]), ("\"2\"", &json!("Ana Lima")));
    login(&app, "+351 (910) 000 000", PASSWORD).await.expect(401);
    app.sql("UPDATE users SET phone_verified_at = now()").await;
    login(&app, "+351 (910) 000 000", PASSWORD).await.expect(200);
    let stale = ana.patch("/v1/me", "\"1\"", &json!({"full_name": "Ana"})).await.expect(412);
    assert_eq!(stale.code(), "request.precondition_failed");
    ana.send(http::Method::PATCH, "/v1/me", Some("{}".into())).await.expect(428);
    // Nothing to change is no change.
    let same = ana.patch("/v1/me", "\"2\"", &json!({"full_name": "Ana Lima", "email": "ANA@example.com"})).await.expect(200);
    assert_eq!((same.header("etag"), &same.body["pending_email"]), ("\"2\"", &Value::Null));

    let rui = app.register("rui@example.com").await;
    // That a number is somebody else's is told to nobody: it counts once it is proved.
    let taken = rui.patch("/v1/me", "\"1\"", &json!({"phone": "+351910000000"})).await.expect(200);
    assert_eq!((&taken.body["phone"], &taken.body["phone_verified"]), (&json!("+351910000000"), &json!(false)));
    assert_eq!(login(&app, "+351910000000", PASSWORD).await.expect(200).body["user"]["id"], ana.user_id());
    let removed = ana.patch("/v1/me", "\"2\"", &json!({"phone": null})).await.expect(200);
    assert_eq!(removed.body["phone"], Value::Null);
    let again = ana.patch("/v1/me", "\"3\"", &json!({"phone": "+351910000000"})).await.expect(200);
    assert_eq!(again.body["phone_verified"], false, "a proof is of the number that was proved");
    login(&app, "+351910000000", PASSWORD).await.expect(401);
    let events = app.rows("SELECT changes FROM outbox WHERE kind = 'user.updated' ORDER BY id").await;
    let told = &events[0]["changes"];
    assert_eq!((&told["full_name"]["withheld"], &told["phone"]["withheld"]), (&json!(true), &json!(true)));
    assert_eq!(told["locale"], json!({"before": "en", "after": "pt-PT"}));
    assert_eq!(told.as_object().map(serde_json::Map::len), Some(3), "{told}");
    assert_eq!(events.len(), 4);
}

#[tokio::test]
async fn people_change_only_what_is_theirs_to_change() {
    let app = TestApp::new().await;
    let ana = app.register("ana@example.com").await;
    let before = app.rows("SELECT * FROM users").await;
    for (field, value) in [
        ("id", json!("01990000-0000-7000-8000-000000000000")),
        ("role", json!("super_admin")),
        ("roles", json!(["super_admin"])),
        ("status", json!("active")),
        ("password", json!("another password")),
        ("password_hash", json!("$argon2id$")),
        ("email_verified", json!(true)),
        ("email_verified_at", json!("2026-01-01T00:00:00Z")),
        ("has_second_factor", json!(true)),
        ("second_factor_since", json!(null)),
        ("is_deleted", json!(true)),
        ("version", json!(7)),
        ("created_at", json!("2026-01-01T00:00:00Z")),
        ("avatar_key", json!("x")),
        ("full_name", json!(null)),
        ("full_name", json!("")),
        ("full_name", json!("x".repeat(201))),
        ("locale", json!("Portuguese")),
        ("locale", json!(null)),
        ("phone", json!("910000000")),
        ("phone", json!("+999 1")),
        ("phone", json!("")),
        ("email", json!("nonsense")),
        ("email", json!(null)),
    ] {
        let reply = ana.patch("/v1/me", "\"1\"", &json!({"locale": "de", field: value})).await;
        assert_eq!((reply.status, reply.code()), (422, "request.invalid"), "{field}: {value}");
        assert_eq!(reply.pointers(), [format!("/{field}")], "{value}");
    }
    assert_eq!(app.rows("SELECT * FROM users").await, before);
}

#[tokio::test]
async fn who_one_is_is_answered_from_memory() {
    let app = TestApp::with_background().await;
    let ana = app.register("ana@example.com").await;
    ana.patch("/v1/me", "\"1\"", &json!({"full_name": "Ana Lima"})).await.expect(200);
    let lock = "LOCK TABLE users, sessions, role_assignments IN ACCESS EXCLUSIVE MODE";
    let answered = || tokio::time::timeout(Duration::from_secs(1), ana.get("/v1/me"));
    // Remembering begins when the process hears the others.
    eventually(Duration::from_secs(10), async || {
        ana.get("/v1/me").await.expect(200);
        let _locked = app.transaction(lock).await;
        answered().await.is_ok()
    })
    .await;
    let locked = app.transaction(lock).await;
    for _ in 0..20 {
        let me = answered().await.expect("no store is asked").expect(200);
        assert_eq!(me.body["full_name"], "Ana Lima");
    }
    drop(locked);
}
