//! Scripts in texts, in a browser.
use super::{ISSUES, change, raise, raised, say};
use crate::rendering::{Site, line, payloads};
use crate::support::{HotelSpec, TestApp};
use serde_json::json;

/// Payloads in every text of issues, of canned answers and of saved filters are text: shown in a browser, they open no dialog
/// and ask nobody for anything.
#[tokio::test]
async fn xss_payloads_in_any_text_of_an_issue_are_text() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    app.sql(&format!("UPDATE properties SET email = 'desk@example.com' WHERE id = '{}'", hotel.id)).await;
    let manager = &hotel.manager;
    let (guest, _, issue) = raised(&app, &hotel).await;
    let mut site = Site::default();
    for (n, payload) in payloads().into_iter().enumerate() {
        let changed = change(manager, &issue, json!({"subject": line(payload, 200)})).await.expect(200);
        assert_eq!(changed.body["subject"], line(payload, 200), "plain texts come as they were");
        site.show("", &changed.body);
        for (client, message) in [
            (&guest, json!({"text": payload})),
            (manager, json!({"text": payload})),
            (manager, json!({"text": payload, "is_note": true})),
        ] {
            let said = say(client, &issue, message).await.expect(201);
            assert_eq!((said.header("content-type"), said.header("x-content-type-options")), ("application/json", "nosniff"));
            assert_eq!(said.body["message"]["text"], payload, "plain texts come as they were");
            site.show("", &said.body);
        }
        // Braces stand for variables there, and unknown ones are refused.
        if !payload.contains("{{") {
            let title = format!("{n} {}", line(payload, 80));
            let answer = json!({"property_id": hotel.id, "title": title, "texts": {"en": payload}});
            let made = manager.post("/v1/canned-answers", &answer).await.expect(201);
            site.show("", &made.body);
            let filled = manager.get(&format!("{ISSUES}/{issue}/canned-answers/{}", made.id())).await.expect(200);
            site.show("", &filled.body);
        }
        let view =
            json!({"property_id": hotel.id, "name": format!("{n} {}", line(payload, 80)), "filter": {"q": line(payload, 200)}});
        site.show("", &manager.post("/v1/issue-views", &view).await.expect(201).body);
    }
    // As guest and staff read it, and as it is mailed to both.
    let hostile = json!({"subject": "<svg onload=alert(1)>", "text": "<img src=x onerror=alert(1)>"});
    let another = raise(&guest, &hotel, hostile).await.id().to_owned();
    say(manager, &another, json!({"text": "</p><script>alert(1)</script>"})).await.expect(201);
    for client in [&guest, manager] {
        for path in [ISSUES.to_owned(), format!("{ISSUES}/{issue}"), format!("{ISSUES}/{issue}/messages?limit=200")] {
            site.show("", &client.get(&path).await.expect(200).body);
        }
    }
    site.show("", &manager.get(&format!("{ISSUES}/{issue}/history")).await.expect(200).body);
    app.move_clock("2026-12-01T12:10:00Z").await;
    let to_guest = guest.get("/v1/me").await.expect(200).body["email"].as_str().expect("an address").to_owned();
    for address in [to_guest.as_str(), "desk@example.com"] {
        let mails = app.mail_to(address).await;
        assert!(mails.iter().any(|mail| mail["text"].as_str().is_some_and(|text| text.contains("alert(1)"))), "{address}");
        site.show_mails(&mails);
    }
    site.assert_harmless().await;
}
