//! Publications and withdrawals by the clock.
use super::{CONTENT, at, html, page, public, publish, published, save};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp};
use serde_json::{Value, json};

async fn schedule(client: &Client, id: &str, times: &Value) -> Reply {
    let path = at(id, "en");
    let etag = client.get(&path).await.expect(200).header("etag").to_owned();
    client.with("if-match", etag).put(&format!("{path}/schedule"), times).await
}

/// A hotel in a zone, today at noon in Greenwich.
async fn hotel_in(app: &TestApp, zone: &str, today: &str) -> Hotel {
    let hotel = app.hotel(HotelSpec::default()).await;
    app.sql(&format!("UPDATE properties SET time_zone = '{zone}' WHERE id = '{}'", hotel.id)).await;
    app.set_clock(&format!("{today}T12:00:00Z"));
    hotel
}

/// T-cms-zone: times by the hotel's clocks, also on the nights on which these are changed: one publication, at the instant that
/// the answer states together with the zone and the rule.
#[tokio::test]
async fn a_local_time_is_one_instant_in_each_zone() {
    let app = TestApp::new().await;
    let moment = |instant: &str, minus: bool| {
        let instant: chrono::DateTime<chrono::Utc> = instant.parse().expect("an instant");
        let moved = if minus { instant - chrono::TimeDelta::seconds(1) } else { instant };
        moved.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    };
    for (zone, today, local, instant, rule) in [
        ("Europe/Lisbon", "2027-03-27", "2027-03-28T01:30", "2027-03-28T01:00:00Z", "after_gap"),
        ("Europe/Lisbon", "2027-10-30", "2027-10-31T01:30", "2027-10-31T00:30:00Z", "first_of_two"),
        ("America/New_York", "2027-03-13", "2027-03-14T02:30", "2027-03-14T07:00:00Z", "after_gap"),
        ("America/New_York", "2027-11-06", "2027-11-07T01:30", "2027-11-07T05:30:00Z", "first_of_two"),
        ("Asia/Kolkata", "2027-03-27", "2027-03-28T02:30", "2027-03-27T21:00:00Z", "as_written"),
        ("Pacific/Apia", "2027-03-26", "2027-03-28T02:30", "2027-03-27T13:30:00Z", "as_written"),
        ("Africa/Lagos", "2027-03-27", "2027-03-28T02:30", "2027-03-28T01:30:00Z", "as_written"),
    ] {
        let hotel = hotel_in(&app, zone, today).await;
        let made = hotel.manager.post(CONTENT, &page(&hotel.id, "en", "news", "New.")).await.expect(201);
        let told = schedule(&hotel.manager, made.id(), &json!({"publish_at": local})).await.expect(200).body;
        let expected = json!({
            "time_zone": zone, "number": 1, "publish": {"local": local, "instant": instant, "rule": rule}, "unpublish": null,
        });
        assert_eq!(told["schedule"], expected);
        let guest = app.anonymous();
        let events = "SELECT count(*) FROM outbox WHERE kind = 'content_locale.published'";
        let before = app.number(events).await;
        app.move_clock(&moment(instant, true)).await;
        guest.get(&public(&hotel, "news")).await.expect(404);
        app.move_clock(instant).await;
        assert_eq!(guest.get(&public(&hotel, "news")).await.expect(200).body["published_at"], instant, "{zone} {local}");
        // An hour later, when the time by the clocks may come again: nothing more.
        app.move_clock(&instant.replace(":00Z", ":59Z")).await;
        let later: chrono::DateTime<chrono::Utc> = instant.parse().expect("an instant");
        app.move_clock(&moment(&(later + chrono::TimeDelta::hours(2)).to_rfc3339(), false)).await;
        assert_eq!(app.number(events).await, before + 1, "{zone} {local}");
        let shown = hotel.manager.get(&at(made.id(), "en")).await.expect(200).body;
        assert_eq!((&shown["schedule"], &shown["status"]), (&Value::Null, &json!("published")));
    }
}

/// T-cms-late: HBS was away at the time: published when it starts, once; and the scheduled version, not what was written since.
#[tokio::test]
async fn a_late_schedule_publishes_the_scheduled_version_once() {
    let app = TestApp::new().await;
    let hotel = hotel_in(&app, "Europe/Lisbon", "2026-12-01").await;
    let made = hotel.manager.post(CONTENT, &page(&hotel.id, "en", "christmas", "Approved.")).await.expect(201);
    let id = made.id();
    let times = json!({"publish_at": "2026-12-24T18:00", "unpublish_at": "2027-01-07T00:00"});
    let told = schedule(&hotel.manager, id, &times).await.expect(200).body;
    assert_eq!((&told["schedule"]["number"], &told["status"]), (&json!(1), &json!("draft")));
    let edited = save(&hotel.manager, id, "en", "Not approved.").await;
    assert_eq!((&edited.body["schedule"]["number"], &edited.body["number"]), (&json!(1), &json!(2)));

    // The time passes while no process runs; two come up together.
    app.set_clock("2026-12-26T09:00:00Z");
    let second = TestApp::on(app.app.config.clone()).await;
    second.set_clock("2026-12-26T09:00:00Z");
    let jobs = async |process: &TestApp| hbs::domains::content::publish_due(&process.app).await.expect("the schedule");
    let (one, other) = tokio::join!(jobs(&app), jobs(&second));
    assert_eq!(one + other, 1);
    let events = "SELECT count(*) FROM outbox WHERE kind = 'content_locale.published'";
    assert_eq!(app.number(events).await, 1);
    for process in [&app, &second] {
        let shown = process.anonymous().get(&public(&hotel, "christmas")).await.expect(200);
        assert_eq!((html(&shown), &shown.body["number"]), ("<p>Approved.</p>\n", &json!(1)));
    }
    let draft = hotel.manager.get(&at(id, "en")).await.expect(200).body;
    assert_eq!((&draft["status"], &draft["number"], &draft["published_number"]), (&json!("draft"), &json!(2), &json!(1)));
    assert_eq!(draft["content"]["blocks"][0]["text"]["markdown"], "Not approved.");

    app.move_clock("2027-01-07T00:00:00Z").await;
    app.anonymous().get(&public(&hotel, "christmas")).await.expect(404);
    let over = hotel.manager.get(&at(id, "en")).await.expect(200).body;
    assert_eq!((&over["status"], &over["published_number"], &over["schedule"]), (&json!("draft"), &Value::Null, &Value::Null));
}

#[tokio::test]
async fn both_times_that_passed_while_hbs_was_away_leave_nothing_public() {
    let app = TestApp::new().await;
    let hotel = hotel_in(&app, "Europe/Lisbon", "2026-12-01").await;
    let made = hotel.manager.post(CONTENT, &page(&hotel.id, "en", "sale", "A day only.")).await.expect(201);
    let times = json!({"publish_at": "2026-12-02T00:00", "unpublish_at": "2026-12-03T00:00"});
    schedule(&hotel.manager, made.id(), &times).await.expect(200);
    app.move_clock("2026-12-05T00:00:00Z").await;
    app.anonymous().get(&public(&hotel, "sale")).await.expect(404);
    let over = hotel.manager.get(&at(made.id(), "en")).await.expect(200).body;
    assert_eq!((&over["status"], &over["published_number"]), (&json!("archived"), &Value::Null));
    let kinds = app.event_kinds().await;
    assert!(kinds.ends_with(&["content_locale.published".into(), "content_locale.archived".into()]), "{kinds:?}");
}

/// More than one look at the schedule finds is broken: what is due after it goes live all the same.
#[tokio::test]
async fn what_cannot_be_moved_holds_up_nothing_behind_it() {
    let app = TestApp::new().await;
    let hotel = hotel_in(&app, "Europe/Lisbon", "2026-12-01").await;
    let plan = async |slug: &str, at: &str| {
        let made = hotel.manager.post(CONTENT, &page(&hotel.id, "en", slug, "New.")).await.expect(201);
        schedule(&hotel.manager, made.id(), &json!({"publish_at": at})).await.expect(200);
    };
    for n in 0..101 {
        plan(&format!("broken-{n}"), "2026-12-02T12:00").await;
    }
    plan("news", "2026-12-02T13:00").await;
    app.sql("ALTER TABLE content_locales ADD CONSTRAINT broken CHECK (slug NOT LIKE 'broken-%' OR published_id IS NULL)").await;
    let guest = app.anonymous();
    app.move_clock_in_vain("2026-12-03T12:00:00Z").await;
    assert_eq!(html(&guest.get(&public(&hotel, "news")).await.expect(200)), "<p>New.</p>\n");
    guest.get(&public(&hotel, "broken-7")).await.expect(404);
    app.sql("ALTER TABLE content_locales DROP CONSTRAINT broken").await;
    app.move_clock("2026-12-03T12:01:00Z").await;
    guest.get(&public(&hotel, "broken-7")).await.expect(200);
    let left = "SELECT count(*) FROM content_locales WHERE publish_at IS NOT NULL";
    assert_eq!(app.number(left).await, 0);
}

#[tokio::test]
async fn schedules_are_changed_taken_back_and_refused() {
    let app = TestApp::new().await;
    let hotel = hotel_in(&app, "Europe/Lisbon", "2026-12-01").await;
    let made = hotel.manager.post(CONTENT, &page(&hotel.id, "en", "news", "New.")).await.expect(201);
    let id = made.id();
    for (times, pointer) in [
        (json!({}), "/publish_at"),
        (json!({"publish_at": "2026-12-01T11:59"}), "/publish_at"),
        (json!({"publish_at": "2026-12-02"}), "/publish_at"),
        (json!({"publish_at": "2026-12-02T25:00"}), "/publish_at"),
        (json!({"publish_at": "2026-12-02T12:00:30Z"}), "/publish_at"),
        (json!({"publish_at": "2026-12-03T12:00", "unpublish_at": "2026-12-03T12:00"}), "/unpublish_at"),
        (json!({"unpublish_at": "2026-12-03T12:00"}), "/unpublish_at"),
        (json!({"publish_at": "2026-12-03T12:00", "time_zone": "Europe/Paris"}), "/time_zone"),
    ] {
        let refused = schedule(&hotel.manager, id, &times).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{times}");
    }
    let take_back = async || {
        let path = at(id, "en");
        let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
        hotel.manager.delete(&format!("{path}/schedule"), &etag).await
    };
    assert_eq!(take_back().await.expect(409).code(), "content.not_scheduled");
    schedule(&hotel.manager, id, &json!({"publish_at": "2026-12-03T12:00"})).await.expect(200);
    schedule(&hotel.manager, id, &json!({"publish_at": "2026-12-04T12:00"})).await.expect(200);
    take_back().await.expect(200);
    app.move_clock("2026-12-10T12:00:00Z").await;
    app.anonymous().get(&public(&hotel, "news")).await.expect(404);

    // Publishing by hand takes the place of what was scheduled; the withdrawal stays.
    let times = json!({"publish_at": "2026-12-24T18:00", "unpublish_at": "2027-01-07T00:00"});
    schedule(&hotel.manager, id, &times).await.expect(200);
    save(&hotel.manager, id, "en", "Newer.").await;
    let live = publish(&hotel.manager, id, "en").await.body;
    assert_eq!((&live["published_number"], &live["schedule"]["publish"]), (&json!(2), &Value::Null));
    assert_eq!(live["schedule"]["unpublish"]["local"], "2027-01-07T00:00");
    let refused = schedule(&hotel.manager, id, &json!({"publish_at": "2026-12-24T18:00"})).await.expect(409);
    assert_eq!(refused.code(), "content.illegal_move");
    app.move_clock("2026-12-25T12:00:00Z").await;
    assert_eq!(html(&app.anonymous().get(&public(&hotel, "news")).await.expect(200)), "<p>Newer.</p>\n");

    // The chain has no clock of its own.
    let admin = app.admin().await;
    let mut of_all = page(&hotel.id, "en", "terms", "Of all.");
    of_all["property_id"] = Value::Null;
    let made = admin.post(CONTENT, &of_all).await.expect(201);
    let refused = schedule(&admin, made.id(), &json!({"publish_at": "2027-01-01T00:00"})).await.expect(422);
    assert_eq!(refused.pointers(), ["/time_zone"]);
    let times = json!({"publish_at": "2027-01-01T00:00", "time_zone": "Asia/Kolkata"});
    let told = schedule(&admin, made.id(), &times).await.expect(200).body;
    assert_eq!(told["schedule"]["publish"]["instant"], "2026-12-31T18:30:00Z");
    // What is removed is not published later.
    let id = published(&hotel.manager, &page(&hotel.id, "en", "gone", "Gone.")).await;
    save(&hotel.manager, &id, "en", "To come.").await;
    schedule(&hotel.manager, &id, &json!({"publish_at": "2027-01-01T00:00"})).await.expect(200);
    hotel.manager.delete(&format!("{CONTENT}/{id}"), "\"1\"").await.expect(204);
    app.move_clock("2027-01-02T12:00:00Z").await;
    app.anonymous().get(&public(&hotel, "gone")).await.expect(404);
}
