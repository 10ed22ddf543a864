//! Telling again, and telling a test.
use super::{Scene, address};
use crate::support::{eventually, size};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_test_goes_to_one_webhook_whatever_it_asks_for() {
    let scene = Scene::new().await;
    let hook = scene.hook("tried", &["payment.captured"]).await;
    scene.hook("other", &[]).await;
    let other_before = scene.serve().await;
    scene.receiver.take();
    scene.hotel.manager.post(&format!("{}/test", address(&hook)), &json!({})).await.expect(200);
    scene.serve().await;
    let told = scene.receiver.take();
    assert_eq!(told.len(), 1, "{told:?} after {other_before}");
    assert_eq!((told[0].at.as_str(), told[0].kind()), ("tried", "webhook.test"));
    assert_eq!(
        (&told[0].body["data"]["entity_id"], &told[0].body["data"]["property_id"]),
        (&hook.body["id"], &json!(scene.hotel.id))
    );
    let known = scene.deliveries(&hook, "?kind=webhook.test").await;
    assert_eq!((known.len(), &known[0]["state"]), (1, &json!("delivered")));
}

/// T-wh-replay: what happens now is told before what is replayed.
#[tokio::test]
async fn what_happened_is_told_again_after_what_happens() {
    let scene = Scene::new().await;
    let old = scene.book().await;
    scene.app.consume().await;
    let position = scene.app.number("SELECT max(position) FROM outbox").await;
    let hook = scene.hook("late", &["booking.created"]).await;
    assert_eq!(scene.serve().await, 0, "it was before the webhook");
    let replay = format!("{}/replay", address(&hook));
    let begun = scene.hotel.manager.post(&replay, &json!({"after": 0})).await.expect(200);
    assert_eq!(begun.body["is_replaying"], true);
    let twice = scene.hotel.manager.post(&replay, &json!({"after": 0})).await.expect(409);
    assert_eq!(twice.code(), "webhooks.replay_running");
    let new = scene.hotel.book(&scene.hotel.manager, "2026-12-20", "2026-12-22").await;
    assert_eq!(scene.serve().await, 2);
    let told: Vec<Value> = scene.receiver.take().iter().map(|told| told.body["data"]["entity_id"].clone()).collect();
    assert_eq!(told, [json!(new.id()), json!(old.id())]);
    assert_eq!(scene.see(&hook).await.body["is_replaying"], false);
    let known = scene.deliveries(&hook, "").await;
    assert_eq!((&known[0]["is_replay"], &known[1]["is_replay"]), (&json!(false), &json!(true)));

    // Once more, from a place, from a time, and of kinds that it does not have.
    scene.hotel.manager.post(&replay, &json!({"after": position})).await.expect(200);
    assert_eq!(scene.serve().await, 1);
    let again = scene.receiver.take();
    assert_eq!(again[0].body["data"]["entity_id"], json!(new.id()));
    assert_eq!(again[0].header("webhook-id"), known[0]["event_id"].as_str().expect("an id"), "with the same id");
    scene.hotel.manager.post(&replay, &json!({"since": "2026-12-01T12:00:00Z", "kinds": ["booking.*"]})).await.expect(200);
    assert_eq!(scene.serve().await, 2);
    for nothing in [json!({"since": "2026-12-01T12:00:01Z"}), json!({"after": 0, "kinds": ["payment.*"]})] {
        scene.hotel.manager.post(&replay, &nothing).await.expect(200);
        assert_eq!(scene.serve().await, 0, "{nothing}");
    }
}

/// T-wh-replay: of a long record, no more than some hundred events wait at once, and the end is reached.
#[tokio::test]
async fn a_long_replay_comes_in_parts() {
    let scene = Scene::new().await;
    let events = size(1200, 20_000);
    scene
        .app
        .sql(&format!(
            "INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, actor_kind, changes, occurred_at)
             SELECT gen_random_uuid(), '{}', 'amenity.updated', 'amenity', gen_random_uuid(), 'system', '{{}}',
                    '2026-12-01T12:00:00Z' FROM generate_series(1, {events}) AS n",
            scene.hotel.id
        ))
        .await;
    scene.app.consume().await;
    let hook = scene.hook("late", &["amenity.updated"]).await;
    scene.hotel.manager.post(&format!("{}/replay", address(&hook)), &json!({"after": 0})).await.expect(200);
    assert_eq!(scene.serve().await, events);
    let mut ids: Vec<String> = scene.receiver.take().iter().map(|told| told.header("webhook-id").to_owned()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), events, "each once");
}

/// T-wh-replay: what happens while a long replay is under way is told before the rest of it, and soon.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_replay_delays_nothing_that_happens() {
    let mut scene = Scene::new().await;
    let events = size(6_000, 100_000);
    scene
        .app
        .sql(&format!(
            "INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, actor_kind, changes, occurred_at)
             SELECT gen_random_uuid(), '{}', 'amenity.updated', 'amenity', gen_random_uuid(), 'system', '{{}}',
                    '2026-12-01T12:00:00Z' FROM generate_series(1, {events}) AS n",
            scene.hotel.id
        ))
        .await;
    let hook = scene.hook("late", &["amenity.updated", "booking.created"]).await;
    scene.hotel.manager.post(&format!("{}/replay", address(&hook)), &json!({"after": 0})).await.expect(200);
    scene.app.start_background();
    eventually(Duration::from_secs(60), async || !scene.receiver.paths().is_empty()).await;
    let booking = scene.book().await;
    // Half a second at most until the event has its place, and as much until it is collected; the small run shares its machine.
    let soon = Duration::from_secs(if crate::support::is_full_size() { 1 } else { 10 });
    eventually(soon, async || scene.receiver.knows(booking.id())).await;
    assert!(scene.receiver.paths().len() < events, "the replay was at its end before");
    assert_eq!(scene.see(&hook).await.body["is_replaying"], true);
}

/// T-wh-replay: of a replay that is cancelled nothing more is sent, whatever has become of its events; live ones go on.
#[tokio::test]
async fn a_cancelled_replay_sends_nothing_more() {
    let scene = Scene::new().await;
    let old = scene.book().await;
    let hook = scene.hook("late", &["booking.created"]).await;
    let manager = &scene.hotel.manager;
    let (replay, cancel) = (format!("{}/replay", address(&hook)), format!("{}/replay/cancel", address(&hook)));
    let told = async || scene.app.number("SELECT count(*) FROM outbox WHERE kind = 'webhook.replay_cancelled'").await;

    // None is under way, and one that has not begun.
    assert_eq!(manager.post(&cancel, &json!({})).await.expect(200).body["is_replaying"], false);
    assert_eq!(told().await, 0);
    manager.post(&replay, &json!({"after": 0})).await.expect(200);
    assert_eq!(manager.post(&cancel, &json!({})).await.expect(200).body["is_replaying"], false);
    assert_eq!(scene.serve().await, 0);
    manager.post(&cancel, &json!({})).await.expect(200);
    assert_eq!(told().await, 1, "cancelling twice is one event");

    // One on its way: of an event that was never taken, of one that was, and of one that waits for its first attempt.
    let new = scene.hotel.book(manager, "2026-12-20", "2026-12-22").await;
    assert_eq!(scene.serve().await, 1);
    scene.receiver.status("late", 503);
    manager.post(&replay, &json!({"after": 0})).await.expect(200);
    assert_eq!(scene.serve().await, 2, "each is to be tried again");
    let waiting = uuid::Uuid::now_v7();
    scene
        .app
        .sql(&format!(
            "INSERT INTO webhook_deliveries
                 (webhook_id, event_id, kind, sequence, body, state, is_replay, due_at, created_at, updated_at)
             VALUES ('{}', '{waiting}', 'booking.created', 900000, '{{}}', 'pending', true, '2026-12-01T15:00:00Z',
                     now(), now())",
            hook.id()
        ))
        .await;
    assert_eq!(scene.see(&hook).await.body["is_replaying"], true);
    let cancelled = manager.post(&cancel, &json!({})).await.expect(200);
    assert_eq!((&cancelled.body["is_replaying"], &cancelled.body["pending"]), (&json!(false), &json!(0)));
    assert_eq!(told().await, 2);
    let withdrawn = "SELECT max((changes #>> '{withdrawn,after}')::bigint) FROM outbox WHERE kind = 'webhook.replay_cancelled'";
    assert_eq!(scene.app.number(withdrawn).await, 3);
    let known = scene.deliveries(&hook, "").await;
    let states: Vec<&Value> = known.iter().map(|delivery| &delivery["state"]).collect();
    assert_eq!(states, ["cancelled", "delivered", "failed"]);
    assert!(known[1]["request_body"].as_str().is_some_and(|body| body.contains(new.id())), "{known:?}");
    assert!(known[2]["request_body"].as_str().is_some_and(|body| body.contains(old.id())), "{known:?}");

    // Nothing of it comes later, what happens does, and each can be sent again by hand.
    scene.receiver.status("late", 200);
    scene.receiver.take();
    assert_eq!(scene.serve_at("2026-12-01T18:00:00Z").await, 0);
    manager.post(&format!("{}/deliveries/{waiting}/resend", address(&hook)), &json!({})).await.expect(200);
    assert_eq!(scene.serve().await, 1);
    scene.hotel.book(manager, "2026-12-22", "2026-12-23").await;
    assert_eq!(scene.serve().await, 1);
    manager.post(&replay, &json!({"after": 0})).await.expect(200);
    assert_eq!(scene.serve().await, 3, "another replay may follow, of what there was and is");
}
