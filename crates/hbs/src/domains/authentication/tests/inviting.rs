//! People who are invited.
use super::{NEW_PASSWORD, accept, assert_token_invalid, client, forgot, login};
use crate::support::TestApp;
use serde_json::json;

/// Invites a user and returns the id, with the token that was mailed.
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
