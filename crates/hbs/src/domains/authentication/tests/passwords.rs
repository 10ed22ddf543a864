//! Passwords that are chosen, forgotten and changed.
use super::{NEW_PASSWORD, ana, assert_token_invalid, client, forgot, login, refresh, reset, reset_token, verify};
use crate::support::{Client, HotelSpec, PASSWORD, Reply, TestApp};
use serde_json::{Value, json};

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

/// S6: a key that somebody made in the owner's name would outlive every session.
#[tokio::test]
async fn who_takes_an_account_back_takes_its_keys_too() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let address = manager.get("/v1/me").await.expect(200).body["email"].as_str().expect("text").to_owned();
    let sign_in = async |password: &str| client(&app, login(&app, &address, password).await.expect(200));
    let make = async |by: &Client, name: &str| {
        let body = json!({"name": name, "grants": [{"permission": "rooms:read", "property_id": hotel.id}]});
        let made = by.post("/v1/api-keys", &body).await.expect(201);
        app.anonymous().with("authorization", format!("Bearer {}", made.body["key"].as_str().expect("a key")))
    };
    let names = |reply: &Reply, of: &str| -> Vec<String> {
        let keys = reply.body[of].as_array().expect("a list");
        keys.iter().map(|key| key["name"].as_str().expect("text").to_owned()).collect()
    };
    let (first, second) = (make(manager, "Channel manager").await, make(manager, "Door locks").await);

    // Signing out everywhere and another password say which there are, and end them if they are to end.
    let listed = manager.send(http::Method::POST, "/v1/auth/logout-all", None).await.expect(200);
    assert_eq!(names(&listed, "api_keys"), ["Channel manager", "Door locks"]);
    assert_eq!(names(&listed, "ended_api_keys"), [""; 0]);
    manager.get("/v1/me").await.expect(401);
    first.get("/v1/rooms").await.expect(200);
    let change = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    let changed = sign_in(PASSWORD).await.post("/v1/auth/password/change", &change).await.expect(200);
    assert_eq!(names(&changed, "api_keys"), ["Channel manager", "Door locks"]);

    // Who has lost the password cannot tell whose they are: a reset ends them, unless asked otherwise.
    let token = reset_token(&app, &address).await;
    let kept = json!({"token": token, "password": PASSWORD, "keep_api_keys": true});
    let kept = app.anonymous().post("/v1/auth/password/reset", &kept).await.expect(200);
    assert_eq!((names(&kept, "api_keys").len(), names(&kept, "ended_api_keys").len()), (2, 0));
    first.get("/v1/rooms").await.expect(200);
    let mail = app.mail_to(&address).await.remove(0);
    assert!(mail["text"].as_str().is_some_and(|text| text.contains("still work: Channel manager, Door locks.")), "{mail}");
    app.sql("UPDATE user_tokens SET created_at = now() - interval '2 minutes'").await;
    let ended = reset(&app, &reset_token(&app, &address).await, NEW_PASSWORD).await.expect(200);
    assert_eq!(names(&ended, "ended_api_keys"), ["Channel manager", "Door locks"]);
    for key in [&first, &second] {
        assert_eq!(key.get("/v1/rooms").await.expect(401).code(), "auth.unauthenticated");
    }
    let mail = app.mail_to(&address).await.remove(0);
    assert!(mail["text"].as_str().is_some_and(|text| text.contains("ended with it: Channel manager, Door locks.")), "{mail}");
    assert_eq!(app.event_kinds().await.iter().filter(|kind| *kind == "api_key.revoked").count(), 2);

    // On request, signing out everywhere does.
    let again = sign_in(NEW_PASSWORD).await;
    let third = make(&again, "Accounting").await;
    let ended = again.post("/v1/auth/logout-all", &json!({"end_api_keys": true})).await.expect(200);
    assert_eq!(names(&ended, "ended_api_keys"), ["Accounting"]);
    third.get("/v1/rooms").await.expect(401);
    sign_in(NEW_PASSWORD).await.send(http::Method::POST, "/v1/auth/logout-all", None).await.expect(204);
}

/// Links that somebody at an open session has asked for are good for nothing after signing out everywhere.
#[tokio::test]
async fn signing_out_everywhere_ends_links_too() {
    let app = TestApp::new().await;
    let guest = app.register("ana@example.com").await;
    let own = app.token_for("ana@example.com").await;
    let user_id = guest.user_id().parse().expect("an id");
    let theirs = reset_token(&app, "ana@example.com").await;
    let conn = app.app.db.conn().await.expect("a connection");
    hbs::domains::authentication::request_email_change(&conn, user_id, "eve@example.com").await.expect("queued");
    drop(conn);
    guest.send(http::Method::POST, "/v1/auth/logout-all", None).await.expect(204);
    assert_token_invalid(&reset(&app, &theirs, NEW_PASSWORD).await);
    assert_eq!(app.number("SELECT count(*) FROM mail_queue WHERE address = 'eve@example.com'").await, 0);
    verify(&app, &own).await.expect(200);
}
