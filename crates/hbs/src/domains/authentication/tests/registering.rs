//! Accounts that people make for themselves.
use super::{NEW_PASSWORD, ana, client, login, refresh, reset, reset_token, token, verify};
use crate::support::{PASSWORD, Reply, TestApp};
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
        "phone_verified": false,
        "version": 1
      }
    }
    "#);
    let user = reply.body["user"].clone();
    let me = client(&app, reply).get("/v1/me").await.expect(200);
    assert_eq!(me.body, user);
    assert_eq!(me.header("etag"), "\"1\"");
}

/// U14: people keep the language that they name, and are written to in the nearest one that there is.
#[tokio::test]
async fn people_keep_the_language_that_they_prefer_and_are_written_to_in_the_nearest() {
    let app = TestApp::new().await;
    for (n, accept, said, kept, subject) in [
        (1, "pt-PT,pt;q=0.9,en;q=0.8", None, "pt-PT", "Confirme o seu endereço de e-mail"),
        (2, "de, pt-BR;q=0.5", None, "pt-BR", "Confirme o seu endereço de e-mail"),
        (3, "zh-Hant-TW", None, "zh-Hant-TW", "Confirm your e-mail address"),
        (4, "pt", Some("es-419"), "es-419", "Confirm your e-mail address"),
        (5, "", None, "en", "Confirm your e-mail address"),
    ] {
        let email = format!("guest{n}@example.com");
        let mut body = json!({"email": email, "password": PASSWORD, "full_name": "Ana Sousa"});
        if let Some(locale) = said {
            body["locale"] = json!(locale);
        }
        let reader = app.anonymous().with("accept-language", accept);
        let registered = reader.post("/v1/auth/register", &body).await.expect(201);
        assert_eq!(registered.body["user"]["locale"], kept, "{accept}");
        assert_eq!(app.mail_to(&email).await[0]["subject"], subject, "{accept}");
    }
    for wrong in ["pt-pt", "portuguese", "zh-TW-Hant", ""] {
        let body = json!({"email": "x@example.com", "password": PASSWORD, "full_name": "Ana", "locale": wrong});
        assert_eq!(app.anonymous().post("/v1/auth/register", &body).await.expect(422).pointers(), ["/locale"], "{wrong}");
    }
}

/// S13: whoever registers learns nothing of who has an account already, by the answer or by what it is good for; the owner
/// does.
#[tokio::test]
async fn registering_does_not_tell_that_an_address_or_a_number_is_taken() {
    let app = TestApp::new().await;
    let owner = app.anonymous().post("/v1/auth/register", &ana()).await.expect(201);
    verify(&app, &app.token_for("ana@example.com").await).await.expect(200);
    app.sql("UPDATE users SET phone_verified_at = now()").await;
    let told_before = app.mail_to("ana@example.com").await.len();
    let register = async |email: &str| {
        let body = json!({"email": email, "password": "orbit kettle violet", "full_name": "Eva", "phone": "+351910000000"});
        app.anonymous().post("/v1/auth/register", &body).await.expect(201)
    };
    let (taken, fresh) = (register("ANA@example.com").await, register("new@example.com").await);
    let shape = |reply: &Reply| {
        let mut body = reply.body.clone();
        for (place, name) in
            [("", "access_token"), ("", "refresh_token"), ("/user", "id"), ("/user", "created_at"), ("/user", "email")]
        {
            body.pointer_mut(place).expect("an object")[name] = json!(null);
        }
        body
    };
    assert_eq!(shape(&taken), shape(&fresh));
    // Both are good for the same: they have an account of their own, and can come back to it.
    for (reply, email) in [(taken, "ana@example.com"), (fresh, "new@example.com")] {
        assert_ne!(reply.body["user"]["id"], owner.body["user"]["id"]);
        let me = client(&app, reply).get("/v1/me").await.expect(200);
        assert_eq!((&me.body["email"], &me.body["email_verified"]), (&json!(email), &json!(false)));
        let back = login(&app, email, "orbit kettle violet").await.expect(200);
        assert_eq!(back.body["user"]["id"], me.body["id"]);
        login(&app, email, "wrong password").await.expect(401);
    }
    // The owner keeps the account, and is told; the stranger gets no link that would prove the address.
    let back = login(&app, "ana@example.com", PASSWORD).await.expect(200);
    assert_eq!(back.body["user"]["id"], owner.body["user"]["id"]);
    let back = login(&app, "+351910000000", PASSWORD).await.expect(200);
    assert_eq!(back.body["user"]["id"], owner.body["user"]["id"]);
    let mails = app.mail_to("ana@example.com").await;
    assert_eq!((mails.len(), mails[0]["subject"].as_str()), (told_before + 1, Some("Somebody gave your e-mail address")));
    assert!(!mails[0]["text"].as_str().expect("text").contains("token="), "{}", mails[0]);
    assert_eq!(app.mail_to("new@example.com").await[0]["subject"], "Confirm your e-mail address");
    // A password is reset for the owner.
    reset(&app, &reset_token(&app, "ana@example.com").await, NEW_PASSWORD).await.expect(204);
    let back = login(&app, "ana@example.com", NEW_PASSWORD).await.expect(200);
    assert_eq!(back.body["user"]["id"], owner.body["user"]["id"]);
}

/// S13: an address or a number that was only typed is in nobody's way who can prove it.
#[tokio::test]
async fn what_nobody_has_proved_is_in_nobodys_way() {
    let app = TestApp::new().await;
    let first = app.anonymous().post("/v1/auth/register", &ana()).await.expect(201);
    let mut second = ana();
    second["password"] = json!(NEW_PASSWORD);
    let second = app.anonymous().post("/v1/auth/register", &second).await.expect(201);
    // Nobody signs in by a number that is not proved, and by the address who gave it last.
    login(&app, "+351910000000", PASSWORD).await.expect(401);
    let back = login(&app, "ana@example.com", NEW_PASSWORD).await.expect(200);
    assert_eq!(back.body["user"]["id"], second.body["user"]["id"]);
    // Both were written to. Whoever follows a link first has the address.
    let mails = app.mail_to("ana@example.com").await;
    let links: Vec<&str> = mails.iter().map(|mail| mail["text"].as_str().expect("text")).map(in_link).collect();
    assert_eq!(links.len(), 2);
    verify(&app, links[1]).await.expect(200);
    let late = verify(&app, links[0]).await.expect(409);
    assert_eq!((late.code(), late.pointers()), ("auth.email_taken", vec!["/email"]));
    let me = client(&app, first).get("/v1/me").await.expect(200).body;
    assert_eq!((&me["email_verified"], &me["phone_verified"]), (&json!(true), &json!(false)));
    login(&app, "ana@example.com", PASSWORD).await.expect(200);
}

/// The token of the link in a mail.
fn in_link(text: &str) -> &str {
    text.split_once("#token=").expect("a link").1.split_whitespace().next().expect("a token")
}

/// Guesses at the account of a stranger do not lock its owner's out of sight, nor does the stranger see a lock.
#[tokio::test]
async fn guesses_at_an_address_that_two_gave_tell_nothing() {
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    app.sql("UPDATE users SET email_verified_at = now()").await;
    let body = |email: &str| json!({"email": email, "password": "violet kettle orbit", "full_name": "Eva"});
    app.anonymous().post("/v1/auth/register", &body("ana@example.com")).await.expect(201);
    app.anonymous().post("/v1/auth/register", &body("new@example.com")).await.expect(201);
    let mut answers: Vec<Vec<u16>> = Vec::new();
    for email in ["ana@example.com", "new@example.com"] {
        let mut statuses = Vec::new();
        for _ in 0..3 {
            for _ in 0..4 {
                statuses.push(login(&app, email, "wrong password").await.status);
            }
            statuses.push(login(&app, email, "violet kettle orbit").await.status);
        }
        answers.push(statuses);
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].iter().all(|status| [200, 401].contains(status)), "{answers:?}");
}

#[tokio::test]
async fn addresses_and_numbers_are_kept_in_one_form() {
    let app = TestApp::new().await;
    let mut body = ana();
    (body["email"], body["phone"], body["locale"]) = (json!(" Ana@Example.COM "), json!("+351 910 000-000"), json!("pt-PT"));
    let user = app.anonymous().post("/v1/auth/register", &body).await.expect(201).body["user"].clone();
    assert_eq!((&user["email"], &user["phone"]), (&json!("ana@example.com"), &json!("+351910000000")));
    assert_eq!((&user["locale"], &user["email_verified"]), (&json!("pt-PT"), &json!(false)));
    app.sql("UPDATE users SET phone_verified_at = now()").await;
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
    let stolen = json!({"refresh_token": token(&registered, "refresh_token")});
    stranger.post("/v1/auth/refresh", &stolen).await.expect(401);
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
