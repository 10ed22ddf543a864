//! Scripts in texts, in a browser.
use super::{REVIEWS, guest_who_left, path_of, write};
use crate::rendering::{Site, line, payloads};
use serde_json::{Value, json};

/// Payloads in every text of a review, of its response, of reports and of notes are text: shown in a browser, they open no
/// dialog and ask nobody for anything.
#[tokio::test]
async fn xss_payloads_in_any_text_of_a_review_are_text() {
    let (app, hotel, guest, booking) = guest_who_left().await;
    let written = write(&guest, &booking, 4).await.expect(201);
    let (path, reader, manager) = (path_of(&written), app.anonymous(), &hotel.manager);
    let respond = async |etag: &str, text: &str| {
        let response = json!({"text": text, "language": "en"});
        manager.with("if-match", etag).put(&format!("{path}/response"), &response).await.expect(200)
    };
    let mut site = Site::default();
    let mut etag = written.header("etag").to_owned();
    for payload in payloads() {
        let change = json!({"title": line(payload, 150), "text": payload, "author_name": line(payload, 80)});
        let changed = guest.patch(&path, &etag, &change).await.expect(200);
        let answered = respond(changed.header("etag"), payload).await;
        let note = json!({"action": "publish", "note": line(payload, 500)});
        let noted = manager.post(&format!("{path}/moderate"), &note).await.expect(200);
        etag = noted.header("etag").to_owned();
        assert_eq!(answered.body["response"]["text"], payload, "plain texts come as they were");
        site.show("", &noted.body);
        let shown = reader.get(&path).await.expect(200);
        assert_eq!((shown.header("content-type"), shown.header("x-content-type-options")), ("application/json", "nosniff"));
        assert_eq!(shown.body["text"], payload, "plain texts come as they were");
        site.show("", &shown.body);
        let data = reader.get(&format!("/v1/properties/{}/reviews.jsonld", hotel.id)).await.expect(200);
        assert_eq!(data.body["review"][0]["reviewBody"], payload);
        site.show("json_ld", &Value::String(String::from_utf8_lossy(&data.bytes).into_owned()));
    }
    let all = payloads().join("\n");
    let some = |most: usize| all.chars().take(most).collect::<String>();
    let report = json!({"reason": "fake", "comment": some(1000).trim_end()});
    app.guest().await.post(&format!("{path}/reports"), &report).await.expect(201);
    site.show("", &manager.get(&format!("{path}/reports")).await.expect(200).body);
    respond(&etag, some(5000).trim_end()).await;
    site.show("", &manager.get(&format!("{path}/response/versions")).await.expect(200).body);
    site.show("", &manager.get(&format!("{REVIEWS}/staff?property_id={}", hotel.id)).await.expect(200).body);
    let mails = app.mail_to("ana@example.com").await;
    assert!(mails.iter().any(|mail| mail["text"].as_str().is_some_and(|text| text.contains("<svg onload=alert(1)>"))));
    site.show_mails(&mails);
    site.assert_harmless().await;
}
