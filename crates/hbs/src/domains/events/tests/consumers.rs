//! Consumers are given the events of their kinds, and pass the others.
use super::number;
use crate::support::{HotelSpec, TestApp, act};
use diesel_async::SimpleAsyncConnection;
use futures_util::future::BoxFuture;
use hbs::Result;
use hbs::app::App;
use hbs::outbox::Numbered;
use hbs::outbox::consumers::{self, Consumer};
use serde_json::json;

const KINDS: &[&str] = &["booking.*", "stay.created"];
const PICKY: Consumer = Consumer { name: "picky", kinds: KINDS, handle: note };
const GREEDY: Consumer = Consumer { name: "greedy", kinds: &[], handle: note };

fn note<'a>(app: &'a App, events: &'a [Numbered]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let given: Vec<String> =
            events.iter().map(|numbered| format!("({}, '{}')", numbered.position, numbered.event.kind)).collect();
        let noted = format!("INSERT INTO given (position, kind) VALUES {}", given.join(", "));
        Ok(app.db.conn().await?.batch_execute(&noted).await?)
    })
}

/// Gives a consumer all that there is, and returns how many events it has passed.
async fn give(app: &TestApp, consumer: Consumer) -> usize {
    app.sql("TRUNCATE given").await;
    let mut passed = 0;
    loop {
        match consumers::consume_batch(&app.app, consumer).await.expect("a consumer") {
            0 => return passed,
            more => passed += more,
        }
    }
}

#[tokio::test]
async fn a_consumer_is_given_events_of_its_kinds_and_passes_the_others() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    act(&hotel.manager, &booking, "cancel").await.expect(200);
    number(&app).await;
    app.sql("CREATE TABLE given (position bigint NOT NULL, kind text NOT NULL)").await;
    let all = app.number("SELECT count(*) FROM outbox").await;
    let last = app.number("SELECT max(position) FROM outbox").await;

    assert_eq!(give(&app, PICKY).await, usize::try_from(all).expect("a number"));
    let given = app.rows("SELECT kind, position FROM given ORDER BY position").await;
    let of_kinds = "SELECT kind, position FROM outbox WHERE kind LIKE 'booking.%' OR kind = 'stay.created' ORDER BY position";
    assert_eq!(given, app.rows(of_kinds).await);
    let kinds: Vec<_> = given.iter().map(|row| row["kind"].clone()).collect();
    assert!(kinds.contains(&json!("booking.created")) && kinds.contains(&json!("stay.created")), "{kinds:?}");
    let position = "SELECT position FROM outbox_sinks WHERE name = 'picky'";
    assert_eq!(app.number(position).await, last, "the others are behind it, too");

    // Events of none of its kinds alone are passed, and it is not asked to do anything.
    app.sql(&super::gaps::event(&hotel.id)).await;
    number(&app).await;
    assert_eq!(give(&app, PICKY).await, 1);
    assert_eq!((app.number(position).await, app.number("SELECT count(*) FROM given").await), (last + 1, 0));

    assert_eq!(give(&app, GREEDY).await, usize::try_from(all + 1).expect("a number"));
    assert_eq!(app.number("SELECT count(*) FROM given").await, all + 1);
}
