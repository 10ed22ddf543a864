//! Sessions: how they go on, and how they end.
use super::{ana, client, lasting, login, refresh, token};
use crate::support::{Client, PASSWORD, TestApp, eventually, together};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_refresh_token_is_good_for_one_use_and_a_second_ends_the_session() {
    let app = TestApp::new().await;
    let first = app.anonymous().post("/v1/auth/register", &ana()).await.expect(201);
    let other_session = login(&app, "ana@example.com", PASSWORD).await.expect(200);
    let second = refresh(&app, token(&first, "refresh_token")).await.expect(200);
    assert_eq!(second.body["user"], first.body["user"]);
    assert_ne!(second.body["refresh_token"], first.body["refresh_token"]);
    let third = refresh(&app, token(&second, "refresh_token")).await.expect(200);
    let fourth = refresh(&app, token(&third, "refresh_token")).await.expect(200);
    let newest = client(&app, fourth.clone());
    newest.get("/v1/me").await.expect(200);

    // Its successor has been used: so it is not another page of the same browser that was too late.
    let reused = refresh(&app, token(&second, "refresh_token")).await.expect(401);
    assert_eq!(reused.code(), "auth.wrong_refresh_token");
    for ended in [&first, &second, &third, &fourth] {
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

/// Lets the seconds pass in which a used refresh token is forgiven.
async fn let_grace_pass(app: &TestApp) {
    app.sql("UPDATE refresh_tokens SET used_at = used_at - interval '10 seconds'").await;
}

/// U6: two pages that refresh with one token at once get the same successor, and both stay signed in.
#[tokio::test]
async fn two_pages_that_refresh_at_once_stay_signed_in() {
    let app = TestApp::new().await;
    let guest = app.guest().await;
    let (one, other) = futures_util::join!(refresh(&app, guest.refresh_token()), refresh(&app, guest.refresh_token()));
    let (one, other) = (one.expect(200), other.expect(200));
    assert_eq!(one.body["refresh_token"], other.body["refresh_token"], "one successor");
    assert_ne!(one.body["refresh_token"], guest.refresh_token());
    for page in [&one, &other] {
        client(&app, page.clone()).get("/v1/me").await.expect(200);
    }
    let next = refresh(&app, token(&other, "refresh_token")).await.expect(200);
    client(&app, next).get("/v1/me").await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM refresh_tokens").await, 3);
    assert_eq!(app.number("SELECT count(*) FROM sessions WHERE revoked_at IS NOT NULL").await, 0);
}

#[tokio::test]
async fn of_many_refreshes_at_once_all_have_one_successor() {
    let app = TestApp::new().await;
    let guest = app.guest().await;
    let refreshes = (0..12).map(|_| {
        let (client, token) = (app.anonymous(), guest.refresh_token().to_owned());
        async move { client.post("/v1/auth/refresh", &json!({"refresh_token": token})).await.expect(200) }
    });
    let replies = together(refreshes).await;
    assert!(replies.iter().all(|reply| reply.body["refresh_token"] == replies[0].body["refresh_token"]));
    assert_eq!(app.number("SELECT count(*) FROM refresh_tokens").await, 2);
    guest.get("/v1/me").await.expect(200);
}

/// U6: the seconds in which a used token is forgiven are for the same device; anybody else ends the session.
#[tokio::test]
async fn nobody_else_profits_from_the_grace() {
    let app = TestApp::new().await;
    let browser = app.anonymous().from("192.0.2.7").with("user-agent", "Firefox");
    let thieves = [
        app.anonymous().from("198.51.100.9").with("user-agent", "Firefox"),
        app.anonymous().from("192.0.2.7").with("user-agent", "curl"),
        app.anonymous().from("192.0.2.7"),
    ];
    for thief in thieves {
        let guest = app.guest().await;
        let used = json!({"refresh_token": guest.refresh_token()});
        let renewed = client(&app, browser.post("/v1/auth/refresh", &used).await.expect(200));
        assert_eq!(thief.post("/v1/auth/refresh", &used).await.expect(401).code(), "auth.wrong_refresh_token");
        // Nobody knows who of them is the thief: neither the old nor the new token is good.
        renewed.get("/v1/me").await.expect(401);
        let successor = json!({"refresh_token": renewed.refresh_token()});
        browser.post("/v1/auth/refresh", &successor).await.expect(401);
    }
    let ended = app.rows("SELECT DISTINCT changes FROM outbox WHERE kind = 'session.ended'").await;
    assert_eq!(ended, [json!({"changes": {"revoked_reason": {"before": null, "after": "refresh_reuse"}}})]);
}

#[tokio::test]
async fn a_reuse_after_the_grace_ends_the_session() {
    let app = TestApp::new().await;
    let guest = app.guest().await;
    let renewed = client(&app, refresh(&app, guest.refresh_token()).await.expect(200));
    refresh(&app, guest.refresh_token()).await.expect(200);
    let_grace_pass(&app).await;
    refresh(&app, guest.refresh_token()).await.expect(401);
    renewed.get("/v1/me").await.expect(401);
    refresh(&app, renewed.refresh_token()).await.expect(401);
}

#[tokio::test]
async fn a_successor_is_not_told_by_the_token_before_it_alone() {
    let one = TestApp::new().await;
    let other = TestApp::with(|config| config.data_key = Some(hbs::security::new_data_key())).await;
    let guest = one.guest().await;
    let successor = refresh(&one, guest.refresh_token()).await.expect(200);
    let stranger = other.guest().await;
    let same = secret_hash_of(guest.refresh_token());
    other.sql(&format!("UPDATE refresh_tokens SET token_hash = '\\x{same}'")).await;
    let elsewhere = refresh(&other, guest.refresh_token()).await.expect(200);
    assert_eq!(elsewhere.body["user"]["id"], stranger.user_id());
    assert_ne!(elsewhere.body["refresh_token"], successor.body["refresh_token"], "another data key, another successor");
}

fn secret_hash_of(token: &str) -> String {
    hbs::security::secret_hash(token).iter().map(|byte| format!("{byte:02x}")).collect()
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
