//! Mails that one may do without: which these are, how they are ended, and how they are had again.
use super::support::{BROADCASTS, PREFERENCES, deliver, end_by, keen_desk, path_to_end, tell, titles, wish};
use crate::support::{Client, HotelSpec, TestApp, act};
use hbs::mail::OptOut;
use hbs::server;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn kinds(person: &Client) -> Vec<Value> {
    person.get(PREFERENCES).await.expect(200).body["kinds"].as_array().expect("kinds").clone()
}

/// The e-mails of a kind, as somebody's preferences have them.
async fn by_mail(person: &Client, kind: &str) -> Value {
    let all = kinds(person).await;
    all.iter().find(|one| one["kind"] == kind).unwrap_or_else(|| panic!("no {kind} in {all:?}"))["email"].clone()
}

async fn email_of(app: &TestApp, person: &Client) -> String {
    let rows = app.rows(&format!("SELECT email FROM users WHERE id = '{}'", person.user_id())).await;
    rows[0]["email"].as_str().expect("an address").to_owned()
}

/// Preferences say of each kind and channel whether it can be turned off, and it can be turned off just then.
#[tokio::test]
async fn what_preferences_show_as_optional_can_be_ended_and_nothing_else() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let all = kinds(&admin).await;
    assert!(all.iter().any(|one| one["kind"] == "my_review_answered") && all.len() > 20, "{all:?}");
    let mut mandatory_mails = BTreeSet::new();
    for one in &all {
        let kind = one["kind"].as_str().expect("a kind");
        for channel in ["in_app", "email", "push"] {
            let off = json!({"kinds": {kind: {channel: false}}});
            let etag = admin.get(PREFERENCES).await.expect(200).header("etag").to_owned();
            let reply = admin.patch(PREFERENCES, &etag, &off).await;
            if one[channel]["mandatory"] == true {
                let reply = reply.expect(409);
                assert_eq!((reply.code(), one[channel]["enabled"].clone()), ("notifications.mandatory", json!(true)), "{kind}");
                if channel == "email" {
                    mandatory_mails.insert(kind);
                }
            } else {
                let reply = reply.expect(200);
                let shown = reply.body["kinds"].as_array().expect("kinds").iter().find(|other| other["kind"] == kind).cloned();
                assert_eq!(shown.expect("the kind")[channel]["enabled"], false, "{kind} by {channel}");
            }
        }
    }
    // What is part of a deal, and of that only what nobody can end by an address.
    let part_of_a_deal = [
        "my_booking_cancelled",
        "my_booking_changed",
        "my_booking_confirmed",
        "my_issue_answered",
        "my_refund",
        "my_request_answered",
        "waitlist_offered",
    ];
    assert_eq!(mandatory_mails, BTreeSet::from(part_of_a_deal));
    let email = email_of(&app, &admin).await;
    let ended = app.rows("SELECT mailbox, class FROM mail_opt_outs").await;
    assert_eq!(ended, [json!({"mailbox": email, "class": "reviews"})], "mails about reviews go by address");
}

/// Every kind of letter of a class is one that some domain writes.
#[tokio::test]
async fn letters_that_a_mailbox_can_end_are_letters_that_there_are() {
    let app = TestApp::new().await;
    let writer = server::writer(&app.app.config).expect("the writer");
    let known: BTreeSet<&str> = writer.kinds().collect();
    for class in OptOut::ALL {
        assert!(!class.letters().is_empty(), "{class}");
        for kind in class.letters() {
            assert!(known.contains(kind), "{kind}");
            assert_eq!(OptOut::of_letter(kind), Some(*class));
        }
    }
    assert_eq!(OptOut::of_letter("reset_password"), None);
}

/// Whoever has no account has messages of hotels again by the token with which they ended them.
#[tokio::test]
async fn a_guest_without_an_account_has_again_what_they_ended() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.manager.post("/v1/bookings", &hotel.request("2026-12-01", "2026-12-03")).await.expect(201);
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    let news = async |title: &str| {
        let news = json!({"property_id": hotel.id, "audience": "in_house", "by_email": true, "title": title, "body": "Come."});
        hotel.manager.post(BROADCASTS, &news).await.expect(201);
        deliver(&app).await;
        let mails = app.mail_to("ana@example.com").await;
        mails.into_iter().find(|mail| mail["subject"].as_str().is_some_and(|subject| subject.contains(title)))
    };
    let first = news("First").await.expect("a mail");
    let (anyone, path) = (app.anonymous(), path_to_end(&first));
    let shown = async || anyone.get(&path).await.expect(200).body;
    assert_eq!(shown().await, json!({"class": "broadcasts", "kinds": [], "is_ended": false}));
    end_by(&app, &first).await;
    assert_eq!(shown().await["is_ended"], true);
    assert_eq!(news("Second").await, None);
    anyone.send(Method::POST, &format!("{path}x/undo"), None).await.expect(404);
    assert_eq!(shown().await["is_ended"], true, "another token brings nothing back");
    for _ in 0..2 {
        anyone.send(Method::POST, &format!("{path}/undo"), None).await.expect(204);
    }
    assert_eq!(shown().await["is_ended"], false);
    assert!(news("Third").await.is_some());
    assert_eq!(app.number("SELECT count(*) FROM mail_opt_outs").await, 0);

    // Each change is on the record once, and whose mailbox it was is not.
    let told = app.rows("SELECT kind, actor_kind, changes FROM outbox WHERE entity = 'mail_opt_out' ORDER BY id").await;
    let class = |before: Value, after: Value| json!({"before": before, "after": after});
    let ended = json!({"class": class(Value::Null, json!("broadcasts"))});
    let again = json!({"class": class(json!("broadcasts"), Value::Null), "is_deleted": {"before": false, "after": true}});
    let expected = [
        json!({"kind": "mail_opt_out.created", "actor_kind": "anonymous", "changes": ended}),
        json!({"kind": "mail_opt_out.deleted", "actor_kind": "anonymous", "changes": again}),
    ];
    assert_eq!(told, expected);
    let of_mailbox = app.rows("SELECT entity_id, stream_id FROM outbox WHERE entity = 'mail_opt_out'").await;
    assert_ne!(of_mailbox[0]["entity_id"], of_mailbox[1]["entity_id"], "nor that it was the same");
}

/// Mails to an account are brought back by whoever is signed in, not by whoever was passed one of them.
#[tokio::test]
async fn mails_to_an_account_are_not_brought_back_by_a_mail() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let desk = keen_desk(&app, &hotel).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    tell(&app).await;
    app.set_clock("2026-12-01T13:00:00Z");
    deliver(&app).await;
    let mails = app.mail_to(&email_of(&app, &desk).await).await;
    let mail = mails.iter().find(|mail| mail["unsubscribe"].is_string()).unwrap_or_else(|| panic!("{mails:?}"));
    let (anyone, path) = (app.anonymous(), path_to_end(mail));
    let shown = async || anyone.get(&path).await.expect(200).body;
    assert_eq!(shown().await, json!({"class": null, "kinds": ["booking_created"], "is_ended": false}));
    end_by(&app, mail).await;
    assert_eq!(shown().await["is_ended"], true);
    let refused = anyone.send(Method::POST, &format!("{path}/undo"), None).await.expect(409);
    assert_eq!(refused.code(), "notifications.by_preferences");
    assert_eq!(shown().await["is_ended"], true);
    wish(&desk, &json!({"kinds": {"booking_created": {"email": true}}})).await;
    assert_eq!(shown().await["is_ended"], false);
}

/// An account sees what was ended by the address that it has proved, and brings it back.
#[tokio::test]
async fn an_account_sees_and_changes_what_its_address_has_ended() {
    let app = TestApp::new().await;
    let guest = app.guest().await;
    let email = email_of(&app, &guest).await;
    let ended = async || app.rows("SELECT class FROM mail_opt_outs ORDER BY class").await;
    for (kind, class) in [("broadcast", "broadcasts"), ("my_review_answered", "reviews")] {
        assert_eq!(by_mail(&guest, kind).await, json!({"enabled": true, "mandatory": false}), "{kind}");
        app.sql(&format!("INSERT INTO mail_opt_outs VALUES (lower('{email}'), '{class}', now(), now())")).await;
        assert_eq!(by_mail(&guest, kind).await["enabled"], false, "{kind}");
        for _ in 0..2 {
            wish(&guest, &json!({"kinds": {kind: {"email": true}}})).await;
        }
        assert_eq!((by_mail(&guest, kind).await["enabled"].clone(), ended().await), (json!(true), Vec::new()), "{kind}");
    }
    for _ in 0..2 {
        wish(&guest, &json!({"kinds": {"my_review_answered": {"email": false}}})).await;
    }
    assert_eq!(ended().await, [json!({"class": "reviews"})]);
    assert_eq!(by_mail(&guest, "my_review_answered").await["enabled"], false);

    // Whose address it is has to be proved: nobody learns or changes what another has ended.
    app.sql(&format!("UPDATE users SET email_verified_at = NULL WHERE id = '{}'", guest.user_id())).await;
    assert_eq!(by_mail(&guest, "my_review_answered").await["enabled"], true);
    let etag = guest.get(PREFERENCES).await.expect(200).header("etag").to_owned();
    let off = json!({"kinds": {"my_review_answered": {"email": false}}});
    let refused = guest.patch(PREFERENCES, &etag, &off).await.expect(409);
    assert_eq!((refused.code(), refused.pointers()), ("notifications.unproved", vec!["/kinds/my_review_answered/email"]));
    wish(&guest, &json!({"kinds": {"my_review_answered": {"email": true}}})).await;
    assert_eq!(ended().await, [json!({"class": "reviews"})]);
}

/// A message of a hotel goes to nobody's mailbox that has ended such mails, whether or not it has an account by now.
#[tokio::test]
async fn an_account_whose_address_has_ended_messages_is_told_in_hbs_alone() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let mut request = hotel.request("2026-12-01", "2026-12-03");
    request["guest_user_id"] = json!(guest.user_id());
    let booking = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    let email = email_of(&app, &guest).await;
    let news = async |title: &str| {
        let news = json!({"property_id": hotel.id, "audience": "in_house", "by_email": true, "title": title, "body": "Come."});
        hotel.manager.post(BROADCASTS, &news).await.expect(201);
        deliver(&app).await;
        let mails = app.mail_to(&email).await;
        mails.iter().filter(|mail| mail["subject"].as_str().is_some_and(|subject| subject.contains(title))).count()
    };
    app.sql(&format!("INSERT INTO mail_opt_outs VALUES (lower('{email}'), 'broadcasts', now(), now())")).await;
    assert_eq!(news("First").await, 0);
    assert_eq!(titles(&guest).await, ["Test Hotel: First"]);
    wish(&guest, &json!({"kinds": {"broadcast": {"email": true}}})).await;
    guest.send(Method::POST, "/v1/notifications/read-all", None).await.expect(200);
    assert_eq!(news("Second").await, 1);
}
