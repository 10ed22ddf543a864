//! Messages to many.
use super::support::{BROADCASTS, deliver, deliver_in_part, end_by, inbox, queue, titles, unread, wish};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, together};
use serde_json::{Value, json};

async fn broadcast(hotel: &Hotel, more: &Value) -> Reply {
    let mut body = json!({"property_id": hotel.id, "title": "Breakfast moves", "body": "It is on the terrace.\nSee you there."});
    body.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
    hotel.manager.post(BROADCASTS, &body).await
}

async fn audience(hotel: &Hotel, query: &str) -> Value {
    hotel.manager.get(&format!("{BROADCASTS}/audience?property_id={}&{query}", hotel.id)).await.expect(200).body
}

/// A hotel with a guest in the house who has an account, and one who has none.
async fn house() -> (TestApp, Hotel, Client) {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let mut own = hotel.request("2026-12-01", "2026-12-03");
    own["guest_user_id"] = json!(guest.user_id());
    for request in [own, hotel.request("2026-12-01", "2026-12-03")] {
        let booking = hotel.manager.post("/v1/bookings", &request).await.expect(201);
        act(&hotel.manager, &booking, "check-in").await.expect(200);
    }
    app.sql("DELETE FROM mail_queue").await;
    (app, hotel, guest)
}

#[tokio::test]
async fn guests_in_the_house_are_told_with_and_without_an_account() {
    let (app, hotel, guest) = house().await;
    assert_eq!(audience(&hotel, "audience=in_house").await, json!({"people": 1, "guests": 1}));
    assert_eq!(audience(&hotel, "audience=arriving&arriving_on=2026-12-05").await, json!({"people": 0, "guests": 0}));
    let made = broadcast(&hotel, &json!({"audience": "in_house", "by_email": true})).await.expect(201);
    assert_eq!((&made.body["status"], &made.body["people"]), (&json!("scheduled"), &Value::Null));
    deliver(&app).await;
    deliver(&app).await;
    let path = format!("{BROADCASTS}/{}", made.id());
    let sent = hotel.manager.get(&path).await.expect(200).body;
    assert_eq!((&sent["status"], &sent["people"], &sent["guests"]), (&json!("sent"), &json!(1), &json!(1)));
    let told = inbox(&guest).await;
    assert_eq!(
        (&told[0]["title"], &told[0]["body"]),
        (&json!("Test Hotel: Breakfast moves"), &json!("It is on the terrace.\nSee you there."))
    );
    let mails = app.mail_to("ana@example.com").await;
    assert_eq!((mails.len(), &mails[0]["subject"]), (1, &json!("Test Hotel: Breakfast moves")), "{mails:?}");
    let over = hotel.manager.post(&format!("{path}/cancel"), &json!({})).await.expect(409);
    assert_eq!(over.code(), "notifications.broadcast_over");
}

/// The code of the role of a member of the staff.
async fn role_of(app: &TestApp, person: &Client) -> String {
    let roles = app
        .rows(&format!(
            "SELECT code FROM roles r JOIN role_assignments a ON a.role_id = r.id WHERE a.user_id = '{}'",
            person.user_id()
        ))
        .await;
    roles[0]["code"].as_str().expect("a code").to_owned()
}

#[tokio::test]
async fn staff_with_a_role_are_told_when_it_is_time_unless_it_is_cancelled() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let desk = app.staff(&["bookings:read"], Some(&hotel.id)).await;
    let elsewhere = app.staff(&["bookings:read"], Some(&app.hotel(HotelSpec::default()).await.id)).await;
    let role = role_of(&app, &desk).await;
    assert_eq!(audience(&hotel, &format!("audience=role&role={role}")).await, json!({"people": 1, "guests": 0}));
    let at = json!({"audience": "role", "role": role, "send_at": "2026-12-01T18:00:00Z"});
    let (first, second) = (broadcast(&hotel, &at).await.expect(201), broadcast(&hotel, &at).await.expect(201));
    deliver(&app).await;
    assert_eq!(titles(&desk).await.len(), 0, "it is not time");
    let cancelled = hotel.manager.post(&format!("{BROADCASTS}/{}/cancel", first.id()), &json!({})).await.expect(200);
    assert_eq!((&cancelled.body["status"], cancelled.header("etag")), (&json!("cancelled"), "\"2\""));
    app.set_clock("2026-12-01T18:00:00Z");
    deliver(&app).await;
    assert_eq!((titles(&desk).await.len(), titles(&elsewhere).await.len()), (1, 0));
    let list = hotel.manager.get(&format!("{BROADCASTS}?status=sent")).await.expect(200).body;
    assert_eq!(list["items"][0]["id"], second.body["id"]);
    for (more, pointer) in [
        (json!({"audience": "role"}), "/role"),
        (json!({"audience": "role", "role": "nonsense"}), "/role"),
        (json!({"audience": "in_house", "role": role}), "/role"),
        (json!({"audience": "arriving"}), "/arriving_on"),
        (json!({"audience": "in_house", "arriving_on": "2026-12-05"}), "/arriving_on"),
        (json!({"audience": "in_house", "send_at": "2026-12-01T10:00:00Z"}), "/send_at"),
        (json!({"audience": "everybody"}), "/audience"),
    ] {
        assert_eq!(broadcast(&hotel, &more).await.expect(422).pointers(), [pointer], "{more}");
    }
}

/// Who is told as one of a role is told as long as they have it at the hotel: in HBS, by mail and by push message.
#[tokio::test]
async fn whoever_loses_the_role_is_shown_nothing_and_sent_nothing() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let desk = app.staff(&["bookings:read"], Some(&hotel.id)).await;
    wish(&desk, &json!({"digest": "daily", "digest_at": "08:00", "kinds": {"broadcast": {"push": true}}})).await;
    let news = json!({"audience": "role", "role": role_of(&app, &desk).await, "by_email": true});
    broadcast(&hotel, &news).await.expect(201);
    queue(&app).await;
    let waiting = |status: &str| format!("SELECT count(*) FROM notification_deliveries WHERE status = '{status}'");
    assert_eq!((titles(&desk).await.len(), unread(&desk).await, app.number(&waiting("waiting")).await), (1, 1, 2));

    let move_to = async |hotel: &Hotel| {
        let of_desk = format!("WHERE user_id = '{}'", desk.user_id());
        app.sql(&format!("UPDATE role_assignments SET property_id = '{}' {of_desk}", hotel.id)).await;
    };
    move_to(&elsewhere).await;
    assert_eq!((titles(&desk).await.len(), unread(&desk).await), (0, 0));
    app.set_clock("2026-12-02T09:00:00Z");
    deliver(&app).await;
    assert_eq!(app.number(&waiting("not_wanted")).await, 2);
    assert_eq!(app.number("SELECT count(*) FROM mail_log WHERE kind LIKE 'notification%'").await, 0);
    move_to(&hotel).await;
    assert_eq!((titles(&desk).await.len(), unread(&desk).await), (1, 1));
}

#[tokio::test]
async fn scripts_in_broadcasts_are_text_and_nothing_fills_them_in() {
    let (app, hotel, guest) = house().await;
    let script = "<script>alert(1)</script> {{ hotel }}";
    broadcast(&hotel, &json!({"audience": "in_house", "by_email": true, "title": script, "body": script})).await.expect(201);
    for _ in 0..2 {
        deliver(&app).await;
    }
    let told = inbox(&guest).await;
    assert_eq!((&told[0]["title"], &told[0]["body"]), (&json!(format!("Test Hotel: {script}")), &json!(script)));
    let with_account = app.rows(&format!("SELECT email FROM users WHERE id = '{}'", guest.user_id())).await[0]["email"].clone();
    for to in [with_account.as_str().expect("an address"), "ana@example.com"] {
        let mails = app.mail_to(to).await;
        let mail = mails.iter().find(|mail| mail["text"].to_string().contains("alert(1)"));
        let html = mail.and_then(|mail| mail["html"].as_str()).unwrap_or_else(|| panic!("no mail to {to}: {mails:?}"));
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;") && html.contains("{{ hotel }}"), "{html}");
    }
}

/// A person has ten mails in an hour at most; what comes on top is one mail, an hour later.
#[tokio::test]
async fn whoever_had_many_mails_in_an_hour_gets_the_others_as_one() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let desk = app.staff(&["bookings:read"], Some(&hotel.id)).await;
    let role = role_of(&app, &desk).await;
    for n in 0..12 {
        let news = json!({"audience": "role", "role": role, "by_email": true, "title": format!("News {n}")});
        broadcast(&hotel, &news).await.expect(201);
        for _ in 0..2 {
            deliver(&app).await;
        }
    }
    let address = app.rows(&format!("SELECT email FROM users WHERE id = '{}'", desk.user_id())).await[0]["email"].clone();
    let mails = async || {
        let all = app.mail_to(address.as_str().expect("an address")).await;
        all.into_iter().filter(|mail| mail.to_string().contains("News ")).collect::<Vec<_>>()
    };
    assert_eq!((inbox(&desk).await.len(), mails().await.len()), (12, 10));
    let log = desk.get("/v1/notifications/deliveries").await.expect(200).body["items"].clone();
    for n in 0..2_usize {
        assert_eq!((&log[n]["status"], &log[n]["due_at"]), (&json!("waiting"), &json!("2026-12-01T13:00:00Z")), "{log}");
    }
    app.set_clock("2026-12-01T13:01:00Z");
    deliver(&app).await;
    let sent = mails().await;
    let text = sent[0]["text"].as_str().expect("text");
    assert!(sent.len() == 11 && text.contains("News 10") && text.contains("News 11"), "{sent:?}");
}

/// Whoever has no account ends messages of hotels by their address, also those that wait to be sent.
#[tokio::test]
async fn guests_without_an_account_end_messages_by_one_request() {
    let (app, hotel, _) = house().await;
    let news = async |title: &str| {
        let news = json!({"audience": "in_house", "by_email": true, "title": title});
        broadcast(&hotel, &news).await.expect(201).id().to_owned()
    };
    let titled = |mails: &[Value], title: &str| mails.iter().filter(|mail| mail["subject"].to_string().contains(title)).count();
    news("First").await;
    deliver(&app).await;
    let mails = app.mail_to("ana@example.com").await;
    assert_eq!(titled(&mails, "First"), 1, "{mails:?}");
    // The second waits to be sent when she ends them.
    news("Second").await;
    queue(&app).await;
    for _ in 0..2 {
        end_by(&app, &mails[0]).await;
    }
    assert_eq!(audience(&hotel, "audience=in_house").await, json!({"people": 1, "guests": 0}));
    let third = news("Third").await;
    deliver(&app).await;
    let mails = app.mail_to("ana@example.com").await;
    assert_eq!(["First", "Second", "Third"].map(|title| titled(&mails, title)), [1, 0, 0], "{mails:?}");
    let sent = hotel.manager.get(&format!("{BROADCASTS}/{third}")).await.expect(200).body;
    assert_eq!((&sent["people"], &sent["guests"]), (&json!(1), &json!(0)));
    let ended = app.rows("SELECT mailbox, class FROM mail_opt_outs").await;
    assert_eq!(ended, [json!({"mailbox": "ana@example.com", "class": "broadcasts"})]);
}

#[tokio::test]
async fn whoever_has_an_account_is_told_once_whatever_bookings_they_have() {
    let (app, hotel, guest) = house().await;
    let account = app.rows(&format!("SELECT email FROM users WHERE id = '{}'", guest.user_id())).await[0]["email"].clone();
    let account = account.as_str().expect("an address");
    app.sql(&format!("UPDATE bookings SET contact_email = '{account}' WHERE user_id IS NULL")).await;
    assert_eq!(audience(&hotel, "audience=in_house").await, json!({"people": 1, "guests": 0}));
    broadcast(&hotel, &json!({"audience": "in_house", "by_email": true})).await.expect(201);
    for _ in 0..2 {
        deliver(&app).await;
    }
    let mails = app.mail_to(account).await;
    let told = mails.iter().filter(|mail| mail["subject"].to_string().contains("Breakfast moves")).count();
    assert_eq!((told, inbox(&guest).await.len()), (1, 1), "{mails:?}");
    // With no booking of the account, its address is a guest's, who may have ended such mails in the account.
    app.sql("UPDATE bookings SET user_id = NULL").await;
    assert_eq!(audience(&hotel, "audience=in_house").await, json!({"people": 0, "guests": 2}));
    wish(&guest, &json!({"kinds": {"broadcast": {"email": false}}})).await;
    assert_eq!(audience(&hotel, "audience=in_house").await, json!({"people": 0, "guests": 1}));
    // An address that nobody has proved is nobody's.
    app.sql(&format!("UPDATE users SET email_verified_at = NULL WHERE id = '{}'", guest.user_id())).await;
    assert_eq!(audience(&hotel, "audience=in_house").await, json!({"people": 0, "guests": 2}));
}

#[tokio::test]
async fn a_broadcast_that_cannot_be_sent_holds_up_nothing_else() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let desk = app.staff(&["bookings:read"], Some(&hotel.id)).await;
    let to_role = json!({"audience": "role", "role": role_of(&app, &desk).await, "by_email": true});
    let titled = |title: &str| {
        let mut body = to_role.clone();
        body["title"] = json!(title);
        body
    };
    app.sql("ALTER TABLE notification_broadcasts ADD CONSTRAINT broken CHECK (title <> 'Broken' OR status <> 'sent')").await;
    let broken = broadcast(&hotel, &titled("Broken")).await.expect(201);
    broadcast(&hotel, &titled("Whole")).await.expect(201);
    for _ in 0..2 {
        deliver_in_part(&app).await;
    }
    assert_eq!(titles(&desk).await, ["Test Hotel: Whole"]);
    let log = desk.get("/v1/notifications/deliveries").await.expect(200).body["items"].clone();
    assert_eq!((&log[0]["status"], log.as_array().map(Vec::len)), (&json!("sent"), Some(1)), "{log}");
    let path = format!("{BROADCASTS}/{}", broken.id());
    assert_eq!(hotel.manager.get(&path).await.expect(200).body["status"], "scheduled");
    app.sql("ALTER TABLE notification_broadcasts DROP CONSTRAINT broken").await;
    deliver(&app).await;
    assert_eq!(hotel.manager.get(&path).await.expect(200).body["status"], "sent");
    assert_eq!(titles(&desk).await, ["Test Hotel: Broken", "Test Hotel: Whole"]);
}

#[tokio::test]
async fn a_broadcast_is_sent_or_cancelled_and_never_both() {
    let (app, hotel, guest) = house().await;
    let app = std::sync::Arc::new(app);
    for round in 0..4_i64 {
        let made = broadcast(&hotel, &json!({"audience": "in_house"})).await.expect(201);
        let path = format!("{BROADCASTS}/{}", made.id());
        let work = (0..3).map(|n| {
            let (app, manager, path) = (app.clone(), hotel.manager.clone(), path.clone());
            async move {
                match n {
                    0 => _ = manager.post(&format!("{path}/cancel"), &json!({})).await,
                    _ => deliver(&app).await,
                }
            }
        });
        together(work).await;
        let status = hotel.manager.get(&path).await.expect(200).body["status"].clone();
        let told = inbox(&guest).await.iter().filter(|one| one["link"]["id"] == made.id()).count();
        assert_eq!(told, usize::from(status == "sent"), "round {round}: {status}");
    }
}
