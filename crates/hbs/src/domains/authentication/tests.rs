use crate::support::{Client, PASSWORD, Reply, TestApp, eventually, size, together};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use std::time::Duration;

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

const NEW_PASSWORD: &str = "violet kettle orbit";

async fn forgot(app: &TestApp, email: &str) -> Reply {
    app.anonymous().post("/v1/auth/password/forgot", &json!({"email": email})).await
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Reply {
    app.anonymous().post("/v1/auth/password/reset", &json!({"token": token, "password": password})).await
}

async fn verify(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/v1/auth/email/verify", &json!({"token": token})).await
}

async fn accept(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/v1/auth/invitations/accept", &json!({"token": token, "password": NEW_PASSWORD})).await
}

#[track_caller]
fn assert_token_invalid(reply: &Reply) {
    assert_eq!((reply.status, reply.code(), reply.pointers()), (422, "auth.token_invalid", vec!["/token"]), "{}", reply.body);
}

/// Asks for a new password and returns the token that was mailed.
async fn reset_token(app: &TestApp, email: &str) -> String {
    forgot(app, email).await.expect(202);
    app.token_for(email).await
}

/// Somebody who was invited, with the token that was mailed.
async fn invited(app: &TestApp, email: &str) -> (uuid::Uuid, String) {
    let id = uuid::Uuid::now_v7();
    app.sql(&format!(
        "INSERT INTO users (id, email, full_name, status, locale, created_at, updated_at)
         VALUES ('{id}', '{email}', 'Eva Lima', 'invited', 'pt-PT', now(), now())"
    ))
    .await;
    hbs::domains::authentication::invite(&app.app.db.conn().await.expect("a connection"), id, email).await.expect("queued");
    (id, app.token_for(email).await)
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
async fn a_password_that_is_easy_to_guess_is_refused_with_advice() {
    let app = TestApp::new().await;
    let mut body = ana();
    body["password"] = json!("password123");
    let reply = app.anonymous().post("/v1/auth/register", &body).await.expect(422);
    let detail = reply.body["errors"][0]["detail"].as_str().expect("text");
    assert!(detail.starts_with("is too easy to guess. ") && detail.contains("Add another word or two."), "{detail}");
    assert!(!reply.body.to_string().contains("password123"), "the password is shown: {}", reply.body);
}

#[tokio::test]
async fn an_address_is_verified_by_the_mailed_link_once() {
    let app = TestApp::new().await;
    let guest = app.register("ana@example.com").await;
    assert_eq!(app.number("SELECT count(*) FROM user_tokens").await, 0, "a token is made when it is sent");
    let token = app.token_for("ana@example.com").await;
    let before = guest.get("/v1/me").await.expect(200);
    assert_eq!(before.body["email_verified"], false);
    assert_eq!(verify(&app, &token).await.expect(200).body, json!({"email_verified": true}));
    let after = guest.get("/v1/me").await.expect(200);
    assert_eq!((&after.body["email_verified"], after.header("etag")), (&json!(true), "\"2\""));
    assert_token_invalid(&verify(&app, &token).await);
    assert_token_invalid(&verify(&app, "no such token").await);
    let events = app.rows("SELECT kind, actor_kind, changes FROM outbox WHERE kind LIKE 'user.email%'").await;
    let changes = json!({"email_verified": {"before": false, "after": true}});
    assert_eq!(events, [json!({"kind": "user.email_verified", "actor_kind": "user", "changes": changes})]);
    guest.send(http::Method::POST, "/v1/auth/email/resend", None).await.expect(202);
    assert_eq!(app.number("SELECT count(*) FROM mail_queue").await, 0, "verified already");
}

#[tokio::test]
async fn the_mail_can_be_asked_for_again_but_not_in_floods() {
    let app = TestApp::new().await;
    let guest = app.register("ana@example.com").await;
    let first = app.token_for("ana@example.com").await;
    let resend = async || guest.send(http::Method::POST, "/v1/auth/email/resend", None).await.expect(202);
    resend().await;
    assert_eq!(app.mail_to("ana@example.com").await.len(), 1, "the first one is on its way");
    app.sql("UPDATE user_tokens SET created_at = created_at - interval '61 seconds'").await;
    resend().await;
    assert_eq!(app.mail_to("ana@example.com").await.len(), 2);
    assert_token_invalid(&verify(&app, &first).await);
    verify(&app, &app.token_for("ana@example.com").await).await.expect(200);
}

#[tokio::test]
async fn a_change_of_address_counts_once_the_new_one_is_proved() {
    let app = TestApp::new().await;
    let guest = app.register("ana@example.com").await;
    verify(&app, &app.token_for("ana@example.com").await).await.expect(200);
    let user_id = guest.user_id().parse().expect("an id");
    let ask = async |email: &str| {
        let conn = app.app.db.conn().await.expect("a connection");
        hbs::domains::authentication::request_email_change(&conn, user_id, email).await.expect("queued");
    };
    let stale = reset_token(&app, "ana@example.com").await;
    ask("anna@example.com").await;
    let mails = app.mail_to("anna@example.com").await;
    assert_eq!(mails[0]["subject"], "Confirm your new e-mail address");
    assert_eq!(guest.get("/v1/me").await.expect(200).body["email"], "ana@example.com");
    verify(&app, &app.token_for("anna@example.com").await).await.expect(200);
    let me = guest.get("/v1/me").await.expect(200).body;
    assert_eq!((&me["email"], &me["email_verified"]), (&json!("anna@example.com"), &json!(true)));
    let notice = app.mail_to("ana@example.com").await;
    assert_eq!(notice[0]["subject"], "Your e-mail address was changed");
    assert!(!notice[0].to_string().contains("anna@"), "the old owner need not learn the new address");
    assert_token_invalid(&reset(&app, &stale, NEW_PASSWORD).await);
    assert!(app.event_kinds().await.contains(&"user.email_changed".to_owned()));

    app.register("eva@example.com").await;
    ask("eva@example.com").await;
    let token = app.token_for("eva@example.com").await;
    let taken = verify(&app, &token).await.expect(409);
    assert_eq!((taken.code(), taken.pointers()), ("auth.email_taken", vec!["/email"]));
    assert_eq!(guest.get("/v1/me").await.expect(200).body["email"], "anna@example.com");
}

#[tokio::test]
async fn asking_for_a_new_password_tells_nobody_who_has_an_account() {
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    app.send_mail().await;
    let known = forgot(&app, " ANA@example.com").await.expect(202);
    let unknown = forgot(&app, "nobody@example.com").await.expect(202);
    assert_eq!((&known.bytes, known.header("content-length")), (&unknown.bytes, unknown.header("content-length")));
    let queued = app.rows("SELECT kind, address, user_id, params FROM mail_queue ORDER BY created_at").await;
    let row = |address: &str| json!({"kind": "reset_password", "address": address, "user_id": null, "params": {}});
    assert_eq!(queued, [row("ana@example.com"), row("nobody@example.com")], "the same work for both");
    assert_eq!(app.mail_to("ana@example.com").await[0]["subject"], "Choose a new password");
    assert!(app.mail_to("nobody@example.com").await.is_empty());
    assert_eq!(app.number("SELECT count(*) FROM mail_queue").await, 0);
    assert_eq!(forgot(&app, "ana").await.expect(422).pointers(), ["/email"]);
}

#[tokio::test]
async fn a_reset_password_lets_in_and_everybody_else_out() {
    let app = TestApp::new().await;
    let guest = app.register("ana@example.com").await;
    let stranger = client(&app, login(&app, "ana@example.com", PASSWORD).await.expect(200));
    // Somebody with the old password has asked for a change of address; one more is still in the queue.
    let user_id = guest.user_id().parse().expect("an id");
    let conn = app.app.db.conn().await.expect("a connection");
    hbs::domains::authentication::request_email_change(&conn, user_id, "eve@example.com").await.expect("queued");
    let theirs = app.token_for("eve@example.com").await;
    let token = reset_token(&app, "ana@example.com").await;
    hbs::domains::authentication::request_email_change(&conn, user_id, "eve2@example.com").await.expect("queued");
    drop(conn);

    for weak in ["password123", "ana@example.com"] {
        let refused = reset(&app, &token, weak).await.expect(422);
        assert_eq!((refused.code(), refused.pointers()), ("request.invalid", vec!["/password"]));
    }
    assert_eq!(reset(&app, &token, NEW_PASSWORD).await.expect(204).body, Value::Null);
    for ended in [&guest, &stranger] {
        assert_eq!(ended.get("/v1/me").await.expect(401).code(), "auth.unauthenticated");
        refresh(&app, ended.refresh_token()).await.expect(401);
    }
    login(&app, "ana@example.com", PASSWORD).await.expect(401);
    let signed_in = login(&app, "ana@example.com", NEW_PASSWORD).await.expect(200);
    assert_eq!(signed_in.body["user"]["email_verified"], true, "the link proved the address");
    assert_token_invalid(&reset(&app, &token, "another kettle orbit").await);
    assert_token_invalid(&verify(&app, &theirs).await);
    let notice = app.mail_to("ana@example.com").await;
    assert_eq!(notice[0]["subject"], "Your password was changed");
    assert!(notice[0]["text"].as_str().is_some_and(|text| text.starts_with("Hello Test Person,")), "{notice:?}");
    assert!(app.mail_to("eve2@example.com").await.is_empty(), "a change that the old password asked for");
    let reasons = app.rows("SELECT revoked_reason AS r FROM sessions WHERE revoked_at IS NOT NULL").await;
    assert_eq!(reasons, [json!({"r": "password_reset"}), json!({"r": "password_reset"})]);
    let kinds = app.event_kinds().await;
    for (kind, count) in [("user.password_changed", 1), ("user.email_verified", 1), ("session.ended", 2)] {
        assert_eq!(kinds.iter().filter(|found| *found == kind).count(), count, "{kind}: {kinds:?}");
    }
    let record = json!(app.rows("SELECT * FROM outbox").await).to_string();
    for secret in [&token, &theirs, NEW_PASSWORD, "argon2", "example.com"] {
        assert!(!record.contains(secret), "{secret} is on the record");
    }
}

#[tokio::test]
async fn a_link_is_good_once_for_its_purpose_and_its_time() {
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    let verification = app.token_for("ana@example.com").await;
    let token = reset_token(&app, "ana@example.com").await;
    assert_token_invalid(&reset(&app, &verification, NEW_PASSWORD).await);
    assert_token_invalid(&verify(&app, &token).await);
    assert_token_invalid(&accept(&app, &token).await);
    app.sql("UPDATE user_tokens SET expires_at = now() - interval '1 second'").await;
    assert_token_invalid(&reset(&app, &token, NEW_PASSWORD).await);
    assert_token_invalid(&verify(&app, &verification).await);
    app.sql("UPDATE user_tokens SET expires_at = now() + interval '1 hour', created_at = now() - interval '2 minutes'").await;
    let newer = reset_token(&app, "ana@example.com").await;
    assert_token_invalid(&reset(&app, &token, NEW_PASSWORD).await);
    app.sql("UPDATE users SET status = 'suspended', suspended_at = now(), suspended_reason = 'test'").await;
    assert_token_invalid(&reset(&app, &newer, NEW_PASSWORD).await);
    app.sql("UPDATE users SET status = 'active', suspended_at = NULL, suspended_reason = NULL").await;
    reset(&app, &newer, NEW_PASSWORD).await.expect(204);
}

#[tokio::test]
async fn a_link_used_twice_at_once_counts_once() {
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    let token = reset_token(&app, "ana@example.com").await;
    let passwords = ["violet kettle orbit", "orbit kettle violet"];
    let (one, other) = futures_util::join!(reset(&app, &token, passwords[0]), reset(&app, &token, passwords[1]));
    let (winner, loser) = if one.status == 204 { (0, &other) } else { (1, &one) };
    assert_token_invalid(loser);
    login(&app, "ana@example.com", passwords[winner]).await.expect(200);
    login(&app, "ana@example.com", passwords[1 - winner]).await.expect(401);
    assert_eq!(app.event_kinds().await.iter().filter(|kind| *kind == "user.password_changed").count(), 1);
}

#[tokio::test]
async fn somebody_elses_link_changes_somebody_else() {
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    app.register("eva@example.com").await;
    reset(&app, &reset_token(&app, "eva@example.com").await, NEW_PASSWORD).await.expect(204);
    login(&app, "ana@example.com", PASSWORD).await.expect(200);
    login(&app, "ana@example.com", NEW_PASSWORD).await.expect(401);
    login(&app, "eva@example.com", NEW_PASSWORD).await.expect(200);
}

#[tokio::test]
async fn changing_the_password_needs_the_current_one_and_ends_other_sessions() {
    let app = TestApp::new().await;
    let guest = app.register("ana@example.com").await;
    let other = client(&app, login(&app, "ana@example.com", PASSWORD).await.expect(200));
    let change = async |current: &str, new: &str| {
        guest.post("/v1/auth/password/change", &json!({"current_password": current, "new_password": new})).await
    };
    let wrong = change("wrong password", NEW_PASSWORD).await.expect(422);
    assert_eq!((wrong.code(), wrong.pointers()), ("auth.wrong_password", vec!["/current_password"]));
    for new in [PASSWORD, "password123", "short"] {
        let refused = change(PASSWORD, new).await.expect(422);
        assert_eq!((refused.code(), refused.pointers()), ("request.invalid", vec!["/new_password"]), "{new}");
    }
    other.get("/v1/me").await.expect(200);
    let verification = app.token_for("ana@example.com").await;
    change(PASSWORD, NEW_PASSWORD).await.expect(204);
    guest.get("/v1/me").await.expect(200);
    refresh(&app, guest.refresh_token()).await.expect(200);
    assert_eq!(other.get("/v1/me").await.expect(401).code(), "auth.unauthenticated");
    login(&app, "ana@example.com", PASSWORD).await.expect(401);
    login(&app, "ana@example.com", NEW_PASSWORD).await.expect(200);
    let mails = app.mail_to("ana@example.com").await;
    assert_eq!(mails[0]["subject"], "Your password was changed");
    assert!(
        mails[0]["text"].as_str().is_some_and(|text| text.starts_with("Hello,")),
        "an address that is not verified: {mails:?}"
    );
    verify(&app, &verification).await.expect(200);
}

#[tokio::test]
async fn who_is_invited_chooses_a_password_and_is_in() {
    let app = TestApp::new().await;
    let (id, token) = invited(&app, "eva@example.com").await;
    let mails = app.mail_to("eva@example.com").await;
    assert_eq!(mails[0]["subject"], "Convite para se juntar à equipa");
    let text = mails[0]["text"].as_str().expect("text");
    assert!(text.starts_with("Olá Eva Lima,") && text.contains("válida durante 7 dias"), "{text}");
    assert!(text.contains("http://localhost:8080/accept-invitation#token="), "{text}");
    forgot(&app, "eva@example.com").await.expect(202);
    assert_eq!(app.mail_to("eva@example.com").await.len(), 1, "there is no password to forget");
    let weak = json!({"token": token, "password": "eva lima eva"});
    assert_eq!(app.anonymous().post("/v1/auth/invitations/accept", &weak).await.expect(422).pointers(), ["/password"]);

    let body = json!({"token": token, "password": NEW_PASSWORD, "full_name": "Eva M. Lima"});
    let signed_in = app.anonymous().post("/v1/auth/invitations/accept", &body).await.expect(200);
    let user = signed_in.body["user"].clone();
    assert_eq!((&user["id"], &user["full_name"], &user["email_verified"]), (&json!(id), &json!("Eva M. Lima"), &json!(true)));
    assert_eq!(client(&app, signed_in).get("/v1/me").await.expect(200).body, user);
    login(&app, "eva@example.com", NEW_PASSWORD).await.expect(200);
    assert_token_invalid(&accept(&app, &token).await);
    assert_eq!(app.event_kinds().await[..2], ["user.invitation_accepted", "session.started"]);
}

#[tokio::test]
async fn an_invitation_ends_with_a_newer_one_a_suspension_or_a_deletion() {
    let app = TestApp::new().await;
    let (id, first) = invited(&app, "eva@example.com").await;
    app.sql("UPDATE user_tokens SET created_at = now() - interval '2 minutes'").await;
    hbs::domains::authentication::invite(&app.app.db.conn().await.expect("a connection"), id, "eva@example.com")
        .await
        .expect("queued");
    let second = app.token_for("eva@example.com").await;
    assert_token_invalid(&accept(&app, &first).await);
    for (gone, undo) in [
        (
            "status = 'suspended', suspended_at = now(), suspended_reason = 'test'",
            "status = 'invited', suspended_at = NULL, suspended_reason = NULL",
        ),
        ("is_deleted = true, deleted_at = now()", "is_deleted = false, deleted_at = NULL"),
    ] {
        app.sql(&format!("UPDATE users SET {gone}")).await;
        assert_token_invalid(&accept(&app, &second).await);
        app.sql(&format!("UPDATE users SET {undo}")).await;
    }
    let (one, other) = futures_util::join!(accept(&app, &second), accept(&app, &second));
    let (winner, loser) = if one.status == 200 { (&one, &other) } else { (&other, &one) };
    assert_eq!(winner.status, 200, "{}", winner.body);
    assert_token_invalid(loser);
    assert_eq!(app.number("SELECT count(*) FROM sessions").await, 1);
}

#[tokio::test]
async fn mails_are_in_the_language_of_their_reader() {
    let app = TestApp::new().await;
    for (email, locale, subject, words, greeting) in [
        ("ana@example.com", Some("pt-PT"), "Escolha uma nova palavra-passe", "válida durante 60 minutos", "Olá,"),
        ("eva@example.com", Some("de"), "Choose a new password", "for 60 minutes", "Hello,"),
        ("ivo@example.com", None, "Choose a new password", "for 60 minutes", "Hello,"),
    ] {
        let mut body = json!({"email": email, "password": PASSWORD, "full_name": "Buy <b>now</b>"});
        if let Some(locale) = locale {
            body["locale"] = json!(locale);
        }
        app.anonymous().post("/v1/auth/register", &body).await.expect(201);
        forgot(&app, email).await.expect(202);
        let mail = app.mail_to(email).await.remove(0);
        let (text, html) = (mail["text"].as_str().expect("text"), mail["html"].as_str().expect("HTML"));
        assert_eq!(mail["subject"], subject);
        assert!(text.starts_with(greeting) && text.contains(words), "{text}");
        for words in [words, "http://localhost:8080/reset-password#token="] {
            assert!(text.contains(words) && html.contains(words), "{text}\n{html}");
        }
        assert!(!mail.to_string().contains("now"), "a name that anybody can choose, to an address that nobody has proved");
    }
}

#[tokio::test]
async fn what_has_expired_is_forgotten() {
    let app = TestApp::new().await;
    let guest = app.register("ana@example.com").await;
    app.register("eva@example.com").await;
    app.send_mail().await;
    let sweep = async || {
        let job = hbs::domains::jobs().into_iter().find(|job| job.name == "authentication.sweep").expect("the job");
        (job.run)(app.app.clone()).await.expect("swept");
    };
    let counts = async || {
        let tables = ["user_tokens", "refresh_tokens", "sessions", "mail_queue"];
        let mut counts = Vec::new();
        for table in tables {
            counts.push(app.number(&format!("SELECT count(*) FROM {table}")).await);
        }
        counts
    };
    forgot(&app, "nobody@example.com").await.expect(202);
    app.sql("UPDATE mail_queue SET due_at = NULL").await;
    sweep().await;
    assert_eq!(counts().await, [2, 2, 2, 1], "nothing is old");
    app.sql(&format!(
        "UPDATE user_tokens SET expires_at = now() - interval '1 second' WHERE user_id = '{0}';
         UPDATE sessions SET revoked_at = now() - interval '91 days', revoked_reason = 'logout' WHERE user_id = '{0}';
         UPDATE mail_queue SET created_at = now() - interval '31 days'",
        guest.user_id()
    ))
    .await;
    sweep().await;
    assert_eq!(counts().await, [1, 1, 1, 0]);
    app.sql("UPDATE sessions SET expires_at = now() - interval '91 days'").await;
    sweep().await;
    assert_eq!(counts().await, [1, 0, 0, 0]);
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

// Throttling

/// An error's bytes without the request id.
fn without_request_id(reply: &Reply) -> String {
    let id = reply.body["request_id"].as_str().expect("a request id").to_owned();
    String::from_utf8_lossy(&reply.bytes).replace(&id, "[id]")
}

/// Lets the time pass that a lock lasts.
async fn unlock(app: &TestApp) {
    app.sql("UPDATE login_failures SET locked_until = now() - interval '1 second'").await;
}

#[tokio::test]
async fn failed_attempts_are_slowed_down_and_then_locked_out() {
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    let wrong = || login(&app, "ana@example.com", "wrong password");
    for _ in 0..6 {
        assert_eq!(wrong().await.expect(401).code(), "auth.wrong_credentials");
    }
    let mut waits = Vec::new();
    for _ in 6..13 {
        // The sixth failure is the first that has to be waited out, also by who knows the password.
        app.sql("UPDATE login_failures SET locked_until = locked_until + interval '5 seconds' WHERE failures < 10").await;
        let refused = login(&app, "ana@example.com", PASSWORD).await.expect(429);
        assert_eq!(refused.code(), "auth.too_many_attempts");
        waits.push(refused.header("retry-after").parse::<i64>().expect("seconds"));
        unlock(&app).await;
        wrong().await.expect(401);
    }
    let expected = [6, 7, 9, 13, 900, 1800, 3600];
    assert!(
        waits.iter().zip(expected).all(|(wait, at_most)| (at_most - 5..=at_most).contains(wait)),
        "{waits:?} are to be {expected:?}"
    );
    assert_eq!(app.number("SELECT failures FROM login_failures").await, 13);

    unlock(&app).await;
    login(&app, "ana@example.com", PASSWORD).await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM login_failures").await, 0, "success forgets failures");
}

#[tokio::test]
async fn failures_of_yesterday_do_not_count() {
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    login(&app, "ana@example.com", "wrong password").await.expect(401);
    app.sql("UPDATE login_failures SET failures = 12, last_failed_at = now() - interval '25 hours'").await;
    login(&app, "ana@example.com", "wrong password").await.expect(401);
    assert_eq!(app.number("SELECT failures FROM login_failures WHERE locked_until IS NULL").await, 1);
    app.sql("UPDATE login_failures SET last_failed_at = now() - interval '25 hours'").await;
    login(&app, "nobody@example.com", "wrong password").await.expect(401);
    let sweep = hbs::domains::authentication::jobs().into_iter().find(|job| job.name == "authentication.sweep_failures");
    (sweep.expect("the job").run)(app.app.clone()).await.unwrap();
    assert_eq!(app.number("SELECT count(*) FROM login_failures").await, 1, "only what is of today");
}

#[tokio::test]
async fn nobody_can_tell_accounts_by_their_lock_outs() {
    let app = TestApp::new().await;
    for name in ["ana", "suspended", "deleted", "invited"] {
        app.register(&format!("{name}@example.com")).await;
    }
    app.sql(
        "UPDATE users SET status = 'suspended', suspended_at = now(), suspended_reason = 'x' WHERE email = 'suspended@example.com';
         UPDATE users SET is_deleted = true, deleted_at = now() WHERE email = 'deleted@example.com';
         UPDATE users SET status = 'invited', password_hash = NULL WHERE email = 'invited@example.com'",
    )
    .await;
    let mut seen = Vec::new();
    for name in ["ana", "suspended", "deleted", "invited", "nobody"] {
        let mut answers = Vec::new();
        let password = if name == "ana" { "wrong password" } else { PASSWORD };
        for n in 0..11 {
            if n == 6 {
                app.sql("UPDATE login_failures SET failures = 9, locked_until = NULL").await;
            }
            let reply = login(&app, &format!("{name}@example.com"), password).await;
            let mut headers: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
            headers.sort_unstable();
            answers.push((reply.status, without_request_id(&reply), headers, reply.header("retry-after").to_owned()));
            if n == 5 {
                app.sql("UPDATE login_failures SET locked_until = now() + interval '1 hour'").await;
                let locked = login(&app, &format!("{name}@example.com"), password).await.expect(429);
                assert!(locked.header("retry-after").parse::<i64>().expect("seconds") > 3500, "{name}");
            }
        }
        let statuses: Vec<u16> = answers.iter().map(|(status, ..)| *status).collect();
        assert_eq!(statuses, [401, 401, 401, 401, 401, 401, 401, 429, 429, 429, 429], "{name}");
        assert_eq!(answers[7].3, "900", "{name}");
        let lasting: Vec<_> = answers.into_iter().map(|(status, body, headers, _)| (status, body, headers)).collect();
        seen.push((name, lasting));
        app.sql("DELETE FROM login_failures").await;
    }
    for (name, answers) in &seen[1..] {
        assert_eq!(*answers, seen[0].1, "{name}");
    }
}

#[tokio::test]
async fn address_and_phone_number_count_together() {
    let app = TestApp::new().await;
    app.anonymous().post("/v1/auth/register", &ana()).await.expect(201);
    for name in ["ana@example.com", "+351 910 000 000", "ANA@example.com", "+351910000000", "ana@example.com", "+351 910000000"] {
        login(&app, name, "wrong password").await.expect(401);
    }
    app.sql("UPDATE login_failures SET locked_until = now() + interval '1 minute'").await;
    assert_eq!(app.number("SELECT failures FROM login_failures").await, 6);
    for name in ["ana@example.com", "+351 (910) 000-000"] {
        login(&app, name, PASSWORD).await.expect(429);
    }
    unlock(&app).await;
    login(&app, "+351 (910) 000-000", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn many_guesses_at_once_are_no_more_than_one_after_the_other() {
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    let guesses = (0..100).map(|n| {
        let client = app.anonymous();
        async move {
            client.post("/v1/auth/login", &json!({"login": "ana@example.com", "password": format!("wrong {n}")})).await.status
        }
    });
    let statuses = together(guesses).await;
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    // Ten are all there are before a lock of minutes; those who found every core taken counted for nothing.
    assert!((1..=10).contains(&count(401)), "{statuses:?}");
    assert_eq!(count(401) + count(429) + count(503), 100, "{statuses:?}");
    assert!(app.number("SELECT failures FROM login_failures").await <= 10);
}

#[tokio::test]
async fn strangers_do_not_lock_people_out_of_where_they_are_known() {
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    let body = |password: &str| json!({"login": "ana@example.com", "password": password});
    let home = app.anonymous().from("192.0.2.1");
    let stranger = app.anonymous().from("198.51.100.9");
    let signed_in = home.post("/v1/auth/login", &body(PASSWORD)).await.expect(200);
    // Signing out does not make the address unknown.
    client(&app, signed_in).send(http::Method::POST, "/v1/auth/logout", None).await.expect(204);

    stranger.post("/v1/auth/login", &body("wrong password")).await.expect(401);
    app.sql("UPDATE login_failures SET failures = 9").await;
    stranger.post("/v1/auth/login", &body("wrong password")).await.expect(401);
    stranger.post("/v1/auth/login", &body(PASSWORD)).await.expect(429);
    app.anonymous().from("203.0.113.5").post("/v1/auth/login", &body(PASSWORD)).await.expect(429);
    home.post("/v1/auth/login", &body(PASSWORD)).await.expect(200);
    stranger.post("/v1/auth/login", &body(PASSWORD)).await.expect(429);

    // At home one cannot guess for ever either.
    home.post("/v1/auth/login", &body("wrong password")).await.expect(401);
    assert_eq!(app.number("SELECT count(*) FROM login_failures").await, 2);
    app.sql("UPDATE login_failures SET failures = 10, locked_until = now() + interval '15 minutes'").await;
    home.post("/v1/auth/login", &body(PASSWORD)).await.expect(429);

    let user_id = app.rows("SELECT id FROM users").await[0]["id"].as_str().expect("an id").parse().unwrap();
    let conn = app.app.db.conn().await.unwrap();
    hbs::domains::authentication::clear_lock_outs(&conn, user_id).await.unwrap();
    assert_eq!(app.number("SELECT count(*) FROM login_failures").await, 0, "staff lift all of them");
    stranger.post("/v1/auth/login", &body(PASSWORD)).await.expect(200);
}

#[tokio::test]
async fn a_storm_on_one_account_leaves_others_alone() {
    let app = TestApp::new().await;
    app.register("ana@example.com").await;
    let other = app.register("rui@example.com").await;
    app.sql(
        "INSERT INTO login_failures (subject, failures, last_failed_at, created_at, updated_at)
         SELECT sha256(convert_to('user:' || id, 'UTF8')), 9, now(), now(), now() FROM users WHERE email = 'ana@example.com'",
    )
    .await;
    let storm = (0..20).map(|_| {
        let client = app.anonymous();
        async move {
            let mut checked = 0;
            for _ in 0..size(20, 500) {
                let guess = json!({"login": "ana@example.com", "password": "wrong password"});
                match client.post("/v1/auth/login", &guess).await.status {
                    401 => checked += 1,
                    // 503: at that moment it was another's password that was being checked.
                    status => assert!([429, 503].contains(&status), "{status}"),
                }
            }
            checked
        }
    });
    let storm = tokio::spawn(together(storm.collect::<Vec<_>>()));
    let mut served = 0;
    while served < 3 || !storm.is_finished() {
        let reply = login(&app, "rui@example.com", PASSWORD).await;
        assert!([200, 503].contains(&reply.status), "{}", reply.body);
        served += i32::from(reply.status == 200);
        other.get("/v1/me").await.expect(200);
    }
    let checked: usize = storm.await.unwrap().into_iter().sum();
    assert_eq!(checked, 1, "only the tenth failure was one that was checked");
}

#[tokio::test]
async fn with_every_core_hashing_people_are_told_to_come_back() {
    let app = TestApp::new().await;
    let guest = app.guest().await;
    let cores = std::thread::available_parallelism().unwrap().get();
    let attempts = (0..cores * 60).map(|n| {
        let client = app.anonymous();
        async move {
            let reply =
                client.post("/v1/auth/login", &json!({"login": format!("nobody{n}@example.com"), "password": PASSWORD})).await;
            (reply.status, reply.code().to_owned(), reply.header("retry-after").to_owned())
        }
    });
    let storm = tokio::spawn(together(attempts.collect::<Vec<_>>()));
    // Meanwhile everything else goes on.
    while !storm.is_finished() {
        guest.get("/v1/me").await.expect(200);
        tokio::task::yield_now().await;
    }
    let answers = storm.await.unwrap();
    let busy = answers.iter().filter(|(status, ..)| *status == 503).count();
    let wrong = answers.iter().filter(|(status, ..)| *status == 401).count();
    assert!(busy > 0 && wrong > 0 && busy + wrong == answers.len(), "{answers:?}");
    let told = |(status, code, wait): &(u16, String, String)| *status != 503 || (code == "server.busy" && wait == "1");
    assert!(answers.iter().all(told), "{answers:?}");
    let counted = app.number("SELECT count(*) FROM login_failures").await;
    assert_eq!(counted, i64::try_from(wrong).unwrap(), "what was not checked does not count");
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

// Sessions

#[tokio::test]
async fn sessions_are_seen_and_ended_by_their_owner() {
    let app = TestApp::with_background().await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
    let first = app.register("ana@example.com").await;
    let browser = app.anonymous().from("192.0.2.7").with("user-agent", firefox);
    let signed_in = browser.post("/v1/auth/login", &json!({"login": "ana@example.com", "password": PASSWORD})).await.expect(200);
    let second = client(&app, signed_in);
    let stranger = app.guest().await;

    let list = second.get("/v1/auth/sessions").await.expect(200);
    let sessions = list.body["items"].as_array().expect("a list").clone();
    assert_eq!(sessions.len(), 2, "{}", list.body);
    let said = |n: usize, name: &str| sessions[n][name].clone();
    assert_eq!((said(0, "device"), said(0, "address")), (json!("Firefox on Linux"), json!("192.0.2.7")));
    assert_eq!((said(0, "current"), said(1, "current"), said(1, "device")), (json!(true), json!(false), Value::Null));
    assert_eq!(said(0, "second_factor"), json!(false));
    assert_eq!(first.get("/v1/auth/sessions").await.expect(200).body["items"][1]["current"], true);
    let page = second.get("/v1/auth/sessions?limit=1").await.expect(200);
    let next = format!("/v1/auth/sessions?limit=1&cursor={}", page.body["next_cursor"].as_str().expect("more"));
    let next = second.get(&next).await.expect(200);
    assert_eq!((&next.body["items"][0]["id"], &next.body["next_cursor"]), (&said(1, "id"), &Value::Null));

    let path = |session: &Value| format!("/v1/auth/sessions/{}", session["id"].as_str().expect("an id"));
    let end = async |client: &Client, session: &Value| client.send(http::Method::DELETE, &path(session), None).await;
    assert_eq!(end(&stranger, &sessions[1]).await.expect(404).code(), "request.not_found");
    first.get("/v1/me").await.expect(200);
    end(&second, &sessions[1]).await.expect(204);
    assert_eq!(first.get("/v1/me").await.expect(401).code(), "auth.unauthenticated");
    assert_eq!(refresh(&app, first.refresh_token()).await.expect(401).code(), "auth.wrong_refresh_token");
    end(&second, &sessions[1]).await.expect(404);
    assert_eq!(second.get("/v1/auth/sessions").await.expect(200).body["items"].as_array().map(Vec::len), Some(1));
    end(&second, &sessions[0]).await.expect(204);
    second.get("/v1/me").await.expect(401);
    let ended = app.rows("SELECT changes -> 'revoked_reason' ->> 'after' AS why FROM outbox WHERE kind = 'session.ended'").await;
    assert_eq!(ended, [json!({"why": "revoked"}), json!({"why": "revoked"})]);
    stranger.get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn one_signs_out_everywhere_on_every_process() {
    let app = TestApp::with_background().await;
    let second = app.second().await;
    let first = app.register("ana@example.com").await;
    let others = [
        client(&app, login(&app, "ana@example.com", PASSWORD).await.expect(200)),
        client(&app, login(&app, "ana@example.com", PASSWORD).await.expect(200)).at(second.router.clone()),
    ];
    let stranger = app.guest().await;
    for other in &others {
        other.get("/v1/me").await.expect(200);
    }
    first.send(http::Method::POST, "/v1/auth/logout-all", None).await.expect(204);
    for gone in [&first, &others[0]] {
        gone.get("/v1/me").await.expect(401);
        refresh(&app, gone.refresh_token()).await.expect(401);
    }
    eventually(Duration::from_secs(1), async || others[1].get("/v1/me").await.status == 401).await;
    stranger.get("/v1/me").await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM sessions WHERE revoked_reason = 'logout_all'").await, 3);
    assert_eq!(app.number("SELECT count(*) FROM outbox WHERE kind = 'session.ended'").await, 3);
}

#[tokio::test]
async fn of_many_refreshes_at_once_one_is_the_first() {
    let app = TestApp::new().await;
    let guest = app.guest().await;
    let refreshes = (0..12).map(|_| {
        let (client, token) = (app.anonymous(), guest.refresh_token().to_owned());
        async move { client.post("/v1/auth/refresh", &json!({"refresh_token": token})).await.status }
    });
    let statuses = together(refreshes).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 401].contains(status)), "{statuses:?}");
    guest.get("/v1/me").await.expect(401);
}

// Second factor

fn totp(secret: &str) -> totp_rs::Totp {
    let secret = totp_rs::Secret::try_from_base32(secret).expect("base 32");
    totp_rs::Builder::new().with_secret(secret).build().expect("a secret that is long enough")
}

/// The code that an authenticator shows now.
fn code(secret: &str) -> String {
    totp(secret).generate_current().to_string()
}

/// A code that is certainly wrong.
fn wrong_code(secret: &str) -> String {
    let totp = totp(secret);
    let wrong = ["000000", "111111", "222222", "333333", "444444", "555555", "666666"];
    wrong.into_iter().find(|code| totp.check_current(code).is_none()).expect("one of many").to_owned()
}

/// Makes codes of this half minute good again.
async fn next_code(app: &TestApp) {
    app.sql("UPDATE second_factors SET last_step = NULL").await;
}

/// Sets an authenticator up, and returns its secret and the recovery codes.
async fn set_up(client: &Client) -> (String, Vec<String>) {
    let begun = client.post("/v1/auth/mfa/totp", &json!({"current_password": PASSWORD})).await.expect(200);
    let secret = begun.body["secret"].as_str().expect("a secret").to_owned();
    let codes = client.post("/v1/auth/mfa/totp/confirm", &json!({"code": code(&secret)})).await.expect(200);
    let codes = codes.body["recovery_codes"].as_array().expect("codes").iter();
    (secret, codes.map(|code| code.as_str().expect("text").to_owned()).collect())
}

/// Signs in as far as the password goes.
async fn mfa_token(app: &TestApp, email: &str) -> String {
    let asked = login(app, email, PASSWORD).await.expect(401);
    assert_eq!(asked.code(), "auth.mfa_required");
    token(&asked, "mfa_token").to_owned()
}

async fn verify_code(app: &TestApp, mfa_token: &str, name: &str, code: &str) -> Reply {
    app.anonymous().post("/v1/auth/mfa/verify", &json!({"mfa_token": mfa_token, name: code})).await
}

#[tokio::test]
async fn a_second_factor_is_set_up_and_asked_for() {
    let app = TestApp::new().await;
    let ana = app.register("ana@example.com").await;
    let other = client(&app, login(&app, "ana@example.com", PASSWORD).await.expect(200));
    let status = ana.get("/v1/auth/mfa").await.expect(200);
    assert_eq!(status.body, json!({"active": false, "active_since": null, "recovery_codes_left": 0}));

    let refused = ana.post("/v1/auth/mfa/totp", &json!({"current_password": "wrong password"})).await.expect(422);
    assert_eq!((refused.code(), refused.pointers()), ("auth.wrong_password", vec!["/current_password"]));
    assert_eq!(
        ana.post("/v1/auth/mfa/totp/confirm", &json!({"code": "123456"})).await.expect(409).code(),
        "auth.no_second_factor"
    );
    let begun = ana.post("/v1/auth/mfa/totp", &json!({"current_password": PASSWORD})).await.expect(200);
    let (secret, uri) = (token(&begun, "secret"), token(&begun, "otpauth_uri"));
    assert!(uri.starts_with("otpauth://totp/HBS:ana%40example.com?") && uri.contains(secret), "{uri}");
    // Until it is confirmed nothing changes.
    login(&app, "ana@example.com", PASSWORD).await.expect(200);
    assert_eq!(ana.get("/v1/me").await.expect(200).body["has_second_factor"], false);
    let refused = ana.post("/v1/auth/mfa/totp/confirm", &json!({"code": wrong_code(secret)})).await.expect(422);
    assert_eq!((refused.code(), refused.pointers()), ("auth.wrong_code", vec!["/code"]));

    let confirmed = ana.post("/v1/auth/mfa/totp/confirm", &json!({"code": code(secret)})).await.expect(200);
    assert_eq!(confirmed.body["recovery_codes"].as_array().map(Vec::len), Some(10));
    other.get("/v1/me").await.expect(401);
    refresh(&app, other.refresh_token()).await.expect(401);
    let me = ana.get("/v1/me").await.expect(200);
    assert_eq!((me.body["has_second_factor"].clone(), me.header("etag")), (json!(true), "\"2\""));
    let status = ana.get("/v1/auth/mfa").await.expect(200);
    assert_eq!((&status.body["active"], &status.body["recovery_codes_left"]), (&json!(true), &json!(10)));
    assert_eq!(ana.get("/v1/auth/sessions").await.expect(200).body["items"][0]["second_factor"], true);
    let again = ana.post("/v1/auth/mfa/totp", &json!({"current_password": PASSWORD})).await.expect(409);
    assert_eq!(again.code(), "auth.second_factor_active");
    let mail = app.rows("SELECT kind, address, params FROM mail_queue WHERE kind <> 'verify_email'").await;
    assert_eq!(mail, [json!({"kind": "second_factor_changed", "address": "ana@example.com", "params": {"change": "activated"}})]);

    let asked = login(&app, "+", PASSWORD).await.expect(401);
    assert_eq!(asked.body.get("mfa_token"), None);
    assert_eq!(login(&app, "ana@example.com", "wrong password").await.expect(401).code(), "auth.wrong_credentials");
    let asked = mfa_token(&app, "ana@example.com").await;
    next_code(&app).await;
    let signed_in = verify_code(&app, &asked, "code", &code(secret)).await.expect(200);
    assert_eq!(signed_in.body["user"]["has_second_factor"], true);
    // A refresh keeps it.
    let refreshed = refresh(&app, token(&signed_in, "refresh_token")).await.expect(200);
    let sessions = client(&app, refreshed).get("/v1/auth/sessions").await.expect(200);
    let shown = sessions.body["items"].as_array().expect("a list").iter().all(|session| session["second_factor"] == true);
    assert!(shown, "{}", sessions.body);

    // Neither secrets nor codes are where they can be read.
    let mut record = json!(app.rows("SELECT * FROM outbox").await).to_string();
    record.push_str(&json!(app.rows("SELECT * FROM mail_queue").await).to_string());
    record.push_str(&json!(app.rows("SELECT encode(secret, 'escape') AS s FROM second_factors").await).to_string());
    record.push_str(&json!(app.rows("SELECT encode(code_hash, 'escape') AS s FROM recovery_codes").await).to_string());
    let codes = confirmed.body["recovery_codes"].as_array().expect("a list").iter().filter_map(Value::as_str);
    for secret in codes.chain([secret, asked.as_str()]) {
        assert!(!record.contains(secret), "{secret} can be read");
    }
}

#[tokio::test]
async fn a_code_and_a_token_are_good_once() {
    let app = TestApp::new().await;
    let ana = app.register("ana@example.com").await;
    let (secret, _) = set_up(&ana).await;
    let first = mfa_token(&app, "ana@example.com").await;
    let replayed = verify_code(&app, &first, "code", &code(&secret)).await.expect(422);
    assert_eq!((replayed.code(), replayed.pointers()), ("auth.wrong_code", vec!["/code"]), "the code that confirmed");
    next_code(&app).await;
    let shown = code(&secret);
    verify_code(&app, &first, "code", &shown).await.expect(200);
    let second = mfa_token(&app, "ana@example.com").await;
    verify_code(&app, &second, "code", &shown).await.expect(422);
    next_code(&app).await;
    let used = verify_code(&app, &first, "code", &code(&secret)).await.expect(401);
    assert_eq!(used.code(), "auth.wrong_mfa_token");
    let unknown = verify_code(&app, "no such token", "code", &code(&secret)).await.expect(401);
    assert_eq!(lasting(&unknown), lasting(&used));

    // Many at once with one code: one of them is let in.
    app.sql("DELETE FROM login_failures").await;
    let mut tokens = Vec::new();
    for _ in 0..4 {
        tokens.push(mfa_token(&app, "ana@example.com").await);
    }
    let shown = code(&secret);
    let attempts = tokens.into_iter().map(|token| {
        let (client, shown) = (app.anonymous(), shown.clone());
        async move { client.post("/v1/auth/mfa/verify", &json!({"mfa_token": token, "code": shown})).await.status }
    });
    let mut statuses = together(attempts).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422, 422, 422]);
}

#[tokio::test]
async fn codes_cannot_be_guessed() {
    let app = TestApp::new().await;
    let ana = app.register("ana@example.com").await;
    let (secret, _) = set_up(&ana).await;
    let rui = app.register("rui@example.com").await;
    let (other_secret, other_codes) = set_up(&rui).await;
    next_code(&app).await;

    let asked = mfa_token(&app, "ana@example.com").await;
    for _ in 0..3 {
        verify_code(&app, &asked, "code", &wrong_code(&secret)).await.expect(422);
    }
    // What is somebody else's is wrong here.
    verify_code(&app, &asked, "code", &code(&other_secret)).await.expect(422);
    let foreign = verify_code(&app, &asked, "recovery_code", &other_codes[0]).await.expect(422);
    assert_eq!(foreign.pointers(), ["/recovery_code"]);
    let spent = verify_code(&app, &asked, "code", &code(&secret)).await.expect(401);
    assert_eq!(spent.code(), "auth.wrong_mfa_token", "five wrong codes are the end of a token");

    // Wrong codes count with wrong passwords, and a right password does not wipe them out.
    let asked = mfa_token(&app, "ana@example.com").await;
    assert_eq!(app.number("SELECT failures FROM login_failures").await, 5);
    verify_code(&app, &asked, "code", &wrong_code(&secret)).await.expect(422);
    app.sql("UPDATE login_failures SET locked_until = now() + interval '1 minute'").await;
    assert_eq!(verify_code(&app, &asked, "code", &code(&secret)).await.expect(429).code(), "auth.too_many_attempts");
    login(&app, "ana@example.com", PASSWORD).await.expect(429);
    unlock(&app).await;
    verify_code(&app, &asked, "code", &code(&secret)).await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM login_failures").await, 0);

    next_code(&app).await;
    let late = mfa_token(&app, "ana@example.com").await;
    app.sql("UPDATE user_tokens SET expires_at = now() - interval '1 second'").await;
    assert_eq!(verify_code(&app, &late, "code", &code(&secret)).await.expect(401).code(), "auth.wrong_mfa_token");
    let suspended = mfa_token(&app, "ana@example.com").await;
    app.sql("UPDATE users SET status = 'suspended', suspended_at = now(), suspended_reason = 'x'").await;
    assert_eq!(verify_code(&app, &suspended, "code", &code(&secret)).await.expect(401).code(), "auth.wrong_mfa_token");

    for (body, pointer) in [
        (json!({"mfa_token": "x"}), "/code"),
        (json!({"mfa_token": "x", "code": "1", "recovery_code": "2"}), "/recovery_code"),
        (json!({"code": "123456"}), "/mfa_token"),
        (json!({"mfa_token": "x", "code": 123_456}), "/code"),
        (json!({"mfa_token": "x", "code": "123456", "user_id": "x"}), "/user_id"),
    ] {
        assert_eq!(app.anonymous().post("/v1/auth/mfa/verify", &body).await.expect(422).pointers(), [pointer], "{body}");
    }
}

/// Each mail of a new password would bring as many guesses as a day has otherwise.
#[tokio::test]
async fn a_reset_password_brings_no_new_guesses_of_codes() {
    let app = TestApp::new().await;
    let (secret, _) = set_up(&app.register("ana@example.com").await).await;
    let asked = mfa_token(&app, "ana@example.com").await;
    verify_code(&app, &asked, "code", &wrong_code(&secret)).await.expect(422);
    let reset_token = reset_token(&app, "ana@example.com").await;
    reset(&app, &reset_token, NEW_PASSWORD).await.expect(204);
    assert_eq!(app.number("SELECT failures FROM login_failures").await, 1);
}

#[tokio::test]
async fn recovery_codes_stand_in_for_the_device_once_each() {
    let app = TestApp::new().await;
    let ana = app.register("ana@example.com").await;
    let (secret, codes) = set_up(&ana).await;
    let asked = mfa_token(&app, "ana@example.com").await;
    let typed = codes[0].replace('-', " ").to_lowercase();
    let signed_in = verify_code(&app, &asked, "recovery_code", &typed).await.expect(200);
    let there = client(&app, signed_in);
    assert_eq!(there.get("/v1/auth/mfa").await.expect(200).body["recovery_codes_left"], 9);
    let asked = mfa_token(&app, "ana@example.com").await;
    verify_code(&app, &asked, "recovery_code", &codes[0]).await.expect(422);
    verify_code(&app, &asked, "recovery_code", &codes[1]).await.expect(200);

    next_code(&app).await;
    let refused = there.post("/v1/auth/mfa/recovery-codes", &json!({"code": wrong_code(&secret)})).await.expect(422);
    assert_eq!(refused.code(), "auth.wrong_code");
    let renewed = there.post("/v1/auth/mfa/recovery-codes", &json!({"code": code(&secret)})).await.expect(200);
    let new_code = renewed.body["recovery_codes"][0].as_str().expect("a code");
    assert_eq!(there.get("/v1/auth/mfa").await.expect(200).body["recovery_codes_left"], 10);
    let asked = mfa_token(&app, "ana@example.com").await;
    verify_code(&app, &asked, "recovery_code", &codes[2]).await.expect(422);
    verify_code(&app, &asked, "recovery_code", new_code).await.expect(200);
    let kinds = app.event_kinds().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "user.recovery_code_used").count(), 3, "{kinds:?}");

    // The device is lost: a recovery code takes it off the account.
    let last = renewed.body["recovery_codes"][1].as_str().expect("a code");
    let remove = async |body: Value| there.send(http::Method::DELETE, "/v1/auth/mfa/totp", Some(body.to_string())).await;
    let refused = remove(json!({"current_password": "wrong password", "recovery_code": last})).await.expect(422);
    assert_eq!(refused.code(), "auth.wrong_password");
    let refused = remove(json!({"current_password": PASSWORD, "code": wrong_code(&secret)})).await.expect(422);
    assert_eq!(refused.code(), "auth.wrong_code");
    remove(json!({"current_password": PASSWORD, "recovery_code": last})).await.expect(204);
    assert_eq!(remove(json!({"current_password": PASSWORD, "code": "123456"})).await.expect(409).code(), "auth.no_second_factor");
    login(&app, "ana@example.com", PASSWORD).await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM second_factors").await, 0);
    assert_eq!(app.number("SELECT count(*) FROM recovery_codes").await, 0);
    assert_eq!(app.number("SELECT count(*) FROM sessions WHERE second_factor_at IS NOT NULL").await, 0);
    let changes = app.rows("SELECT params ->> 'change' AS change FROM mail_queue WHERE kind <> 'verify_email' ORDER BY id").await;
    assert_eq!(
        changes,
        [json!({"change": "activated"}), json!({"change": "recovery_codes_replaced"}), json!({"change": "removed"})]
    );
}

#[tokio::test]
async fn roles_that_ask_for_a_second_factor_grant_only_with_it() {
    let app = TestApp::with_background().await;
    let second = app.second().await;
    let staff = app.staff(&["roles:read"], None).await;
    app.sql("UPDATE roles SET requires_second_factor = true").await;
    let there = staff.at(second.router.clone());
    for client in [&staff, &there] {
        // Also from what is remembered.
        for _ in 0..3 {
            let refused = client.get("/v1/roles").await.expect(403);
            assert_eq!((refused.code(), &refused.body["permission"]), ("auth.second_factor_required", &json!("roles:read")));
        }
    }
    let (secret, _) = set_up(&staff).await;
    staff.get("/v1/roles").await.expect(200);
    eventually(Duration::from_secs(1), async || there.get("/v1/roles").await.status == 200).await;

    next_code(&app).await;
    let remove = json!({"current_password": PASSWORD, "code": code(&secret)}).to_string();
    staff.send(http::Method::DELETE, "/v1/auth/mfa/totp", Some(remove)).await.expect(204);
    assert_eq!(staff.get("/v1/roles").await.expect(403).code(), "auth.second_factor_required");
    eventually(Duration::from_secs(1), async || there.get("/v1/roles").await.status == 403).await;
    staff.get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn staff_reset_a_lost_second_factor() {
    let app = TestApp::new().await;
    let ana = app.register("ana@example.com").await;
    set_up(&ana).await;
    let asked = mfa_token(&app, "ana@example.com").await;
    let user_id = ana.user_id().parse().unwrap();
    let cause = hbs::outbox::Cause::system(app.app.clock.now());
    let conn = app.app.db.conn().await.unwrap();
    assert!(hbs::domains::authentication::reset_second_factor(&conn, user_id, &cause).await.unwrap());
    assert!(!hbs::domains::authentication::reset_second_factor(&conn, user_id, &cause).await.unwrap(), "there is none any more");
    ana.get("/v1/me").await.expect(401);
    assert_eq!(verify_code(&app, &asked, "code", "123456").await.expect(401).code(), "auth.wrong_mfa_token");
    login(&app, "ana@example.com", PASSWORD).await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM mail_queue WHERE params ->> 'change' = 'reset'").await, 1);
    let nobody = uuid::Uuid::now_v7();
    assert!(hbs::domains::authentication::reset_second_factor(&conn, nobody, &cause).await.is_err());
}

// Profile

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
    login(&app, "+351 (910) 000 000", PASSWORD).await.expect(200);
    let stale = ana.patch("/v1/me", "\"1\"", &json!({"full_name": "Ana"})).await.expect(412);
    assert_eq!(stale.code(), "request.precondition_failed");
    ana.send(http::Method::PATCH, "/v1/me", Some("{}".into())).await.expect(428);
    // Nothing to change is no change.
    let same = ana.patch("/v1/me", "\"2\"", &json!({"full_name": "Ana Lima", "email": "ANA@example.com"})).await.expect(200);
    assert_eq!((same.header("etag"), &same.body["pending_email"]), ("\"2\"", &Value::Null));

    let rui = app.register("rui@example.com").await;
    let taken = rui.patch("/v1/me", "\"1\"", &json!({"phone": "+351910000000"})).await.expect(409);
    assert_eq!((taken.code(), taken.pointers()), ("auth.phone_taken", vec!["/phone"]));
    let removed = ana.patch("/v1/me", "\"2\"", &json!({"phone": null})).await.expect(200);
    assert_eq!(removed.body["phone"], Value::Null);
    rui.patch("/v1/me", "\"1\"", &json!({"phone": "+351910000000"})).await.expect(200);
    let events = app.rows("SELECT changes FROM outbox WHERE kind = 'user.updated' ORDER BY id").await;
    let withheld = json!({"withheld": true});
    assert_eq!(
        events[0]["changes"],
        json!({"full_name": withheld, "phone": withheld, "locale": {"before": "en", "after": "pt-PT"}})
    );
    assert_eq!(events.len(), 3);
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
async fn a_new_address_is_written_to_before_it_counts() {
    let app = TestApp::new().await;
    let ana = app.register("ana@example.com").await;
    app.register("rui@example.com").await;
    let change = async |body: Value| ana.patch("/v1/me", "\"1\"", &body).await;
    assert_eq!(change(json!({"email": "new@example.com"})).await.expect(422).pointers(), ["/current_password"]);
    let wrong = change(json!({"email": "new@example.com", "current_password": "wrong password"})).await.expect(422);
    assert_eq!((wrong.code(), wrong.pointers()), ("auth.wrong_password", vec!["/current_password"]));
    assert!(!wrong.body.to_string().contains("wrong password"), "{}", wrong.body);
    let taken = change(json!({"email": "Rui@example.com", "current_password": PASSWORD})).await.expect(409);
    assert_eq!((taken.code(), taken.pointers()), ("auth.email_taken", vec!["/email"]));
    app.sql("DELETE FROM mail_queue WHERE kind = 'verify_email' AND params = '{}'").await;
    assert_eq!(app.number("SELECT count(*) FROM mail_queue").await, 0);

    let body = json!({"locale": "en", "current_password": PASSWORD});
    ana.with("idempotency-key", "once").patch("/v1/me", "\"1\"", &body).await.expect(200);
    let stored = format!("SELECT count(*) FROM idempotency_keys WHERE fingerprint = sha256('{body}'::bytea)");
    assert_eq!(app.number(&stored).await, 0, "else the password could be guessed from it");
    assert_eq!(app.number("SELECT count(*) FROM idempotency_keys").await, 1);

    let asked = change(json!({"email": " New@Example.com ", "current_password": PASSWORD})).await.expect(200);
    assert_eq!((&asked.body["email"], &asked.body["pending_email"]), (&json!("ana@example.com"), &json!("new@example.com")));
    assert_eq!(ana.get("/v1/me").await.expect(200).body["email"], "ana@example.com");
    let mail = app.rows("SELECT kind, address, params FROM mail_queue").await;
    assert_eq!(mail, [json!({"kind": "verify_email", "address": "new@example.com", "params": {"email": "new@example.com"}})]);
    let events = json!(app.rows("SELECT * FROM outbox").await).to_string();
    assert!(events.contains("user.email_change_asked") && !events.contains("new@example.com"), "{events}");

    // The password cannot be guessed here either.
    for _ in 0..6 {
        change(json!({"email": "new@example.com", "current_password": "wrong password"})).await.expect(422);
    }
    app.sql("UPDATE login_failures SET locked_until = now() + interval '1 minute'").await;
    let locked = change(json!({"email": "new@example.com", "current_password": PASSWORD})).await.expect(429);
    assert_eq!(locked.code(), "auth.too_many_attempts");
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
