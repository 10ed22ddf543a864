//! The second factor: its codes, and those that stand in for it.
use super::{NEW_PASSWORD, client, lasting, login, refresh, reset, reset_token, token, unlock};
use crate::support::{Client, PASSWORD, Reply, TestApp, eventually, together};
use serde_json::{Value, json};
use std::time::Duration;

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

/// Otherwise, each mail of a new password would bring as many guesses as a day has.
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
