use super::{ISSUES, change, merge, raise, raised, read, say, texts};
use crate::support::{Hotel, HotelSpec, TestApp, post, size};
use serde_json::{Value, json};

#[tokio::test]
async fn merged_issues_are_one() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, booking, first) = raised(&app, &hotel).await;
    let second = raise(&guest, &hotel, json!({"booking_id": booking.id(), "text": "Also the tap"})).await.id().to_owned();
    say(&hotel.manager, &second, json!({"text": "We come"})).await.expect(201);
    assert_eq!(merge(&hotel, &second, &second).await.expect(422).pointers(), ["/issue_id"]);
    assert_eq!(merge(&hotel, &second, &hotel.double).await.expect(422).pointers(), ["/issue_id"]);
    let merged = merge(&hotel, &second, &first).await.expect(200);
    assert_eq!((merged.id(), merged.header("etag")), (first.as_str(), "\"2\""));
    assert_eq!(texts(&guest, &first).await, ["Since this morning", "Also the tap", "We come"]);
    let gone = read(&hotel.manager, &second).await.body;
    assert_eq!((&gone["status"], &gone["staff"]["merged_into_id"]), (&json!("closed"), &json!(first)));
    let refused = say(&guest, &second, json!({"text": "Hello?"})).await.expect(409);
    assert_eq!((refused.code(), &refused.body["into"]), ("issue.merged", &json!(first)));
    assert_eq!(change(&hotel.manager, &second, json!({"status": "open"})).await.expect(409).code(), "issue.merged");
    let links = hotel.manager.get(&format!("{ISSUES}/{first}/links")).await.expect(200).body;
    assert_eq!(links["items"][0]["id"], second);
}

/// Nobody reads by a merge what is not theirs.
#[tokio::test]
async fn issues_of_different_guests_are_not_merged() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, booking, issue) = raised(&app, &hotel).await;
    let (_, _, of_other) = raised(&app, &hotel).await;
    let general = raise(&guest, &hotel, json!({})).await.id().to_owned();
    let internal = raise(&hotel.manager, &hotel, json!({"booking_id": booking.id()})).await.id().to_owned();
    for other in [&of_other, &general, &internal] {
        for (one, into) in [(&issue, other), (other, &issue)] {
            let refused = merge(&hotel, one, into).await.expect(409);
            assert_eq!(refused.code(), "issue.not_mergeable", "{one} {into}");
        }
    }
    let second = raise(&hotel.manager, &hotel, json!({})).await.id().to_owned();
    merge(&hotel, &second, &internal).await.expect(200);
}

/// What is open of either is open: a question does not end in an issue that nobody looks at.
#[tokio::test]
async fn an_open_question_is_not_buried_by_a_merge() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, booking, over) = raised(&app, &hotel).await;
    let of_booking = json!({"booking_id": booking.id()});
    change(&hotel.manager, &over, json!({"status": "closed"})).await.expect(200);
    let question = raise(&guest, &hotel, of_booking.clone()).await.id().to_owned();
    let merged = merge(&hotel, &question, &over).await.expect(200).body;
    assert_eq!((&merged["status"], &merged["closed_at"], &merged["resolved_at"]), (&json!("open"), &Value::Null, &Value::Null));
    assert_eq!(merged["staff"]["paused_since"], Value::Null, "its clock runs again");
    let history = hotel.manager.get(&format!("{ISSUES}/{over}/history")).await.expect(200).body;
    let last = history["items"].as_array().and_then(|steps| steps.last()).expect("a step");
    assert_eq!((&last["kind"], &last["changes"]["status"]), (&json!("merged"), &json!({"before": "closed", "after": "open"})));

    // What is over does not end what is open.
    let third = raise(&guest, &hotel, of_booking).await.id().to_owned();
    change(&hotel.manager, &third, json!({"status": "resolved"})).await.expect(200);
    assert_eq!(merge(&hotel, &third, &over).await.expect(200).body["status"], "open");
}

/// Raises an issue of the staff about a room.
async fn defect(hotel: &Hotel, room: &str) -> String {
    raise(&hotel.manager, hotel, json!({"room_id": room})).await.id().to_owned()
}

async fn block(hotel: &Hotel, issue: &str) {
    let block = json!({"kind": "out_of_order", "from": "2026-12-05", "to": "2026-12-10"});
    hotel.manager.post(&format!("{ISSUES}/{issue}/room-block"), &block).await.expect(201);
}

/// The block of a room goes with its issue, and ends with the one that it was merged into.
#[tokio::test]
async fn a_block_goes_with_its_issue_and_ends_with_the_other() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let state = |issue: &Value| issue["staff"]["room_block"]["state"].clone();
    let solved = defect(&hotel, &hotel.rooms[0]).await;
    block(&hotel, &solved).await;
    let resolved = change(&hotel.manager, &solved, json!({"status": "resolved"})).await.expect(200).body;
    assert_eq!(state(&resolved), "solved");
    let again = defect(&hotel, &hotel.rooms[0]).await;
    block(&hotel, &again).await;
    let merged = merge(&hotel, &again, &solved).await.expect(200).body;
    assert_eq!((&merged["status"], state(&merged)), (&json!("open"), json!("active")), "{merged}");

    // Two that last are too many.
    let other = defect(&hotel, &hotel.rooms[1]).await;
    block(&hotel, &other).await;
    assert_eq!(merge(&hotel, &other, &solved).await.expect(409).code(), "issue.blocked_already");
    let resolved = change(&hotel.manager, &solved, json!({"status": "resolved"})).await.expect(200).body;
    assert_eq!(state(&resolved), "solved");
    assert_eq!(app.number("SELECT count(*) FROM room_blocks WHERE NOT is_deleted").await, 1, "that of the other room");
    app.assert_consistent().await;
}

/// What was answered in the one is answered in the other, if it was there by then.
#[tokio::test]
async fn an_answer_counts_after_a_merge() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, booking, first) = raised(&app, &hotel).await;
    let of_booking = json!({"booking_id": booking.id()});
    let second = raise(&guest, &hotel, of_booking.clone()).await.id().to_owned();
    app.set_clock("2026-12-01T12:30:00Z");
    say(&hotel.manager, &second, json!({"text": "We come"})).await.expect(201);
    let merged = merge(&hotel, &second, &first).await.expect(200).body;
    assert_eq!((&merged["answered_at"], &merged["staff"]["answer_due_at"]), (&json!("2026-12-01T12:30:00Z"), &Value::Null));
    // A question that came after the answer waits for its own.
    app.set_clock("2026-12-01T13:00:00Z");
    let later = raise(&guest, &hotel, of_booking).await.id().to_owned();
    let merged = merge(&hotel, &first, &later).await.expect(200).body;
    assert_eq!((&merged["answered_at"], &merged["staff"]["answer_due_at"]), (&Value::Null, &json!("2026-12-01T17:00:00Z")));
    app.move_clock("2026-12-01T18:00:00Z").await;
    let missed = app.rows("SELECT entity_id FROM outbox WHERE kind = 'issue.answer_overdue'").await;
    assert_eq!(missed, [json!({"entity_id": later})]);
}

#[tokio::test]
async fn two_who_merge_crosswise_do_not_lose_messages() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, booking, _) = raised(&app, &hotel).await;
    let before = app.deadlocks().await;
    for _ in 0..size(4, 40) {
        let of_booking = json!({"booking_id": booking.id()});
        let [one, other] = [raise(&guest, &hotel, of_booking.clone()).await, raise(&guest, &hotel, of_booking).await];
        let merge = |from: &str, into: &str| post(&hotel.manager, format!("{ISSUES}/{from}/merge"), json!({"issue_id": into}));
        let (first, second) = tokio::join!(merge(one.id(), other.id()), merge(other.id(), one.id()));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} {}", first.body, second.body);
        let left = if first.status == 200 { &other } else { &one };
        assert_eq!(texts(&guest, left.id()).await.len(), 2);
        change(&hotel.manager, left.id(), json!({"status": "closed"})).await.expect(200);
    }
    assert_eq!(app.deadlocks().await, before);
}

#[tokio::test]
async fn issues_are_linked_and_unlinked() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (_, _, one) = raised(&app, &hotel).await;
    let (_, _, other) = raised(&app, &hotel).await;
    let path = format!("{ISSUES}/{one}/links");
    let linked = hotel.manager.post(&path, &json!({"issue_id": other})).await.expect(200);
    assert_eq!(linked.body["items"][0]["id"], other);
    hotel.manager.post(&format!("{ISSUES}/{other}/links"), &json!({"issue_id": one})).await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM issue_links").await, 1, "each pair once");
    assert_eq!(app.number("SELECT count(*) FROM outbox WHERE kind = 'issue.linked'").await, 2, "one of each");
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let (_, _, foreign) = raised(&app, &elsewhere).await;
    let admin = app.admin().await;
    assert_eq!(admin.post(&path, &json!({"issue_id": foreign})).await.expect(422).pointers(), ["/issue_id"]);
    assert_eq!(admin.post(&path, &json!({"issue_id": one})).await.expect(422).pointers(), ["/issue_id"]);
    hotel.manager.send(http::Method::DELETE, &format!("{path}/{other}"), None).await.expect(204);
    hotel.manager.send(http::Method::DELETE, &format!("{path}/{other}"), None).await.expect(404);
    assert_eq!(hotel.manager.get(&path).await.expect(200).body["items"], json!([]));
}
