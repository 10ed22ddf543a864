//! T-feed-gap: nobody who reads by position misses an event, however late it commits and whoever gives the positions.
use super::{Follower, number};
use crate::support::{HotelSpec, TestApp, size, together};
use diesel_async::SimpleAsyncConnection;
use hbs::outbox::relay;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// SQL that publishes an event of a hotel.
pub fn event(hotel: &str) -> String {
    format!(
        "INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, actor_kind, changes, occurred_at)
         VALUES (gen_random_uuid(), '{hotel}', 'room.updated', 'room', gen_random_uuid(), 'system', '{{}}', now())"
    )
}

/// Asserts that a reader has seen every event of the hotel once.
async fn assert_seen_once(app: &TestApp, reader: &Follower, hotel: &str) {
    let ids: BTreeSet<&str> = reader.seen.iter().map(|item| item["id"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), reader.seen.len(), "an event came twice");
    let published = app.rows(&format!("SELECT event_id FROM outbox WHERE stream_id = '{hotel}'")).await;
    let published: BTreeSet<&str> = published.iter().map(|row| row["event_id"].as_str().expect("an id")).collect();
    assert_eq!(ids, published);
}

/// T-feed-gap: transactions that began first and commit last, each after others have been read.
#[tokio::test]
async fn a_transaction_that_commits_late_is_never_skipped() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let mut reader = Follower::new(&hotel.manager, "&limit=5");
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(app.transaction(&event(&hotel.id)).await);
        app.sql(&event(&hotel.id)).await;
        number(&app).await;
        reader.read_all().await;
    }
    let early = reader.seen.len();
    // The first commits between two others, the last at the very end.
    for place in [1, 0, 0] {
        let mut late = open.remove(place);
        late.batch_execute("COMMIT").await.expect("committed");
        number(&app).await;
        app.sql(&event(&hotel.id)).await;
        reader.read_all().await;
    }
    number(&app).await;
    reader.read_all().await;
    assert_eq!(reader.seen.len(), early + 6);
    assert_seen_once(&app, &reader, &hotel.id).await;
}

/// T-feed-gap: many transactions of all lengths, while two processes give positions and a third one is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_leaders_never_interleave() {
    let app = Arc::new(TestApp::new().await);
    let hotel = Arc::new(app.hotel(HotelSpec::default()).await);
    let leaders = [TestApp::on(app.app.config.clone()).await, TestApp::on(app.app.config.clone()).await];
    let is_over = Arc::new(AtomicBool::new(false));
    let leading = leaders.map(|leader| {
        let is_over = Arc::clone(&is_over);
        tokio::spawn(async move {
            let mut numbered = 0;
            while !is_over.load(Ordering::SeqCst) {
                numbered += relay::number_batch(&leader.app).await.expect("the relay");
                tokio::task::yield_now().await;
            }
            numbered
        })
    });
    let following = {
        let (is_over, mut reader) = (Arc::clone(&is_over), Follower::new(&hotel.manager, "&limit=7"));
        tokio::spawn(async move {
            while !is_over.load(Ordering::SeqCst) {
                reader.read_all().await;
            }
            reader
        })
    };
    together((0..4).map(|writer| {
        let (app, hotel) = (Arc::clone(&app), Arc::clone(&hotel));
        async move {
            let mut conn = app.connect().await;
            for n in 0..size(15, 200) {
                // Some transactions hold on to what they have published for as long as others take several.
                let pause = if (n + writer) % 3 == 0 { "SELECT pg_sleep(0.02);" } else { "" };
                let sql = format!("BEGIN; {}; {pause} {}; COMMIT", event(&hotel.id), event(&hotel.id));
                conn.batch_execute(&sql).await.expect("written");
            }
        }
    }))
    .await;
    is_over.store(true, Ordering::SeqCst);
    for leader in leading {
        leader.await.expect("a task that does not panic");
    }
    let mut reader = following.await.expect("a task that does not panic");
    number(&app).await;
    reader.read_all().await;
    assert_seen_once(&app, &reader, &hotel.id).await;
    let positions = app.number("SELECT max(position) - count(*) FROM outbox").await;
    assert_eq!(positions, 0, "positions have no gap");
}

/// T-feed-gap: a leader that stopped in the middle holds the others up, and what it had not committed never was.
#[tokio::test]
async fn a_leader_that_stops_in_the_middle_leaves_no_trace() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    number(&app).await;
    let mut reader = Follower::new(&hotel.manager, "");
    reader.read_all().await;
    app.sql(&event(&hotel.id)).await;
    app.sql(&event(&hotel.id)).await;
    let lock = hbs::stores::postgres::lock_of(relay::LOCK);
    let stopped = app
        .transaction(&format!(
            "SELECT pg_advisory_xact_lock({lock}, hashtext(current_schema()));
             UPDATE outbox SET position = 1 + (SELECT max(position) FROM outbox), seq = 1000, prev_hash = '\\x00', hash = '\\x01'
             WHERE id = (SELECT max(id) FROM outbox)"
        ))
        .await;
    assert_eq!(relay::number_batch(&app.app).await.expect("the relay"), 0, "one at a time");
    let before = reader.seen.len();
    reader.read_all().await;
    assert_eq!(reader.seen.len(), before, "nothing is told that is not committed");
    drop(stopped);
    crate::support::eventually(std::time::Duration::from_secs(10), async || {
        relay::number_batch(&app.app).await.expect("the relay") == 2
    })
    .await;
    reader.read_all().await;
    assert_seen_once(&app, &reader, &hotel.id).await;
    let last: Vec<&Value> = reader.seen.iter().rev().take(2).map(|item| &item["data"]["seq"]).collect();
    assert_eq!(last[0].as_i64(), last[1].as_i64().map(|seq| seq + 1));
}
