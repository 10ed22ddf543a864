//! Links that are mailed: each for its purpose, its time and one use.
use super::{NEW_PASSWORD, accept, assert_token_invalid, forgot, login, reset, reset_token, verify};
use crate::support::{PASSWORD, TestApp};
use serde_json::json;

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
        let job = hbs::server::jobs().iter().copied().find(|job| job.name == "authentication.sweep").expect("the job");
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
