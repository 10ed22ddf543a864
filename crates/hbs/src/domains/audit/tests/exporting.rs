//! The record as a file.
use super::kinds;
use crate::support::{HotelSpec, Reply, TestApp};
use serde_json::{Value, json};

/// The lines of an export.
fn lines(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.header("content-type"), "application/x-ndjson");
    let text = std::str::from_utf8(&reply.bytes).expect("UTF-8");
    assert!(text.ends_with('\n'), "{text}");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test]
async fn an_export_has_what_the_list_has_oldest_first() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let other = app.hotel(HotelSpec::default()).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    app.deliver().await;
    let mut listed =
        hotel.manager.get("/v1/audit-logs?limit=200").await.expect(200).body["items"].as_array().expect("a list").clone();
    listed.reverse();
    let exported = hotel.manager.get("/v1/audit-logs/export").await.expect(200);
    let mut exported = lines(&exported);
    assert_eq!(exported.pop(), Some(json!({"is_end": true, "entries": listed.len()})), "the last line");
    assert_eq!(exported, listed);
    assert!(exported.iter().all(|entry| entry["stream_id"] == *hotel.id), "of the caller's hotel alone");

    let by = async |query: &str| lines(&hotel.manager.get(&format!("/v1/audit-logs/export?{query}")).await.expect(200));
    assert_eq!(by("kind=booking.created").await.len(), 2, "one and the end");
    assert_eq!(by("kind=booking.invented").await, [json!({"is_end": true, "entries": 0})]);
    hotel.manager.get(&format!("/v1/audit-logs/export?property_id={}", other.id)).await.expect(404);

    // Whoever exports is on the record.
    app.deliver().await;
    let reads = hotel.manager.get("/v1/audit-logs?kind=personal_data.read").await.expect(200);
    assert_eq!(kinds(&reads).len(), 3);
    let read = &reads.body["items"][0];
    assert_eq!((&read["actor_id"], &read["stream_id"]), (&json!(hotel.manager.user_id()), &json!(hotel.id)));
    assert_eq!(read["changes"], json!({"source": {"before": null, "after": "audit_export"}}));
    let bookings = format!("/v1/bookings/export?property_id={}", hotel.id);
    hotel.manager.get(&bookings).await.expect(200);
    app.deliver().await;
    let reads = hotel.manager.get("/v1/audit-logs?kind=personal_data.read").await.expect(200);
    assert_eq!(reads.body["items"][0]["changes"]["source"]["after"], "bookings_export");
}

#[tokio::test]
async fn a_long_export_comes_page_by_page() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    app.sql(&format!(
        "INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, actor_kind, changes, occurred_at)
         SELECT gen_random_uuid(), '{}', 'room.updated', 'room', gen_random_uuid(), 'system', '{{}}', '2026-12-01T12:00:00Z'
         FROM generate_series(1, 2500)",
        hotel.id
    ))
    .await;
    app.deliver().await;
    let exported = lines(&hotel.manager.get("/v1/audit-logs/export?kind=room.updated").await.expect(200));
    assert_eq!((exported.len(), &exported[2500]), (2501, &json!({"is_end": true, "entries": 2500})));
    let positions: Vec<i64> = exported[..2500].iter().map(|entry| entry["position"].as_i64().expect("a position")).collect();
    assert!(positions.is_sorted_by(|one, next| one < next), "oldest first, each once");
}

#[tokio::test]
async fn times_are_half_open() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for (now, check_in, check_out) in
        [("2026-12-02T08:00:00Z", "2026-12-10", "2026-12-11"), ("2026-12-02T09:00:00Z", "2026-12-11", "2026-12-12")]
    {
        app.set_clock(now);
        hotel.book(&hotel.manager, check_in, check_out).await;
    }
    app.deliver().await;
    let count = async |query: &str| {
        let listed = hotel.manager.get(&format!("/v1/audit-logs?kind=booking.created&{query}")).await.expect(200);
        let exported = hotel.manager.get(&format!("/v1/audit-logs/export?kind=booking.created&{query}")).await.expect(200);
        assert_eq!(lines(&exported).len(), kinds(&listed).len() + 1, "{query}");
        kinds(&listed).len()
    };
    assert_eq!(count("from=2026-12-02T08:00:00Z").await, 2);
    assert_eq!(count("from=2026-12-02T08:00:00.000001Z").await, 1);
    assert_eq!(count("to=2026-12-02T09:00:00Z").await, 1, "without its end");
    assert_eq!(count("from=2026-12-02T08:00:00Z&to=2026-12-02T09:00:00.000001Z").await, 2);
    assert_eq!(count("from=2026-12-02T09:00:00%2B01:00&to=2026-12-02T09:30:00%2B01:00").await, 1, "in other time zones");
    let backwards = hotel.manager.get("/v1/audit-logs?from=2026-12-02T09:00:00Z&to=2026-12-02T09:00:00Z").await.expect(422);
    assert_eq!(backwards.pointers(), ["/to"]);
    assert_eq!(hotel.manager.get("/v1/audit-logs/export?from=yesterday").await.expect(422).pointers(), ["/from"]);
}
