//! The live stream: nothing is missed, nothing comes twice, and nobody hears what is not theirs.
use super::support::keen_desk;
use crate::support::{Client, Hotel, HotelSpec, TestApp, act, eur, eventually, place_on, size};
use axum::Router;
use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use hbs_devstack::{DevStack, Options};
use http::{Method, Request};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use tokio::time::timeout;
use tower::ServiceExt;

const STREAM: &str = "/v1/notifications/stream";
/// Time in which whatever happens is told.
const SOON: Duration = Duration::from_secs(10);
/// Time in which a right that was taken takes effect.
const SECOND: Duration = Duration::from_secs(1);
/// Time in which what is not told has not come.
const MOMENT: Duration = Duration::from_millis(300);

/// An event as a client reads it.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    id: i64,
    kind: String,
    data: Value,
}

/// What came of waiting for an event.
#[derive(Debug, PartialEq)]
enum Next {
    Event(Event),
    Nothing,
    End,
}

/// A client's stream.
struct Followed {
    body: BodyDataStream,
    text: String,
}

impl Followed {
    async fn open(router: &Router, person: &Client, last: Option<&str>) -> Result<Self, u16> {
        let mut request = Request::builder().method(Method::GET).uri(STREAM).header("host", "hotel.test");
        request = request.header("authorization", format!("Bearer {}", person.access_token()));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
        if response.status() != 200 {
            return Err(response.status().as_u16());
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Ok(Self { body: response.into_body().into_data_stream(), text: String::new() })
    }

    /// A stream, once the process has begun to read.
    async fn follow(router: &Router, person: &Client, last: Option<&str>) -> Self {
        loop {
            match Self::open(router, person, last).await {
                Ok(stream) => return stream,
                Err(503) => tokio::task::yield_now().await,
                Err(status) => panic!("the stream answered {status}"),
            }
        }
    }

    async fn next(&mut self, within: Duration) -> Next {
        loop {
            if let Some(at) = self.text.find("\n\n") {
                let block: String = self.text.drain(..at + 2).collect();
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let Some(kind) = field("event: ") else { continue };
                let data = serde_json::from_str(&field("data: ").expect("data")).expect("JSON");
                let id = field("id: ").expect("an id").parse().expect("a number");
                return Next::Event(Event { id, kind, data });
            }
            match timeout(within, self.body.next()).await {
                Err(_) => return Next::Nothing,
                Ok(None) => return Next::End,
                Ok(Some(piece)) => self.text.push_str(std::str::from_utf8(&piece.expect("bytes")).expect("text")),
            }
        }
    }

    #[track_caller]
    fn expect(next: Next) -> Event {
        match next {
            Next::Event(event) => event,
            other => panic!("{other:?}"),
        }
    }

    /// The next event of a kind.
    async fn find(&mut self, kind: &str) -> Event {
        loop {
            let event = Self::expect(self.next(SOON).await);
            if event.kind == kind {
                return event;
            }
        }
    }
}

async fn with_hotel() -> (TestApp, Hotel) {
    let app = TestApp::with_background().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    (app, hotel)
}

/// Waits until the streams of a process have come to the end of the record: what was before them is not told by them.
async fn settle(app: &TestApp, router: &Router, person: &Client) {
    eventually(SOON, async || app.number("SELECT count(*) FROM outbox WHERE position IS NULL").await == 0).await;
    let last = app.number("SELECT coalesce(max(position), 0) FROM outbox").await;
    eventually(SOON, async || match Followed::follow(router, person, None).await.next(SOON).await {
        Next::Event(ready) => ready.id >= last,
        other => panic!("{other:?}"),
    })
    .await;
}

/// Makes something happen at a hotel that everybody there hears of who may see rooms.
async fn knock(hotel: &Hotel, room: usize, state: &str) {
    let path = format!("/v1/rooms/{}/housekeeping", hotel.rooms[room]);
    hotel.manager.post(&path, &json!({"housekeeping": state})).await.expect(200);
}

#[tokio::test]
async fn screens_hear_that_something_has_changed_and_nothing_else() {
    let (app, hotel) = with_hotel().await;
    let (desk, guest) = (keen_desk(&app, &hotel).await, app.guest().await);
    let elsewhere = app.staff(&["bookings:read", "rooms:read"], Some(&app.hotel(HotelSpec::default()).await.id)).await;
    let second = app.second().await;
    settle(&app, &app.router, &desk).await;
    settle(&app, &second.router, &desk).await;
    let mut at_desk = Followed::follow(&app.router, &desk, None).await;
    let mut at_second = Followed::follow(&second.router, &desk, None).await;
    let mut of_guest = Followed::follow(&second.router, &guest, None).await;
    let mut of_others = Followed::follow(&app.router, &elsewhere, None).await;
    for stream in [&mut at_desk, &mut at_second, &mut of_guest, &mut of_others] {
        assert_eq!(Followed::expect(stream.next(SOON).await).kind, "ready");
    }
    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["guest_user_id"] = json!(guest.user_id());
    let booking = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    for stream in [&mut at_desk, &mut at_second] {
        let changed = stream.find("booking.changed").await;
        let expected =
            json!({"kind": "booking.changed", "id": booking.id(), "version": 1, "sequence": changed.id, "property_id": hotel.id});
        assert_eq!(changed.data, expected);
        let told = stream.find("notification.created").await;
        assert_eq!((&told.data["property_id"], &told.data["version"]), (&Value::Null, &json!(1)));
    }
    assert_eq!(Followed::expect(of_guest.next(SOON).await).kind, "notification.created", "bookings are for staff");
    assert_eq!(of_others.next(MOMENT).await, Next::Nothing, "another hotel's");
    let id = guest.get("/v1/notifications").await.expect(200).body["items"][0]["id"].clone();
    let path = format!("/v1/notifications/{}/read", id.as_str().expect("an id"));
    guest.send(Method::POST, &path, None).await.expect(200);
    let read = of_guest.find("notification.changed").await;
    assert_eq!((&read.data["id"], &read.data["version"]), (&id, &json!(2)), "its other tabs hear of it");

    let asked = guest.with("last-event-id", "0").get(&format!("{STREAM}?follow=false")).await.expect(200);
    let text = String::from_utf8(asked.bytes.to_vec()).expect("text");
    assert!(text.contains("event: ready") && text.matches("event: notification.").count() == 2, "{text}");
    app.anonymous().get(STREAM).await.expect(401);
    assert_eq!(desk.get(&format!("{STREAM}?follow=maybe")).await.expect(422).pointers(), ["/follow"]);
}

#[tokio::test]
async fn screens_hear_of_issues_with_their_versions_and_no_word_of_them() {
    let (app, hotel) = with_hotel().await;
    let agent = app.staff(&["issues:read"], Some(&hotel.id)).await;
    settle(&app, &app.router, &agent).await;
    let mut stream = Followed::follow(&app.router, &agent, None).await;
    assert_eq!(Followed::expect(stream.next(SOON).await).kind, "ready");
    let issue = json!({"property_id": hotel.id, "category": "noise", "subject": "Loud music", "text": "Until two"});
    let issue = hotel.manager.post("/v1/issues", &issue).await.expect(201);
    let raised = stream.find("issue.changed").await;
    let expected =
        json!({"kind": "issue.changed", "id": issue.id(), "version": 1, "sequence": raised.id, "property_id": hotel.id});
    assert_eq!(raised.data, expected);
    let path = format!("/v1/issues/{}", issue.id());
    hotel.manager.patch(&path, issue.header("etag"), &json!({"priority": "high"})).await.expect(200);
    let changed = stream.find("issue.changed").await;
    assert_eq!((&changed.data["id"], &changed.data["version"]), (&issue.body["id"], &json!(2)));
}

/// Whatever screens hear of comes with a version: that of the thing or, of prices, a number that grows with each change.
#[tokio::test]
async fn screens_hear_of_whatever_changes_with_a_version() {
    let (app, hotel) = with_hotel().await;
    let manager = &hotel.manager;
    settle(&app, &app.router, manager).await;
    let mut stream = Followed::follow(&app.router, manager, None).await;
    assert_eq!(Followed::expect(stream.next(SOON).await).kind, "ready");
    let plan = hotel.default_plan(&app).await;
    let price = async |amount: &str| {
        let price = json!({"amount": amount, "currency": "EUR"});
        let update = json!({"rate_plan_ids": [plan], "room_type_ids": [hotel.double], "from": "2026-12-10", "to": "2026-12-13",
                            "set": {"price": price}});
        manager.put("/v1/rates", &json!({"property_id": hotel.id, "updates": [update]})).await.expect(200);
    };
    let mut numbers = Vec::new();
    for amount in ["110.00", "120.00"] {
        price(amount).await;
        let told = stream.find("rates.changed").await;
        assert_eq!(told.data["id"], json!(hotel.id));
        let seq = app.number(&format!("SELECT seq FROM outbox WHERE position = {}", told.id)).await;
        assert_eq!(told.data["version"], json!(seq), "of prices, the number in the stream of the hotel");
        numbers.push(seq);
    }
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");

    // A plan, a type of room, a hotel and a block have versions of their own.
    for (path, change, kind) in [
        (format!("/v1/rate-plans/{plan}"), json!({"min_stay": 2}), "rates.changed"),
        (format!("/v1/room-types/{}", hotel.double), json!({"texts": {"pt": {"name": "Duplo"}}}), "room.changed"),
        (format!("/v1/properties/{}", hotel.id), json!({"name": "Hotel Porto"}), "property.changed"),
    ] {
        let etag = manager.get(&path).await.expect(200).header("etag").to_owned();
        let changed = manager.patch(&path, &etag, &change).await.expect(200);
        let told = stream.find(kind).await;
        assert_eq!((&told.data["id"], &told.data["version"]), (&changed.body["id"], &changed.body["version"]), "{path}");
        assert!(told.data["version"].is_i64(), "{path}: {}", changed.body);
    }
    let block = json!({"property_id": hotel.id, "room_id": hotel.rooms[0], "kind": "frozen", "reason": "Painting",
                       "from": "2026-12-05", "to": "2026-12-07"});
    let block = manager.post("/v1/room-blocks", &block).await.expect(201);
    let told = stream.find("room.changed").await;
    assert_eq!((&told.data["id"], &told.data["version"]), (&block.body["id"], &json!(1)));
}

/// What is sold, what is billed and what is published are told of like rooms and bookings, to those who may see them.
#[tokio::test]
async fn screens_hear_of_extras_offers_content_and_invoices() {
    let (app, hotel) = with_hotel().await;
    let manager = &hotel.manager;
    let desk = app.staff(&["rooms:read", "bookings:read"], Some(&hotel.id)).await;
    settle(&app, &app.router, manager).await;
    let mut stream = Followed::follow(&app.router, manager, None).await;
    let mut at_desk = Followed::follow(&app.router, &desk, None).await;
    for stream in [&mut stream, &mut at_desk] {
        assert_eq!(Followed::expect(stream.next(SOON).await).kind, "ready");
    }
    let extra = json!({"property_id": hotel.id, "name": "Parking", "price": eur("10.00"), "posted": "per_night"});
    let offer = json!({"property_id": hotel.id, "name": "Ten off", "kind": "percent", "percent": "10", "access": "automatic"});
    let blocks = json!([{"text": {"markdown": "From 7 to 11."}}]);
    let content = json!({"property_id": hotel.id, "kind": "page", "name": "Breakfast", "locale": "en", "slug": "breakfast",
                         "content": {"title": "Breakfast", "blocks": blocks}});
    for (path, body, kind) in [
        ("/v1/extras", extra, "extra.changed"),
        ("/v1/offers", offer, "offer.changed"),
        ("/v1/content", content, "content.changed"),
    ] {
        let made = manager.post(path, &body).await.expect(201);
        let told = stream.find(kind).await;
        assert_eq!((&told.data["id"], &told.data["version"]), (&made.body["id"], &json!(1)), "{path}");
        if kind == "content.changed" {
            // A language has the id of its content: the number of the change stands for a version.
            let begun = stream.find("content_locale.changed").await;
            manager.post(&format!("/v1/content/{}/locales/en/publish", made.id()), &json!({})).await.expect(200);
            let published = stream.find("content_locale.changed").await;
            assert_eq!((&begun.data["id"], &published.data["id"]), (&made.body["id"], &made.body["id"]));
            assert!(published.data["version"].as_i64() > begun.data["version"].as_i64(), "{published:?} after {begun:?}");
        }
    }
    assert_eq!(at_desk.next(MOMENT).await, Next::Nothing, "the desk sees none of these");

    let booking = hotel.book(manager, "2026-12-01", "2026-12-02").await;
    act(manager, &booking, "check-in").await.expect(200);
    let cash = json!({"booking_id": booking.id(), "method": "cash", "amount": eur("90.00")});
    manager.post("/v1/payments", &cash).await.expect(201);
    app.set_clock("2026-12-02T10:00:00Z");
    act(manager, &booking, "check-out").await.expect(200);
    let invoice = manager.post("/v1/invoices", &json!({"folio_id": booking.id(), "kind": "invoice"})).await.expect(201);
    let told = stream.find("invoice.changed").await;
    assert_eq!((&told.data["id"], told.data["version"].is_i64()), (&invoice.body["id"], true));
}

/// T-sse-reset: who has missed too much, or names an event that nobody knows, is told to begin anew, once.
#[tokio::test]
async fn sse_reset_comes_first_where_too_much_was_missed() {
    let mut app = TestApp::with(|config| config.stream_events_kept = 5).await;
    app.start_background();
    let hotel = app.hotel(HotelSpec::default()).await;
    let desk = app.staff(&["rooms:read"], Some(&hotel.id)).await;
    let first = Followed::expect(Followed::follow(&app.router, &desk, None).await.next(SOON).await);
    for n in 0..6 {
        knock(&hotel, n % 2, if (2..=3).contains(&n) { "clean" } else { "dirty" }).await;
    }
    let last = "SELECT max(position) FROM outbox";
    settle(&app, &app.router, &desk).await;
    let mut now = Followed::follow(&app.router, &desk, None).await;
    let to = Followed::expect(now.next(SOON).await).id;
    for (id, reason) in [
        (first.id.to_string(), "too_old"),
        (format!("{}", to + 1000), "unknown"),
        ("abc".into(), "unknown"),
        ("-1".into(), "unknown"),
    ] {
        settle(&app, &app.router, &desk).await;
        let mut stream = Followed::follow(&app.router, &desk, Some(&id)).await;
        let reset = Followed::expect(stream.next(SOON).await);
        assert_eq!((reset.kind.as_str(), &reset.data["reason"]), ("reset", &json!(reason)), "{id}");
        assert_eq!(stream.next(MOMENT).await, Next::Nothing, "{id}: once, and nothing of before");
        knock(&hotel, 0, "clean").await;
        knock(&hotel, 0, "dirty").await;
        assert!(stream.find("room.changed").await.id > reset.id);
    }
    let to = app.number(last).await;
    let mut stream = Followed::follow(&app.router, &desk, Some(&format!("{}", to - 2))).await;
    assert_eq!(Followed::expect(stream.next(SOON).await).kind, "ready", "what is kept is told");
}

/// T-sse-rights: once a right is taken, or a session has ended, a stream is silent of it, at whichever process.
#[tokio::test]
async fn sse_rights_that_are_taken_silence_streams_within_a_second() {
    let (app, hotel) = with_hotel().await;
    let second = app.second().await;
    let (desk, other) = (app.staff(&["rooms:read"], Some(&hotel.id)).await, app.staff(&["rooms:read"], Some(&hotel.id)).await);
    let leaving = app.staff(&["rooms:read"], Some(&hotel.id)).await;
    settle(&app, &app.router, &desk).await;
    settle(&app, &second.router, &desk).await;
    let mut streams = Vec::new();
    for router in [&app.router, &second.router] {
        let of = async |person: &Client| {
            let mut stream = Followed::follow(router, person, None).await;
            assert_eq!(Followed::expect(stream.next(SOON).await).kind, "ready");
            stream
        };
        streams.push((of(&desk).await, of(&leaving).await, of(&other).await));
    }
    knock(&hotel, 0, "dirty").await;
    for (of_desk, of_leaving, control) in &mut streams {
        for stream in [of_desk, of_leaving, control] {
            stream.find("room.changed").await;
        }
    }
    let held = app.rows(&format!("SELECT id FROM role_assignments WHERE user_id = '{}'", desk.user_id())).await;
    let assignment = held[0]["id"].as_str().expect("an id");
    let path = format!("/v1/users/{}/role-assignments/{assignment}", desk.user_id());
    app.admin().await.send(Method::DELETE, &path, None).await.expect(204);
    leaving.send(Method::POST, "/v1/auth/logout", None).await.expect(204);
    eventually(SECOND, async || {
        let is_taken = async |person: &Client, status| person.at(second.router.clone()).get("/v1/rooms").await.status == status;
        is_taken(&desk, 403).await && is_taken(&leaving, 401).await
    })
    .await;
    knock(&hotel, 1, "dirty").await;
    for (of_desk, of_leaving, control) in &mut streams {
        control.find("room.changed").await;
        assert_eq!(of_desk.next(MOMENT).await, Next::Nothing, "the role is gone, the session is not");
        assert_eq!(of_leaving.next(SOON).await, Next::End, "the session is over");
    }
}

/// The ids that a client has seen, after those of its first word.
struct Seen {
    begun: i64,
    ids: Vec<i64>,
}

/// Follows until an id has come, from one process and then another, and hangs up again and again on the way.
async fn wander(routers: [Router; 2], person: Client, is_gone: Arc<AtomicBool>, until: Arc<AtomicI64>, mut seed: u64) -> Seen {
    let mut random = move |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    let (mut seen, mut last): (Option<Seen>, Option<i64>) = (None, None);
    loop {
        let at_second = random(2) == 1 && !is_gone.load(Ordering::Relaxed);
        let stream = Followed::open(&routers[usize::from(at_second)], &person, last.map(|id| id.to_string()).as_deref()).await;
        let Ok(mut stream) = stream else {
            tokio::task::yield_now().await;
            continue;
        };
        for _ in 0..=random(12) {
            match stream.next(Duration::from_millis(100)).await {
                Next::Event(event) if event.kind == "ready" => {
                    seen.get_or_insert(Seen { begun: event.id, ids: Vec::new() });
                    last.get_or_insert(event.id);
                }
                Next::Event(event) => {
                    assert_ne!(event.kind, "reset", "nothing is too old here");
                    last = Some(event.id);
                    seen.as_mut().expect("it has begun").ids.push(event.id);
                }
                Next::Nothing if at_second && is_gone.load(Ordering::Relaxed) => break,
                Next::Nothing => {}
                Next::End => break,
            }
        }
        let goal = until.load(Ordering::Relaxed);
        if goal > 0 && last.is_some_and(|id| id >= goal) {
            return seen.expect("it has begun");
        }
    }
}

/// T-sse-gap: whatever ends in between (connections, a process, Redis), every client has the ids of the table after its first,
/// in order, each once.
#[tokio::test(flavor = "multi_thread")]
async fn sse_gap_every_client_has_every_id_in_order_and_once() {
    let stack = DevStack::start(Options::throw_away()).await.unwrap_or_else(|error| panic!("{error}"));
    let mut app = TestApp::on(place_on(&stack).await).await;
    app.start_background();
    let hotel = app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let mut config = app.app.config.clone();
    let of_second = format!("{}_second", config.mongodb_database);
    let name = format!("application_name={}", config.mongodb_database);
    config.database_url = config.database_url.map(|url| url.replace(&name, &format!("application_name={of_second}")));
    let mut second = TestApp::on(config).await;
    second.start_background();
    let mut desks = Vec::new();
    for _ in 0..size(3, 100) {
        desks.push(app.staff(&["bookings:read", "rooms:read"], Some(&hotel.id)).await);
    }
    let (is_gone, until) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let clients = size(24, 1000);
    let work: Vec<_> = (0..clients)
        .map(|n| {
            let routers = [app.router.clone(), second.router.clone()];
            let desk = desks[n % desks.len()].clone();
            let seed = u64::try_from(n).expect("a number") + 1;
            tokio::spawn(wander(routers, desk, is_gone.clone(), until.clone(), seed))
        })
        .collect();
    let events = size(40, 2000);
    let happen = async |from: usize, to: usize| {
        for n in from..to {
            if n % 4 == 0 {
                let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
                act(&hotel.manager, &booking, "cancel").await.expect(200);
            }
            knock(&hotel, n % 10, if (n / 10) % 2 == 0 { "dirty" } else { "clean" }).await;
        }
    };
    happen(0, events / 4).await;
    stack.redis().stop().await.expect("stopped");
    happen(events / 4, events / 2).await;
    stack.redis().start().await.expect("started");
    happen(events / 2, events * 3 / 4).await;
    // The second process is no more: its clients hang up, as those of a broken connection do.
    is_gone.store(true, Ordering::Relaxed);
    drop(second);
    // With a process its connections end, and whatever locks they hold.
    let end = format!("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{of_second}'");
    assert!(app.number(&end).await > 0);
    happen(events * 3 / 4, events).await;
    let told = "SELECT coalesce(max(position), 0) FROM outbox WHERE entity IN ('booking', 'stay', 'room')";
    eventually(SOON, async || app.number("SELECT count(*) FROM outbox WHERE position IS NULL").await == 0).await;
    until.store(app.number(told).await, Ordering::Relaxed);

    let rows = app
        .rows(&format!(
            "SELECT position FROM outbox WHERE stream_id = '{}' AND entity IN ('booking', 'stay', 'room') ORDER BY position",
            hotel.id
        ))
        .await;
    let table: Vec<i64> = rows.iter().map(|row| row["position"].as_i64().expect("a number")).collect();
    for client in work {
        let Seen { begun, ids } = timeout(Duration::from_secs(60), client).await.expect("in time").expect("a client");
        let expected: Vec<i64> = table.iter().copied().filter(|id| *id > begun).collect();
        assert_eq!(ids, expected, "after {begun}");
    }
    drop(app);
    stack.stop().await.expect("stopped");
}

#[tokio::test]
async fn a_person_has_some_streams_and_no_more() {
    let app = TestApp::with_background().await;
    let guest = app.guest().await;
    let mut open = Vec::new();
    for _ in 0..12 {
        open.push(Followed::follow(&app.router, &guest, None).await);
    }
    assert_eq!(guest.get(STREAM).await.expect(429).code(), "notifications.too_many_streams");
    assert!(Followed::open(&app.router, &app.guest().await, None).await.is_ok(), "others have theirs");
    open.pop();
    assert!(Followed::open(&app.router, &guest, None).await.is_ok(), "one was closed");
}
