//! Tests of what is sent, to whom, how often, and when no more.
use super::judges::judged;
use super::receiver::{Receiver, Told};
use super::{Scene, address};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, eventually, is_full_size, size};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// T-wh-pii: which, of what and when; no name, no address, no value.
#[tokio::test]
async fn a_webhook_is_told_what_happens_and_not_of_whom() {
    let scene = Scene::new().await;
    scene.book().await;
    let hook = scene.hook("hook", &["booking.*", "payment.captured"]).await;
    let elsewhere = scene.app.hotel(HotelSpec::default()).await;
    elsewhere.book(&elsewhere.manager, "2026-12-10", "2026-12-12").await;
    let booking = scene.book().await;
    scene.serve().await;
    let told = scene.receiver.take();
    assert!(!told.is_empty() && told.iter().all(|told| told.kind().starts_with("booking.")), "{told:?}");
    let created = told.iter().find(|told| told.kind() == "booking.created").expect("the booking");
    let start = format!(r#"{{"id":"{}","type":"booking.created","timestamp":"2026-12-01T12:00:00Z","sequence":"#, id(created));
    assert!(created.text.starts_with(&start), "{}", created.text);
    let data = &created.body["data"];
    let members: Vec<&str> = data.as_object().expect("an object").keys().map(String::as_str).collect();
    let expected = ["booking_id", "changed", "entity", "entity_id", "property_id", "seq", "stream_id", "version"];
    assert_eq!(members.into_iter().collect::<BTreeSet<_>>(), expected.into_iter().collect(), "{data}");
    assert_eq!(
        (&data["property_id"], &data["entity"], &data["entity_id"], &data["booking_id"]),
        (&json!(scene.hotel.id), &json!("booking"), &json!(booking.id()), &json!(booking.id()))
    );
    assert!(data["changed"].as_array().expect("names").contains(&json!("contact_name")), "{data}");
    assert_eq!((created.header("webhook-id"), created.header("content-type")), (id(created), "application/json"));
    for personal in ["Ana", "Sousa", "@example.com", booking.body["reference"].as_str().expect("a reference")] {
        assert!(told.iter().all(|told| !told.text.contains(personal)), "{personal}");
    }
    let known = format!("SELECT position FROM outbox WHERE event_id = '{}'", id(created));
    assert_eq!(created.body["sequence"], json!(scene.app.number(&known).await));
    let shown = scene.see(&hook).await;
    assert_eq!((&shown.body["last_success_at"], &shown.body["pending"]), (&json!("2026-12-01T12:00:00Z"), &json!(0)));

    // What is consumed once more is not told once more.
    scene.app.sql("UPDATE outbox_sinks SET position = 0 WHERE name = 'webhooks'").await;
    assert_eq!((scene.serve().await, scene.receiver.take().len()), (0, 0));
    let delivered = scene.deliveries(&hook, "?kind=booking.created&state=delivered").await;
    assert_eq!((delivered.len(), &delivered[0]["attempts"][0]["status"]), (1, &json!(200)));
    assert_eq!(
        (&delivered[0]["request_body"], &delivered[0]["attempts"][0]["response_body"]),
        (&json!(created.text), &json!("thank you"))
    );
    assert_eq!(scene.deliveries(&hook, "?state=failed").await, Vec::<Value>::new());
}

fn id(told: &Told) -> &str {
    told.body["id"].as_str().expect("an id")
}

/// Returns `true` if one of the signatures is by this secret.
fn is_signed(told: &Told, secret: &str) -> bool {
    let key = BASE64_STANDARD.decode(secret.trim_start_matches("whsec_")).expect("base64");
    let signed = format!("{}.{}.{}", told.header("webhook-id"), told.header("webhook-timestamp"), told.text);
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).expect("a key");
    let code = BASE64_STANDARD.encode(Mac::chain_update(mac, signed.as_bytes()).finalize().into_bytes());
    told.header("webhook-signature").split(' ').any(|signature| signature == format!("v1,{code}"))
}

/// T-wh-del: while a secret is rotated, both verify what comes; the official libraries say so.
#[tokio::test]
async fn messages_are_signed_by_the_secret_and_for_a_day_by_the_one_before() {
    let scene = Scene::new().await;
    let hook = scene.hook("hook", &["booking.created"]).await;
    let first = hook.body["secret"].as_str().expect("a secret");
    scene.book().await;
    scene.serve().await;
    let rotated = scene.hotel.manager.post(&format!("{}/rotate-secret", address(&hook)), &json!({})).await.expect(200);
    let second = rotated.body["secret"].as_str().expect("a secret");
    scene.book().await;
    scene.serve().await;
    scene.app.sql("UPDATE webhooks SET previous_secret_until = now() - interval '1 second'").await;
    scene.hotel.book(&scene.hotel.manager, "2026-12-20", "2026-12-22").await;
    scene.serve().await;
    let told = scene.receiver.take();
    let [before, within, after] = told.as_slice() else { panic!("{told:?}") };
    let expected = [
        (first, before, true),
        (second, before, false),
        (first, within, true),
        (second, within, true),
        (first, after, false),
        (second, after, true),
    ];
    for (secret, told, is_genuine) in expected {
        assert_eq!(is_signed(told, secret), is_genuine, "{}", told.header("webhook-signature"));
    }
    for verdicts in judged(&expected.map(|(secret, told, _)| (secret, told))).await {
        let genuine = expected.map(|(.., is_genuine)| if is_genuine { json!("booking.created") } else { Value::Null });
        assert_eq!(verdicts, genuine);
    }
}

#[tokio::test]
async fn an_event_that_is_not_taken_is_sent_again_over_a_day_and_then_no_more() {
    let scene = Scene::new().await;
    let hook = scene.hook("down", &["booking.created"]).await;
    scene.receiver.status("down", 500);
    scene.book().await;
    assert_eq!(scene.serve().await, 1);
    for pause in [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600] {
        let waiting = scene.deliveries(&hook, "?state=pending").await;
        let (last, due) = (instant(&waiting[0]["attempts"][0]["attempted_at"]), instant(&waiting[0]["due_at"]));
        let (paused, longest) = ((due - last).num_milliseconds(), pause * 1100);
        assert!((pause * 1000..=longest).contains(&paused), "{paused} ms in the place of {pause} s");
        assert_eq!(scene.serve_at(&(due - chrono::TimeDelta::milliseconds(1)).to_rfc3339()).await, 0, "not before");
        assert_eq!(scene.serve_at(&due.to_rfc3339()).await, 1);
    }
    let failed = scene.deliveries(&hook, "?state=failed").await;
    assert_eq!((&failed[0]["attempt_count"], &failed[0]["due_at"]), (&json!(8), &Value::Null));
    assert_eq!(failed[0]["attempts"][0]["number"], 8);
    assert_eq!(scene.serve_at("2026-12-05T12:00:00Z").await, 0);
    let told = scene.receiver.take();
    assert_eq!(told.len(), 8);
    assert!(told.iter().all(|one| id(one) == id(&told[0]) && one.text == told[0].text), "one id and one body for all attempts");
    let shown = scene.see(&hook).await;
    assert_eq!((&shown.body["failing_since"], &shown.body["is_enabled"]), (&json!("2026-12-01T12:00:00Z"), &json!(true)));

    // It is sent again by hand, and all is well then.
    scene.receiver.status("down", 204);
    let path = format!("{}/deliveries/{}/resend", address(&hook), id(&told[0]));
    let again = scene.hotel.manager.post(&path, &json!({})).await.expect(200);
    assert_eq!(again.body["state"], "pending");
    assert_eq!(scene.hotel.manager.post(&path, &json!({})).await.expect(409).code(), "webhooks.pending");
    assert_eq!(scene.serve().await, 1);
    let shown = scene.see(&hook).await;
    assert_eq!((&shown.body["failing_since"], &shown.body["last_success_at"]), (&Value::Null, &json!("2026-12-05T12:00:00Z")));
    assert_eq!(scene.deliveries(&hook, "?state=delivered").await[0]["attempt_count"], 9);

    // A week after its last attempt it is forgotten.
    scene.app.move_clock("2026-12-12T11:59:00Z").await;
    assert_eq!(scene.deliveries(&hook, "").await.len(), 1);
    scene.app.move_clock("2026-12-12T12:00:01Z").await;
    assert_eq!(scene.deliveries(&hook, "").await.len(), 0);
    // The record that is read anew tells nothing that is as old as that.
    scene.app.sql("UPDATE outbox_sinks SET position = 0 WHERE name = 'webhooks'").await;
    assert_eq!(scene.serve().await, 0);
}

fn instant(value: &Value) -> chrono::DateTime<chrono::Utc> {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} is no instant"))
}

#[tokio::test]
async fn a_server_that_asks_for_a_pause_has_it() {
    let scene = Scene::new().await;
    let hook = scene.hook("busy", &["booking.created"]).await;
    scene.receiver.status("busy", 503);
    scene.book().await;
    scene.serve().await;
    assert_eq!(scene.deliveries(&hook, "").await[0]["due_at"], "2026-12-01T13:00:00Z");
    scene.receiver.status("busy", 200);
    assert_eq!(scene.serve_at("2026-12-01T12:59:59Z").await, 0);
    assert_eq!(scene.serve_at("2026-12-01T13:00:00Z").await, 1);
}

/// T-wh-ssrf: a redirect is a failure, wherever it leads.
#[tokio::test]
async fn nobody_is_sent_elsewhere_by_a_redirect() {
    let scene = Scene::new().await;
    let hook = scene.hook("moved", &["booking.created"]).await;
    scene.book().await;
    assert_eq!(scene.serve().await, 1);
    assert!(scene.receiver.take().is_empty(), "the trap was told");
    let waiting = scene.deliveries(&hook, "?state=pending").await;
    assert_eq!(waiting[0]["attempts"][0]["status"], 307);
}

/// T-wh-del: whoever deletes or disables a webhook hears nothing more there, whatever waits.
#[tokio::test]
async fn nothing_is_sent_to_a_webhook_that_was_deleted_or_disabled() {
    let scene = Scene::new().await;
    let (deleted, disabled) = (scene.hook("deleted", &["booking.created"]).await, scene.hook("off", &["booking.created"]).await);
    for path in ["deleted", "off"] {
        scene.receiver.status(path, 500);
    }
    scene.book().await;
    assert_eq!(scene.serve().await, 2);
    scene.hotel.manager.delete(&address(&deleted), "\"1\"").await.expect(204);
    scene.hotel.manager.patch(&address(&disabled), "\"1\"", &json!({"is_enabled": false})).await.expect(200);
    scene.book().await;
    assert_eq!(scene.serve_at("2026-12-02T12:00:00Z").await, 0);
    assert_eq!(scene.receiver.take().len(), 2);
    // What waited goes on when it is enabled; what happened meanwhile is not told.
    scene.receiver.status("off", 200);
    scene.hotel.manager.patch(&address(&disabled), "\"2\"", &json!({"is_enabled": true})).await.expect(200);
    assert_eq!(scene.serve().await, 1);
    scene.app.move_clock("2026-12-02T13:00:00Z").await;
    let left = format!("SELECT count(*) FROM webhook_deliveries WHERE webhook_id = '{}'", deleted.id());
    assert_eq!(scene.app.number(&left).await, 0, "what waited is forgotten");
}

#[tokio::test]
async fn nothing_but_failures_for_five_days_disables_a_webhook() {
    let scene = Scene::new().await;
    let hook = scene.hook("down", &["booking.created"]).await;
    scene.receiver.status("down", 500);
    scene.book().await;
    scene.serve().await;
    scene.hotel.book(&scene.hotel.manager, "2026-12-20", "2026-12-22").await;
    scene.serve_at("2026-12-06T11:59:00Z").await;
    assert_eq!(scene.see(&hook).await.body["is_enabled"], true, "a minute is left");
    scene.hotel.book(&scene.hotel.manager, "2026-12-22", "2026-12-24").await;
    scene.serve_at("2026-12-06T12:00:00Z").await;
    let shown = scene.see(&hook).await;
    assert_eq!((&shown.body["is_enabled"], &shown.body["disabled_reason"]), (&json!(false), &json!("failing")));
    assert_eq!(scene.app.event_kinds().await.iter().filter(|kind| *kind == "webhook.disabled").count(), 1);
    let of_manager = format!("SELECT email FROM users WHERE id = '{}'", scene.hotel.manager.user_id());
    let email = scene.app.rows(&of_manager).await[0]["email"].as_str().expect("an address").to_owned();
    let mails = scene.app.mail_to(&email).await;
    let notice = mails.iter().find(|mail| mail["subject"] == "A webhook was disabled").expect("the notice");
    let text = notice["text"].as_str().expect("text");
    assert!(
        text.contains("The webhook to 127.0.0.1 of Test Hotel is disabled. Its server has taken nothing for five days."),
        "{text}"
    );
    scene.receiver.take();
    assert_eq!(scene.serve_at("2026-12-06T18:00:00Z").await, 0);

    // Enabled again, it begins anew: a failure more does not disable it at once.
    scene.hotel.manager.patch(&address(&hook), shown.header("etag"), &json!({"is_enabled": true})).await.expect(200);
    assert!(scene.serve().await > 0);
    assert_eq!(scene.see(&hook).await.body["is_enabled"], true);
}

#[tokio::test]
async fn a_server_that_says_that_it_is_gone_is_asked_no_more() {
    let scene = Scene::new().await;
    let hook = scene.hook("gone", &["booking.created"]).await;
    scene.receiver.status("gone", 410);
    scene.book().await;
    assert_eq!(scene.serve().await, 1);
    assert_eq!(scene.see(&hook).await.body["disabled_reason"], "gone");
    assert_eq!(scene.serve_at("2026-12-02T12:00:00Z").await, 0);
}

/// T-wh-pii: a webhook is told nothing that whoever answers for it may not be told any more.
#[tokio::test]
async fn a_webhook_ends_with_the_permission_of_whoever_answers_for_it() {
    let scene = Scene::new().await;
    let partner = scene.app.staff(&["webhooks:read", "webhooks:write"], Some(&scene.hotel.id)).await;
    let url = scene.receiver.url("hook");
    let hook = super::make(&partner, &scene.hotel.id, &url, &["booking.created"]).await.expect(201);
    scene.book().await;
    assert_eq!(scene.serve().await, 1);
    scene.app.sql(&format!("DELETE FROM role_assignments WHERE user_id = '{}'", partner.user_id())).await;
    scene.book().await;
    assert_eq!(scene.serve().await, 0);
    assert_eq!(scene.see(&hook).await.body["disabled_reason"], "unauthorized");
    // Somebody else takes it over.
    let etag = scene.see(&hook).await.header("etag").to_owned();
    scene.hotel.manager.patch(&address(&hook), &etag, &json!({"is_enabled": true})).await.expect(200);
    assert_eq!(scene.serve().await, 1, "what waited");
    scene.app.sql(&format!("UPDATE properties SET is_deleted = true, deleted_at = now() WHERE id = '{}'", scene.hotel.id)).await;
    scene.hotel.manager.post(&format!("{}/test", address(&hook)), &json!({})).await.expect(200);
    assert_eq!(scene.serve().await, 0);
    assert_eq!(scene.see(&hook).await.body["disabled_reason"], "property_removed");
}

/// A webhook that an integration made ends with its key, though whoever made the key may still see to webhooks.
#[tokio::test]
async fn a_webhook_ends_with_the_key_that_it_was_made_by() {
    let scene = Scene::new().await;
    let grants = json!([{"permission": "webhooks:write", "property_id": scene.hotel.id}]);
    let key = scene.hotel.manager.post("/v1/api-keys", &json!({"name": "Door locks", "grants": grants})).await.expect(201);
    let bearer = format!("Bearer {}", key.body["key"].as_str().expect("a key"));
    let integration = scene.app.anonymous().with("authorization", bearer);
    let url = scene.receiver.url("hook");
    let hook = super::make(&integration, &scene.hotel.id, &url, &["booking.created"]).await.expect(201);
    assert_eq!(
        (&hook.body["api_key_id"], &hook.body["user_id"]),
        (&key.body["id"], &json!(scene.hotel.manager.user_id())),
        "whoever made the key answers for it, too"
    );
    scene.book().await;
    assert_eq!(scene.serve().await, 1);
    scene.hotel.manager.delete(&format!("/v1/api-keys/{}", key.id()), "\"1\"").await.expect(204);
    scene.book().await;
    assert_eq!(scene.serve().await, 0);
    assert_eq!(scene.see(&hook).await.body["disabled_reason"], "unauthorized");
}

/// Time that an attempt may take.
const ATTEMPT: Duration = Duration::from_secs(15);
/// Time by which two runs may differ, whatever they are.
const FLOOR: Duration = Duration::from_millis(250);

/// T-wh-dead: the others are told as fast while one is slow and another one is dead. At the size of the promise, the best of some
/// runs of each is compared, so that what else the machine does counts less; at the small one, nobody waits as long as an attempt
/// takes to a server that does not answer.
#[tokio::test(flavor = "multi_thread")]
async fn one_dead_and_one_slow_delay_nobody() {
    let others = size(40, 998);
    let (mut alone, mut beside) = (Duration::MAX, Duration::MAX);
    for _ in 0..size(1, 3) {
        alone = alone.min(told_within(others, false).await);
        beside = beside.min(told_within(others, true).await);
    }
    let most = if is_full_size() { (alone * 6 / 5).max(alone + FLOOR) } else { ATTEMPT };
    assert!(beside < most, "99 of 100 know after {alone:?}, and after {beside:?} where one is dead and one is slow");
}

/// Lets webhooks be told of a booking, and returns the time in which 99 of 100 of those that answer at once are. If there is
/// trouble, one more is dead, and another one answers when all others have been told: if it kept them waiting, its answer would
/// come too late.
async fn told_within(others: usize, has_trouble: bool) -> Duration {
    let mut app = TestApp::with(|config| config.outgoing_unguarded = true).await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let receiver = Receiver::start().await;
    let dead = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let troubled = if has_trouble {
        let urls = [format!("http://{dead}/dead"), receiver.url(&format!("slow/{others}"))];
        hooks(&hotel, urls).await
    } else {
        Vec::new()
    };
    hooks(&hotel, (0..others).map(|n| receiver.url(&format!("fast{n}")))).await;
    app.start_background();
    let begun = Instant::now();
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let all = i64::try_from(others + troubled.len()).expect("a number");
    eventually(Duration::from_secs(120), async || {
        let waiting = "SELECT count(*) FROM webhook_deliveries WHERE state <> 'delivered'";
        let made = "SELECT count(*) FROM webhook_deliveries";
        app.number(made).await == all && app.number(waiting).await == i64::from(has_trouble)
    })
    .await;
    let told = receiver.take();
    assert_eq!(told.len(), others, "each once");
    if let [dead, slow] = troubled.as_slice() {
        let slow = hotel.manager.get(&format!("{}/deliveries", address(slow))).await.expect(200);
        assert_eq!((&slow.body["items"][0]["state"], &slow.body["items"][0]["attempt_count"]), (&json!("delivered"), &json!(1)));
        let dead = hotel.manager.get(&format!("{}/deliveries", address(dead))).await.expect(200);
        assert_eq!(dead.body["items"][0]["attempts"][0]["error"], "the server could not be reached");
    }
    let mut took: Vec<Duration> = told.iter().map(|told| told.came_at.duration_since(begun)).collect();
    took.sort_unstable();
    took[(others * 99).div_ceil(100) - 1]
}

/// Makes a webhook for each address.
async fn hooks(hotel: &Hotel, urls: impl IntoIterator<Item = String>) -> Vec<Reply> {
    let mut hooks = Vec::new();
    for url in urls {
        hooks.push(super::make(&hotel.manager, &hotel.id, &url, &["booking.created"]).await.expect(201));
    }
    hooks
}

/// T-wh-dead: more of them are slow than there are workers for those that work, and it is known.
#[tokio::test(flavor = "multi_thread")]
async fn however_many_are_slow_they_wait_for_each_other_only() {
    tell_beside_slow_ones(true).await;
}

/// T-wh-dead: more of them turn out to be slow than there are workers for those that work.
#[tokio::test(flavor = "multi_thread")]
async fn while_many_turn_out_to_be_slow_others_are_told() {
    tell_beside_slow_ones(false).await;
}

/// Lets webhooks be told of a booking when it is the turn of many slow ones, which answer when all others have been told.
async fn tell_beside_slow_ones(is_known: bool) {
    let mut app = TestApp::with(|config| config.outgoing_unguarded = true).await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let receiver = Receiver::start().await;
    let (slow, others) = (40, size(10, 300));
    hooks(&hotel, (0..slow).map(|_| receiver.url(&format!("slow/{others}")))).await;
    hooks(&hotel, (0..others).map(|n| receiver.url(&format!("fast{n}")))).await;
    app.sql(&format!(
        "UPDATE webhooks SET is_slow = {is_known} AND url LIKE '%/slow/%', last_claimed_at = CASE
             WHEN url LIKE '%/slow/%' THEN '2026-12-01T10:00:00Z'::timestamptz ELSE '2026-12-01T11:00:00Z' END"
    ))
    .await;
    app.start_background();
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let all = i64::try_from(slow + others).expect("a number");
    eventually(Duration::from_secs(120), async || {
        app.number("SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'").await == all
    })
    .await;
    assert_eq!(receiver.take().len(), others, "each once");
    assert_eq!(app.number("SELECT count(*) FROM webhook_attempts WHERE status = 200").await, all);
    assert_eq!(app.number("SELECT count(*) FROM webhook_attempts").await, all, "an answer came too late");
}

#[tokio::test]
async fn a_webhook_is_slow_while_its_answers_take_long() {
    let scene = Scene::new().await;
    let hook = scene.hook("hook", &["booking.created"]).await;
    let mut known = Vec::new();
    for (night, delay) in [(10, Duration::ZERO), (12, Duration::from_secs(2)), (14, Duration::ZERO)] {
        scene.receiver.delay("hook", delay);
        scene.hotel.book(&scene.hotel.manager, crate::support::day(night), crate::support::day(night + 1)).await;
        assert_eq!(scene.serve().await, 1);
        known.push(scene.app.number("SELECT count(*) FROM webhooks WHERE is_slow").await);
    }
    assert_eq!(known, [0, 1, 0]);
    assert_eq!(scene.deliveries(&hook, "?state=delivered").await.len(), 3, "slow is no failure");
}

/// Lets so many events happen at once, of a few things in turn.
async fn happen(scene: &Scene, events: usize) {
    scene
        .app
        .sql(&format!(
            "INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, actor_kind, changes, occurred_at)
             SELECT gen_random_uuid(), '{}', 'amenity.updated', 'amenity', md5((n % 7)::text)::uuid, 'system', '{{}}',
                    '2026-12-01T12:00:00Z' FROM generate_series(1, {events}) AS n ORDER BY n",
            scene.hotel.id
        ))
        .await;
}

/// What came of a round is noted in one transaction, however many attempts it has: 8 in the first of a turn, 32 in the others.
#[tokio::test]
async fn a_round_of_attempts_has_one_commit() {
    let scene = Scene::new().await;
    scene.hook("hook", &["amenity.updated"]).await;
    happen(&scene, 40).await;
    assert_eq!(scene.serve().await, 40);
    let told = scene.receiver.take();
    assert_eq!((told.len(), told.iter().map(id).collect::<BTreeSet<_>>().len()), (40, 40), "each once");
    for table in ["webhook_attempts", "webhook_deliveries"] {
        let commits = format!("SELECT count(DISTINCT xmin::text) FROM {table}");
        assert_eq!(scene.app.number(&commits).await, 2, "{table}");
    }
    let noted = "SELECT count(*) FROM webhook_deliveries d JOIN webhook_attempts a USING (webhook_id, event_id)
                 WHERE d.state = 'delivered' AND d.attempts = 1 AND d.tries = 1 AND d.due_at IS NULL
                   AND d.delivered_at = a.attempted_at AND a.number = 1 AND a.status = 200 AND a.response_body = 'thank you'";
    assert_eq!(scene.app.number(noted).await, 40);
    let left = "SELECT count(*) FROM webhooks WHERE claimed_by IS NOT NULL OR failing_since IS NOT NULL OR is_slow";
    assert_eq!(scene.app.number(left).await, 0);
}

/// What failed in a large round is noted for itself, and what was taken beside it is not sent again.
#[tokio::test]
async fn of_a_round_what_failed_is_sent_again_and_nothing_else() {
    let scene = Scene::new().await;
    let hook = scene.hook("hook", &["amenity.updated"]).await;
    happen(&scene, 40).await;
    scene.receiver.fail_every(10);
    assert_eq!(scene.serve().await, 40);
    let told = scene.receiver.take();
    assert_eq!((told.len(), told.iter().map(id).collect::<BTreeSet<_>>().len()), (40, 40), "each once");
    let waiting = scene.deliveries(&hook, "?state=pending").await;
    assert_eq!(waiting.len(), 4);
    let failed = |one: &Value| (one["attempts"][0]["status"] == 500, one["attempt_count"] == 1, !one["due_at"].is_null());
    assert!(waiting.iter().all(|one| failed(one) == (true, true, true)), "{waiting:?}");
    scene.receiver.fail_every(usize::MAX);
    assert_eq!(scene.serve_at("2026-12-01T12:00:06Z").await, 4);
    let again: BTreeSet<String> = scene.receiver.take().iter().map(|told| id(told).to_owned()).collect();
    let expected: BTreeSet<String> = waiting.iter().map(|one| one["event_id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(again, expected);
    assert_eq!(scene.app.number("SELECT count(*) FROM webhook_attempts").await, 44);
}

/// T-wh-order: who drops what is older than what they know ends where the record ends, however much fails on the way.
#[tokio::test]
async fn whoever_drops_what_is_stale_ends_in_the_same_state() {
    let scene = Scene::new().await;
    scene.hook("hook", &["amenity.updated"]).await;
    scene.receiver.fail_every(5);
    let events = size(60, 10_000);
    happen(&scene, events).await;
    for now in ["01T12:00:00Z", "01T12:00:30Z", "01T12:10:00Z", "01T13:00:00Z", "01T16:00:00Z", "01T22:00:00Z", "02T10:00:00Z"] {
        scene.serve_at(&format!("2026-12-{now}")).await;
    }
    let told = scene.receiver.take();
    assert!(told.len() > events, "nothing failed");
    let mut known: BTreeMap<String, i64> = BTreeMap::new();
    for one in &told {
        let sequence = one.body["sequence"].as_i64().expect("a sequence");
        let entity = one.body["data"]["entity_id"].as_str().expect("an id").to_owned();
        known.entry(entity).and_modify(|seen| *seen = sequence.max(*seen)).or_insert(sequence);
    }
    let recorded = "SELECT entity_id, max(position) AS last FROM outbox WHERE kind = 'amenity.updated' GROUP BY 1 ORDER BY 1";
    for row in scene.app.rows(recorded).await {
        let entity = row["entity_id"].as_str().expect("an id");
        assert_eq!(known.get(entity), row["last"].as_i64().as_ref(), "{entity}");
    }
    assert_eq!(scene.app.number("SELECT count(*) FROM webhook_deliveries WHERE state <> 'delivered'").await, 0);
}

/// T-wh-order: who goes by the latest event of each booking knows the version that the API shows, however much fails on the way.
#[tokio::test]
async fn the_latest_event_of_a_booking_has_the_version_that_it_has() {
    let scene = Scene::new().await;
    scene.hook("hook", &["booking.*"]).await;
    scene.receiver.fail_every(3);
    let manager = &scene.hotel.manager;
    let path = |booking: &Reply| format!("/v1/bookings/{}", booking.id());
    let mut bookings = Vec::new();
    for n in 0..3 {
        let (check_in, check_out) = (crate::support::day(10 + n), crate::support::day(11 + n));
        bookings.push(scene.hotel.book(manager, check_in, check_out).await);
    }
    for round in 0..size(3, 30) {
        for booking in &bookings {
            let etag = manager.get(&path(booking)).await.expect(200).header("etag").to_owned();
            let change = json!({"special_requests": format!("Round {round}")});
            manager.patch(&path(booking), &etag, &change).await.expect(200);
        }
    }
    act(manager, &bookings[0], "cancel").await.expect(200);
    for now in ["01T12:00:00Z", "01T12:00:30Z", "01T12:10:00Z", "01T13:00:00Z", "01T16:00:00Z", "01T22:00:00Z", "02T10:00:00Z"] {
        scene.serve_at(&format!("2026-12-{now}")).await;
    }
    let mut known: BTreeMap<String, (i64, Value)> = BTreeMap::new();
    for told in scene.receiver.take() {
        let sequence = told.body["sequence"].as_i64().expect("a sequence");
        let entity = told.body["data"]["entity_id"].as_str().expect("an id").to_owned();
        let latest = known.entry(entity).or_insert((0, Value::Null));
        if sequence > latest.0 {
            *latest = (sequence, told.body["data"]["version"].clone());
        }
    }
    for booking in &bookings {
        let shown = manager.get(&path(booking)).await.expect(200);
        assert_eq!(known[booking.id()].1, shown.body["version"], "{}", shown.body);
    }
}
