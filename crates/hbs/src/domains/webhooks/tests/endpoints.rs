//! Webhooks as those see to them who hold the permissions.
use super::{Scene, WEBHOOKS, address, make};
use crate::support::{HotelSpec, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn a_secret_is_shown_once_and_stands_nowhere() {
    let scene = Scene::new().await;
    let hook = scene.hook("hook", &["booking.*"]).await;
    let secret = hook.body["secret"].as_str().expect("a secret").to_owned();
    assert!(secret.starts_with("whsec_") && secret.len() == 6 + 44, "{secret}");
    let shown = scene.see(&hook).await;
    assert!(shown.body.get("secret").is_none(), "it is shown once: {}", shown.body);
    assert_eq!(
        (&shown.body["kinds"], &shown.body["is_enabled"], &shown.body["pending"], &shown.body["disabled_reason"]),
        (&json!(["booking.*"]), &json!(true), &json!(0), &Value::Null)
    );
    let rotated = scene.hotel.manager.post(&format!("{}/rotate-secret", address(&hook)), &json!({})).await.expect(200);
    assert!(rotated.body["secret"] != hook.body["secret"] && rotated.body["previous_secret_until"].is_string());
    for secret in [secret.as_str(), rotated.body["secret"].as_str().expect("a secret")] {
        let bare = secret.trim_start_matches("whsec_");
        for table in ["webhooks", "outbox", "idempotency_keys"] {
            assert_eq!(scene.app.number(&format!("SELECT count(*) FROM {table} t WHERE t::text LIKE '%{bare}%'")).await, 0);
        }
    }
    assert_eq!(scene.app.number("SELECT count(*) FROM outbox o WHERE o::text LIKE '%127.0.0.1%'").await, 0, "addresses");
}

#[tokio::test]
async fn a_webhook_is_changed_and_whoever_does_answers_for_it() {
    let scene = Scene::new().await;
    let hook = scene.hook("hook", &["booking.*"]).await;
    let other = scene.app.staff(&["webhooks:read", "webhooks:write"], Some(&scene.hotel.id)).await;
    let path = address(&hook);
    let same = other.patch(&path, "\"1\"", &json!({"kinds": ["booking.*"]})).await.expect(200);
    assert_eq!((same.header("etag"), &same.body["user_id"]), ("\"1\"", &json!(scene.hotel.manager.user_id())));
    let changed = other.patch(&path, "\"1\"", &json!({"kinds": [], "description": "All of it"})).await.expect(200);
    assert_eq!((&changed.body["kinds"], &changed.body["user_id"]), (&json!([]), &json!(other.user_id())));
    other.patch(&path, "\"1\"", &json!({"description": "Late"})).await.expect(412);
    let off = other.patch(&path, "\"2\"", &json!({"is_enabled": false})).await.expect(200);
    assert_eq!((&off.body["disabled_reason"], off.body["disabled_at"].is_string()), (&json!("by_hand"), true));
    for (action, body) in [("test", json!({})), ("replay", json!({"after": 0}))] {
        let refused = other.post(&format!("{path}/{action}"), &body).await.expect(409);
        assert_eq!(refused.code(), "webhooks.disabled");
    }
    let list = other.get(&format!("{WEBHOOKS}?property_id={}&is_enabled=false", scene.hotel.id)).await.expect(200);
    assert_eq!(list.body["items"][0]["id"], hook.body["id"]);
    assert_eq!(other.get(&format!("{WEBHOOKS}?is_enabled=true")).await.expect(200).body["items"], json!([]));
    let on = other.patch(&path, "\"3\"", &json!({"is_enabled": true})).await.expect(200);
    assert_eq!((&on.body["disabled_reason"], &on.body["disabled_at"]), (&Value::Null, &Value::Null));
    other.delete(&path, on.header("etag")).await.expect(204);
    other.get(&path).await.expect(404);
    let kinds = scene.app.rows("SELECT kind FROM outbox WHERE entity = 'webhook' ORDER BY id").await;
    let kinds: Vec<&str> = kinds.iter().filter_map(|row| row["kind"].as_str()).collect();
    assert_eq!(kinds, ["webhook.created", "webhook.updated", "webhook.updated", "webhook.updated", "webhook.deleted"]);
}

#[tokio::test]
async fn webhooks_of_all_hotels_are_for_those_who_see_to_all() {
    let scene = Scene::new().await;
    let all = json!({"property_id": null, "url": scene.receiver.url("all")});
    let refused = scene.hotel.manager.post(WEBHOOKS, &all).await.expect(403);
    assert_eq!(refused.body["permission"], "webhooks:write");
    let admin = scene.app.admin().await;
    let hook = admin.post(WEBHOOKS, &all).await.expect(201);
    scene.hotel.manager.get(&address(&hook)).await.expect(404);
    admin.get(&address(&hook)).await.expect(200);
    scene.book().await;
    scene.serve().await;
    assert!(scene.receiver.paths().contains(&"all".to_owned()));
}

/// T-wh-ssrf: what leads to this machine, or could, is not even taken. What names hide is found when they are connected to:
/// `outgoing.rs` has the tests of that.
#[tokio::test]
async fn addresses_that_are_not_of_the_internet_are_refused() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for url in [
        "http://example.com/hook",
        "ftp://example.com/hook",
        "https://user@example.com/hook",
        "https://user:secret@example.com/hook",
        "https://example.com:25/hook",
        "https://127.0.0.1/hook",
        "https://2130706433/hook",
        "https://0x7f000001/hook",
        "https://017700000001/hook",
        "https://127.1/hook",
        "https://[::1]/hook",
        "https://[::ffff:127.0.0.1]/hook",
        "https://[::ffff:169.254.169.254]/hook",
        "https://[64:ff9b::7f00:1]/hook",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.8/hook",
        "not an address",
    ] {
        assert_eq!(make(&hotel.manager, &hotel.id, url, &[]).await.expect(422).pointers(), ["/url"], "{url}");
    }
    app.consume().await;
    let hook = make(&hotel.manager, &hotel.id, "https://example.com/hook", &[]).await.expect(201);
    let moved = json!({"url": "https://192.168.0.1/"});
    assert_eq!(hotel.manager.patch(&address(&hook), "\"1\"", &moved).await.expect(422).pointers(), ["/url"]);
    // One that was taken when other rules held is refused when something is sent.
    app.sql("UPDATE webhooks SET url = 'https://localhost/hook'").await;
    hotel.manager.post(&format!("{}/test", address(&hook)), &json!({})).await.expect(200);
    app.consume().await;
    assert_eq!(hbs::domains::webhooks::deliver_due(&app.app).await.expect("served"), 1);
    let list = hotel.manager.get(&format!("{}/deliveries", address(&hook))).await.expect(200);
    assert_eq!(list.body["items"][0]["attempts"][0]["error"], "the address is not one of the internet");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let scene = Scene::new().await;
    let hook = scene.hook("hook", &[]).await;
    for (kinds, pointer) in [(json!(["booking.created", "booking"]), "/kinds/1"), (json!(["*.*"]), "/kinds/0")] {
        let body = json!({"property_id": scene.hotel.id, "url": scene.receiver.url("hook"), "kinds": kinds});
        assert_eq!(scene.hotel.manager.post(WEBHOOKS, &body).await.expect(422).pointers(), [pointer]);
    }
    let replay = format!("{}/replay", address(&hook));
    for (body, pointer) in [
        (json!({}), "/after"),
        (json!({"after": -1}), "/after"),
        (json!({"since": "2026-12-02T00:00:00Z", "until": "2026-12-01T00:00:00Z"}), "/until"),
        (json!({"after": 0, "kinds": ["Booking"]}), "/kinds/0"),
    ] {
        assert_eq!(scene.hotel.manager.post(&replay, &body).await.expect(422).pointers(), [pointer], "{body}");
    }
    let nowhere = uuid::Uuid::now_v7();
    make(&scene.hotel.manager, &nowhere.to_string(), "https://example.com/", &[]).await.expect(404);
    scene.hotel.manager.post(&format!("{}/deliveries/{nowhere}/resend", address(&hook)), &json!({})).await.expect(404);
}

#[tokio::test]
async fn an_installation_has_so_many_webhooks_and_no_more() {
    let scene = Scene::new().await;
    let hook = scene.hook("hook", &[]).await;
    scene
        .app
        .sql(&format!(
            "INSERT INTO webhooks (id, property_id, url, kinds, description, is_enabled, secret, user_id, from_position,
                                   created_at, updated_at)
             SELECT gen_random_uuid(), property_id, url, kinds, '', true, secret, user_id, 0, now(), now()
             FROM webhooks, generate_series(1, 999) WHERE id = '{}'",
            hook.id()
        ))
        .await;
    let refused = make(&scene.hotel.manager, &scene.hotel.id, &scene.receiver.url("hook"), &[]).await.expect(409);
    assert_eq!(refused.code(), "webhooks.too_many");
    scene.hotel.manager.delete(&address(&hook), "\"1\"").await.expect(204);
    scene.hook("hook", &[]).await;
}
