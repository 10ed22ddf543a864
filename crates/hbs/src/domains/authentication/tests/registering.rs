//! Accounts that people make for themselves.
use super::{ana, client, login, refresh, token};
use crate::support::{PASSWORD, TestApp};
use serde_json::json;

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
        "avatar_sizes": [],
        "avatar_url": null,
        "created_at": "[instant]",
        "email": "ana@example.com",
        "email_verified": false,
        "full_name": "Ana Sousa",
        "has_second_factor": false,
        "id": "[id]",
        "locale": "en",
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
async fn addresses_and_numbers_are_kept_in_one_form() {
    let app = TestApp::new().await;
    let mut body = ana();
    (body["email"], body["phone"], body["locale"]) = (json!(" Ana@Example.COM "), json!("+351 910 000-000"), json!("pt-PT"));
    let user = app.anonymous().post("/v1/auth/register", &body).await.expect(201).body["user"].clone();
    assert_eq!((&user["email"], &user["phone"]), (&json!("ana@example.com"), &json!("+351910000000")));
    assert_eq!((&user["locale"], &user["email_verified"]), (&json!("pt-PT"), &json!(false)));
    for name in [" ANA@example.com", "+351 910 000 000", "+351910000000"] {
        login(&app, name, PASSWORD).await.expect(200);
    }
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
        ("password", json!("ana sousa"), "/password"),
        ("phone", json!("910000000"), "/phone"),
        ("phone", json!("+351 91"), "/phone"),
        ("phone", json!("+999 910 000 000"), "/phone"),
        ("locale", json!("Portuguese"), "/locale"),
        ("locale", json!("pt_PT"), "/locale"),
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
    for body in [json!({"login": "ana", "password": 12345678}), json!("12345678"), json!({"login": "ana", "password": 1234.5678})]
    {
        let reply = app.anonymous().post("/v1/auth/login", &body).await.expect(422);
        assert!(!reply.body.to_string().contains("5678"), "a secret of the wrong type is one too: {}", reply.body);
    }
    assert_eq!(app.number("SELECT count(*) FROM users").await, 0);
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
