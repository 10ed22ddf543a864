//! Access tokens: which are good, and for how long.
use super::refresh;
use crate::support::{TestApp, eventually};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn only_good_tokens_are_let_in() {
    let app = TestApp::new().await;
    let guest = app.guest().await;
    let stranger = app.anonymous();
    for header in ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic YTpi", &format!("Bearer {}x", guest.access_token())] {
        let reply = stranger.with("authorization", header).get("/v1/me").await.expect(401);
        assert_eq!(reply.code(), "auth.unauthenticated", "{header}");
    }
    stranger.with("authorization", format!("bearer {}", guest.access_token())).get("/v1/me").await.expect(200);

    let user_id = guest.user_id();
    for (sql, undo) in [
        (
            "UPDATE users SET status = 'suspended', suspended_at = now(), suspended_reason = 'test'",
            "UPDATE users SET status = 'active', suspended_at = NULL, suspended_reason = NULL",
        ),
        ("UPDATE users SET is_deleted = true, deleted_at = now()", "UPDATE users SET is_deleted = false, deleted_at = NULL"),
    ] {
        app.sql(&format!("{sql} WHERE id = '{user_id}'")).await;
        guest.get("/v1/me").await.expect(401);
        app.sql(&format!("{undo} WHERE id = '{user_id}'")).await;
        guest.get("/v1/me").await.expect(200);
    }
    app.sql(&format!("UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = '{user_id}'")).await;
    guest.get("/v1/me").await.expect(401);
    assert_eq!(refresh(&app, guest.refresh_token()).await.expect(401).code(), "auth.wrong_refresh_token");
}

#[tokio::test]
async fn an_access_token_ends_by_real_time() {
    let app = TestApp::with(|config| config.access_token_seconds = 1).await;
    let guest = app.guest().await;
    assert_eq!(refresh(&app, guest.refresh_token()).await.expect(200).body["expires_in"], 1);
    // Business time does not matter, not even for a moment.
    app.set_clock("2020-01-01T00:00:00Z");
    eventually(Duration::from_secs(3), async || guest.get("/v1/me").await.status == 401).await;
}

#[tokio::test]
async fn access_tokens_can_be_verified_with_the_published_key() {
    let app = TestApp::new().await;
    let guest = app.guest().await;
    let keys = app.anonymous().get("/.well-known/jwks.json").await.expect(200);
    let key = &keys.body["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
    );
    assert!(key.get("d").is_none(), "the private half");
    let header = jsonwebtoken::decode_header(guest.access_token()).unwrap();
    assert_eq!(header.kid.as_deref(), key["kid"].as_str());
    let public = DecodingKey::from_ed_components(key["x"].as_str().expect("text")).unwrap();
    let claims = jsonwebtoken::decode::<Value>(guest.access_token(), &public, &Validation::new(Algorithm::EdDSA)).unwrap().claims;
    assert_eq!(claims["sub"], guest.user_id());
    assert_eq!(claims["exp"].as_i64().expect("a number") - claims["iat"].as_i64().expect("a number"), 900);
}
