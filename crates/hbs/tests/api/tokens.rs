//! Access tokens that are not good, and the keys that sign good ones.
use crate::support::{Client, Reply, TestApp, eventually, place_on, stack, together};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hbs::app::App;
use hbs::security::{self, new_key_pem};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const SECOND: Duration = Duration::from_secs(1);

fn with_token(app: &TestApp, token: &str) -> Client {
    app.anonymous().with("authorization", format!("Bearer {token}"))
}

async fn refresh(app: &TestApp, guest: &Client) -> Reply {
    app.anonymous().post("/v1/auth/refresh", &json!({"refresh_token": guest.refresh_token()})).await
}

fn kid(token: &str) -> String {
    jsonwebtoken::decode_header(token).expect("a token").kid.expect("a key id")
}

async fn kids(app: &TestApp) -> Vec<String> {
    let keys = app.anonymous().get("/.well-known/jwks.json").await.expect(200).body["keys"].clone();
    keys.as_array().expect("keys").iter().map(|key| key["kid"].as_str().expect("text").to_owned()).collect()
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token that somebody else signed, with a header of their choice.
fn foreign(header: &Header, claims: &Value) -> String {
    let key = EncodingKey::from_ed_pem(new_key_pem().expect("a key").as_bytes()).expect("valid");
    jsonwebtoken::encode(header, claims, &key).expect("a token")
}

#[tokio::test]
async fn tokens_that_are_not_good_are_refused_alike_and_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let app = TestApp::new().await;
    let guest = app.guest().await;
    let good = guest.access_token();
    let our_kid = kid(good);
    let claims_part = good.split('.').nth(1).expect("claims");
    let claims: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims_part).expect("base64")).expect("JSON");
    let id = |name: &str| claims[name].as_str().expect("an id").parse::<Uuid>().expect("an id");
    let issue = |user: Uuid, session: Uuid, age: i64| {
        let now = hbs::clock::Clock::real_now().timestamp();
        app.app.security.keys.issue(user, session, now - age, 60).expect("a token")
    };
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some("at+jwt".into());
    let unknown_kid = foreign(&Header { kid: Some("not-ours".into()), ..header.clone() }, &claims);
    let forged = foreign(&Header { kid: Some(our_kid.clone()), ..header.clone() }, &claims);
    let plain_jwt = foreign(&Header { kid: Some(our_kid.clone()), typ: Some("JWT".into()), ..header }, &claims);
    let mut hmac = Header::new(Algorithm::HS256);
    hmac.kid = Some(our_kid.clone());
    let hmac = jsonwebtoken::encode(&hmac, &claims, &EncodingKey::from_secret(b"secret")).expect("a token");
    let none = format!("{}.{claims_part}.", part(&json!({"alg": "none", "typ": "at+jwt", "kid": our_kid})));
    for (reason, token) in [
        ("expired", issue(id("sub"), id("sid"), 61)),
        ("bad_signature", forged),
        ("unknown_kid", unknown_kid),
        ("wrong_kind", guest.refresh_token().to_owned()),
        ("wrong_kind", plain_jwt),
        ("wrong_algorithm", none),
        ("wrong_algorithm", hmac),
        ("malformed", "a.b.c".into()),
        ("revoked_or_unknown_session", issue(id("sub"), Uuid::now_v7(), 0)),
        ("revoked_or_unknown_session", issue(Uuid::now_v7(), id("sid"), 0)),
    ] {
        let counted = || {
            let line = format!("hbs_token_rejections_total{{reason=\"{reason}\"}} ");
            let text = metrics.render();
            text.lines().find_map(|text| text.strip_prefix(&line)).map_or(0, |count| count.parse::<u64>().expect("a number"))
        };
        let before = counted();
        let reply = with_token(&app, &token).get("/v1/me").await.expect(401);
        let mut body = reply.body.clone();
        body["request_id"] = Value::Null;
        assert_eq!(
            body,
            json!({
                "type": "/problems/auth.unauthenticated", "title": "Not signed in", "status": 401, "code": "auth.unauthenticated",
                "detail": "Send a valid access token; this one is missing, wrong, expired or revoked.", "request_id": null,
            }),
            "{reason}"
        );
        assert_eq!(reply.header("www-authenticate"), "Bearer");
        assert_eq!(counted(), before + 1, "{reason}: {token}");
    }
    guest.get("/v1/me").await.expect(200);
    app.sql(&format!("UPDATE users SET is_deleted = true, deleted_at = now() WHERE id = '{}'", guest.user_id())).await;
    guest.get("/v1/me").await.expect(401);
    let before = metrics.render();
    app.anonymous().get("/v1/me").await.expect(401);
    assert_eq!(rejections(&metrics.render()), rejections(&before), "no token is no reason");
}

fn rejections(metrics: &str) -> Vec<&str> {
    let mut lines: Vec<_> = metrics.lines().filter(|line| line.starts_with("hbs_token_rejections_total")).collect();
    lines.sort_unstable();
    lines
}

async fn everybody_reads_the_keys(app: &App) {
    app.security.tell_of_new_keys().await.expect("told");
}

#[tokio::test]
async fn rotation_refuses_nobody() {
    let app = TestApp::with_background().await;
    let second = app.second().await;
    let guest = app.guest().await;
    let old = kid(guest.access_token());
    let new = app.app.security.rotate_keys(false, app.app.config.token_lifetime()).await.expect("rotated").kid;
    everybody_reads_the_keys(&app.app).await;
    for process in [&app, &second] {
        // The one that is to come is published before it signs.
        eventually(SECOND, async || kids(process).await == [old.clone(), new.clone()]).await;
        let guest = guest.at(process.router.clone());
        guest.get("/v1/me").await.expect(200);
        assert_eq!(kid(process.guest().await.access_token()), old, "the new one does not sign yet");
    }
    let keys = app.app.security.list_keys().await.expect("keys");
    let (signs_from, until) = (keys[1].signs_from, keys[0].verifies_until.expect("an end"));
    assert_eq!((until - signs_from).num_seconds(), 900 + 60, "its last token ends before");

    app.sql("UPDATE signing_keys SET signs_from = now() WHERE signs_from > now()").await;
    everybody_reads_the_keys(&app.app).await;
    for process in [&app, &second] {
        eventually(SECOND, async || kid(process.guest().await.access_token()) == new).await;
        guest.at(process.router.clone()).get("/v1/me").await.expect(200);
    }
    app.sql("UPDATE signing_keys SET verifies_until = now() WHERE verifies_until IS NOT NULL").await;
    everybody_reads_the_keys(&app.app).await;
    for process in [&app, &second] {
        eventually(SECOND, async || kids(process).await == [new.clone()]).await;
        guest.at(process.router.clone()).get("/v1/me").await.expect(401);
    }
    // Every process looks after the table, first when it starts.
    let _third = app.second().await;
    eventually(SECOND, async || app.number("SELECT count(*) FROM signing_keys").await == 1).await;
}

#[tokio::test]
async fn a_stolen_key_is_refused_at_once() {
    let app = TestApp::with_background().await;
    let second = app.second().await;
    let guest = app.guest().await;
    let there = guest.at(second.router.clone());
    for _ in 0..3 {
        guest.get("/v1/me").await.expect(200);
        there.get("/v1/me").await.expect(200);
    }
    // A key that was to sign soon may have been stolen, too.
    app.app.security.rotate_keys(false, app.app.config.token_lifetime()).await.expect("rotated");
    let new = app.app.security.rotate_keys(true, app.app.config.token_lifetime()).await.expect("rotated").kid;
    everybody_reads_the_keys(&app.app).await;
    for (process, client) in [(&app, &guest), (&second, &there)] {
        eventually(SECOND, async || client.get("/v1/me").await.status == 401).await;
        assert_eq!(kids(process).await, std::slice::from_ref(&new));
    }
    let fresh = refresh(&app, &guest).await.expect(200);
    let token = fresh.body["access_token"].as_str().expect("a token");
    assert_eq!(kid(token), new);
    for process in [&app, &second] {
        with_token(process, token).get("/v1/me").await.expect(200);
    }
}

#[tokio::test]
async fn a_process_that_missed_a_new_key_finds_it_when_it_meets_it() {
    let app = TestApp::new().await;
    let deaf = TestApp::on(app.app.config.clone()).await;
    app.app.security.rotate_keys(true, app.app.config.token_lifetime()).await.expect("rotated");
    // Another that starts now knows the new key only.
    let third = TestApp::on(app.app.config.clone()).await;
    let guest = third.guest().await;
    let there = guest.at(deaf.router.clone());
    eventually(Duration::from_secs(7), async || there.get("/v1/me").await.status == 200).await;
}

#[tokio::test]
async fn processes_that_start_at_once_make_one_key() {
    let config = place_on(stack().await).await;
    let processes = together((0..4).map(|_| TestApp::on(config.clone()))).await;
    assert_eq!(processes[0].number("SELECT count(*) FROM signing_keys").await, 1);
    let expected = kids(&processes[0]).await;
    for process in &processes {
        assert_eq!(kids(process).await, expected);
    }
    let pem = processes[0].rows("SELECT encode(secret, 'escape') AS secret FROM signing_keys").await;
    assert!(!pem[0]["secret"].as_str().expect("text").contains("PRIVATE KEY"), "it is stored sealed");
}

#[tokio::test]
async fn the_key_of_the_settings_is_the_first() {
    let pem = new_key_pem().expect("a key");
    let one = TestApp::with(|config| config.jwt_key = Some(pem.clone())).await;
    let other = TestApp::with(|config| config.jwt_key = Some(pem.clone())).await;
    assert_eq!(kids(&one).await, kids(&other).await);
    let new = one.app.security.rotate_keys(true, one.app.config.token_lifetime()).await.expect("rotated").kid;
    let started_later = TestApp::on(one.app.config.clone()).await;
    assert_eq!(kids(&started_later).await, [new], "it does not come back");

    let mut config = place_on(stack().await).await;
    config.jwt_key = Some("no key".into());
    let broken = TestApp::on_nothing(config).await;
    let error = broken.app.security.ensure_signing_key(broken.app.config.jwt_key.as_deref()).await.expect_err("refused");
    assert!(format!("{error:?}").contains("jwt_key"), "{error:?}");
    let mut config = one.app.config.clone();
    config.data_key = Some(security::new_data_key());
    let stranger = TestApp::on_nothing(config).await;
    let error = stranger.app.security.ensure_signing_key(stranger.app.config.jwt_key.as_deref()).await.expect_err("refused");
    assert!(format!("{error:?}").contains("data_key"), "{error:?}");
}
