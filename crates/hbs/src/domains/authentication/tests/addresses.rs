//! E-mail addresses that are proved and changed.
use super::{NEW_PASSWORD, assert_token_invalid, reset, reset_token, verify};
use crate::support::{PASSWORD, TestApp};
use serde_json::{Value, json};

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

    let eva = app.register("eva@example.com").await;
    ask("eva@example.com").await;
    let token = app.token_for("eva@example.com").await;
    // Meanwhile the address is proved to be somebody else's, who is told if it is asked for again.
    app.sql(&format!("UPDATE users SET email_verified_at = now() WHERE id = '{}'", eva.user_id())).await;
    let max = app.register("max@example.com").await.user_id().parse().expect("an id");
    let conn = app.app.db.conn().await.expect("a connection");
    hbs::domains::authentication::request_email_change(&conn, max, "eva@example.com").await.expect("queued");
    assert_eq!(app.mail_to("eva@example.com").await[0]["subject"], "Somebody gave your e-mail address");
    let taken = verify(&app, &token).await.expect(409);
    assert_eq!((taken.code(), taken.pointers()), ("auth.email_taken", vec!["/email"]));
    assert_eq!(guest.get("/v1/me").await.expect(200).body["email"], "anna@example.com");
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
    app.sql("UPDATE users SET email_verified_at = now() WHERE email = 'rui@example.com'").await;
    app.sql("DELETE FROM mail_queue").await;
    let taken = change(json!({"email": "Rui@example.com", "current_password": PASSWORD})).await.expect(200);
    assert_eq!(taken.body["pending_email"], "rui@example.com", "as for any other");
    assert_eq!(app.mail_to("rui@example.com").await[0]["subject"], "Somebody gave your e-mail address");
    assert_eq!(app.mail_to("ana@example.com").await[0]["subject"], "Your e-mail address is about to change");
    assert_eq!(app.number("SELECT count(*) FROM mail_queue").await, 0);

    let body = json!({"locale": "en", "current_password": PASSWORD});
    ana.with("idempotency-key", "once").patch("/v1/me", "\"1\"", &body).await.expect(200);
    let stored = format!("SELECT count(*) FROM idempotency_keys WHERE fingerprint = sha256('{body}'::bytea)");
    assert_eq!(app.number(&stored).await, 0, "else the password could be guessed from it");
    assert_eq!(app.number("SELECT count(*) FROM idempotency_keys").await, 1);

    let asked = change(json!({"email": " New@Example.com ", "current_password": PASSWORD})).await.expect(200);
    assert_eq!((&asked.body["email"], &asked.body["pending_email"]), (&json!("ana@example.com"), &json!("new@example.com")));
    assert_eq!(ana.get("/v1/me").await.expect(200).body["email"], "ana@example.com");
    let mail = app.rows("SELECT kind, address, params FROM mail_queue ORDER BY kind").await;
    let notice = json!({"kind": "email_change_asked", "address": "ana@example.com", "params": {}});
    let link = json!({"kind": "verify_email", "address": "new@example.com", "params": {"email": "new@example.com"}});
    assert_eq!(mail, [notice, link]);
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
