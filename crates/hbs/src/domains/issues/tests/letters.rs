use super::{raise, raised, say};
use crate::support::{Client, HotelSpec, TestApp};
use serde_json::{Value, json};

async fn address(app: &TestApp, client: &Client) -> String {
    let found = app.rows(&format!("SELECT email FROM users WHERE id = '{}'", client.user_id())).await;
    found[0]["email"].as_str().expect("text").to_owned()
}

/// The mails to an address about issues.
async fn mails(app: &TestApp, to: &str) -> Vec<Value> {
    let all = app.mail_to(to).await;
    all.into_iter()
        .filter(|mail| mail["text"].as_str().is_some_and(|text| text.contains("/issues/") || text.contains("answered")))
        .collect()
}

#[tokio::test]
async fn a_burst_of_answers_is_one_mail_to_the_guest() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, booking, issue) = raised(&app, &hotel).await;
    let second = raise(&guest, &hotel, json!({"booking_id": booking.id()})).await.id().to_owned();
    for text in ["We come", "At noon", "With a plumber"] {
        say(&hotel.manager, &issue, json!({"text": text})).await.expect(201);
    }
    say(&hotel.manager, &second, json!({"text": "This, too"})).await.expect(201);
    say(&hotel.manager, &issue, json!({"text": "Between us", "is_note": true})).await.expect(201);
    let to = address(&app, &guest).await;
    app.move_clock("2026-12-01T12:00:30Z").await;
    assert_eq!(mails(&app, &to).await, Vec::<Value>::new(), "it waits for what comes with it");
    app.move_clock("2026-12-01T12:01:00Z").await;
    let sent = mails(&app, &to).await;
    let [mail] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(mail["subject"], "Test Hotel: an answer to you");
    let text = mail["text"].as_str().expect("text");
    let reference = booking.body["reference"].as_str().expect("text");
    for words in ["We come", "At noon", "With a plumber", "This, too", reference, &format!("/issues/{issue}")] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    assert!(!text.contains("Between us") && !text.contains("Since this morning"), "{text}");

    // The next answer tells of itself alone, and nobody is written to for nothing.
    app.move_clock("2026-12-01T12:30:00Z").await;
    assert_eq!(mails(&app, &to).await.len(), 1);
    say(&guest, &issue, json!({"text": "Thanks"})).await.expect(201);
    say(&hotel.manager, &issue, json!({"text": "You are welcome"})).await.expect(201);
    app.move_clock("2026-12-01T12:35:00Z").await;
    let sent = mails(&app, &to).await;
    let text = sent[0]["text"].as_str().expect("text");
    assert!(sent.len() == 2 && text.contains("You are welcome") && !text.contains("At noon"), "{sent:?}");
}

#[tokio::test]
async fn a_guest_without_an_account_is_given_the_link_in_their_language() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["locale"] = json!("pt-PT");
    let booking = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    let open = json!({"booking_id": booking.id(), "is_internal": false, "text": "Esqueceu-se do chapéu"});
    raise(&hotel.manager, &hotel, open).await;
    app.move_clock("2026-12-01T12:05:00Z").await;
    let sent = app.mail_to("ana@example.com").await;
    let told = sent.iter().find(|mail| mail["text"].as_str().is_some_and(|text| text.contains("Esqueceu-se do chapéu")));
    let mail = told.unwrap_or_else(|| panic!("{sent:?}"));
    assert_eq!(mail["subject"], "Test Hotel: uma resposta para si");
    let text = mail["text"].as_str().expect("text");
    let token = text.split_once("#token=").expect("a link").1.split_whitespace().next().expect("a token");
    let opened = app.anonymous().post("/v1/bookings/access", &json!({"token": token})).await.expect(200);
    assert_eq!(opened.body["booking"]["id"], booking.id());
    assert!(!text.contains("/issues/"), "{text}");
}

#[tokio::test]
async fn the_hotel_is_told_of_what_guests_raise() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, booking, _) = raised(&app, &hotel).await;
    app.move_clock("2026-12-01T12:05:00Z").await;
    assert_eq!(app.number("SELECT count(*) FROM mail_queue WHERE kind = 'issues_raised'").await, 0, "nobody to write to");
    app.sql(&format!("UPDATE properties SET email = 'desk@example.com' WHERE id = '{}'", hotel.id)).await;
    for subject in ["No light", "No towels"] {
        raise(&guest, &hotel, json!({"booking_id": booking.id(), "subject": subject})).await;
    }
    raise(&hotel.manager, &hotel, json!({"subject": "Our own"})).await;
    app.move_clock("2026-12-01T12:10:00Z").await;
    let sent = mails(&app, "desk@example.com").await;
    let [mail] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(mail["subject"], "Test Hotel: 2 new issues");
    let text = mail["text"].as_str().expect("text");
    assert!(text.contains("No light") && text.contains("No towels") && !text.contains("Our own"), "{text}");
}
