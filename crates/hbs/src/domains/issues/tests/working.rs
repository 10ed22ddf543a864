use super::{ISSUES, change, raise, raised, read, say, texts};
use crate::support::{HotelSpec, TestApp, post, size, together};
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn an_issue_goes_from_open_to_closed_and_back() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    let status = async || read(&guest, &issue).await.body["status"].as_str().expect("text").to_owned();
    let answered = say(&hotel.manager, &issue, json!({"text": "We come"})).await.expect(201);
    assert_eq!(
        (
            &answered.body["status"],
            &answered.body["message"]["text"],
            &answered.body["message"]["author"],
            answered.header("etag")
        ),
        (&json!("in_progress"), &json!("We come"), &json!("staff"), "\"2\"")
    );
    say(&hotel.manager, &issue, json!({"text": "Is it warm now?", "status": "waiting"})).await.expect(201);
    assert_eq!(status().await, "waiting");
    say(&guest, &issue, json!({"text": "No"})).await.expect(201);
    assert_eq!(status().await, "open", "it is the hotel's turn");
    let resolved = change(&hotel.manager, &issue, json!({"status": "resolved"})).await.expect(200);
    assert_eq!(resolved.body["resolved_at"], "2026-12-01T12:00:00Z");
    let refused = change(&hotel.manager, &issue, json!({"status": "waiting"})).await.expect(409);
    assert_eq!(
        (refused.code(), &refused.body["from"], &refused.body["to"]),
        ("issue.illegal_move", &json!("resolved"), &json!("waiting"))
    );
    say(&hotel.manager, &issue, json!({"text": "Enjoy your stay"})).await.expect(201);
    assert_eq!(status().await, "resolved", "a kind word reopens nothing");
    change(&hotel.manager, &issue, json!({"status": "closed"})).await.expect(200);
    let refused = change(&hotel.manager, &issue, json!({"status": "resolved"})).await.expect(409);
    assert_eq!((&refused.body["from"], &refused.body["to"]), (&json!("closed"), &json!("resolved")));
    say(&guest, &issue, json!({"text": "Cold again"})).await.expect(201);
    let open = read(&guest, &issue).await.body;
    assert_eq!((&open["status"], &open["resolved_at"], &open["closed_at"]), (&json!("open"), &Value::Null, &Value::Null));
    change(&hotel.manager, &issue, json!({"status": "closed"})).await.expect(200);
    say(&hotel.manager, &issue, json!({"text": "One more thing"})).await.expect(201);
    assert_eq!(status().await, "open", "a message to a closed issue opens it");
    change(&hotel.manager, &issue, json!({"status": "closed"})).await.expect(200);
    change(&hotel.manager, &issue, json!({"status": "open"})).await.expect(200);

    let history = hotel.manager.get(&format!("{ISSUES}/{issue}/history")).await.expect(200).body;
    let steps = history["items"].as_array().expect("a list");
    let kinds: Vec<&str> = steps.iter().map(|step| step["kind"].as_str().expect("a kind")).collect();
    assert_eq!(
        kinds,
        [
            "created", "answered", "answered", "answered", "changed", "answered", "changed", "answered", "changed", "answered",
            "changed", "reopened"
        ]
    );
    assert_eq!(steps[4]["changes"], json!({"status": {"before": "open", "after": "resolved"}}));
    assert_eq!((&steps[0]["actor_kind"], &steps[0]["actor_name"]), (&json!("user"), &json!("Test Person")));
    let kinds = app.event_kinds().await;
    for kind in ["issue.created", "issue.answered", "issue.replied", "issue.resolved", "issue.reopened", "issue.changed"] {
        assert!(kinds.iter().any(|told| told == kind), "{kind} is not among {kinds:?}");
    }
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'issue.created'").await;
    assert_eq!(told[0]["changes"]["subject"], json!({"withheld": true}), "{told:?}");
}

/// T-iss-cross: a stale version is refused with the message that was written meanwhile.
#[tokio::test]
async fn iss_cross_who_has_not_read_the_reply_is_shown_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    let path = format!("{ISSUES}/{issue}");
    let seen = change(&hotel.manager, &issue, json!({"status": "resolved"})).await.expect(200).header("etag").to_owned();
    say(&guest, &issue, json!({"text": "It is not warm at all"})).await.expect(201);
    let stale = hotel.manager.patch(&path, &seen, &json!({"status": "closed"})).await.expect(412);
    assert_eq!(stale.code(), "issue.answered_meanwhile");
    let [message] = &stale.body["messages"].as_array().expect("a list")[..] else { panic!("{}", stale.body) };
    assert_eq!((&message["text"], &message["author"]), (&json!("It is not warm at all"), &json!("guest")));
    assert_eq!(read(&guest, &issue).await.body["status"], "open");
    // A colleague's answer stops the second one, too, if they say what they have seen.
    let etag = read(&hotel.manager, &issue).await.header("etag").to_owned();
    say(&hotel.manager, &issue, json!({"text": "On the way"})).await.expect(201);
    let second = say(&hotel.manager.with("if-match", &*etag), &issue, json!({"text": "Sorry, no plumber"})).await.expect(412);
    assert_eq!(second.body["messages"][0]["text"], "On the way");
    // Without a message, it is just another version.
    let etag = read(&hotel.manager, &issue).await.header("etag").to_owned();
    change(&hotel.manager, &issue, json!({"priority": "high"})).await.expect(200);
    let plain = hotel.manager.patch(&path, &etag, &json!({"priority": "low"})).await.expect(412);
    assert_eq!(plain.code(), "request.precondition_failed");
    hotel.manager.send(Method::PATCH, &path, Some(json!({"status": "closed"}).to_string())).await.expect(428);
}

/// T-iss-cross: whichever comes first, the message is kept and the issue is open.
#[tokio::test]
async fn iss_cross_a_reply_while_it_is_closed_is_never_lost() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    for round in 0..size(5, 100) {
        let seen = change(&hotel.manager, &issue, json!({"status": "resolved"})).await.expect(200).header("etag").to_owned();
        let closing = {
            let (manager, path) = (hotel.manager.clone(), format!("{ISSUES}/{issue}"));
            async move { manager.patch(&path, &seen, &json!({"status": "closed"})).await }
        };
        let text = format!("Cold again, {round}");
        let saying = post(&guest, format!("{ISSUES}/{issue}/messages"), json!({"text": text}));
        let (closing, saying) = (tokio::spawn(closing), tokio::spawn(saying));
        saying.await.expect("an answer").expect(201);
        let closed = closing.await.expect("an answer");
        assert!([200, 412].contains(&closed.status), "{}", closed.body);
        assert_eq!(read(&guest, &issue).await.body["status"], "open", "round {round}");
        assert_eq!(texts(&guest, &issue).await.last(), Some(&text));
    }
}

#[tokio::test]
async fn many_who_write_at_once_are_all_kept() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    let before = app.deadlocks().await;
    let many = size(8, 64);
    let path = format!("{ISSUES}/{issue}/messages");
    let said = (0..many).map(|n| {
        let client = if n % 2 == 0 { &guest } else { &hotel.manager };
        post(client, path.clone(), json!({"text": format!("{n}")}))
    });
    for reply in together(said).await {
        reply.expect(201);
    }
    assert_eq!(texts(&guest, &issue).await.len(), many + 1);
    let count = format!("SELECT message_count FROM issues WHERE id = '{issue}'");
    assert_eq!(app.number(&count).await, i64::try_from(many).expect("few") + 1);
    assert_eq!(read(&guest, &issue).await.header("etag"), format!("\"{}\"", many + 1));
    assert_eq!(app.deadlocks().await, before);
}

#[tokio::test]
async fn who_has_read_what_is_known_and_who_is_looking() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    let colleague = app.staff(&["issues:read", "issues:write"], Some(&hotel.id)).await;
    assert_eq!(read(&colleague, &issue).await.body["unread"], 1);
    let first = say(&hotel.manager, &issue, json!({"text": "We come"})).await.expect(201);
    let first = first.body["message"]["id"].clone();
    say(&hotel.manager, &issue, json!({"text": "At noon"})).await.expect(201);
    say(&hotel.manager, &issue, json!({"text": "Twice this week", "is_note": true})).await.expect(201);
    assert_eq!(read(&hotel.manager, &issue).await.body["unread"], 0, "who writes has read");
    assert_eq!(
        (&read(&colleague, &issue).await.body["unread"], &read(&guest, &issue).await.body["unread"]),
        (&json!(4), &json!(2))
    );
    let path = format!("{ISSUES}/{issue}/read");
    assert_eq!(guest.post(&path, &json!({"message_id": first})).await.expect(200).body["unread"], 1);
    assert_eq!(guest.post(&path, &json!({})).await.expect(200).body["unread"], 0);
    assert_eq!(guest.post(&path, &json!({"message_id": first})).await.expect(200).body["unread"], 0, "never back");
    assert_eq!(read(&colleague, &issue).await.body["staff"]["guest_read_at"], "2026-12-01T12:00:00Z");
    assert_eq!(guest.post(&path, &json!({"message_id": hotel.double})).await.expect(404).status, 404);

    let view = format!("{ISSUES}/{issue}/view");
    assert_eq!(hotel.manager.post(&view, &json!({"is_writing": true})).await.expect(200).body["viewers"], json!([]));
    let seen = colleague.post(&view, &json!({})).await.expect(200).body;
    assert_eq!(seen["viewers"], json!([{"user_id": hotel.manager.user_id(), "name": "Test Person", "is_writing": true}]));
    app.sql("UPDATE issue_viewers SET updated_at = updated_at - interval '31 seconds'").await;
    assert_eq!(colleague.post(&view, &json!({})).await.expect(200).body["viewers"], json!([]));
    guest.post(&view, &json!({})).await.expect(403);
}

#[tokio::test]
async fn what_was_said_stays_as_it_was_said() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (_, _, issue) = raised(&app, &hotel).await;
    say(&hotel.manager, &issue, json!({"text": "Between us", "is_note": true})).await.expect(201);
    for change in ["is_note = NOT is_note", "text = 'Other words'", "is_from_guest = NOT is_from_guest"] {
        let refused = app.try_sql(&format!("UPDATE issue_messages SET {change} WHERE is_note")).await.expect_err(change);
        assert!(refused.contains("not changed"), "{refused}");
    }
    let second = raise(&hotel.manager, &hotel, json!({})).await;
    for wrong in ["is_internal = false", "answer_due_at = now()", "status = 'closed'", "merged_into_id = id"] {
        app.try_sql(&format!("UPDATE issues SET {wrong} WHERE id = '{}'", second.id())).await.expect_err(wrong);
    }
}
