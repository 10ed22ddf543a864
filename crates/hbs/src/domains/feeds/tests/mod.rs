mod echoes;
mod odd;
mod of_type;

use crate::every_route::{Call, Exception::Public, Request, World};
use crate::support::{Hotel, HotelSpec, Reply, TestApp};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty};
use chrono::{Days, NaiveDate};
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Event of a calendar as another program reads it: name, summary, first day, first free day.
type Told = (String, String, String, String);

fn told(calendar: &str) -> Vec<Told> {
    assert!(!calendar.split("\r\n").any(|line| line.len() > 75 || line.contains(['\r', '\n'])), "{calendar}");
    let parsed = ICalendar::parse(calendar).unwrap_or_else(|error| panic!("{error:?} in {calendar}"));
    let events = parsed.components.iter().filter(|part| part.component_type == ICalendarComponentType::VEvent);
    events
        .map(|event| {
            let text = |property: &ICalendarProperty| {
                let value = event.property(property).and_then(|entry| entry.values.first()).expect("a value");
                value.as_text().map_or_else(|| format!("{value:?}"), str::to_owned)
            };
            let day = |property: &ICalendarProperty| {
                let value = event.property(property).and_then(|entry| entry.values.first()).expect("a date");
                let date = value.as_partial_date_time().expect("a date");
                assert!(date.hour.is_none(), "all day");
                format!("{}-{:02}-{:02}", date.year.expect("a year"), date.month.expect("a month"), date.day.expect("a day"))
            };
            assert!(
                event.property(&ICalendarProperty::Dtstamp).is_some() && event.property(&ICalendarProperty::Sequence).is_some()
            );
            assert!(event.property(&ICalendarProperty::Status).is_some());
            (
                text(&ICalendarProperty::Uid),
                text(&ICalendarProperty::Summary),
                day(&ICalendarProperty::Dtstart),
                day(&ICalendarProperty::Dtend),
            )
        })
        .collect()
}

/// A calendar that is not JSON.
fn text(reply: &Reply) -> &str {
    reply.body.as_str().unwrap_or_else(|| panic!("no text: {}", reply.body))
}

async fn export(hotel: &Hotel, subject: Value) -> Reply {
    let mut body = json!({"property_id": hotel.id, "name": "Holiday site"});
    body.as_object_mut().expect("an object").extend(subject.as_object().expect("an object").clone());
    hotel.manager.post("/v1/feed-exports", &body).await
}

#[tokio::test]
async fn a_room_tells_when_it_is_taken_and_not_by_whom() {
    let app = TestApp::with(|config| config.public_url = "https://miramar.example".into()).await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let mut request = hotel.request_for(0, "2026-12-10", "2026-12-12");
    request["rooms"][0]["guest_name"] = json!("Eva Maria");
    let booking = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    let block = json!({"property_id": hotel.id, "room_id": hotel.rooms[0], "kind": "frozen", "reason": "The owner's mother",
                       "from": "2026-12-12", "to": "2026-12-15"});
    let block = hotel.manager.post("/v1/room-blocks", &block).await.expect(201);

    let made = export(&hotel, json!({"room_id": hotel.rooms[0]})).await.expect(201);
    let path = made.body["path"].as_str().expect("a path").to_owned();
    assert!(path.starts_with("/v1/feeds/") && path.ends_with(".ics") && path.len() > 50, "{path}");
    let secret = path.trim_start_matches("/v1/feeds/").trim_end_matches(".ics");
    let shown = hotel.manager.get(&format!("/v1/feed-exports/{}", made.id())).await.expect(200);
    assert!(shown.body.get("path").is_none(), "it is shown once: {}", shown.body);
    for table in ["feed_exports", "outbox", "idempotency_keys"] {
        assert_eq!(app.number(&format!("SELECT count(*) FROM {table} t WHERE t::text LIKE '%{secret}%'")).await, 0, "{table}");
    }

    let anybody = app.anonymous();
    let first = anybody.get(&path).await.expect(200);
    assert_eq!(first.header("content-type"), "text/calendar; charset=utf-8");
    let stay = booking.body["stays"][0]["id"].as_str().expect("an id");
    let expected = [
        (format!("{stay}@miramar.example"), "Reserved", "2026-12-10", "2026-12-12"),
        (format!("{}@miramar.example", block.id()), "Blocked", "2026-12-12", "2026-12-15"),
    ];
    let expected: Vec<Told> =
        expected.into_iter().map(|(uid, what, from, to)| (uid, what.into(), from.into(), to.into())).collect();
    assert_eq!(told(text(&first)), expected);
    for secret in ["Ana", "Eva", "mother", "@example.com", booking.body["reference"].as_str().expect("text")] {
        assert!(!text(&first).contains(secret), "{secret} is in {}", text(&first));
    }

    // What has not changed is not sent again, by tag or by date.
    let (etag, modified) = (first.header("etag").to_owned(), first.header("last-modified").to_owned());
    let same = anybody.with("if-none-match", &etag).get(&path).await.expect(304);
    assert_eq!((same.header("etag"), same.header("last-modified")), (etag.as_str(), modified.as_str()));
    anybody.with("if-modified-since", &modified).get(&path).await.expect(304);
    // A cancellation leaves no date behind, and comes within the same second.
    let cancel = format!("/v1/bookings/{}/cancel", booking.id());
    hotel.manager.post(&cancel, &json!({})).await.expect(200);
    let second = anybody.with("if-modified-since", &modified).get(&path).await.expect(200);
    assert_eq!(told(text(&second)).len(), 1);
    assert_ne!(second.header("last-modified"), modified);
    anybody.with("if-none-match", &etag).with("if-modified-since", second.header("last-modified")).get(&path).await.expect(200);

    // An address that is replaced or revoked is none.
    let id = format!("/v1/feed-exports/{}", made.id());
    let rotated = hotel.manager.post(&format!("{id}/rotate"), &json!({})).await.expect(200);
    let other = rotated.body["path"].as_str().expect("a path");
    anybody.get(&path).await.expect(404);
    assert_eq!(text(&anybody.get(other).await.expect(200)), text(&second));
    anybody.get(other.trim_end_matches(".ics")).await.expect(404);
    hotel.manager.delete(&id, rotated.header("etag")).await.expect(204);
    anybody.get(other).await.expect(404);
    let kinds = app.rows("SELECT kind FROM outbox WHERE kind LIKE 'feed%' ORDER BY id").await;
    let kinds: Vec<&str> = kinds.iter().filter_map(|row| row["kind"].as_str()).collect();
    assert_eq!(kinds, ["feed_export.created", "feed_export.rotated", "feed_export.revoked"]);

    for (subject, pointer) in [
        (json!({}), "/room_id"),
        (json!({"room_id": hotel.rooms[0], "room_type_id": hotel.double}), "/room_type_id"),
        (json!({"room_id": hotel.double}), "/room_id"),
        (json!({"room_type_id": hotel.rooms[0]}), "/room_type_id"),
    ] {
        assert_eq!(export(&hotel, subject).await.expect(422).pointers(), [pointer]);
    }
}

#[tokio::test]
async fn a_room_type_tells_when_no_room_is_left() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, overbooking: 1, ..HotelSpec::default() }).await;
    let made = export(&hotel, json!({"room_type_id": hotel.double})).await.expect(201);
    let path = made.body["path"].as_str().expect("a path").to_owned();
    let read = async || {
        let reply = app.anonymous().get(&path).await.expect(200);
        let spans = told(text(&reply)).into_iter().map(|(uid, _, from, to)| (uid, from, to));
        (spans.collect::<Vec<_>>(), text(&reply).to_owned())
    };
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-14").await;
    assert!(read().await.0.is_empty(), "one is left");
    let other = hotel.book(&hotel.manager, "2026-12-11", "2026-12-13").await;
    let (spans, before) = read().await;
    let uid = format!("{}-20261211@localhost", hotel.double);
    assert_eq!(spans, [(uid.clone(), "2026-12-11".to_owned(), "2026-12-13".to_owned())], "one beyond capacity is not offered");
    app.set_clock("2026-12-01T12:00:05Z");
    hotel.manager.post(&format!("/v1/bookings/{}/amend", other.id()), &json!({"check_out": "2026-12-12"})).await.expect(200);
    let (spans, after) = read().await;
    assert_eq!(spans, [(uid, "2026-12-11".to_owned(), "2026-12-12".to_owned())], "the same event, shorter");
    let sequence = |text: &str| {
        let line = text.split("\r\n").find_map(|line| line.strip_prefix("SEQUENCE:")).expect("a sequence");
        line.parse::<u32>().expect("a number")
    };
    assert!(sequence(&after) > sequence(&before));
}

/// A server that tells what it is told to, and remembers what it was asked.
#[derive(Clone, Default)]
struct Source(Arc<Mutex<Said>>);

#[derive(Default)]
struct Said {
    status: u16,
    calendar: String,
    asked: Vec<HeaderMap>,
}

impl Source {
    async fn start() -> (Self, String) {
        let source = Self::default();
        source.0.lock().expect("a lock").status = 200;
        let router = axum::Router::new()
            .route("/calendar.ics", axum::routing::get(answer))
            .route("/moved", axum::routing::get(async || Redirect::temporary("/calendar.ics")))
            .route("/round", axum::routing::get(async || Redirect::temporary("/round")))
            .with_state(source.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        (source, format!("http://{address}"))
    }

    /// Events by name, first night, day after the last, and what else stands in them.
    fn say(&self, events: &[(&str, &str, &str, &str)]) {
        self.0.lock().expect("a lock").calendar = calendar(events);
    }

    fn say_text(&self, text: &str) {
        self.0.lock().expect("a lock").calendar = text.into();
    }

    fn status(&self, status: u16) {
        self.0.lock().expect("a lock").status = status;
    }

    /// The headers of what it was asked since this was called last.
    fn asked(&self) -> Vec<HeaderMap> {
        std::mem::take(&mut self.0.lock().expect("a lock").asked)
    }
}

async fn answer(State(source): State<Source>, headers: HeaderMap) -> Response {
    let mut state = source.0.lock().expect("a lock");
    state.asked.push(headers.clone());
    let etag = format!("\"{}\"", state.calendar.len());
    if headers.get(header::IF_NONE_MATCH).is_some_and(|seen| seen == etag.as_str()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let status = StatusCode::from_u16(state.status).expect("a status");
    (status, [(header::CONTENT_TYPE, "text/calendar"), (header::ETAG, etag.as_str())], state.calendar.clone()).into_response()
}

fn calendar(events: &[(&str, &str, &str, &str)]) -> String {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n");
    for (uid, from, to, more) in events {
        let (from, to) = (from.replace('-', ""), to.replace('-', ""));
        text.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;VALUE=DATE:{from}\r\nDTEND;VALUE=DATE:{to}\r\nSUMMARY:John Doe\r\n{more}END:VEVENT\r\n"
        ));
    }
    text + "END:VCALENDAR\r\n"
}

/// Imports a calendar for the doubles.
async fn import_of_type(hotel: &Hotel) -> Reply {
    let body = json!({"property_id": hotel.id, "room_type_id": hotel.double, "name": "Holiday site"});
    hotel.manager.post("/v1/feed-imports", &body).await
}

async fn import(hotel: &Hotel, url: Option<&str>) -> Reply {
    let body = json!({"property_id": hotel.id, "room_id": hotel.rooms[0], "name": "Holiday site", "url": url});
    hotel.manager.post("/v1/feed-imports", &body).await
}

/// Lets some minutes pass, and what is due be done.
async fn at(app: &TestApp, now: &str) {
    app.set_clock(now);
    hbs::domains::feeds::poll_due(&app.app).await.expect("the feeds");
}

/// The nights that are blocked from outside.
async fn external(hotel: &Hotel) -> Vec<(String, String)> {
    let path = format!("/v1/room-blocks?property_id={}&kind=external", hotel.id);
    let reply = hotel.manager.get(&path).await.expect(200);
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    reply.body["items"].as_array().expect("blocks").iter().map(|block| (text(&block["from"]), text(&block["to"]))).collect()
}

fn nights(spans: &[(&str, &str)]) -> Vec<(String, String)> {
    spans.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
}

/// The conflicts: name, reason, status.
async fn conflicts(hotel: &Hotel, status: &str) -> Vec<(String, String)> {
    let path = format!("/v1/feed-conflicts?property_id={}&status={status}", hotel.id);
    let reply = hotel.manager.get(&path).await.expect(200);
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mut found: Vec<(String, String)> =
        reply.body["items"].as_array().expect("conflicts").iter().map(|row| (text(&row["uid"]), text(&row["reason"]))).collect();
    found.sort();
    found
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    nights(pairs)
}

/// A feed of three spans of nights that was taken over at noon.
struct Followed {
    source: Source,
    host: String,
    app: TestApp,
    hotel: Hotel,
    feed: String,
}

impl Followed {
    async fn new() -> Self {
        let (source, host) = Source::start().await;
        let app = TestApp::with(|config| config.outgoing_unguarded = true).await;
        let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
        source.say(&[
            ("a", "2026-12-10", "2026-12-12", ""),
            ("b", "2026-12-20", "2026-12-22", ""),
            ("far", "2029-06-01", "2029-06-03", ""),
        ]);
        let made = import(&hotel, Some(&format!("{host}/moved"))).await.expect(201);
        at(&app, "2026-12-01T12:00:00Z").await;
        Self { source, host, app, hotel, feed: format!("/v1/feed-imports/{}", made.id()) }
    }

    /// Asks for the feed at once; what is said of it then.
    async fn poll(&self, now: &str) -> Reply {
        self.hotel.manager.post(&format!("{}/poll", self.feed), &json!({})).await.expect(200);
        at(&self.app, now).await;
        self.see().await
    }

    async fn see(&self) -> Reply {
        self.hotel.manager.get(&self.feed).await.expect(200)
    }
}

#[tokio::test]
async fn a_feed_is_followed() {
    let (source, host) = Source::start().await;
    let app = TestApp::with(|config| config.outgoing_unguarded = true).await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    source.say(&[
        ("a", "2026-12-10", "2026-12-12", ""),
        ("b", "2026-12-20", "2026-12-22", ""),
        ("past", "2026-11-01", "2026-11-03", ""),
        ("off", "2026-12-25", "2026-12-26", "STATUS:CANCELLED\r\n"),
        ("far", "2029-06-01", "2029-06-03", ""),
    ]);
    let made = import(&hotel, Some(&format!("{host}/moved"))).await.expect(201);
    assert_eq!((&made.body["last_success_at"], &made.body["is_stale"]), (&Value::Null, &json!(false)));
    at(&app, "2026-12-01T12:00:00Z").await;
    assert_eq!(
        external(&hotel).await,
        nights(&[("2026-12-10", "2026-12-12"), ("2026-12-20", "2026-12-22"), ("2029-06-01", "2029-06-03")])
    );
    let shown = hotel.manager.get(&format!("/v1/feed-imports/{}", made.id())).await.expect(200);
    assert_eq!(shown.body["last_success_at"], "2026-12-01T12:00:00Z");
    assert_eq!((&shown.body["last_error"], &shown.body["open_conflicts"]), (&Value::Null, &json!(0)));
    let next = shown.body["next_poll_at"].as_str().expect("an instant").to_owned();
    assert!(("2026-12-01T12:15:00Z".."2026-12-01T12:16:31Z").contains(&next.as_str()), "{next}");
    assert_eq!(app.number("SELECT count(*) FROM outbox o WHERE o::text LIKE '%John%' OR o::text LIKE '%127.0.0.1%'").await, 0);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_feed_is_asked_for_when_it_is_due_and_what_is_not_new_does_nothing() {
    let Followed { source, app, .. } = Followed::new().await;
    source.asked();
    let before = app.number("SELECT count(*) FROM outbox").await;
    at(&app, "2026-12-01T12:10:00Z").await;
    assert!(source.asked().is_empty());
    at(&app, "2026-12-01T12:20:00Z").await;
    let asked = source.asked();
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].contains_key(header::IF_NONE_MATCH) && asked[0][header::USER_AGENT].to_str().expect("text").starts_with("HBS/")
    );
    assert_eq!(app.number("SELECT count(*) FROM outbox").await, before);
}

#[tokio::test]
async fn what_a_feed_moves_drops_and_adds_is_so_here() {
    let Followed { source, app, hotel, .. } = Followed::new().await;
    source.say(&[("a", "2026-12-11", "2026-12-14", ""), ("c", "2026-12-20", "2026-12-21", "")]);
    at(&app, "2026-12-01T12:40:00Z").await;
    assert_eq!(external(&hotel).await, nights(&[("2026-12-11", "2026-12-14"), ("2026-12-20", "2026-12-21")]));
    hotel.book(&hotel.manager, "2026-12-21", "2026-12-23").await;
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_breaks_off_or_is_no_calendar_changes_nothing() {
    let followed = Followed::new().await;
    for (text, error) in [
        ("<html>Please sign in</html>", "what the server sent is not a calendar"),
        ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "what the server sent is not a whole calendar"),
    ] {
        followed.source.say_text(text);
        assert_eq!(followed.poll("2026-12-01T12:41:00Z").await.body["last_error"], error);
    }
    followed.source.say(&[]);
    followed.source.status(503);
    let failed = followed.poll("2026-12-01T12:42:00Z").await;
    assert_eq!(failed.body["last_error"], "the server answered 503");
    assert_eq!(failed.body["last_success_at"], "2026-12-01T12:00:00Z");
    assert!(failed.body["next_poll_at"].as_str().expect("an instant") >= "2026-12-01T14:42:00Z", "pauses grow: {}", failed.body);
    assert_eq!(external(&followed.hotel).await.len(), 3);
    followed.app.assert_consistent().await;
}

#[tokio::test]
async fn a_feed_that_fails_for_hours_is_stale_which_is_told_once() {
    let followed = Followed::new().await;
    let Followed { source, app, hotel, .. } = &followed;
    source.say(&[]);
    source.status(503);
    at(app, "2026-12-01T18:41:00Z").await;
    at(app, "2026-12-01T18:42:00Z").await;
    let list = hotel.manager.get(&format!("/v1/feed-imports?property_id={}", hotel.id)).await.expect(200);
    assert_eq!(list.body["items"][0]["is_stale"], true);
    source.status(200);
    assert_eq!(followed.poll("2026-12-01T18:43:00Z").await.body["is_stale"], false);
    let kinds = app.event_kinds().await;
    let count = |kind: &str| kinds.iter().filter(|found| *found == kind).count();
    assert_eq!((count("feed_import.stale"), count("feed_import.recovered")), (1, 1));
    assert_eq!(external(hotel).await.len(), 3, "an empty calendar is read, and waits to be confirmed");
}

#[tokio::test]
async fn an_address_that_leads_in_a_circle_or_to_too_much_is_not_followed() {
    let followed = Followed::new().await;
    let Followed { source, host, app, hotel, feed } = &followed;
    let etag = followed.see().await.header("etag").to_owned();
    let changed = hotel.manager.patch(feed, &etag, &json!({"url": format!("{host}/round")})).await.expect(200);
    at(app, "2026-12-01T12:44:00Z").await;
    assert_eq!(followed.see().await.body["last_error"], "the server redirected more than 3 times");
    source.say_text(&"X".repeat(1024 * 1024 + 1));
    let calendar = json!({"url": format!("{host}/calendar.ics")});
    hotel.manager.patch(feed, changed.header("etag"), &calendar).await.expect(200);
    at(app, "2026-12-01T12:45:00Z").await;
    assert_eq!(followed.see().await.body["last_error"], "it has more than 1048576 bytes");
    app.assert_consistent().await;
}

/// F7: what cannot be blocked of an event is a conflict that says why, and its other nights are blocked.
#[tokio::test]
async fn what_cannot_be_blocked_is_in_the_inbox() {
    let (source, host) = Source::start().await;
    let app = TestApp::with(|config| config.outgoing_unguarded = true).await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guests = hotel.book(&hotel.manager, "2026-12-11", "2026-12-13").await;
    source.say(&[
        ("free", "2026-12-13", "2026-12-15", ""),
        ("sold", "2026-12-10", "2026-12-12", ""),
        ("again", "2026-12-20", "2026-12-21", "RRULE:FREQ=HOURLY\r\n"),
        ("odd", "2026-12-23", "2026-12-22", ""),
        ("twice", "2026-12-14", "2026-12-16", ""),
    ]);
    let made = import(&hotel, Some(&format!("{host}/calendar.ics"))).await.expect(201);
    at(&app, "2026-12-01T12:00:00Z").await;
    let first =
        [("2026-12-10", "2026-12-11"), ("2026-12-13", "2026-12-15"), ("2026-12-15", "2026-12-16"), ("2026-12-20", "2026-12-21")];
    assert_eq!(external(&hotel).await, nights(&first), "what is free, and the union of what overlaps");
    let open = [("again", "recurring"), ("odd", "unreadable"), ("sold", "room_taken")];
    assert_eq!(conflicts(&hotel, "open").await, pairs(&open));
    let feed = hotel.manager.get(&format!("/v1/feed-imports/{}", made.id())).await.expect(200);
    assert_eq!((&feed.body["open_conflicts"], &feed.body["last_error"]), (&json!(3), &Value::Null));

    // Dismissed with a note: it stays so for as long as it is the same.
    let list = hotel.manager.get(&format!("/v1/feed-conflicts?feed_id={}", made.id())).await.expect(200);
    let of =
        |uid: &str| list.body["items"].as_array().expect("conflicts").iter().find(|row| row["uid"] == uid).expect("one").clone();
    let dismiss = |uid: &str| format!("/v1/feed-conflicts/{}/dismiss", of(uid)["id"].as_str().expect("an id"));
    assert_eq!(
        (&of("sold")["from"], &of("sold")["to"]),
        (&json!("2026-12-11"), &json!("2026-12-12")),
        "the nights that are not blocked"
    );
    assert_eq!(of("odd")["detail"], "line 26: the event ends before it begins");
    assert_eq!(of("again")["detail"], "line 24: RRULE cannot be followed");
    assert_eq!(hotel.manager.post(&dismiss("again"), &json!({"note": ""})).await.expect(422).pointers(), ["/note"]);
    let dismissed = hotel.manager.post(&dismiss("again"), &json!({"note": "Blocked by hand"})).await.expect(200);
    assert_eq!((&dismissed.body["status"], &dismissed.body["note"]), (&json!("dismissed"), &json!("Blocked by hand")));
    let twice = hotel.manager.post(&dismiss("again"), &json!({"note": "Blocked by hand"})).await.expect(409);
    assert_eq!(twice.code(), "feeds.conflict_not_open");
    let confirmed = format!("/v1/feed-conflicts/{}/confirm", of("sold")["id"].as_str().expect("an id"));
    assert_eq!(hotel.manager.post(&confirmed, &json!({})).await.expect(409).code(), "feeds.nothing_to_confirm");

    // The guests are gone: the next look finds room, though the feed says nothing new.
    hotel.manager.post(&format!("/v1/bookings/{}/cancel", guests.id()), &json!({})).await.expect(200);
    source.asked();
    at(&app, "2026-12-01T12:20:00Z").await;
    assert!(!source.asked()[0].contains_key(header::IF_NONE_MATCH), "all of it is needed");
    assert_eq!(external(&hotel).await[..2], nights(&[("2026-12-10", "2026-12-12"), ("2026-12-13", "2026-12-15")]));
    assert_eq!(conflicts(&hotel, "open").await, pairs(&[("odd", "unreadable")]));
    assert_eq!(conflicts(&hotel, "resolved").await, pairs(&[("sold", "room_taken")]));
    assert_eq!(conflicts(&hotel, "dismissed").await, pairs(&[("again", "recurring")]));
    app.assert_consistent().await;

    // An event that moves onto guests keeps what it can, and those who may move make room.
    hotel.book(&hotel.manager, "2026-12-12", "2026-12-13").await;
    source.say(&[("free", "2026-12-12", "2026-12-14", ""), ("sold", "2026-12-10", "2026-12-12", "")]);
    at(&app, "2026-12-01T12:40:00Z").await;
    assert_eq!(external(&hotel).await, nights(&[("2026-12-10", "2026-12-12"), ("2026-12-13", "2026-12-14")]));
    assert_eq!(conflicts(&hotel, "open").await, pairs(&[("free", "room_taken")]));
    let resolved = pairs(&[("again", "recurring"), ("odd", "unreadable"), ("sold", "room_taken")]);
    assert_eq!(conflicts(&hotel, "resolved").await, resolved);
    app.assert_consistent().await;
    let room = json!({"property_id": hotel.id, "room_type_id": hotel.double, "number": "102"});
    hotel.manager.post("/v1/rooms", &room).await.expect(201);
    at(&app, "2026-12-01T13:00:00Z").await;
    assert_eq!(external(&hotel).await, nights(&[("2026-12-10", "2026-12-12"), ("2026-12-12", "2026-12-14")]));
    assert!(conflicts(&hotel, "open").await.is_empty());
    app.assert_consistent().await;
}

async fn upload(hotel: &Hotel, feed: &Reply, text: &str) -> Reply {
    let path = format!("/v1/feed-imports/{}/file", feed.id());
    hotel.manager.with("content-type", "text/calendar").send(Method::POST, &path, Some(text.to_owned())).await
}

#[tokio::test]
async fn a_file_is_taken_over_and_its_blocks_follow_it_alone() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let feed = import(&hotel, None).await.expect(201);
    let first =
        upload(&hotel, &feed, &calendar(&[("a", "2026-12-10", "2026-12-12", ""), ("b", "2026-12-20", "2026-12-22", "")])).await;
    assert_eq!(first.expect(200).body, json!({"added": 2, "moved": 0, "released": 0, "conflicts": 0}));
    let next = calendar(&[("a", "2026-12-10", "2026-12-13", ""), ("c", "2026-12-12", "2026-12-14", "")]);
    let second = upload(&hotel, &feed, &next).await.expect(200);
    assert_eq!(second.body, json!({"added": 1, "moved": 1, "released": 1, "conflicts": 0}));
    assert_eq!(
        upload(&hotel, &feed, &next).await.expect(200).body,
        json!({"added": 0, "moved": 0, "released": 0, "conflicts": 0})
    );
    assert_eq!(external(&hotel).await, nights(&[("2026-12-10", "2026-12-13"), ("2026-12-13", "2026-12-14")]), "their union");

    for (text, status, code) in [
        ("no calendar".to_owned(), 422, "feeds.unreadable"),
        (next.trim_end().trim_end_matches("END:VCALENDAR").to_owned(), 422, "feeds.unreadable"),
        ("X".repeat(1024 * 1024 + 1), 413, "request.too_large"),
        (calendar(&[("x", "2026-12-10", "2026-12-12", ""); 3]).replace("UID:x", "UID:y"), 200, ""),
    ] {
        let reply = upload(&hotel, &feed, &text).await;
        assert_eq!(reply.status, status, "{}", reply.body);
        assert!(code.is_empty() || reply.code() == code, "{}", reply.body);
    }
    let many: Vec<String> = (0..1001).map(|n| format!("e{n}")).collect();
    let many: Vec<_> = many.iter().map(|uid| (uid.as_str(), "2026-12-10", "2026-12-12", "")).collect();
    assert_eq!(upload(&hotel, &feed, &calendar(&many)).await.expect(422).code(), "feeds.unreadable");
    let path = format!("/v1/feed-imports/{}/file", feed.id());
    hotel.manager.with("content-type", "text/html").send(Method::POST, &path, Some("x".into())).await.expect(415);
    assert_eq!(
        hotel.manager.post(&format!("/v1/feed-imports/{}/poll", feed.id()), &json!({})).await.expect(409).code(),
        "feeds.uploaded"
    );

    // Staff make no such blocks and end none.
    let path = format!("/v1/room-blocks?property_id={}", hotel.id);
    let block = hotel.manager.get(&path).await.expect(200).body["items"][0].clone();
    assert_eq!(
        (&block["kind"], &block["feed_id"], &block["reason"]),
        (&json!("external"), &json!(feed.id()), &json!("Calendar feed: Holiday site"))
    );
    let path = format!("/v1/room-blocks/{}", block["id"].as_str().expect("an id"));
    let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
    assert_eq!(hotel.manager.delete(&path, &etag).await.expect(409).code(), "room_blocks.of_feed");
    assert_eq!(hotel.manager.patch(&path, &etag, &json!({"to": "2026-12-20"})).await.expect(409).code(), "room_blocks.of_feed");
    let own = json!({"property_id": hotel.id, "room_id": hotel.rooms[0], "kind": "external", "reason": "x", "from": "2026-12-24", "to": "2026-12-25"});
    assert_eq!(hotel.manager.post("/v1/room-blocks", &own).await.expect(422).pointers(), ["/kind"]);

    // It ends with its blocks and conflicts; what guests have slept stays on the record.
    app.set_clock("2026-12-11T12:00:00Z");
    upload(&hotel, &feed, &calendar(&[("y", "2026-12-10", "2026-12-14", "")])).await.expect(200);
    let etag = hotel.manager.get(&format!("/v1/feed-imports/{}", feed.id())).await.expect(200).header("etag").to_owned();
    hotel.manager.delete(&format!("/v1/feed-imports/{}", feed.id()), &etag).await.expect(204);
    assert!(external(&hotel).await.is_empty() && conflicts(&hotel, "open").await.is_empty());
    assert_eq!(app.number("SELECT count(*) FROM room_nights WHERE block_id IS NOT NULL").await, 1);
    hotel.book(&hotel.manager, "2026-12-11", "2026-12-14").await;
    upload(&hotel, &feed, &next).await.expect(404);
    app.assert_consistent().await;

    for (url, detail) in [
        ("http://example.com/a.ics", "must begin with https://"),
        ("https://user:secret@example.com/a.ics", "must not hold a name or a password"),
        ("https://example.com:8080/a.ics", "must be at port 80 or 443"),
        ("https://169.254.169.254/latest", "is not one of the internet"),
        ("https://[::1]/a.ics", "is not one of the internet"),
        ("calendar", "is not a web address"),
    ] {
        let refused = import(&hotel, Some(url)).await.expect(422);
        assert_eq!((refused.pointers(), &refused.body["errors"][0]["detail"]), (vec!["/url"], &json!(detail)), "{url}");
    }
    // A name is looked at when it is connected to.
    let local = import(&hotel, Some("https://localhost/a.ics")).await.expect(201);
    at(&app, "2026-12-11T12:00:00Z").await;
    let shown = hotel.manager.get(&format!("/v1/feed-imports/{}", local.id())).await.expect(200);
    assert_eq!(shown.body["last_error"], "the address is not one of the internet");
    assert_eq!(upload(&hotel, &local, &next).await.expect(409).code(), "feeds.polled");
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("read_feed", async |w| {
            let export = an_export(w).await;
            Call::to(export.body["path"].as_str().and_then(|path| path.rsplit('/').next()).expect("a file"))
        })
        .but(Public, "whoever has the secret address reads it"),
        Request::new("list_feed_exports", async |w| {
            an_export(w).await;
            Call::plain()
        }),
        Request::new("create_feed_export", async |w| {
            let hotel = w.hotel().await;
            Call::plain().json(&json!({"property_id": hotel.id, "room_type_id": hotel.double, "name": "Holiday site"}))
        }),
        Request::new("get_feed_export", async |w| Call::to(an_export(w).await.id())),
        Request::new("rotate_feed_export", async |w| Call::to(an_export(w).await.id())),
        Request::new("revoke_feed_export", async |w| Call::to(an_export(w).await.id())),
        Request::new("list_feed_imports", async |w| {
            an_import(w).await;
            Call::plain()
        }),
        Request::new("create_feed_import", async |w| {
            let hotel = w.hotel().await;
            let room = json!({"property_id": hotel.id, "room_id": hotel.rooms[0], "name": "Holiday site", "url": SITE});
            Call::plain().json(&room)
        }),
        Request::new("get_feed_import", async |w| Call::to(an_import(w).await.id())),
        Request::new("update_feed_import", async |w| Call::to(an_import(w).await.id()).json(&json!({"name": "Another name"}))),
        Request::new("delete_feed_import", async |w| Call::to(an_import(w).await.id())),
        Request::new("list_feed_echoes", async |w| Call::to(an_import(w).await.id())),
        Request::new("poll_feed_import", async |w| Call::to(import(w.hotel().await, Some(SITE)).await.expect(201).id())),
        Request::new("upload_feed", async |w| {
            Call::to(an_import(w).await.id()).file("text/calendar", calendar(&[("a", "2026-12-05", "2026-12-07", "")]))
        }),
        Request::new("list_feed_conflicts", async |w| {
            a_conflict(w).await;
            Call::plain()
        }),
        Request::new("dismiss_feed_conflict", async |w| Call::to(&a_conflict(w).await).json(&json!({"note": "Done by hand"}))),
        Request::new("confirm_feed_conflict", async |w| Call::to(&an_empty_calendar(w).await)),
    ]
}

const SITE: &str = "https://example.com/a.ics";

async fn an_export(w: &World) -> Reply {
    let hotel = w.hotel().await;
    export(hotel, json!({"room_type_id": hotel.double})).await.expect(201)
}

async fn an_import(w: &World) -> Reply {
    import(w.hotel().await, None).await.expect(201)
}

static CALENDARS: AtomicU64 = AtomicU64::new(0);

/// A calendar that has lost its events.
async fn an_empty_calendar(w: &World) -> String {
    let feed = an_import(w).await;
    let path = format!("/v1/feed-imports/{}/file", feed.id());
    // Nights on which no other request takes the room.
    let day = NaiveDate::from_ymd_opt(2027, 3, 1).expect("a date") + Days::new(CALENDARS.fetch_add(1, Ordering::Relaxed));
    let (from, to) = (day.to_string(), (day + Days::new(1)).to_string());
    for file in [calendar(&[("a", &from, &to, "")]), calendar(&[])] {
        w.admin.upload(Method::POST, &path, "text/calendar", file.as_bytes()).await.expect(200);
    }
    let found = w.admin.get(&format!("/v1/feed-conflicts?feed_id={}", feed.id())).await.expect(200);
    found.body["items"][0]["id"].as_str().expect("a conflict").to_owned()
}

/// An event that repeats each hour is not followed.
async fn a_conflict(w: &World) -> String {
    let feed = an_import(w).await;
    let path = format!("/v1/feed-imports/{}/file", feed.id());
    let file = calendar(&[("a", "2026-12-05", "2026-12-07", "RRULE:FREQ=HOURLY\r\n")]);
    w.admin.upload(Method::POST, &path, "text/calendar", file.as_bytes()).await.expect(200);
    let found = w.admin.get(&format!("/v1/feed-conflicts?feed_id={}", feed.id())).await.expect(200);
    found.body["items"][0]["id"].as_str().expect("a conflict").to_owned()
}
