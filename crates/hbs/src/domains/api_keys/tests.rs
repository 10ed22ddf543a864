use crate::every_route::{Call, Exception::ForPeopleOnly, Request, World};
use crate::support::{Client, HotelSpec, PASSWORD, Reply, TestApp, eventually};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use std::time::Duration;

fn grants(permissions: &[&str], property_id: Option<&str>) -> Value {
    permissions.iter().map(|permission| json!({"permission": permission, "property_id": property_id})).collect()
}

async fn make(by: &Client, permissions: &[&str], property_id: Option<&str>) -> Reply {
    by.post("/v1/api-keys", &json!({"name": "Channel manager", "grants": grants(permissions, property_id)})).await
}

fn integration(app: &TestApp, made: &Reply) -> Client {
    with_token(app, made.body["key"].as_str().expect("a key"))
}

fn with_token(app: &TestApp, token: &str) -> Client {
    app.anonymous().with("authorization", format!("Bearer {token}"))
}

fn key(reply: &Reply) -> String {
    format!("/v1/api-keys/{}", reply.id())
}

#[tokio::test]
async fn a_key_acts_where_it_may() {
    let app = TestApp::with_background().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let made = make(&hotel.manager, &["rooms:read", "bookings:read", "bookings:write"], Some(&hotel.id)).await.expect(201);
    assert_eq!(made.header("location"), key(&made));
    let text = made.body["key"].as_str().expect("a key");
    assert!(text.starts_with(made.body["prefix"].as_str().expect("text")) && text.len() == 80, "{text}");
    assert_eq!(made.body["created_by"], hotel.manager.user_id());
    let channel = integration(&app, &made);

    let rooms = channel.get("/v1/rooms").await.expect(200);
    assert!(rooms.body.to_string().contains(&hotel.id) && !rooms.body.to_string().contains(&other.id));
    channel.get(&format!("/v1/rooms/{}", other.rooms[0])).await.expect(404);
    assert_eq!(channel.get("/v1/users").await.expect(403).body["permission"], "users:read");
    assert_eq!(channel.get("/v1/me").await.expect(403).code(), "auth.person_required");
    let held = channel.get("/v1/me/permissions").await.expect(200);
    assert_eq!(held.body["items"].as_array().map(Vec::len), Some(3));

    // It books for the contact; it is nobody's booking, and on the record as the key's.
    let booking = hotel.book(&channel, "2026-12-01", "2026-12-02").await;
    assert_eq!(booking.body["guest_user_id"], Value::Null);
    let rows = app.rows("SELECT created_by, created_by_key FROM bookings").await;
    assert_eq!(rows, [json!({"created_by": null, "created_by_key": made.id()})]);
    let actors = app.rows("SELECT actor_kind, actor_id FROM outbox WHERE kind = 'booking.created'").await;
    assert_eq!(actors, [json!({"actor_kind": "api_key", "actor_id": made.id()})]);
    let foreign = channel.post("/v1/bookings", &other.request("2026-12-01", "2026-12-02")).await.expect(404);
    assert_eq!(foreign.code(), "request.not_found");

    // Nothing shows the secret again, and nothing stores it.
    let read = hotel.manager.get(&key(&made)).await.expect(200);
    assert_eq!((&read.body["key"], read.header("etag")), (&Value::Null, "\"1\""));
    assert_eq!(read.body["grants"].as_array().map(Vec::len), Some(3));
    eventually(Duration::from_secs(5), async || hotel.manager.get(&key(&made)).await.body["last_used_at"].is_string()).await;
    assert_eq!(hotel.manager.get(&key(&made)).await.header("etag"), "\"1\"", "being used is no change");
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let made = make(&hotel.manager, &["rooms:read"], Some(&hotel.id)).await.expect(201);
    let other = make(&hotel.manager, &["rooms:read"], Some(&hotel.id)).await.expect(201);
    let (token, secret) = (made.body["key"].as_str().expect("a key"), &other.body["key"].as_str().expect("a key")[37..]);
    integration(&app, &made).get("/v1/rooms").await.expect(200);
    for wrong in [
        format!("{}_{secret}", &token[..36]),
        format!("hbs_{}_{}", uuid::Uuid::now_v7().simple(), &token[37..]),
        token[..79].to_owned(),
        format!("{token}x"),
        "hbs_".to_owned(),
        format!("{}_{}", &token[..36], "A".repeat(43)),
    ] {
        assert_eq!(with_token(&app, &wrong).get("/v1/rooms").await.expect(401).code(), "auth.unauthenticated", "{wrong}");
    }
    app.sql(&format!("UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = '{}'", made.id())).await;
    integration(&app, &made).get("/v1/rooms").await.expect(401);
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once_on_every_process() {
    let app = TestApp::with_background().await;
    let second = app.second().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let made = make(&hotel.manager, &["rooms:read"], Some(&hotel.id)).await.expect(201);
    let here = integration(&app, &made);
    let there = here.at(second.router.clone());
    for _ in 0..5 {
        here.get("/v1/rooms").await.expect(200);
        there.get("/v1/rooms").await.expect(200);
    }
    // Wrong secrets are wrong for a key that is remembered, too.
    let token = made.body["key"].as_str().expect("a key");
    with_token(&app, &format!("{}_{}", &token[..36], "A".repeat(43))).get("/v1/rooms").await.expect(401);

    hotel.manager.delete(&key(&made), "\"1\"").await.expect(204);
    here.get("/v1/rooms").await.expect(401);
    eventually(Duration::from_secs(1), async || there.get("/v1/rooms").await.status == 401).await;
    let read = hotel.manager.get(&key(&made)).await.expect(200);
    assert!(read.body["revoked_at"].is_string() && read.header("etag") == "\"2\"", "{}", read.body);
    hotel.manager.delete(&key(&made), "\"2\"").await.expect(404);
    assert_eq!(app.number("SELECT count(*) FROM outbox WHERE kind = 'api_key.revoked'").await, 1);
}

#[tokio::test]
async fn nobody_makes_a_key_with_more_than_they_hold() {
    let app = TestApp::new().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let maker = app.staff(&["api_keys:write", "api_keys:read", "rooms:read"], Some(&hotel.id)).await;
    let refused = make(&maker, &["rooms:read", "rooms:write", "audit:read"], Some(&hotel.id)).await.expect(403);
    assert_eq!(refused.code(), "authorization.escalation");
    assert_eq!(refused.body["missing"], json!(["audit:read", "rooms:write"]));
    make(&maker, &["rooms:read"], Some(&other.id)).await.expect(404);
    assert_eq!(make(&maker, &["rooms:read"], None).await.expect(422).pointers(), ["/grants/0/property_id"]);
    assert_eq!(
        make(&maker, &["rooms:read", "rooms:paint"], Some(&hotel.id)).await.expect(422).pointers(),
        ["/grants/1/permission"]
    );
    assert_eq!(make(&maker, &[], Some(&hotel.id)).await.expect(422).pointers(), ["/grants"]);
    let admin = app.admin().await;
    let nothing = uuid::Uuid::now_v7().to_string();
    assert_eq!(make(&admin, &["rooms:read"], Some(&nothing)).await.expect(422).pointers(), ["/grants"]);
    // A key makes no keys, whatever it may do.
    let made = make(&admin, &["api_keys:write", "rooms:read"], None).await.expect(201);
    let refused = make(&integration(&app, &made), &["rooms:read"], None).await.expect(403);
    assert_eq!(refused.code(), "auth.person_required");
    // Keys that act elsewhere, too, are not to be seen; one's own are.
    maker.get(&key(&made)).await.expect(404);
    maker.delete(&key(&made), "\"1\"").await.expect(404);
    let own = make(&maker, &["rooms:read"], Some(&hotel.id)).await.expect(201);
    let listed = maker.get("/v1/api-keys").await.expect(200);
    assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(listed.body["items"][0]["id"], own.body["id"]);
    other.manager.get(&key(&own)).await.expect(404);
    hotel.manager.get(&key(&own)).await.expect(200);
    assert_eq!(admin.get("/v1/api-keys").await.expect(200).body["items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_key_holds_no_more_than_its_maker_does_now() {
    let app = TestApp::with_background().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (admin, maker) = (app.admin().await, app.staff(&["api_keys:write", "rooms:read"], Some(&hotel.id)).await);
    let made = make(&maker, &["rooms:read"], Some(&hotel.id)).await.expect(201);
    let channel = integration(&app, &made);
    for _ in 0..3 {
        channel.get("/v1/rooms").await.expect(200);
    }
    let user = format!("/v1/users/{}", maker.user_id());
    admin.post(&format!("{user}/suspend"), &json!({"reason": "Left"})).await.expect(200);
    channel.get("/v1/rooms").await.expect(401);
    admin.send(http::Method::POST, &format!("{user}/reactivate"), None).await.expect(200);
    channel.get("/v1/rooms").await.expect(200);
    let assignment = admin.get(&format!("{user}/role-assignments")).await.expect(200);
    let assignment = assignment.body["items"][0]["id"].as_str().expect("text").to_owned();
    admin.send(http::Method::DELETE, &format!("{user}/role-assignments/{assignment}"), None).await.expect(204);
    assert_eq!(channel.get("/v1/rooms").await.expect(403).body["permission"], "rooms:read");
}

#[tokio::test]
async fn where_a_second_factor_is_asked_for_keys_of_who_has_none_hold_nothing() {
    let app = TestApp::new().await;
    let maker = app.staff(&["api_keys:write", "rooms:read"], None).await;
    let channel = integration(&app, &make(&maker, &["rooms:read"], None).await.expect(201));
    channel.get("/v1/rooms").await.expect(200);
    app.sql("UPDATE roles SET requires_second_factor = true").await;
    assert_eq!(channel.get("/v1/rooms").await.expect(403).body["permission"], "rooms:read");
    app.sql(&format!("UPDATE users SET second_factor_since = now() WHERE id = '{}'", maker.user_id())).await;
    channel.get("/v1/rooms").await.expect(200);
}

#[tokio::test]
async fn a_key_ends() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let until = async |expires_at: Value| {
        let body = json!({"name": "Test", "grants": grants(&["rooms:read"], None), "expires_at": expires_at});
        admin.post("/v1/api-keys", &body).await
    };
    #[expect(clippy::disallowed_methods, reason = "keys live by real time")]
    let now = Utc::now();
    for wrong in [now - TimeDelta::seconds(1), now + TimeDelta::days(731)] {
        assert_eq!(until(json!(wrong)).await.expect(422).pointers(), ["/expires_at"], "{wrong}");
    }
    let made = until(json!(now + TimeDelta::days(30))).await.expect(201);
    integration(&app, &made).get("/v1/rooms").await.expect(200);
    let ends: chrono::DateTime<Utc> =
        until(Value::Null).await.expect(201).body["expires_at"].as_str().expect("text").parse().expect("a time");
    assert!((ends - now - TimeDelta::days(365)).abs() < TimeDelta::minutes(5), "{ends}");
}

#[tokio::test]
async fn a_repeated_request_gets_its_key_and_nobody_reads_it_in_the_database() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = hotel.manager.with("idempotency-key", "once");
    let first = make(&manager, &["rooms:read"], Some(&hotel.id)).await.expect(201);
    let again = make(&manager, &["rooms:read"], Some(&hotel.id)).await.expect(201);
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&first.body, "true"));
    let token = first.body["key"].as_str().expect("a key");
    let secret = &token[37..];
    for (table, column) in
        [("idempotency_keys", "body"), ("outbox", "changes::text"), ("api_keys", "encode(secret_hash, 'escape')")]
    {
        let found = format!("SELECT count(*) FROM {table} WHERE position('{secret}' in {column}) > 0");
        assert_eq!(app.number(&found).await, 0, "{table}");
    }
    assert_eq!(app.number("SELECT count(*) FROM idempotency_keys WHERE body LIKE 'sealed:%'").await, 1);

    // Two keys that send the same Idempotency-Key mean two things.
    let other = make(&hotel.manager, &["bookings:write"], Some(&hotel.id)).await.expect(201);
    let third = make(&hotel.manager, &["bookings:write"], Some(&hotel.id)).await.expect(201);
    let mut bookings = Vec::new();
    for made in [&other, &third, &other] {
        let channel = integration(&app, made).with("idempotency-key", "same");
        bookings.push(hotel.book(&channel, "2026-12-01", "2026-12-02").await.id().to_owned());
    }
    assert!(bookings[0] != bookings[1] && bookings[0] == bookings[2], "{bookings:?}");
}

/// S6: signed in long ago is not there now: a session that somebody found open makes no key, which would outlive it.
#[tokio::test]
async fn whoever_makes_a_key_is_there_and_is_told() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let address = manager.get("/v1/me").await.expect(200).body["email"].as_str().expect("text").to_owned();
    app.sql("UPDATE sessions SET created_at = now() - interval '11 minutes'").await;
    let body = |more: Value| {
        let mut body = json!({"name": "Door <b>locks</b>", "grants": grants(&["rooms:read"], Some(&hotel.id))});
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    };
    let ask = async |more: Value| manager.post("/v1/api-keys", &body(more)).await;
    assert_eq!(ask(json!({})).await.expect(422).pointers(), ["/current_password"]);
    let wrong = ask(json!({"current_password": "wrong password"})).await.expect(422);
    assert_eq!((wrong.code(), wrong.pointers()), ("auth.wrong_password", vec!["/current_password"]));
    app.send_mail().await;
    assert_eq!(app.number("SELECT count(*) FROM api_keys").await, 0);

    ask(json!({"current_password": PASSWORD})).await.expect(201);
    let mail = app.mail_to(&address).await.remove(0);
    assert_eq!(mail["subject"], "An API key was made in your name");
    assert!(mail["text"].as_str().is_some_and(|text| text.contains("“Door <b>locks</b>”")), "{mail}");
    assert!(mail["html"].as_str().is_some_and(|html| !html.contains("<b>locks")), "{mail}");

    // With a second factor, that too.
    app.sql(&format!("UPDATE users SET second_factor_since = now() WHERE id = '{}'", manager.user_id())).await;
    let again = app.anonymous().post("/v1/auth/login", &json!({"login": address, "password": PASSWORD})).await.expect(401);
    assert_eq!(again.code(), "auth.mfa_required");
    let refused = ask(json!({"current_password": PASSWORD})).await.expect(422);
    assert_eq!(refused.pointers(), ["/code"]);
    let refused = ask(json!({"current_password": PASSWORD, "recovery_code": "0000"})).await.expect(422);
    assert_eq!((refused.code(), refused.pointers()), ("auth.wrong_code", vec!["/recovery_code"]));
    assert_eq!(app.number("SELECT count(*) FROM api_keys").await, 1);
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_api_keys", async |w| {
            a_key(w).await;
            Call::plain()
        }),
        Request::new("create_api_key", async |w| {
            let grants = grants(&["api_keys:write"], Some(w.property().await));
            Call::plain().json(&json!({"name": "Channel manager", "grants": grants}))
        })
        .but(ForPeopleOnly, "a key makes no keys"),
        Request::new("get_api_key", async |w| Call::to(&a_key(w).await)),
        Request::new("revoke_api_key", async |w| Call::to(&a_key(w).await)),
    ]
}

async fn a_key(w: &World) -> String {
    make(&w.admin, &["api_keys:write"], Some(w.property().await)).await.expect(201).id().to_owned()
}
