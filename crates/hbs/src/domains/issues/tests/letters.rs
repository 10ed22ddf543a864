use super::{change, merge, raise, raised, say};
use crate::support::{Client, HotelSpec, TestApp};
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};
use std::time::Duration;

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

/// How many of the mails have some words.
fn telling(mails: &[Value], words: &str) -> usize {
    mails.iter().filter(|mail| mail["text"].as_str().is_some_and(|text| text.contains(words))).count()
}

/// An answer is told once, wherever a merge has put it before its mail was queued, or was sent.
#[tokio::test]
async fn answers_are_told_once_whatever_is_merged_meanwhile() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, booking, first) = raised(&app, &hotel).await;
    let of_booking = json!({"booking_id": booking.id()});
    let second = raise(&guest, &hotel, of_booking.clone()).await.id().to_owned();
    let third = raise(&guest, &hotel, of_booking).await.id().to_owned();
    let to = address(&app, &guest).await;
    for (issue, text) in [(&first, "Of the first"), (&second, "Of the second")] {
        say(&hotel.manager, issue, json!({"text": text})).await.expect(201);
    }
    app.move_clock("2026-12-01T12:01:00Z").await;
    // The mail waits for a server, and its words are elsewhere when it goes out.
    merge(&hotel, &second, &first).await.expect(200);
    let sent = mails(&app, &to).await;
    assert_eq!((sent.len(), telling(&sent, "Of the first"), telling(&sent, "Of the second")), (1, 1, 1), "{sent:?}");
    let text = sent[0]["text"].as_str().expect("text");
    assert!(text.contains(&format!("/issues/{first}")) && !text.contains(&second), "{text}");

    // What waits for its minute is told by the issue into which it was merged; what was told is not told again.
    say(&hotel.manager, &third, json!({"text": "Of the third"})).await.expect(201);
    merge(&hotel, &first, &third).await.expect(200);
    app.move_clock("2026-12-01T12:05:00Z").await;
    let sent = mails(&app, &to).await;
    assert_eq!((sent.len(), telling(&sent, "Of the third"), telling(&sent, "Of the first")), (2, 1, 1), "{sent:?}");
    assert_eq!(telling(&sent, "Of the second"), 1, "{sent:?}");
    app.move_clock("2026-12-01T12:10:00Z").await;
    assert_eq!(mails(&app, &to).await.len(), 2);
}

/// A mail that goes out late tells what it was queued for, and leaves the rest to the next one.
#[tokio::test]
async fn answers_are_told_once_however_late_the_mail_is() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    let to = address(&app, &guest).await;
    for (text, then) in [("We come at noon", "2026-12-01T12:01:00Z"), ("We are there", "2026-12-01T12:10:00Z")] {
        say(&hotel.manager, &issue, json!({"text": text})).await.expect(201);
        app.move_clock(then).await;
    }
    let sent = mails(&app, &to).await;
    assert_eq!((sent.len(), telling(&sent, "We come at noon"), telling(&sent, "We are there")), (2, 1, 1), "{sent:?}");
}

/// Whoever is at an issue holds up the mails about that one, and no others.
#[tokio::test]
async fn mails_do_not_wait_for_who_is_at_another_issue() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let ((ana, _, held), (eva, _, free)) = (raised(&app, &hotel).await, raised(&app, &hotel).await);
    for issue in [&held, &free] {
        say(&hotel.manager, issue, json!({"text": "We come"})).await.expect(201);
    }
    let (to_ana, to_eva) = (address(&app, &ana).await, address(&app, &eva).await);
    let mut holder = app.transaction(&format!("SELECT FROM issues WHERE id = '{held}' FOR UPDATE")).await;
    let moved = tokio::time::timeout(Duration::from_secs(20), app.move_clock("2026-12-01T12:01:00Z")).await;
    assert!(moved.is_ok(), "the job waits");
    assert_eq!((mails(&app, &to_ana).await.len(), mails(&app, &to_eva).await.len()), (0, 1));
    holder.batch_execute("ROLLBACK").await.expect("released");
    app.move_clock("2026-12-01T12:02:00Z").await;
    assert_eq!((mails(&app, &to_ana).await.len(), mails(&app, &to_eva).await.len()), (1, 1));
}

/// An issue that cannot be told keeps no other from it, not even one of the same guest, and is told once it can be.
#[tokio::test]
async fn an_issue_that_cannot_be_told_to_its_guest_holds_up_no_other() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let ((ana, booking, broken), (eva, _, other)) = (raised(&app, &hotel).await, raised(&app, &hotel).await);
    let whole = raise(&ana, &hotel, json!({"booking_id": booking.id()})).await.id().to_owned();
    for (issue, text) in [(&broken, "Broken"), (&whole, "We come"), (&other, "We come, too")] {
        say(&hotel.manager, issue, json!({"text": text})).await.expect(201);
    }
    app.sql("ALTER TABLE issue_messages ADD CONSTRAINT broken CHECK (text <> 'Broken' OR told_at IS NULL)").await;
    let (to_ana, to_eva) = (address(&app, &ana).await, address(&app, &eva).await);
    for now in ["2026-12-01T12:01:00Z", "2026-12-01T12:02:00Z"] {
        app.move_clock_in_vain(now).await;
        let (ana, eva) = (mails(&app, &to_ana).await, mails(&app, &to_eva).await);
        assert_eq!((ana.len(), telling(&ana, "We come"), telling(&eva, "We come, too")), (1, 1, 1), "{now}: {ana:?} {eva:?}");
    }
    app.sql("ALTER TABLE issue_messages DROP CONSTRAINT broken").await;
    app.move_clock("2026-12-01T12:03:00Z").await;
    let sent = mails(&app, &to_ana).await;
    assert_eq!((sent.len(), telling(&sent, "Broken"), telling(&sent, "We come")), (2, 1, 1), "{sent:?}");
}

#[tokio::test]
async fn without_the_database_issues_are_not_told_one_by_one() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, booking, first) = raised(&app, &hotel).await;
    let second = raise(&guest, &hotel, json!({"booking_id": booking.id()})).await.id().to_owned();
    for issue in [&first, &second] {
        say(&hotel.manager, issue, json!({"text": "We come"})).await.expect(201);
    }
    app.disconnect_at("INSERT ON mail_queue").await;
    app.set_clock("2026-12-01T12:01:00Z");
    let job = hbs::domains::issues::DOMAIN.jobs.iter().find(|job| job.name == "issues.mail").expect("the job");
    (job.run)(app.app.clone()).await.expect_err("nothing can be queued");
    assert_eq!(app.reconnect().await, 1);
    app.move_clock("2026-12-01T12:02:00Z").await;
    let sent = mails(&app, &address(&app, &guest).await).await;
    assert_eq!((sent.len(), telling(&sent, "We come")), (1, 1), "{sent:?}");
}

/// Between the look at what is due and the lock of an issue, its guest has another address. Nothing is queued for the old one.
#[tokio::test]
async fn a_guest_is_written_to_at_the_address_that_they_have_when_the_mail_is_queued() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let mut told = Vec::new();
    for _ in 0..2 {
        let (guest, _, issue) = raised(&app, &hotel).await;
        say(&hotel.manager, &issue, json!({"text": "We come"})).await.expect(201);
        told.push(address(&app, &guest).await);
    }
    // Mails are queued in the order of their addresses.
    told.sort_unstable();
    let (first, second) = (&told[0], &told[1]);
    app.sql(&format!(
        "CREATE FUNCTION move_away() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             UPDATE users SET email = 'new@example.com' WHERE email = '{second}'; RETURN NULL;
         END $$;
         CREATE TRIGGER move_away AFTER INSERT ON mail_queue FOR EACH ROW
             WHEN (NEW.kind = 'issue_answered' AND NEW.address = '{first}') EXECUTE FUNCTION move_away()"
    ))
    .await;
    let queued = async || app.rows("SELECT address FROM mail_queue WHERE kind = 'issue_answered' ORDER BY id").await;
    app.move_clock("2026-12-01T12:01:00Z").await;
    assert_eq!(queued().await, [json!({"address": first})]);
    app.move_clock("2026-12-01T12:02:00Z").await;
    assert_eq!(queued().await, [json!({"address": first}), json!({"address": "new@example.com"})]);
}

#[tokio::test]
async fn a_hotel_that_cannot_be_told_of_issues_holds_up_no_other() {
    let app = TestApp::new().await;
    let (broken, whole) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    for (hotel, email) in [(&broken, "broken@example.com"), (&whole, "desk@example.com")] {
        app.sql(&format!("UPDATE properties SET email = '{email}' WHERE id = '{}'", hotel.id)).await;
        raised(&app, hotel).await;
    }
    let refused = "kind <> 'issues_raised' OR address <> 'broken@example.com'";
    app.sql(&format!("ALTER TABLE mail_queue ADD CONSTRAINT broken CHECK ({refused})")).await;
    app.move_clock_in_vain("2026-12-01T12:05:00Z").await;
    assert_eq!((mails(&app, "broken@example.com").await.len(), mails(&app, "desk@example.com").await.len()), (0, 1));
    app.sql("ALTER TABLE mail_queue DROP CONSTRAINT broken").await;
    app.move_clock("2026-12-01T12:06:00Z").await;
    assert_eq!((mails(&app, "broken@example.com").await.len(), mails(&app, "desk@example.com").await.len()), (1, 1));
}

#[tokio::test]
async fn the_hotel_is_told_of_what_is_open_again() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    app.sql(&format!("UPDATE properties SET email = 'desk@example.com' WHERE id = '{}'", hotel.id)).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    app.move_clock("2026-12-01T12:05:00Z").await;
    say(&guest, &issue, json!({"text": "Are you coming?"})).await.expect(201);
    app.move_clock("2026-12-01T12:10:00Z").await;
    assert_eq!(mails(&app, "desk@example.com").await.len(), 1, "it is in the queue, where somebody looks");
    change(&hotel.manager, &issue, json!({"status": "closed"})).await.expect(200);
    say(&guest, &issue, json!({"text": "Cold again"})).await.expect(201);
    app.move_clock("2026-12-01T12:15:00Z").await;
    let sent = mails(&app, "desk@example.com").await;
    assert_eq!((sent.len(), &sent[0]["subject"]), (2, &json!("Test Hotel: guests have written again")), "{sent:?}");
    assert_eq!(telling(&sent[..1], "The shower is cold"), 1, "{sent:?}");
    assert_eq!(telling(&sent, "Cold again"), 0, "{sent:?}");
}
