//! Tests of what staff can do about reviews, and what they cannot.
use super::{REVIEWS, departed, guest_who_left, path_of, summary, write};
use crate::support::{HotelSpec, TestApp};
use http::Method;
use serde_json::{Value, json};

/// T-rev-hide: hiding takes a reason, and everybody is told how many reviews are hidden for which.
#[tokio::test]
async fn who_hides_a_review_says_why_and_readers_are_told() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let written = write(&guest, &booking, 1).await.expect(201);
    let (path, moderate) = (path_of(&written), format!("{}/moderate", path_of(&written)));
    let manager = &hotel.manager;
    let without = manager.post(&moderate, &json!({"action": "hide"})).await.expect(422);
    assert_eq!(without.pointers(), ["/reason"]);
    for (wrong, pointer) in [
        (json!({"action": "hide", "reason": "bad_for_business"}), "/reason"),
        (json!({"action": "publish", "reason": "fake"}), "/reason"),
        (json!({"action": "edit"}), "/action"),
        (json!({"action": "hide", "reason": "fake", "text": "Splendid."}), "/text"),
    ] {
        assert_eq!(manager.post(&moderate, &wrong).await.expect(422).pointers(), [pointer], "{wrong}");
    }
    assert_eq!(summary(&app, &hotel).await["hidden"], json!([]));

    let hidden = manager.post(&moderate, &json!({"action": "hide", "reason": "offensive", "note": "Insults"})).await.expect(200);
    assert_eq!((&hidden.body["status"], &hidden.body["hidden_for"]), (&json!("hidden"), &json!("offensive")));
    assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("review.hidden"));
    assert_eq!(app.anonymous().get(&path).await.status, 404);
    let figures = summary(&app, &hotel).await;
    assert_eq!((&figures["count"], &figures["hidden"]), (&json!(0), &json!([{"reason": "offensive", "count": 1}])));
    let own = guest.get(&path).await.expect(200).body;
    assert_eq!(
        (&own["hidden_for"], &own["moderation_note"], &own["text"]),
        (&json!("offensive"), &Value::Null, &written.body["text"])
    );

    let again = manager.post(&moderate, &json!({"action": "hide", "reason": "offensive", "note": "Insults"})).await.expect(200);
    assert_eq!(again.header("etag"), hidden.header("etag"), "nothing has changed");
    let shown = manager.post(&moderate, &json!({"action": "publish"})).await.expect(200);
    assert_eq!((&shown.body["status"], shown.body.get("hidden_for")), (&json!("published"), None));
    let figures = summary(&app, &hotel).await;
    assert_eq!((&figures["count"], &figures["hidden"]), (&json!(1), &json!([])));
}

#[tokio::test]
async fn reviews_wait_where_the_hotel_wants_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"moderates_reviews": true}), ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let booking = departed(&app, &hotel, &guest).await;
    let written = write(&guest, &booking, 4).await.expect(201);
    let path = path_of(&written);
    assert_eq!(written.body["status"], "pending");
    assert_eq!(app.anonymous().get(&path).await.status, 404);
    assert_eq!(summary(&app, &hotel).await["count"], 0);
    let waiting = hotel.manager.get(&format!("{REVIEWS}/staff?status=pending&property_id={}", hotel.id)).await.expect(200);
    assert_eq!(waiting.body["items"][0]["id"], json!(written.id()));
    let early = hotel.manager.with("if-match", "\"1\"");
    let response = json!({"text": "Thank you.", "language": "en"});
    let refused = early.send(Method::PUT, &format!("{path}/response"), Some(response.to_string())).await;
    assert_eq!(refused.expect(409).code(), "review.not_published");

    hotel.manager.post(&format!("{path}/moderate"), &json!({"action": "publish"})).await.expect(200);
    assert_eq!(summary(&app, &hotel).await["count"], 1);
    let changed = guest.patch(&path, "\"2\"", &json!({"text": "Something else altogether."})).await.expect(200);
    assert_eq!(changed.body["status"], "pending", "what is changed waits again");
    assert_eq!(summary(&app, &hotel).await["count"], 0);
}

#[tokio::test]
async fn a_review_has_one_response_whose_changes_are_told() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let written = write(&guest, &booking, 3).await.expect(201);
    let path = format!("{}/response", path_of(&written));
    let respond = async |etag: &str, text: &str| {
        let body = json!({"text": text, "language": "en"}).to_string();
        hotel.manager.with("if-match", etag).send(Method::PUT, &path, Some(body)).await
    };
    let first = respond("\"1\"", "Thank you, <b>Ana</b>.").await.expect(200);
    let response = &first.body["response"];
    assert_eq!((&response["text"], &response["edited_at"]), (&json!("Thank you, <b>Ana</b>."), &Value::Null));
    assert_eq!(respond("\"1\"", "Somebody else's words.").await.expect(412).code(), "request.precondition_failed");
    app.set_clock("2026-12-02T11:00:00Z");
    let second = respond("\"2\"", "Thank you. We have more desks now.").await.expect(200);
    assert_eq!(second.body["response"]["edited_at"], "2026-12-02T11:00:00Z");
    let shown = app.anonymous().get(&path_of(&written)).await.expect(200);
    assert_eq!(shown.body["response"], second.body["response"]);
    let versions = hotel.manager.get(&format!("{path}/versions")).await.expect(200).body;
    assert_eq!(versions["items"].as_array().map(Vec::len), Some(1));
    assert_eq!((&versions["items"][0]["number"], &versions["items"][0]["text"]), (&json!(1), &json!("Thank you, <b>Ana</b>.")));
    let kept = app.try_sql("UPDATE review_response_versions SET body = 'x'").await.expect_err("an earlier response");
    assert!(kept.contains("is not changed"), "{kept}");

    let mails = app.mail_to("ana@example.com").await;
    let told: Vec<&Value> =
        mails.iter().filter(|mail| mail["subject"].as_str().is_some_and(|subject| subject.contains("has answered"))).collect();
    assert_eq!(told.len(), 1, "the author is told of the response once");
    assert!(told[0]["text"].as_str().expect("text").contains("We have more desks now."), "{}", told[0]);

    hotel.manager.delete(&path, "\"3\"").await.expect(204);
    assert_eq!(app.anonymous().get(&path_of(&written)).await.expect(200).body["response"], Value::Null);
    assert_eq!(hotel.manager.delete(&path, "\"4\"").await.expect(409).code(), "review.no_response");
    let versions = hotel.manager.get(&format!("{path}/versions")).await.expect(200).body;
    assert_eq!(versions["items"].as_array().map(Vec::len), Some(2));
    let kinds = app.event_kinds().await;
    let of_reviews: Vec<&str> = kinds.iter().map(String::as_str).filter(|kind| kind.starts_with("review.")).collect();
    assert_eq!(of_reviews, ["review.created", "review.responded", "review.response_changed", "review.response_withdrawn"]);
}

#[tokio::test]
async fn readers_report_reviews_and_staff_decide() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let written = write(&guest, &booking, 1).await.expect(201);
    let reports = format!("{}/reports", path_of(&written));
    assert_eq!(guest.post(&reports, &json!({"reason": "fake"})).await.expect(409).code(), "review.own");
    let reader = app.guest().await;
    let report = reader.post(&reports, &json!({"reason": "fake", "comment": "I know him."})).await.expect(201);
    assert_eq!((&report.body["status"], &report.body["review_id"]), (&json!("open"), &json!(written.id())));
    assert_eq!(reader.post(&reports, &json!({"reason": "offensive"})).await.expect(409).code(), "review.already_reported");
    assert_eq!(summary(&app, &hotel).await["count"], 1, "a report hides nothing");

    let reported = format!("{REVIEWS}/staff?is_reported=true&property_id={}", hotel.id);
    let count = async || hotel.manager.get(&reported).await.expect(200).body["items"].as_array().map(Vec::len);
    assert_eq!(count().await, Some(1));
    let listed = hotel.manager.get(&reports).await.expect(200).body;
    assert_eq!(listed["items"][0], report.body);
    assert!(!listed.to_string().contains(reader.user_id()), "nobody is told who reports");

    let moderate = format!("{}/moderate", path_of(&written));
    hotel.manager.post(&moderate, &json!({"action": "publish"})).await.expect(200);
    assert_eq!(count().await, Some(0));
    assert_eq!(hotel.manager.get(&reports).await.expect(200).body["items"][0]["status"], "dismissed");
    let other = app.guest().await;
    other.post(&reports, &json!({"reason": "offensive"})).await.expect(201);
    hotel.manager.post(&moderate, &json!({"action": "hide", "reason": "offensive"})).await.expect(200);
    let statuses = hotel.manager.get(&reports).await.expect(200).body;
    assert_eq!((&statuses["items"][0]["status"], &statuses["items"][1]["status"]), (&json!("upheld"), &json!("dismissed")));
    assert_eq!(app.guest().await.post(&reports, &json!({"reason": "fake"})).await.status, 404, "it is hidden");
}
