//! Wrong passwords: they are slowed down, and nobody else suffers.
use super::{ana, client, login, unlock};
use crate::support::{PASSWORD, Reply, TestApp, size, together};
use serde_json::json;

/// An error's bytes without the request id.
fn without_request_id(reply: &Reply) -> String {
    let id = reply.body["request_id"].as_str().expect("a request id").to_owned();
    String::from_utf8_lossy(&reply.bytes).replace(&id, "[id]")
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
    let sweep = hbs::domains::authentication::DOMAIN.jobs.iter().find(|job| job.name == "authentication.sweep_failures");
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
    app.sql("UPDATE users SET phone_verified_at = now()").await;
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
