//! Calendars as programs really write them, and calendars that are damaged.
use super::{Followed, at, calendar, conflicts, external, import, nights, pairs, upload};
use crate::support::{Hotel, HotelSpec, Reply, TestApp};
use http::Method;
use serde_json::{Value, json};

/// A hotel with a room, and a feed for it that is uploaded.
async fn followed(time_zone: &str) -> (TestApp, Hotel, Reply) {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    app.sql(&format!("UPDATE properties SET time_zone = '{time_zone}'")).await;
    let feed = import(&hotel, None).await.expect(201);
    (app, hotel, feed)
}

/// A calendar of events that are written as lines.
fn lines(events: &[&str]) -> String {
    let events: String = events.iter().map(|lines| format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n")).collect();
    format!("BEGIN:VCALENDAR\nVERSION:2.0\n{events}END:VCALENDAR\n").replace('\n', "\r\n")
}

/// F2: one UID may be several events, which all count, and one that is cancelled takes only those of its own dates with it.
#[tokio::test]
async fn one_name_may_stand_for_several_events() {
    let (app, hotel, feed) = followed("Europe/Lisbon").await;
    let file = calendar(&[("cal@x", "2026-12-18", "2026-12-20", ""), ("cal@x", "2026-12-28", "2026-12-31", "")]);
    assert_eq!(upload(&hotel, &feed, &file).await.expect(200).body["added"], 2);
    let both = nights(&[("2026-12-18", "2026-12-20"), ("2026-12-28", "2026-12-31")]);
    assert_eq!(external(&hotel).await, both);
    let other = ("cal@x", "2026-12-22", "2026-12-24", "SEQUENCE:3\r\nSTATUS:CANCELLED\r\n");
    let file =
        calendar(&[("cal@x", "2026-12-18", "2026-12-20", ""), other, ("cal@x", "2026-12-28", "2026-12-31", "SEQUENCE:2\r\n")]);
    upload(&hotel, &feed, &file).await.expect(200);
    assert_eq!(external(&hotel).await, both, "one of other dates is cancelled");
    let it = ("cal@x", "2026-12-18", "2026-12-20", "SEQUENCE:3\r\nSTATUS:CANCELLED\r\n");
    upload(&hotel, &feed, &calendar(&[it, ("cal@x", "2026-12-28", "2026-12-31", "")])).await.expect(200);
    assert_eq!(external(&hotel).await, both[1..]);
    app.assert_consistent().await;
}

/// F4, F5: names of properties and components are read in any case, lines that are folded within a character are joined first,
/// and a bad summary costs no dates.
#[tokio::test]
async fn names_are_read_in_any_case_and_folds_within_letters() {
    let (_app, hotel, feed) = followed("Europe/Lisbon").await;
    let file = calendar(&[("a", "2026-12-18", "2026-12-20", "")]);
    assert_eq!(upload(&hotel, &feed, &file).await.expect(200).body["added"], 1);
    let nothing = json!({"added": 0, "moved": 0, "released": 0, "conflicts": 0});
    assert_eq!(upload(&hotel, &feed, &file.to_lowercase()).await.expect(200).body, nothing);
    let folded = [
        file.split("SUMMARY").next().expect("a part").as_bytes(),
        b"SUMMARY:Reserved S\xc3\r\n \xa3o \xff\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    ];
    let path = format!("/v1/feed-imports/{}/file", feed.id());
    let reply = hotel.manager.upload(Method::POST, &path, "text/calendar", &folded.concat()).await;
    assert_eq!(reply.expect(200).body, nothing);
    assert_eq!(external(&hotel).await, nights(&[("2026-12-18", "2026-12-20")]));
}

/// F6, U17: midnights in UTC are whole days, wherever the hotel is; other times are nights of the hotel, be they floating or in
/// a zone by the name that Windows has for it; events without a UID or an end are read.
#[tokio::test]
async fn times_are_nights_of_the_hotel() {
    for (lines_of, from, to) in [
        ("UID:a\nDTSTART:20261218T000000Z\nDTEND:20261220T000000Z", "2026-12-18", "2026-12-20"),
        ("UID:a\nDTSTART:20261218T150000\nDTEND:20261220T110000", "2026-12-18", "2026-12-20"),
        ("UID:a\nDTSTART;TZID=Eastern Standard Time:20261218T150000\nDURATION:P1DT20H", "2026-12-18", "2026-12-20"),
        ("DTSTART;VALUE=DATE:20261218", "2026-12-18", "2026-12-19"),
        ("UID:a\nDTSTART;VALUE=DATE:20261218\nDTEND;VALUE=DATE:20261218", "2026-12-18", "2026-12-19"),
    ] {
        let (_app, hotel, feed) = followed("America/New_York").await;
        let reply = upload(&hotel, &feed, &lines(&[lines_of])).await.expect(200);
        assert_eq!(reply.body, json!({"added": 1, "moved": 0, "released": 0, "conflicts": 0}), "{lines_of}");
        assert_eq!(external(&hotel).await, nights(&[(from, to)]), "{lines_of}");
    }
}

/// U17: events recur as their rules say, but for the dates that are excepted or moved.
#[tokio::test]
async fn events_recur() {
    let (app, hotel, feed) = followed("Europe/Lisbon").await;
    let file = lines(&[
        "UID:a\nDTSTART;VALUE=DATE:20261205\nDTEND;VALUE=DATE:20261206\nRRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;VALUE=DATE:20261212",
        "UID:a\nRECURRENCE-ID;VALUE=DATE:20261219\nDTSTART;VALUE=DATE:20261221\nDTEND;VALUE=DATE:20261223",
    ]);
    assert_eq!(upload(&hotel, &feed, &file).await.expect(200).body["conflicts"], 0);
    let all = [("2026-12-05", "2026-12-06"), ("2026-12-21", "2026-12-23"), ("2026-12-26", "2026-12-27")];
    assert_eq!(external(&hotel).await, nights(&all));
    app.assert_consistent().await;
}

/// F7: guests who cannot be moved keep their nights; the others are blocked, and nobody buys them.
#[tokio::test]
async fn of_an_event_the_free_nights_are_blocked() {
    let (app, hotel, feed) = followed("Europe/Lisbon").await;
    let stay = hotel.request_for(0, "2026-12-28", "2026-12-30");
    hotel.manager.post("/v1/bookings", &stay).await.expect(201);
    let event = calendar(&[("a", "2026-12-29", "2027-01-05", "")]);
    assert_eq!(
        upload(&hotel, &feed, &event).await.expect(200).body,
        json!({"added": 1, "moved": 0, "released": 0, "conflicts": 1})
    );
    assert_eq!(external(&hotel).await, nights(&[("2026-12-30", "2027-01-05")]));
    let open = hotel.manager.get(&format!("/v1/feed-conflicts?feed_id={}", feed.id())).await.expect(200).body["items"][0].clone();
    assert_eq!((&open["reason"], &open["from"], &open["to"]), (&json!("room_taken"), &json!("2026-12-29"), &json!("2026-12-30")));
    assert!(open["detail"].as_str().expect("words").contains("2026-12-29"), "{open}");
    hotel.manager.post("/v1/bookings", &hotel.request_for(0, "2026-12-31", "2027-01-04")).await.expect(409);

    let two = calendar(&[("a", "2026-12-29", "2027-01-05", ""), ("b", "2027-01-03", "2027-01-08", "")]);
    upload(&hotel, &feed, &two).await.expect(200);
    assert_eq!(external(&hotel).await, nights(&[("2026-12-30", "2027-01-05"), ("2027-01-05", "2027-01-08")]), "their union");
    assert_eq!(conflicts(&hotel, "open").await, pairs(&[("a", "room_taken")]));
    app.assert_consistent().await;
}

/// U17: a calendar that is empty after it was full releases nothing until that is confirmed.
#[tokio::test]
async fn a_calendar_that_lost_its_events_waits_to_be_confirmed() {
    let followed = Followed::new().await;
    let Followed { source, app, hotel, .. } = &followed;
    let all = external(hotel).await;
    assert_eq!(all.len(), 3);
    source.say(&[]);
    followed.poll("2026-12-01T12:20:00Z").await;
    assert_eq!(
        (external(hotel).await, conflicts(hotel, "open").await),
        (all.clone(), pairs(&[("(the whole calendar)", "empty")]))
    );
    // It has events again, and all is settled.
    source.say(&[
        ("a", "2026-12-10", "2026-12-12", ""),
        ("b", "2026-12-20", "2026-12-22", ""),
        ("far", "2029-06-01", "2029-06-03", ""),
    ]);
    followed.poll("2026-12-01T12:40:00Z").await;
    assert_eq!((external(hotel).await, conflicts(hotel, "open").await), (all, Vec::new()));
    // It is empty for good.
    source.say(&[]);
    followed.poll("2026-12-01T13:00:00Z").await;
    let open =
        hotel.manager.get(&format!("/v1/feed-conflicts?property_id={}", hotel.id)).await.expect(200).body["items"][0].clone();
    assert_eq!((&open["from"], &open["to"]), (&json!("2026-12-10"), &json!("2029-06-03")));
    let path = format!("/v1/feed-conflicts/{}/confirm", open["id"].as_str().expect("an id"));
    let confirmed = hotel.manager.post(&path, &json!({})).await.expect(200);
    assert_eq!((&confirmed.body["status"], external(hotel).await), (&json!("resolved"), Vec::new()));
    assert_eq!(hotel.manager.post(&path, &json!({})).await.expect(409).code(), "feeds.conflict_not_open");
    at(app, "2026-12-01T13:20:00Z").await;
    assert!(conflicts(hotel, "open").await.is_empty());
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_becomes_unreadable_opens_nothing() {
    let (app, hotel, feed) = followed("Europe/Lisbon").await;
    let whole = lines(&[
        "UID:a\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261212",
        "UID:b\nDTSTART;VALUE=DATE:20261220\nDTEND;VALUE=DATE:20261224",
    ]);
    upload(&hotel, &feed, &whole).await.expect(200);
    let all = nights(&[("2026-12-10", "2026-12-12"), ("2026-12-20", "2026-12-24")]);
    for (from, to, detail) in [
        ("DTEND;VALUE=DATE:20261224", "DTEND;VALUE=DATE:2026122", "line 11: DTEND cannot be read"),
        ("DTEND;VALUE=DATE:20261224", "DTEND;VALUE=DATE 20261224", "line 11: the line cannot be read"),
        (
            "DTSTART;VALUE=DATE:20261220",
            "DTSTART;TZID=Nowhere:20261220T000000",
            "line 10: DTSTART is in a time zone that is not known",
        ),
        ("UID:b\r\nDTSTART;VALUE=DATE:20261220", "UID:?\r\nDTSTART:?", "line 10: DTSTART cannot be read"),
        ("UID:b\r\nDTSTART;VALUE=DATE:20261220\r\n", "", "line 8: the event has no DTSTART"),
    ] {
        let reply = upload(&hotel, &feed, &whole.replace(from, to)).await.expect(200);
        assert_eq!(reply.body, json!({"added": 0, "moved": 0, "released": 0, "conflicts": 1}), "{to}");
        assert_eq!(external(&hotel).await, all, "{to}");
        let open = hotel.manager.get(&format!("/v1/feed-conflicts?feed_id={}", feed.id())).await.expect(200);
        let told: Vec<&Value> = open.body["items"].as_array().expect("conflicts").iter().map(|row| &row["detail"]).collect();
        assert_eq!(told, [detail], "{to}");
        assert_eq!(upload(&hotel, &feed, &whole).await.expect(200).body["conflicts"], 0);
    }
    app.assert_consistent().await;
}

/// U17: an address that begins with `webcal` is taken for a secure one.
#[tokio::test]
async fn webcal_is_https() {
    let (_app, hotel, _feed) = followed("Europe/Lisbon").await;
    for (given, kept) in [
        ("webcal://example.com/a.ics", "https://example.com/a.ics"),
        ("WEBCAL://example.com/a.ics?s=1", "https://example.com/a.ics?s=1"),
    ] {
        assert_eq!(import(&hotel, Some(given)).await.expect(201).body["url"], kept);
    }
    assert_eq!(import(&hotel, Some("webcal://user:secret@example.com/a.ics")).await.expect(422).pointers(), ["/url"]);
}
