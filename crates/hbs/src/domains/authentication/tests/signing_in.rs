//! Addresses, numbers and passwords that let in.
use super::{ana, client, lasting, login};
use crate::support::{PASSWORD, TestApp, together};

#[tokio::test]
async fn one_signs_in_by_address_or_phone() {
    let app = TestApp::new().await;
    let registered = app.anonymous().post("/v1/auth/register", &ana()).await.expect(201);
    login(&app, "+351910000000", PASSWORD).await.expect(401);
    app.sql("UPDATE users SET phone_verified_at = now()").await;
    for name in ["ana@example.com", "ANA@example.COM", "+351910000000"] {
        let reply = login(&app, name, PASSWORD).await.expect(200);
        assert_eq!(reply.body["user"]["id"], registered.body["user"]["id"], "{name}");
        assert_eq!(client(&app, reply).get("/v1/me").await.expect(200).body["email"], "ana@example.com", "{name}");
    }
}

#[tokio::test]
async fn an_unknown_login_and_a_wrong_password_look_the_same() {
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    app.register("suspended@example.com").await;
    app.sql("UPDATE users SET status = 'suspended', suspended_at = now(), suspended_reason = 'test' WHERE email = 'suspended@example.com'").await;
    let wrong = login(&app, "ana@example.com", "wrong password").await.expect(401);
    assert_eq!(wrong.code(), "auth.wrong_credentials");
    assert_eq!(wrong.header("www-authenticate"), "Bearer");
    for (name, password) in [("nobody@example.com", PASSWORD), ("+351999999999", PASSWORD), ("suspended@example.com", PASSWORD)] {
        let reply = login(&app, name, password).await.expect(401);
        assert_eq!(lasting(&reply), lasting(&wrong), "{name}");
    }
}

#[tokio::test]
async fn signing_in_renews_hashes_and_says_when() {
    use argon2::password_hash::PasswordHasher;
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    let weak = argon2::Params::new(8192, 1, 1, None).unwrap();
    let weak = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, weak);
    let weak = weak.hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    app.sql(&format!("UPDATE users SET password_hash = '{weak}', last_login_at = NULL")).await;
    login(&app, "ana@example.com", "wrong password").await.expect(401);
    assert_eq!(app.rows("SELECT password_hash FROM users").await[0]["password_hash"], weak);
    login(&app, "ana@example.com", PASSWORD).await.expect(200);
    let user = &app.rows("SELECT password_hash, last_login_at > now() - interval '1 minute' AS just_now FROM users").await[0];
    assert!(user["password_hash"].as_str().is_some_and(|hash| hash.contains("m=19456,t=2,p=1")), "{user}");
    assert_eq!(user["just_now"], true);
    login(&app, "ana@example.com", PASSWORD).await.expect(200);
}

/// S16: however few cores there are, a handful of people who sign in at one moment, at one place or at several, are let in.
#[tokio::test(flavor = "multi_thread")]
async fn people_who_sign_in_at_once_are_let_in() {
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    let body = serde_json::json!({"login": "ana@example.com", "password": PASSWORD});
    let answers = together((0..16).map(|n| {
        let (client, body) = (app.anonymous().from(&format!("192.0.2.{}", n % 4)), body.clone());
        async move { client.post("/v1/auth/login", &body).await.status }
    }));
    assert_eq!(answers.await, [200; 16]);
}
