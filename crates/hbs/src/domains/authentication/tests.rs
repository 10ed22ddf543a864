use crate::support::{Client, Reply, TestApp, eventually};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use std::time::Duration;

const PASSWORD: &str = "correct horse";

fn ana() -> Value {
    json!({"email": "Ana@Example.com", "password": PASSWORD, "full_name": "Ana Sousa", "phone": "+351910000000"})
}

async fn login(app: &TestApp, login: &str, password: &str) -> Reply {
    app.anonymous().post("/v1/auth/login", &json!({"login": login, "password": password})).await
}

async fn refresh(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/v1/auth/refresh", &json!({"refresh_token": token})).await
}

fn token<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.body[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", reply.body))
}

fn client(app: &TestApp, signed_in: Reply) -> Client {
    Client::new(app.router.clone(), Some(signed_in.body))
}

/// An error's body without what differs from request to request.
fn lasting(reply: &Reply) -> Value {
    let mut body = reply.body.clone();
    body["request_id"] = Value::Null;
    body
}

#[tokio::test]
async fn registering_signs_in() {
    let app = TestApp::new().await;
    let reply = app.anonymous().post("/v1/auth/register", &ana()).await.expect(201);
    insta::assert_json_snapshot!(reply.body, {
        ".user.id" => "[id]", ".user.created_at" => "[instant]", ".access_token" => "[token]", ".refresh_token" => "[token]",
    }, @r#"
    {
      "access_token": "[token]",
      "expires_in": 900,
      "refresh_token": "[token]",
      "token_type": "Bearer",
      "user": {
        "created_at": "[instant]",
        "email": "ana@example.com",
        "full_name": "Ana Sousa",
        "id": "[id]",
        "phone": "+351910000000",
        "version": 1
      }
    }
    "#);
    let user = reply.body["user"].clone();
    let me = client(&app, reply).get("/v1/me").await.expect(200);
    assert_eq!(me.body, user);
    assert_eq!(me.header("etag"), "\"1\"");
}

#[tokio::test]
async fn one_signs_in_by_address_or_phone() {
    let app = TestApp::new().await;
    let registered = app.anonymous().post("/v1/auth/register", &ana()).await.expect(201);
    for name in ["ana@example.com", "ANA@example.COM", "+351910000000"] {
        let reply = login(&app, name, PASSWORD).await.expect(200);
        assert_eq!(reply.body["user"], registered.body["user"], "{name}");
        assert_eq!(client(&app, reply).get("/v1/me").await.expect(200).body["email"], "ana@example.com", "{name}");
    }
}

#[tokio::test]
async fn an_unknown_login_and_a_wrong_password_look_the_same() {
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    app.register("suspended@example.com").await;
    app.sql("UPDATE users SET status = 'suspended' WHERE email = 'suspended@example.com'").await;
    let wrong = login(&app, "ana@example.com", "wrong password").await.expect(401);
    assert_eq!(wrong.code(), "auth.wrong_credentials");
    assert_eq!(wrong.header("www-authenticate"), "Bearer");
    for (name, password) in [("nobody@example.com", PASSWORD), ("+351999999999", PASSWORD), ("suspended@example.com", PASSWORD)] {
        let reply = login(&app, name, password).await.expect(401);
        assert_eq!(lasting(&reply), lasting(&wrong), "{name}");
    }
}

#[tokio::test]
async fn an_address_and_a_phone_number_belong_to_one_account() {
    let app = TestApp::new().await;
    app.anonymous().post("/v1/auth/register", &ana()).await.expect(201);
    let mut other = ana();
    other["email"] = json!("ANA@example.com");
    other["phone"] = json!("+351920000000");
    let reply = app.anonymous().post("/v1/auth/register", &other).await.expect(409);
    assert_eq!((reply.code(), reply.pointers()), ("auth.email_taken", vec!["/email"]));
    let mut other = ana();
    other["email"] = json!("eva@example.com");
    let reply = app.anonymous().post("/v1/auth/register", &other).await.expect(409);
    assert_eq!((reply.code(), reply.pointers()), ("auth.phone_taken", vec!["/phone"]));
    assert_eq!(app.number("SELECT count(*) FROM users").await, 1);
    assert_eq!(app.event_kinds().await, ["user.registered", "session.started"]);
}

#[tokio::test]
async fn bad_input_is_pointed_at() {
    let app = TestApp::new().await;
    for (field, value, pointer) in [
        ("email", json!("ana"), "/email"),
        ("email", json!(7), "/email"),
        ("email", json!(format!("{}@example.com", "a".repeat(300))), "/email"),
        ("password", json!("short"), "/password"),
        ("password", json!("x".repeat(257)), "/password"),
        ("full_name", json!(""), "/full_name"),
        ("full_name", json!("x".repeat(201)), "/full_name"),
        ("full_name", json!("a\u{0}b"), "/full_name"),
        ("phone", json!("910000000"), "/phone"),
        ("role", json!("super_admin"), "/role"),
    ] {
        let mut body = ana();
        body[field] = value.clone();
        let reply = app.anonymous().post("/v1/auth/register", &body).await;
        assert_eq!((reply.status, reply.code()), (422, "request.invalid"), "{field}: {value}");
        assert!(
            !reply.pointers().is_empty() && reply.pointers().iter().all(|found| *found == pointer),
            "{value}: {}",
            reply.body
        );
    }
    let reply =
        app.anonymous().post("/v1/auth/register", &json!({"email": "x", "password": "y", "full_name": ""})).await.expect(422);
    let mut pointers = reply.pointers();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/email", "/full_name", "/password"], "all of them at once");
    assert!(!reply.body.to_string().contains("\"y\""), "{}", reply.body);
    let reply = app.anonymous().post("/v1/auth/register", &json!({"email": "ana@example.com"})).await.expect(422);
    assert_eq!(reply.pointers(), ["/password"]);
    let reply = login(&app, "", "").await.expect(422);
    assert_eq!(reply.pointers(), ["/login", "/password"]);
    assert_eq!(app.number("SELECT count(*) FROM users").await, 0);
}

#[tokio::test]
async fn a_refresh_token_is_good_for_one_use_and_a_second_ends_the_session() {
    let app = TestApp::new().await;
    let first = app.anonymous().post("/v1/auth/register", &ana()).await.expect(201);
    let other_session = login(&app, "ana@example.com", PASSWORD).await.expect(200);
    let second = refresh(&app, token(&first, "refresh_token")).await.expect(200);
    assert_eq!(second.body["user"], first.body["user"]);
    assert_ne!(second.body["refresh_token"], first.body["refresh_token"]);
    let third = refresh(&app, token(&second, "refresh_token")).await.expect(200);
    let newest = client(&app, third.clone());
    newest.get("/v1/me").await.expect(200);

    let reused = refresh(&app, token(&second, "refresh_token")).await.expect(401);
    assert_eq!(reused.code(), "auth.wrong_refresh_token");
    for ended in [&first, &second, &third] {
        assert_eq!(client(&app, ended.clone()).get("/v1/me").await.expect(401).code(), "auth.unauthenticated");
        let refused = refresh(&app, token(ended, "refresh_token")).await.expect(401);
        assert_eq!(lasting(&refused), lasting(&reused));
    }
    let unknown = refresh(&app, "no such token").await.expect(401);
    assert_eq!(lasting(&unknown), lasting(&reused));

    client(&app, other_session).get("/v1/me").await.expect(200);
    let ended = app.rows("SELECT changes FROM outbox WHERE kind = 'session.ended'").await;
    assert_eq!(ended, [json!({"changes": {"revoked_reason": {"before": null, "after": "refresh_reuse"}}})]);
}

#[tokio::test]
async fn two_uses_at_once_are_one_too_many() {
    let app = TestApp::new().await;
    let guest = app.guest().await;
    let (one, other) = futures_util::join!(refresh(&app, guest.refresh_token()), refresh(&app, guest.refresh_token()));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
    guest.get("/v1/me").await.expect(401);
}

#[tokio::test]
async fn signing_out_ends_this_session_at_once() {
    let app = TestApp::new().await;
    let first = app.anonymous().post("/v1/auth/register", &ana()).await.expect(201);
    let other = client(&app, login(&app, "ana@example.com", PASSWORD).await.expect(200));
    let refresh_token = token(&first, "refresh_token").to_owned();
    let guest = client(&app, first);
    let reply = guest.send(http::Method::POST, "/v1/auth/logout", None).await.expect(204);
    assert_eq!(reply.body, Value::Null);
    assert_eq!(guest.get("/v1/me").await.expect(401).code(), "auth.unauthenticated");
    assert_eq!(refresh(&app, &refresh_token).await.expect(401).code(), "auth.wrong_refresh_token");
    other.get("/v1/me").await.expect(200);
    assert_eq!(app.event_kinds().await, ["user.registered", "session.started", "session.started", "session.ended"]);
}

#[tokio::test]
async fn signing_out_takes_effect_on_every_process_within_a_second() {
    let app = TestApp::with_background().await;
    let second = app.second().await;
    let guest = app.guest().await;
    let there = guest.at(second.router.clone());
    // Both processes know the session by now, from memory and from Redis.
    for _ in 0..3 {
        guest.get("/v1/me").await.expect(200);
        there.get("/v1/me").await.expect(200);
    }
    guest.send(http::Method::POST, "/v1/auth/logout", None).await.expect(204);
    guest.get("/v1/me").await.expect(401);
    eventually(Duration::from_secs(1), async || there.get("/v1/me").await.status == 401).await;
    there.get("/v1/me").await.expect(401);
}

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
        ("UPDATE users SET status = 'suspended'", "UPDATE users SET status = 'active'"),
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

#[tokio::test]
async fn secrets_and_personal_values_are_not_on_the_record() {
    let app = TestApp::new().await;
    let stranger = app.anonymous().with("user-agent", "Secret Browser 1.0");
    let registered = stranger.post("/v1/auth/register", &ana()).await.expect(201);
    let refreshed = refresh(&app, token(&registered, "refresh_token")).await.expect(200);
    refresh(&app, token(&registered, "refresh_token")).await.expect(401);
    let events = app.rows("SELECT * FROM outbox ORDER BY id").await;
    assert_eq!(events.len(), 3, "{events:?}");
    let tokens = ["access_token", "refresh_token"].map(|name| [token(&registered, name), token(&refreshed, name)]);
    let record = json!(events).to_string();
    let personal = [PASSWORD, "example.com", "Ana", "+351910000000", "Secret Browser", "argon2"];
    for secret in personal.into_iter().chain(tokens.into_iter().flatten()) {
        assert!(!record.contains(secret), "{secret} is on the record");
    }
    assert_eq!(events[0]["changes"]["email"], json!({"withheld": true}));
    let hashes = app.rows("SELECT password_hash FROM users").await;
    assert!(hashes[0]["password_hash"].as_str().expect("text").starts_with("$argon2id$"), "{hashes:?}");
    let stored = json!(app.rows("SELECT encode(token_hash, 'escape') AS token FROM refresh_tokens").await).to_string();
    for [first, second] in tokens {
        assert!(!stored.contains(first) && !stored.contains(second), "a token is stored as it is");
    }
}
