//! The record in MongoDB, as it is after whatever was done to its stores.
use crate::support::TestApp;
use futures_util::TryStreamExt;
use hbs::outbox::{Numbered, Published, chain};
use mongodb::bson::{Bson, Document, doc};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub fn text<'a>(document: &'a Document, field: &str) -> &'a str {
    document.get_str(field).unwrap_or_else(|error| panic!("{field}: {error}"))
}

pub fn id(document: &Document, field: &str) -> Uuid {
    text(document, field).parse().expect("an id")
}

fn bytes(document: &Document, field: &str) -> Vec<u8> {
    let digits = text(document, field);
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal")).collect()
}

/// The event that an entry in MongoDB tells of.
fn numbered(document: &Document) -> Numbered {
    let maybe = |field: &str| document.get_str(field).ok().map(str::to_owned);
    Numbered {
        event: Published {
            id: 0,
            event_id: id(document, "_id"),
            stream_id: id(document, "stream_id"),
            kind: text(document, "kind").into(),
            entity: text(document, "entity").into(),
            entity_id: id(document, "entity_id"),
            booking_id: maybe("booking_id").map(|id| id.parse().expect("an id")),
            actor_kind: text(document, "actor_kind").parse().expect("a kind of actor"),
            actor_id: maybe("actor_id").map(|id| id.parse().expect("an id")),
            request_id: maybe("request_id"),
            changes: document.get("changes").cloned().unwrap_or(Bson::Null).into_relaxed_extjson(),
            occurred_at: text(document, "occurred_at").parse().expect("an instant"),
            version: None,
        },
        position: document.get_i64("position").expect("a position"),
        seq: document.get_i64("seq").expect("a number"),
        prev_hash: bytes(document, "prev_hash"),
        hash: bytes(document, "hash"),
    }
}

/// The entries of a collection up to a position.
pub async fn entries(app: &TestApp, collection: &str, last: i64) -> Vec<Document> {
    let collection = app.app.mongo.database().collection::<Document>(collection);
    let all = collection.find(doc! {"position": {"$lte": last}}).sort(doc! {"position": 1}).await.expect("a cursor");
    all.try_collect().await.expect("documents")
}

/// Asserts that every event which the sinks have delivered stands in MongoDB once, in its place, and that the chains hold
/// there too. What jobs and consumers publish meanwhile is not asked for: see [`super::delivered`].
pub async fn assert_record_is_whole(app: &TestApp) {
    let sinks = "SELECT min(position) FROM outbox_sinks WHERE name IN ('audit_logs', 'booking_logs')";
    let last = app.number(sinks).await;
    let published = app.rows(&format!("SELECT event_id, kind FROM outbox WHERE position <= {last}")).await;
    let audit_logs = entries(app, "audit_logs", last).await;
    let ids: BTreeSet<Uuid> = audit_logs.iter().map(|entry| id(entry, "_id")).collect();
    assert_eq!(ids.len(), audit_logs.len(), "an event is there twice");
    let is_there = |event: &Value| ids.contains(&event["event_id"].as_str().expect("an id").parse().expect("an id"));
    let missing: Vec<&Value> = published.iter().filter(|event| !is_there(event)).collect();
    assert!(missing.is_empty(), "not in audit_logs: {missing:?}");
    assert_eq!(ids.len(), published.len(), "audit_logs has what was never published");

    let mut heads: BTreeMap<Uuid, (i64, Vec<u8>)> = BTreeMap::new();
    for (entry, position) in audit_logs.iter().map(numbered).zip(1..) {
        assert_eq!(entry.position, position, "a gap in the positions");
        let (seq, hash) = heads.entry(entry.event.stream_id).or_insert_with(|| (0, chain::GENESIS.to_vec()));
        assert_eq!(entry.seq, *seq + 1, "a gap in {}", entry.event.stream_id);
        assert!(chain::holds(hash, &entry), "{} breaks at {}", entry.event.stream_id, entry.seq);
        (*seq, *hash) = (entry.seq, entry.hash);
    }
    let verified = hbs::domains::audit::verify_all(&app.app, |_| {}).await.expect("verified");
    for verification in &verified {
        assert_eq!(verification.first_broken_seq, None, "{}", verification.stream_id);
    }
    for (stream_id, (seq, _)) in heads {
        let verification = verified.iter().find(|verification| verification.stream_id == stream_id).expect("a stream");
        assert!(verification.entries >= seq, "{stream_id} has {} entries, and MongoDB {seq}", verification.entries);
    }

    let of_bookings: Vec<Document> = audit_logs.into_iter().filter(|entry| entry.get_str("booking_id").is_ok()).collect();
    assert_eq!(entries(app, "booking_logs", last).await, of_bookings, "booking_logs");
}
