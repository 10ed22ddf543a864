mod catalogue;
mod consumers;
mod gaps;
mod reader;
mod waiting;

use crate::every_route::{Call, Exception::Public, Request, TO_LOOK};
use crate::support::events::assert_as_catalogued;
use crate::support::{Client, HotelSpec, Reply, TestApp, act};
use hbs::outbox::relay;
use serde_json::{Value, json};
use std::collections::HashMap;

const EVENTS: &str = "/v1/events";

/// Numbers every event that there is now.
async fn number(app: &TestApp) {
    while relay::number_batch(&app.app).await.expect("the relay") > 0 {}
    app.assert_catalogued().await;
}

fn items(page: &Reply) -> &[Value] {
    page.body["items"].as_array().unwrap_or_else(|| panic!("{}", page.body))
}

fn kinds(page: &Reply) -> Vec<&str> {
    items(page).iter().map(|item| item["type"].as_str().expect("a kind")).collect()
}

fn seq(value: &Value) -> i64 {
    value.as_i64().expect("a number")
}

/// A reader of the feed, who proves of each page that nothing is missing.
struct Follower {
    client: Client,
    filter: String,
    after: i64,
    /// Number and hash of the last link of each stream.
    heads: HashMap<String, (i64, String)>,
    seen: Vec<Value>,
}

impl Follower {
    fn new(client: &Client, filter: &str) -> Self {
        let (client, filter) = (client.clone(), filter.to_owned());
        Self { client, filter, after: 0, heads: HashMap::new(), seen: Vec::new() }
    }

    /// Reads a page. Returns `true` if there is more.
    async fn read(&mut self) -> bool {
        let page = self.client.get(&format!("{EVENTS}?after={}{}", self.after, self.filter)).await.expect(200);
        for stretch in page.body["streams"].as_array().expect("streams") {
            self.prove(stretch, items(&page));
        }
        for item in items(&page) {
            assert_as_catalogued(item);
            assert!(seq(&item["sequence"]) > self.after, "told again: {item}");
        }
        self.seen.extend_from_slice(items(&page));
        assert!(seq(&page.body["next_after"]) >= self.after);
        self.after = seq(&page.body["next_after"]);
        page.body["has_more"].as_bool().expect("true or false")
    }

    async fn read_all(&mut self) {
        while self.read().await {}
    }

    fn prove(&mut self, stretch: &Value, items: &[Value]) {
        let stream = stretch["stream_id"].as_str().expect("a stream");
        let (mut last, mut hash) = self.heads.get(stream).cloned().unwrap_or_else(|| (0, "0".repeat(64)));
        assert_eq!((seq(&stretch["from_seq"]), &stretch["prev_hash"]), (last + 1, &json!(hash)), "{stretch}");
        let told = items.iter().filter(|item| item["data"]["stream_id"] == stream);
        let told = told.map(|item| (seq(&item["data"]["seq"]), Some(&item["prev_hash"]), &item["hash"]));
        let left_out = stretch["left_out"].as_array().expect("a list").iter().map(|one| (seq(&one["seq"]), None, &one["hash"]));
        let mut links: Vec<_> = told.chain(left_out).collect();
        links.sort_by_key(|(seq, ..)| *seq);
        for (next, before, after) in links {
            assert_eq!(next, last + 1, "a gap in {stretch}");
            assert!(before.is_none_or(|before| *before == json!(hash)), "{next} does not follow in {stretch}");
            (last, hash) = (next, after.as_str().expect("a hash").to_owned());
        }
        assert_eq!((&stretch["to_seq"], &stretch["hash"]), (&json!(last), &json!(hash)), "{stretch}");
        self.heads.insert(stream.to_owned(), (last, hash));
    }

    fn kinds(&self) -> Vec<&str> {
        self.seen.iter().map(|item| item["type"].as_str().expect("a kind")).collect()
    }
}

#[tokio::test]
async fn the_feed_tells_what_happened_without_values() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-01", "2026-12-03").await;
    let path = format!("/v1/bookings/{}", booking.id());
    guest.patch(&path, "\"1\"", &json!({"special_requests": "A cot for Zebedee"})).await.expect(200);
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    assert!(items(&hotel.manager.get(EVENTS).await.expect(200)).is_empty(), "nothing has a place yet");
    number(&app).await;

    let mut reader = Follower::new(&hotel.manager, "&limit=4");
    reader.read_all().await;
    let kinds = reader.kinds();
    assert_eq!(&kinds[..2], ["property.created", "room_type.created"]);
    let last = ["booking.created", "stay.created", "booking.updated", "booking.status_changed", "stay.checked_in"];
    assert_eq!(&kinds[kinds.len() - 5..], last);
    let updated = &reader.seen[kinds.len() - 3];
    let expected = json!({
        "property_id": hotel.id, "stream_id": hotel.id, "seq": updated["data"]["seq"], "entity": "booking",
        "entity_id": booking.id(), "booking_id": booking.id(), "version": 2, "changed": ["special_requests"],
    });
    assert_eq!(updated["data"], expected);
    assert_eq!(updated["timestamp"], "2026-12-01T12:00:00Z");
    for personal in ["Zebedee", "Ana", "example.com", "100.00", guest.user_id()] {
        assert!(!json!(reader.seen).to_string().contains(personal), "{personal} is in the feed");
    }

    // Whoever has read everything stays there.
    let page = hotel.manager.get(&format!("{EVENTS}?after={}", reader.after)).await.expect(200);
    assert_eq!(page.body, json!({"items": [], "streams": [], "next_after": reader.after, "has_more": false}));
}

#[tokio::test]
async fn what_a_filter_leaves_out_is_accounted_for() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    for _ in 0..2 {
        hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
    }
    number(&app).await;
    let page = hotel.manager.get(&format!("{EVENTS}?kinds=booking.created,room.created")).await.expect(200);
    assert_eq!(kinds(&page), ["room.created", "room.created", "booking.created", "booking.created"]);
    let stretch = &page.body["streams"][0];
    let left_out = stretch["left_out"].as_array().expect("a list");
    let total = app.number(&format!("SELECT count(*) FROM outbox WHERE stream_id = '{}'", hotel.id)).await;
    assert_eq!((&stretch["from_seq"], &stretch["to_seq"]), (&json!(1), &json!(total)));
    assert_eq!(i64::try_from(left_out.len()).expect("a number"), total - 4);
    for limit in [1, 3, 200] {
        let mut reader = Follower::new(&hotel.manager, &format!("&kinds=booking.created&kinds=room.created&limit={limit}"));
        reader.read_all().await;
        assert_eq!(reader.seen, items(&page), "{limit} at a time");
        assert_eq!(reader.heads[&hotel.id].0, total, "{limit} at a time");
    }
    // A page without events goes on all the same.
    let none = hotel.manager.get(&format!("{EVENTS}?kinds=refund.failed")).await.expect(200);
    assert_eq!((items(&none).len(), &none.body["has_more"]), (0, &json!(false)));
    assert_eq!(none.body["next_after"], page.body["next_after"]);
    assert_eq!(none.body["streams"][0]["hash"], stretch["hash"]);
}

#[tokio::test]
async fn a_reader_sees_the_hotels_of_their_permission() {
    let app = TestApp::new().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let everything = app.staff(&["events:read"], None).await;
    number(&app).await;

    let mut of_hotel = Follower::new(&app.staff(&["events:read"], Some(&hotel.id)).await, "");
    of_hotel.read_all().await;
    assert!(of_hotel.seen.iter().all(|item| item["data"]["property_id"] == hotel.id.as_str()));
    assert_eq!(of_hotel.heads.keys().collect::<Vec<_>>(), [&hotel.id]);

    let mut of_all = Follower::new(&everything, "&limit=3");
    of_all.read_all().await;
    let nil = uuid::Uuid::nil().to_string();
    let mut streams: Vec<&String> = of_all.heads.keys().collect();
    streams.sort();
    let mut expected = [&hotel.id, &other.id, &nil];
    expected.sort();
    assert_eq!(streams, expected, "and what belongs to no hotel");
    let system: Vec<&Value> = of_all.seen.iter().filter(|item| item["data"]["property_id"].is_null()).collect();
    assert!(!system.is_empty() && system.iter().all(|item| item["data"]["stream_id"] == nil.as_str()));
    let counted = app.number("SELECT count(*) FROM outbox WHERE position IS NOT NULL").await;
    assert_eq!(i64::try_from(of_all.seen.len()).expect("a number"), counted);

    let only = everything.get(&format!("{EVENTS}?property_id={}&limit=200", other.id)).await.expect(200);
    assert!(items(&only).iter().all(|item| item["data"]["property_id"] == other.id.as_str()));
    let foreign = hotel.manager.get(&format!("{EVENTS}?property_id={}", other.id)).await.expect(404);
    assert_eq!(foreign.code(), "request.not_found");

    // An integration reads with a key of its own.
    let grants = json!([{"permission": "events:read", "property_id": hotel.id}]);
    let key = hotel.manager.post("/v1/api-keys", &json!({"name": "Data warehouse", "grants": grants})).await.expect(201);
    let integration = app.anonymous().with("authorization", format!("Bearer {}", key.body["key"].as_str().expect("a key")));
    let page = integration.get(&format!("{EVENTS}?limit=200")).await.expect(200);
    assert_eq!(items(&page), of_hotel.seen);
}

#[tokio::test]
async fn a_bad_query_is_told_by_the_name_of_its_parameter() {
    let app = TestApp::new().await;
    let reader = app.staff(&["events:read"], None).await;
    for (query, pointer) in [
        ("after=-1", "/after"),
        ("after=yesterday", "/after"),
        ("after=1000000000001", "/after"),
        ("after=9223372036854775808", "/after"),
        ("kinds=booking.created,booking.vanished", "/kinds"),
        ("kinds=", "/kinds"),
        ("property_id=here", "/property_id"),
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("wait=-1", "/wait"),
        ("wait=21", "/wait"),
        ("before=1", "/before"),
    ] {
        let refused = reader.get(&format!("{EVENTS}?{query}")).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{query}: {}", refused.body);
    }
    reader.get(&format!("{EVENTS}?after=1000000000000")).await.expect(200);
    app.guest().await.get(EVENTS).await.expect(403);
}

/// A narrow scope reads its own events only, however many others have.
#[tokio::test]
async fn the_events_of_other_hotels_are_not_read() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    number(&app).await;
    app.sql(
        "INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, actor_kind, changes, occurred_at, position, seq, prev_hash, hash)
         SELECT gen_random_uuid(), md5('other')::uuid, 'room.updated', 'room', gen_random_uuid(), 'system', '{}', now(),
                1000000 + n, n, sha256((n - 1)::text::bytea), sha256(n::text::bytea) FROM generate_series(1, 20000) n;
         ANALYZE outbox",
    )
    .await;
    hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
    number(&app).await;
    let mut reader = Follower::new(&hotel.manager, "&kinds=booking.created");
    assert!(!reader.read().await, "one page has it all");
    assert_eq!(reader.kinds(), ["booking.created"]);
    let place = &app.app.config.mongodb_database;
    let of_app = format!("FROM pg_stat_activity WHERE application_name = '{place}' AND pid <> pg_backend_pid()");
    app.number(&format!("SELECT count(pg_terminate_backend(pid, 20000)) {of_app}")).await;
    let read =
        "SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes WHERE indexrelname = 'outbox_stream_position_key'";
    let sequential = "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'outbox'";
    let (by_index, before) = (app.number(read).await, app.number(sequential).await);
    assert!((1..2000).contains(&by_index), "{by_index} entries of the index were read, {before} rows one by one");
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_events", async |w| {
            w.booking().await;
            w.app.deliver().await;
            Call::plain()
        }),
        Request::new("list_event_kinds", async |_| Call::plain()).but(Public, TO_LOOK),
        Request::new("get_event_schema", async |_| Call::to("booking.created")).but(Public, TO_LOOK),
    ]
}
