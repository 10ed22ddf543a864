//! What people are told, once, and what they do with it.
use super::support::{
    NOTIFICATIONS, PREFERENCES, deliver, deliver_in_part, end_by, inbox, keen_desk, tell, titles, unread, wish,
};
use crate::support::{Client, Hotel, HotelSpec, MailServer, TestApp, act, size, together};
use http::Method;
use serde_json::{Value, json};

async fn hotel() -> (TestApp, Hotel) {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    (app, hotel)
}

/// Copies the newest event of a kind, as if as many of it had happened. `changes` are those of the copies, as SQL.
async fn happen(app: &TestApp, kind: &str, times: usize, changes: &str) {
    app.sql(&format!(
        "INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, booking_id, actor_kind, actor_id, request_id, changes, occurred_at)
         SELECT gen_random_uuid(), stream_id, kind, entity, entity_id, booking_id, actor_kind, actor_id, 'import-1', {changes}, occurred_at
         FROM (SELECT * FROM outbox WHERE kind = '{kind}' ORDER BY id DESC LIMIT 1) e, generate_series(1, {times})"
    ))
    .await;
}

async fn preference(person: &Client, kind: &str) -> Value {
    let all = person.get(PREFERENCES).await.expect(200).body;
    let kinds = all["kinds"].as_array().expect("kinds").clone();
    kinds.into_iter().find(|one| one["kind"] == kind).unwrap_or_else(|| panic!("no {kind} in {all}"))
}

#[tokio::test]
async fn who_wants_to_know_is_told_once_of_each_event() {
    let (app, hotel) = hotel().await;
    let (desk, guest) = (keen_desk(&app, &hotel).await, app.guest().await);
    let quiet = app.staff(&["bookings:read"], Some(&hotel.id)).await;
    let elsewhere = keen_desk(&app, &app.hotel(HotelSpec::default()).await).await;
    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["guest_user_id"] = json!(guest.user_id());
    let booking = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    tell(&app).await;

    let reference = booking.body["reference"].as_str().expect("a reference");
    let told = inbox(&desk).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["title"], format!("Test Hotel: new booking {reference}"));
    assert_eq!(told[0]["link"], json!({"entity": "booking", "id": booking.id(), "booking_id": booking.id()}));
    assert_eq!(
        (&told[0]["kind"], &told[0]["reason"], &told[0]["count"]),
        (&json!("booking_created"), &json!("permission"), &json!(1))
    );
    assert!(!told[0].to_string().contains("Ana"), "nothing personal: {}", told[0]);
    assert_eq!(titles(&guest).await, [format!("Your booking {reference} at Test Hotel is confirmed")]);
    assert_eq!((titles(&quiet).await, titles(&elsewhere).await), (vec![], vec![]), "who has not asked, and who works elsewhere");

    // What is delivered again tells nothing anew, whatever was read or removed meanwhile.
    app.sql("UPDATE outbox_sinks SET position = 0 WHERE name = 'notifications'").await;
    let id = told[0]["id"].as_str().expect("an id");
    desk.with("if-match", "\"1\"").send(Method::DELETE, &format!("{NOTIFICATIONS}/{id}"), None).await.expect(204);
    tell(&app).await;
    app.sql("UPDATE outbox_sinks SET position = 0 WHERE name = 'notifications'; DELETE FROM notification_progress").await;
    tell(&app).await;
    assert_eq!((titles(&desk).await, titles(&guest).await.len()), (vec![], 1));

    // In the language of the reader.
    app.sql(&format!("UPDATE users SET locale = 'pt-PT' WHERE id = '{}'", guest.user_id())).await;
    assert_eq!(titles(&guest).await, [format!("A sua reserva {reference} em Test Hotel está confirmada")]);
}

#[tokio::test]
async fn what_is_done_with_notifications_is_counted_and_recorded() {
    let (app, hotel) = hotel().await;
    let desk = keen_desk(&app, &hotel).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    tell(&app).await;
    act(&hotel.manager, &booking, "cancel").await.expect(200);
    tell(&app).await;
    assert_eq!(unread(&desk).await, 2);
    let newest = inbox(&desk).await[0].clone();
    assert_eq!(newest["kind"], "booking_cancelled");
    let path = format!("{NOTIFICATIONS}/{}", newest["id"].as_str().expect("an id"));
    let read = desk.send(Method::POST, &format!("{path}/read"), None).await.expect(200);
    assert_eq!((&read.body["read_at"], read.header("etag")), (&json!("2026-12-01T12:00:00Z"), "\"2\""));
    let again = desk.send(Method::POST, &format!("{path}/read"), None).await.expect(200);
    assert_eq!(again.body, read.body, "it is read already");
    assert_eq!(unread(&desk).await, 1);
    let list = async |filter: &str| {
        desk.get(&format!("{NOTIFICATIONS}?{filter}")).await.expect(200).body["items"].as_array().map(Vec::len)
    };
    assert_eq!((list("unread=true").await, list("unread=false").await), (Some(1), Some(1)));
    assert_eq!((list("kind=booking_created").await, list("kind=booking_created,booking_cancelled").await), (Some(1), Some(2)));
    assert_eq!((list(&format!("property_id={}", hotel.id)).await, list("limit=1").await), (Some(2), Some(1)));
    assert_eq!(desk.get(&format!("{NOTIFICATIONS}?kind=nonsense")).await.expect(422).pointers(), ["/kind"]);

    desk.send(Method::POST, &format!("{path}/unread"), None).await.expect(200);
    let oldest = inbox(&desk).await[1]["id"].clone();
    let up_to = desk.post(&format!("{NOTIFICATIONS}/read-all"), &json!({"up_to": oldest})).await.expect(200);
    assert_eq!((&up_to.body["read"], unread(&desk).await), (&json!(1), 1), "what came since one looked stays unread");
    let all = desk.send(Method::POST, &format!("{NOTIFICATIONS}/read-all"), None).await.expect(200);
    assert_eq!((&all.body["read"], unread(&desk).await), (&json!(1), 0));
    let none = desk.send(Method::POST, &format!("{NOTIFICATIONS}/read-all"), None).await.expect(200);
    assert_eq!(none.body["read"], 0);
    desk.send(Method::DELETE, &path, None).await.expect(204);
    desk.send(Method::DELETE, &path, None).await.expect(404);
    let stranger = app.guest().await;
    let other = format!("{NOTIFICATIONS}/{}/read", oldest.as_str().expect("an id"));
    stranger.send(Method::POST, &other, None).await.expect(404);
    let kinds = app.event_kinds().await;
    for kind in ["created", "read", "unread", "all_read", "deleted"] {
        assert!(kinds.contains(&format!("notification.{kind}")), "{kind} is not on the record: {kinds:?}");
    }
}

/// T-not-storm: an import, and a group that is cancelled, are one row and one mail to each member of the desk.
#[tokio::test]
async fn not_storm_thousands_of_bookings_are_one_row_and_one_mail() {
    let (app, hotel) = hotel().await;
    let (desk, second) = (keen_desk(&app, &hotel).await, keen_desk(&app, &hotel).await);
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    act(&hotel.manager, &booking, "cancel").await.expect(200);
    tell(&app).await;
    for person in [&desk, &second] {
        person.send(Method::POST, &format!("{NOTIFICATIONS}/read-all"), None).await.expect(200);
    }
    let bookings = size(400, 5000);
    let imported = "jsonb_set(changes, '{imported}', '{\"before\": null, \"after\": true}')";
    happen(&app, "booking.created", bookings / 2, imported).await;
    tell(&app).await;
    happen(&app, "booking.created", bookings - bookings / 2, imported).await;
    happen(&app, "booking.status_changed", 200, "changes").await;
    tell(&app).await;
    for person in [&desk, &second] {
        let unread: Vec<Value> = inbox(person).await.into_iter().filter(|one| one["read_at"].is_null()).collect();
        let counts: Vec<(&Value, &Value)> = unread.iter().map(|one| (&one["kind"], &one["count"])).collect();
        let (imported, cancelled) = (json!("bookings_imported"), json!("booking_cancelled"));
        assert_eq!(counts, [(&cancelled, &json!(200)), (&imported, &json!(bookings))]);
        assert!(unread.iter().all(|one| one["link"].is_null()), "it is about many");
        assert_eq!(unread[1]["title"], format!("Test Hotel: {bookings} bookings imported"));
    }
    // All that is due is one mail, some time later.
    let mails = "SELECT count(*) FROM mail_queue WHERE kind LIKE 'notification%'";
    deliver(&app).await;
    assert_eq!(app.number(mails).await, 0, "what comes together is gathered first");
    app.set_clock("2026-12-01T12:02:00Z");
    deliver(&app).await;
    for person in [&desk, &second] {
        let address = app.rows(&format!("SELECT email FROM users WHERE id = '{}'", person.user_id())).await[0]["email"].clone();
        let mails = app.mail_to(address.as_str().expect("an address")).await;
        let of_hotel: Vec<&Value> = mails.iter().filter(|mail| mail["text"].to_string().contains("Test Hotel")).collect();
        assert_eq!(of_hotel.len(), 1, "{mails:?}");
        assert!(of_hotel[0]["text"].to_string().contains(&format!("{bookings} bookings were imported")), "{of_hotel:?}");
    }
    deliver(&app).await;
    // What was read is told of anew.
    desk.send(Method::POST, &format!("{NOTIFICATIONS}/read-all"), None).await.expect(200);
    happen(&app, "booking.status_changed", 3, "changes").await;
    tell(&app).await;
    assert_eq!((unread(&desk).await, inbox(&desk).await[0]["count"].clone()), (1, json!(3)));
}

/// T-not-storm: no more mails go out than the settings allow, of all processes together.
#[tokio::test]
async fn not_storm_mails_go_out_at_the_pace_of_the_settings() {
    let app = TestApp::with(|config| (config.mails_per_minute, config.mails_per_account_to_unproved) = (3, 1000)).await;
    let second = TestApp::on(app.app.config.clone()).await;
    for n in 0..10 {
        app.register(&format!("guest{n}@example.com")).await;
    }
    let minute = async || app.number("SELECT extract(epoch FROM clock_timestamp())::bigint / 60").await;
    let (began, sent) = (minute().await, app.send_mail().await + second.send_mail().await);
    let minutes = usize::try_from(minute().await - began).expect("time goes on") + 1;
    assert!((3..=3 * minutes).contains(&sent), "{sent} mails in {minutes} minutes");
    assert_eq!(app.number("SELECT count(*) FROM mail_log WHERE outcome = 'sent'").await, i64::try_from(sent).expect("a number"));
}

/// T-not-unread: whatever many clients do at once, the number of unread notifications is that of those that are listed as such.
#[tokio::test]
async fn not_unread_is_exact_whatever_many_clients_do_at_once() {
    let (app, hotel) = hotel().await;
    let desk = app.staff(&["bookings:write"], Some(&hotel.id)).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    // What a guest cannot do alone: there are no suites.
    let suite = json!({"stay_id": booking.body["stays"][0]["id"], "room_type_id": hotel.suite});
    let request = json!({"amendment": {"stays": [suite]}, "message": "A suite, please"});
    guest.post(&format!("/v1/bookings/{}/change-requests", booking.id()), &request).await.expect(201);
    happen(&app, "change_request.created", 40, "changes").await;
    tell(&app).await;
    let ids: Vec<String> = inbox(&desk).await.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect();
    assert!(ids.len() >= 40, "{}", ids.len());
    let work = (0..64_usize).map(|n| {
        let (desk, ids) = (desk.clone(), ids.clone());
        async move {
            for round in 0..size(4, 40) {
                let id = &ids[(n * 7 + round * 13) % ids.len()];
                let path = match (n + round) % 8 {
                    0 => format!("{NOTIFICATIONS}/read-all"),
                    1..4 => format!("{NOTIFICATIONS}/{id}/unread"),
                    4..7 => format!("{NOTIFICATIONS}/{id}/read"),
                    _ => format!("{NOTIFICATIONS}/{id}"),
                };
                let method = if path.ends_with(id) { Method::DELETE } else { Method::POST };
                let reply = desk.send(method, &path, None).await;
                assert!([200, 204, 404].contains(&reply.status), "{path}: {}", reply.body);
            }
        }
    });
    let deadlocks = app.deadlocks().await;
    together(work).await;
    let listed = desk.get(&format!("{NOTIFICATIONS}?unread=true&limit=200")).await.expect(200);
    let listed = i64::try_from(listed.body["items"].as_array().expect("a list").len()).expect("a number");
    let of_desk = format!("FROM notifications WHERE user_id = '{}' AND read_at IS NULL AND NOT is_deleted", desk.user_id());
    let counted = app.number(&format!("SELECT count(*) {of_desk}")).await;
    assert_eq!((unread(&desk).await, listed), (counted, counted));
    assert_eq!(app.deadlocks_at_the_end().await, deadlocks);
}

#[tokio::test]
async fn who_may_not_see_it_any_more_is_shown_nothing_and_written_nothing() {
    let (app, hotel) = hotel().await;
    let desk = keen_desk(&app, &hotel).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    tell(&app).await;
    assert_eq!(unread(&desk).await, 1);
    app.set_clock("2026-12-01T13:00:00Z");
    app.sql(&format!("DELETE FROM role_assignments WHERE user_id = '{}'", desk.user_id())).await;
    assert_eq!((unread(&desk).await, inbox(&desk).await.len()), (0, 0));
    deliver(&app).await;
    assert_eq!(app.number("SELECT count(*) FROM mail_log WHERE kind = 'notification' AND outcome = 'sent'").await, 0);
}

#[tokio::test]
async fn preferences_are_ones_own_and_some_are_not_to_be_had() {
    let (app, hotel) = hotel().await;
    let desk = app.staff(&["refunds:approve", "bookings:read"], Some(&hotel.id)).await;
    let guest = app.guest().await;
    let shown = guest.get(PREFERENCES).await.expect(200);
    assert_eq!(
        (shown.header("etag"), &shown.body["digest"], &shown.body["digest_at"]),
        ("\"1\"", &json!("none"), &json!("08:00"))
    );
    assert!(!shown.body.to_string().contains("refund_to_approve"), "a guest approves nothing: {}", shown.body);
    assert_eq!(preference(&guest, "my_refund").await["email"], json!({"enabled": true, "mandatory": true}));
    assert_eq!(preference(&desk, "refund_to_approve").await["in_app"], json!({"enabled": true, "mandatory": true}));
    let change = async |person: &Client, body: &Value| person.patch(PREFERENCES, "\"1\"", body).await;
    let off = change(&desk, &json!({"kinds": {"refund_to_approve": {"in_app": false}}})).await.expect(409);
    assert_eq!((off.code(), off.pointers()), ("notifications.mandatory", vec!["/kinds/refund_to_approve/in_app"]));
    for (body, pointer) in [
        (json!({"kinds": {"nonsense": {"in_app": false}}}), "/kinds/nonsense"),
        (json!({"kinds": {"my_refund": {"sms": true}}}), "/kinds/my_refund/sms"),
        (json!({"time_zone": "Lisbon"}), "/time_zone"),
        (json!({"quiet_hours": {"from": "22:00", "to": "22:00"}}), "/quiet_hours/to"),
        (json!({"quiet_hours": {"from": "25:00", "to": "22:00"}}), "/quiet_hours/from"),
        (json!({"digest": "weekly"}), "/digest"),
    ] {
        assert_eq!(change(&guest, &body).await.expect(422).pointers(), [pointer], "{body}");
    }
    let hours = json!({"from": "22:00", "to": "07:00"});
    let set = json!({"time_zone": "Europe/Lisbon", "quiet_hours": hours, "digest": "daily", "digest_at": "09:30"});
    let changed = change(&guest, &set).await.expect(200);
    for (name, value) in set.as_object().expect("members") {
        assert_eq!(&changed.body[name], value, "{name}");
    }
    let cleared = guest.patch(PREFERENCES, "\"2\"", &json!({"quiet_hours": null, "time_zone": null})).await.expect(200);
    assert_eq!((&cleared.body["quiet_hours"], &cleared.body["digest_at"]), (&Value::Null, &json!("09:30")));
    guest.patch(PREFERENCES, "\"2\"", &json!({"digest": "none"})).await.expect(412);
}

#[tokio::test]
async fn nobody_is_written_to_at_night_and_one_request_ends_it() {
    let (app, hotel) = hotel().await;
    let desk = keen_desk(&app, &hotel).await;
    wish(&desk, &json!({"quiet_hours": {"from": "21:00", "to": "07:00"}, "time_zone": "Europe/Lisbon"})).await;
    let address = app.rows(&format!("SELECT email FROM users WHERE id = '{}'", desk.user_id())).await[0]["email"].clone();
    let address = address.as_str().expect("an address").to_owned();
    let mails = async || {
        let all = app.mail_to(&address).await;
        all.into_iter().filter(|mail| mail["subject"].to_string().contains("Test Hotel")).collect::<Vec<_>>()
    };
    app.set_clock("2026-12-01T23:00:00Z");
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    tell(&app).await;
    deliver(&app).await;
    assert_eq!(mails().await.len(), 0, "it is night");
    let due = desk.get("/v1/notifications/deliveries").await.expect(200).body["items"][0].clone();
    assert_eq!((&due["status"], &due["due_at"]), (&json!("waiting"), &json!("2026-12-02T07:00:00Z")));
    app.set_clock("2026-12-02T07:00:00Z");
    deliver(&app).await;
    let mail = mails().await.pop().expect("a mail in the morning");
    let done = desk.get("/v1/notifications/deliveries").await.expect(200).body["items"][0].clone();
    assert_eq!((&done["status"], &done["channel"]), (&json!("sent"), &json!("email")));

    let address = mail["unsubscribe"].as_str().expect("an address to end it by");
    let (_, path) = address.split_once("/v1/").expect("a path");
    let program = app.anonymous().with("content-type", "application/x-www-form-urlencoded");
    for _ in 0..2 {
        let body = Some("List-Unsubscribe=One-Click".to_owned());
        program.send(Method::POST, &format!("/v1/{path}"), body).await.expect(204);
    }
    app.anonymous().send(Method::POST, &format!("/v1/{path}x"), None).await.expect(404);
    assert_eq!(preference(&desk, "booking_created").await["email"]["enabled"], false);
    assert_eq!(preference(&desk, "booking_created").await["in_app"]["enabled"], true);
    desk.send(Method::POST, &format!("{NOTIFICATIONS}/read-all"), None).await.expect(200);
    hotel.book(&hotel.manager, "2026-12-14", "2026-12-16").await;
    tell(&app).await;
    app.set_clock("2026-12-02T09:00:00Z");
    deliver(&app).await;
    assert_eq!((mails().await.len(), unread(&desk).await), (1, 1));
}

#[tokio::test]
async fn somebody_to_whom_nothing_can_be_sent_keeps_nobody_else_waiting() {
    let (app, hotel) = hotel().await;
    let (broken, whole) = (keen_desk(&app, &hotel).await, keen_desk(&app, &hotel).await);
    let of_broken = format!("user_id <> '{}' OR kind NOT LIKE 'notification%'", broken.user_id());
    app.sql(&format!("ALTER TABLE mail_queue ADD CONSTRAINT broken CHECK ({of_broken})")).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    tell(&app).await;
    app.set_clock("2026-12-01T13:00:00Z");
    let status =
        async |desk: &Client| desk.get("/v1/notifications/deliveries").await.expect(200).body["items"][0]["status"].clone();
    for _ in 0..2 {
        deliver_in_part(&app).await;
        assert_eq!((status(&whole).await, status(&broken).await), (json!("sent"), json!("waiting")));
    }
    app.sql("ALTER TABLE mail_queue DROP CONSTRAINT broken").await;
    deliver(&app).await;
    assert_eq!(status(&broken).await, "sent");
}

/// Without the database nobody is written to, and not each by themselves either.
#[tokio::test]
async fn without_the_database_nobody_is_tried_by_themselves() {
    let (app, hotel) = hotel().await;
    let desks = [keen_desk(&app, &hotel).await, keen_desk(&app, &hotel).await];
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    tell(&app).await;
    app.set_clock("2026-12-01T13:00:00Z");
    app.disconnect_at("INSERT ON mail_queue").await;
    deliver_in_part(&app).await;
    assert_eq!(app.reconnect().await, 1);
    deliver(&app).await;
    for desk in &desks {
        let log = desk.get("/v1/notifications/deliveries").await.expect(200).body["items"].clone();
        assert_eq!(log[0]["status"], "sent", "{log}");
    }
}

/// A mail about several kinds ends whatever can be ended, and nothing that is shown in HBS.
#[tokio::test]
async fn a_mail_about_several_kinds_is_ended_by_one_request_too() {
    let (app, hotel) = hotel().await;
    let desk = keen_desk(&app, &hotel).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    act(&hotel.manager, &booking, "cancel").await.expect(200);
    tell(&app).await;
    app.set_clock("2026-12-01T13:00:00Z");
    deliver(&app).await;
    let address = app.rows(&format!("SELECT email FROM users WHERE id = '{}'", desk.user_id())).await[0]["email"].clone();
    let mails = app.mail_to(address.as_str().expect("an address")).await;
    let digest = mails.iter().find(|mail| mail["subject"] == "2 new notifications").unwrap_or_else(|| panic!("{mails:?}"));
    for _ in 0..2 {
        end_by(&app, digest).await;
    }
    for kind in ["booking_created", "booking_cancelled", "broadcast"] {
        assert_eq!(preference(&desk, kind).await["email"]["enabled"], false, "{kind}");
        assert_eq!(preference(&desk, kind).await["in_app"]["enabled"], true, "{kind}");
    }
    let told = "SELECT count(*) FROM outbox WHERE kind = 'notification_preferences.updated'";
    assert_eq!(app.number(told).await, 2, "what she wished for, and the end of it once");
    wish(&desk, &json!({"kinds": {"booking_created": {"email": true}}})).await;
    assert_eq!(preference(&desk, "booking_created").await["email"]["enabled"], true, "the preferences bring it back");
}

#[tokio::test]
async fn mails_have_the_headers_of_one_click_and_a_mailbox_that_refuses_them_gets_no_more() {
    let mut server = MailServer::start(&[]).await;
    let app = TestApp::with(|config| {
        config.smtp_url = Some(server.url.clone());
        config.public_url = "https://miramar.example".into();
    })
    .await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let desk = keen_desk(&app, &hotel).await;
    app.sql("DELETE FROM mail_queue").await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    app.sql("DELETE FROM mail_queue").await;
    tell(&app).await;
    app.set_clock("2026-12-01T13:00:00Z");
    deliver(&app).await;
    let sent = server.next().await;
    let headers = &sent["headers"];
    let list = headers["list-unsubscribe"].as_str().expect("the header").replace(['\r', '\n', ' '], "");
    assert!(list.starts_with("<https://miramar.example/v1/unsubscribe/") && list.ends_with('>'), "{list}");
    assert_eq!(headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");

    let address = sent["to"][0].as_str().expect("an address");
    app.sql(&format!("INSERT INTO mail_bounces VALUES ('{address}', '550', now(), now())")).await;
    desk.send(Method::POST, &format!("{NOTIFICATIONS}/read-all"), None).await.expect(200);
    hotel.book(&hotel.manager, "2026-12-14", "2026-12-16").await;
    tell(&app).await;
    app.set_clock("2026-12-01T14:00:00Z");
    deliver(&app).await;
    let last = desk.get("/v1/notifications/deliveries").await.expect(200).body["items"][0].clone();
    assert_eq!(last["status"], "suppressed", "{last}");
}

#[tokio::test]
async fn push_messages_go_to_nobody_who_may_not_see_it_any_more() {
    let (app, hotel) = hotel().await;
    let desk = app.staff(&["bookings:read"], Some(&hotel.id)).await;
    wish(&desk, &json!({"kinds": {"booking_created": {"push": true}}})).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    tell(&app).await;
    app.sql(&format!("DELETE FROM role_assignments WHERE user_id = '{}'", desk.user_id())).await;
    app.set_clock("2026-12-01T13:00:00Z");
    deliver(&app).await;
    let log = app.rows("SELECT channel, status FROM notification_deliveries").await;
    assert_eq!(log, [json!({"channel": "push", "status": "not_wanted"})]);
}

#[tokio::test]
async fn push_messages_go_out_where_there_is_a_messenger() {
    let (app, hotel) = hotel().await;
    let desk = app.staff(&["bookings:read"], Some(&hotel.id)).await;
    wish(&desk, &json!({"kinds": {"booking_created": {"push": true}}})).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    tell(&app).await;
    app.set_clock("2026-12-01T13:00:00Z");
    deliver(&app).await;
    let log = desk.get("/v1/notifications/deliveries").await.expect(200).body["items"].clone();
    assert_eq!((&log[0]["channel"], &log[0]["status"]), (&json!("push"), &json!("sent")), "{log}");
    assert_eq!(unread(&desk).await, 1, "what is sent is in HBS, too");
}
