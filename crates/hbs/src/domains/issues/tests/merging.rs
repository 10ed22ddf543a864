use super::{ISSUES, change, raise, raised, read, say, texts};
use crate::support::{HotelSpec, TestApp, post, size};
use serde_json::json;

#[tokio::test]
async fn merged_issues_are_one() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, booking, first) = raised(&app, &hotel).await;
    let second = raise(&guest, &hotel, json!({"booking_id": booking.id(), "text": "Also the tap"})).await.id().to_owned();
    say(&hotel.manager, &second, json!({"text": "We come"})).await.expect(201);
    let merge = format!("{ISSUES}/{second}/merge");
    assert_eq!(hotel.manager.post(&merge, &json!({"issue_id": second})).await.expect(422).pointers(), ["/issue_id"]);
    assert_eq!(hotel.manager.post(&merge, &json!({"issue_id": hotel.double})).await.expect(422).pointers(), ["/issue_id"]);
    let merged = hotel.manager.post(&merge, &json!({"issue_id": first})).await.expect(200);
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
            let refused = hotel.manager.post(&format!("{ISSUES}/{one}/merge"), &json!({"issue_id": into})).await.expect(409);
            assert_eq!(refused.code(), "issue.not_mergeable", "{one} {into}");
        }
    }
    let second = raise(&hotel.manager, &hotel, json!({})).await.id().to_owned();
    hotel.manager.post(&format!("{ISSUES}/{second}/merge"), &json!({"issue_id": internal})).await.expect(200);
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
