//! Tests of propagation: changes of one process reach the others within a second, whatever dies in between.
use crate::support::{Client, TestApp, eventually, unique};
use hbs::security::{Forget, Forgetting};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const SECOND: Duration = Duration::from_secs(1);
const REVOKE: &str = "UPDATE sessions SET revoked_at = now(), revoked_reason = 'logout'";
const RESTORE: &str = "UPDATE sessions SET revoked_at = NULL, revoked_reason = NULL";

/// Makes two processes, both of which have come to trust what they remember.
async fn two_processes() -> (TestApp, TestApp) {
    let app = TestApp::with_background().await;
    let second = app.second().await;
    let guest = app.guest().await;
    for client in [guest.clone(), guest.at(second.router.clone())] {
        is_remembered(&app, &client).await;
    }
    (app, second)
}

/// Waits until the client's process answers from memory: a session that is revoked behind its back is still let in.
async fn is_remembered(app: &TestApp, client: &Client) {
    let of_user = format!("WHERE user_id = '{}'", client.user_id());
    eventually(Duration::from_secs(5), async || {
        client.get("/v1/me").await.expect(200);
        app.sql(&format!("{REVOKE} {of_user}")).await;
        let remembered = client.get("/v1/me").await.status == 200;
        app.sql(&format!("{RESTORE} {of_user}")).await;
        remembered
    })
    .await;
}

fn note(kind: &str, id: &str) -> String {
    format!(
        "INSERT INTO invalidations (id, subject_kind, subject_id, created_at, updated_at)
         VALUES (gen_random_uuid(), '{kind}', '{id}', now(), now());"
    )
}

async fn status(client: &Client, path: &str) -> u16 {
    client.get(path).await.status
}

#[tokio::test]
async fn what_a_process_did_not_live_to_tell_is_told_by_another() {
    let (app, second) = two_processes().await;
    let guest = app.guest().await;
    let staff = app.staff(&["rooms:read"], None).await;
    for process in [&app, &second] {
        is_remembered(&app, &guest.at(process.router.clone())).await;
        staff.at(process.router.clone()).get("/v1/rooms").await.expect(200);
        is_remembered(&app, &staff.at(process.router.clone())).await;
    }
    // As the transaction of a change does, and then nothing more.
    let session = app.rows(&format!("SELECT id FROM sessions WHERE user_id = '{}'", guest.user_id())).await;
    let session_id = session[0]["id"].as_str().expect("an id").to_owned();
    app.sql(&format!("{REVOKE} WHERE id = '{session_id}'; {}", note("session", &session_id))).await;
    let dismissal = format!("DELETE FROM role_assignments WHERE user_id = '{}'", staff.user_id());
    app.sql(&format!("{dismissal}; {}", note("user", staff.user_id()))).await;
    eventually(SECOND, async || {
        let (here, there) = (guest.clone(), guest.at(second.router.clone()));
        status(&here, "/v1/me").await == 401 && status(&there, "/v1/me").await == 401
    })
    .await;
    eventually(SECOND, async || {
        let (here, there) = (staff.clone(), staff.at(second.router.clone()));
        status(&here, "/v1/rooms").await == 403 && status(&there, "/v1/rooms").await == 403
    })
    .await;
    eventually(SECOND, async || app.number("SELECT count(*) FROM invalidations").await == 0).await;
}

#[tokio::test]
async fn many_are_forgotten_in_one_go() {
    let (app, second) = two_processes().await;
    let mut people = Vec::new();
    for _ in 0..3 {
        let staff = app.staff(&["rooms:read"], None).await;
        staff.at(second.router.clone()).get("/v1/rooms").await.expect(200);
        is_remembered(&app, &staff.at(second.router.clone())).await;
        people.push(staff);
    }
    app.sql("DELETE FROM role_assignments").await;
    let users = people.iter().map(|person| Forget::User(person.user_id().parse::<Uuid>().expect("an id")));
    let forgetting = Forgetting::new(users);
    forgetting.record(&app.app.db.conn().await.expect("a connection")).await.expect("recorded");
    app.app.security.forget(forgetting).await;
    for person in &people {
        person.get("/v1/rooms").await.expect(403);
        eventually(SECOND, async || status(&person.at(second.router.clone()), "/v1/rooms").await == 403).await;
    }
    assert_eq!(app.number("SELECT count(*) FROM invalidations").await, 0, "told, so there is nothing left to tell");
}

#[tokio::test]
async fn a_refused_change_makes_nobody_forget() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let guest = app.guest().await;
    let path = format!("/v1/users/{}/role-assignments", guest.user_id());
    admin.post(&path, &json!({"role_id": Uuid::now_v7(), "property_id": null})).await.expect(422);
    assert_eq!(app.number("SELECT count(*) FROM invalidations").await, 0);
}

#[tokio::test]
async fn a_note_waits_while_redis_is_away() {
    let app = TestApp::with(|config| config.redis_url = Some("redis://127.0.0.1:1".into())).await;
    let guest = app.guest().await;
    guest.send(http::Method::POST, "/v1/auth/logout", None).await.expect(204);
    guest.get("/v1/me").await.expect(401);
    let notes = app.rows("SELECT subject_kind FROM invalidations").await;
    assert_eq!(notes, [json!({"subject_kind": "session"})]);
    // The first process that reaches Redis tells everybody.
    let mut config = app.app.config.clone();
    config.redis_url = Some(crate::support::stack().await.redis_url().into());
    config.redis_prefix = unique("other:");
    let mut other = TestApp::on(config).await;
    other.start_background();
    eventually(Duration::from_secs(3), async || app.number("SELECT count(*) FROM invalidations").await == 0).await;
}

async fn last_used_long_ago(app: &TestApp, client: &Client) -> bool {
    let sql = "SELECT count(*) FROM sessions WHERE last_used_at < now() - interval '1 hour' AND user_id";
    app.number(&format!("{sql} = '{}'", client.user_id())).await == 1
}

async fn set_back(app: &TestApp, client: &Client) {
    let sql = "UPDATE sessions SET last_used_at = now() - interval '2 hours' WHERE user_id";
    app.sql(&format!("{sql} = '{}'", client.user_id())).await;
}

#[tokio::test]
async fn the_last_use_of_a_session_is_written_once_a_minute() {
    let app = TestApp::with_background().await;
    let (first, later) = (app.guest().await, app.guest().await);
    set_back(&app, &first).await;
    first.get("/v1/me").await.expect(200);
    eventually(Duration::from_secs(6), async || !last_used_long_ago(&app, &first).await).await;
    for client in [&first, &later] {
        set_back(&app, client).await;
        for _ in 0..5 {
            client.get("/v1/me").await.expect(200);
        }
    }
    // The other's use was written after the first one's would have been.
    eventually(Duration::from_secs(6), async || !last_used_long_ago(&app, &later).await).await;
    assert!(last_used_long_ago(&app, &first).await, "written twice within a minute");
    assert_eq!(app.anonymous().get("/v1/me").await.expect(401).body["code"], Value::from("auth.unauthenticated"));
}
