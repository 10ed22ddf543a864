use super::{ISSUES, change, raise, raised, say};
use crate::support::{HotelSpec, TestApp};
use http::Method;
use serde_json::json;

const SECRET: &str = "Zwischenbemerkung";

/// T-iss-leak: no byte that a guest gets has a word of a note: not by list, detail, messages, search, mail, notification, stream,
/// timeline, file or refusal.
#[tokio::test]
async fn iss_leak_no_guest_gets_a_word_of_a_note() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, booking, issue) = raised(&app, &hotel).await;
    let stale = guest.get(&format!("{ISSUES}/{issue}")).await.expect(200).header("etag").to_owned();
    let note = say(&hotel.manager, &issue, json!({"text": format!("{SECRET} one"), "is_note": true})).await.expect(201);
    assert_eq!(note.header("etag"), stale, "a note leaves the version as it is");
    let note_id = note.body["message"]["id"].as_str().expect("an id").to_owned();
    let files = format!("{ISSUES}/{issue}/messages/{note_id}/attachments");
    let document = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n";
    let path = format!("{files}?name={SECRET}.pdf");
    let file = hotel.manager.upload(Method::POST, &path, "application/pdf", document).await.expect(201);
    say(&hotel.manager, &issue, json!({"text": "A word to the guest"})).await.expect(201);
    say(&hotel.manager, &issue, json!({"text": format!("{SECRET} two"), "is_note": true})).await.expect(201);
    let among = json!({"booking_id": booking.id(), "subject": format!("{SECRET} three"), "text": format!("{SECRET} four")});
    let among = raise(&hotel.manager, &hotel, among).await.id().to_owned();
    let merged = raise(&guest, &hotel, json!({"booking_id": booking.id()})).await.id().to_owned();
    say(&hotel.manager, &merged, json!({"text": format!("{SECRET} five"), "is_note": true})).await.expect(201);
    hotel.manager.post(&format!("{ISSUES}/{merged}/merge"), &json!({"issue_id": issue})).await.expect(200);
    hotel.manager.post(&format!("{ISSUES}/{issue}/links"), &json!({"issue_id": among})).await.expect(200);
    change(&hotel.manager, &issue, json!({"assignee_id": hotel.manager.user_id()})).await.expect(200);
    app.deliver().await;
    app.consume().await;

    let mut bytes = Vec::new();
    for path in [
        ISSUES.to_owned(),
        format!("{ISSUES}?q={SECRET}"),
        format!("{ISSUES}?q=three"),
        format!("{ISSUES}?booking_id={}", booking.id()),
        format!("{ISSUES}/{issue}"),
        format!("{ISSUES}/{issue}/messages"),
        format!("{ISSUES}/{merged}"),
        format!("{ISSUES}/{merged}/messages"),
        format!("{ISSUES}/{among}"),
        format!("{ISSUES}/{among}/messages"),
        format!("{ISSUES}/{issue}/history"),
        format!("{ISSUES}/{issue}/links"),
        file.body["url"].as_str().expect("an address").to_owned(),
        format!("/v1/bookings/{}", booking.id()),
        format!("/v1/bookings/{}/timeline", booking.id()),
        "/v1/bookings".to_owned(),
        "/v1/me".to_owned(),
        "/v1/notifications".to_owned(),
    ] {
        let reply = guest.get(&path).await;
        bytes.push((path, format!("{:?} {}", reply.headers, String::from_utf8_lossy(&reply.bytes))));
    }
    let stream = guest.with("last-event-id", "0").get("/v1/notifications/stream?follow=false").await.expect(200);
    let told = String::from_utf8_lossy(&stream.bytes).into_owned();
    assert!(told.contains("event: notification.created"), "{told}");
    bytes.push(("the stream".to_owned(), told));
    guest.get(file.body["url"].as_str().expect("an address")).await.expect(404);
    for (what, reply) in [
        ("a message", say(&guest, &issue, json!({"text": "Thank you"})).await.expect(201)),
        ("a stale message", say(&guest.with("if-match", &*stale), &issue, json!({"text": "Well"})).await.expect(412)),
        ("a message to the merged one", say(&guest, &merged, json!({"text": "Hello"})).await.expect(409)),
        ("reading the note", guest.post(&format!("{ISSUES}/{issue}/read"), &json!({"message_id": note_id})).await.expect(404)),
        ("reading", guest.post(&format!("{ISSUES}/{issue}/read"), &json!({})).await.expect(200)),
        ("attaching to the note", guest.upload(Method::POST, &files, "application/pdf", document).await.expect(404)),
    ] {
        bytes.push((what.to_owned(), format!("{:?} {}", reply.headers, String::from_utf8_lossy(&reply.bytes))));
    }
    app.move_clock("2026-12-01T12:10:00Z").await;
    let address = app.rows(&format!("SELECT email FROM users WHERE id = '{}'", guest.user_id())).await[0]["email"].clone();
    let mails = app.mail_to(address.as_str().expect("text")).await;
    assert!(mails.iter().any(|mail| mail.to_string().contains("A word to the guest")), "{mails:?}");
    bytes.push(("mails".to_owned(), mails.iter().map(ToString::to_string).collect()));
    let queued = app.rows("SELECT params FROM mail_queue").await;
    bytes.push(("queued mails".to_owned(), format!("{queued:?}")));
    for (what, text) in &bytes {
        assert!(!text.to_lowercase().contains(&SECRET.to_lowercase()), "{what}: {text}");
        if !what.contains(&note_id) && what != "/v1/me" {
            assert!(!text.contains(&note_id), "{what} names the note: {text}");
        }
    }
    // Nor does the record hold what was said, in notes or otherwise.
    let told = format!("{:?}", app.rows("SELECT changes FROM outbox").await);
    assert!(!told.contains(SECRET) && !told.contains("A word to the guest"), "{told}");
}

/// Scripts in texts are texts: JSON has them as they were said, and mails show them.
#[tokio::test]
async fn scripts_in_texts_do_nothing() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let script = "<img src=x onerror=alert(1)><script>alert(2)</script>";
    let guest = app.guest().await;
    let made = raise(&guest, &hotel, json!({"subject": script, "text": script})).await;
    assert_eq!(made.body["subject"], script);
    assert_eq!((made.header("content-type"), made.header("x-content-type-options")), ("application/json", "nosniff"));
    say(&hotel.manager, made.id(), json!({"text": script})).await.expect(201);
    app.sql("UPDATE properties SET email = 'desk@example.com'").await;
    app.move_clock("2026-12-01T12:10:00Z").await;
    let address = app.rows(&format!("SELECT email FROM users WHERE id = '{}'", guest.user_id())).await[0]["email"].clone();
    for to in [address.as_str().expect("text"), "desk@example.com"] {
        let mails = app.mail_to(to).await;
        let html = mails.iter().filter_map(|mail| mail["html"].as_str()).find(|html| html.contains("alert(2)"));
        let html = html.unwrap_or_else(|| panic!("no mail to {to} about it: {mails:?}"));
        assert!(!html.contains("<script") && !html.contains("<img src=x") && html.contains("&lt;script&gt;"), "{html}");
    }
}
