//! Stays beyond the rooms that there are: who has waited longest gets the first room that comes free, however it does.
use super::{amend, number, read, stay};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book};
use http::Method;
use serde_json::{Value, json};

const NIGHTS: [&str; 2] = ["2026-12-10", "2026-12-12"];

/// A hotel of one double, or of several, with one stay that has a room and `waiting` that have none.
struct Full {
    app: TestApp,
    hotel: Hotel,
    first: Reply,
    waiting: Vec<Reply>,
}

impl Full {
    async fn new(overbooking: u32, waiting: usize) -> Self {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 1, suites: 1, overbooking, ..HotelSpec::default() }).await;
        let first = hotel.book(&hotel.manager, NIGHTS[0], NIGHTS[1]).await;
        let mut bookings = Vec::new();
        for _ in 0..waiting {
            bookings.push(hotel.book(&hotel.manager, NIGHTS[0], NIGHTS[1]).await);
        }
        let full = Self { app, hotel, first, waiting: bookings };
        assert_eq!(full.number(&full.first).await, "101");
        for booking in &full.waiting {
            assert_eq!(full.number(booking).await, "none");
        }
        full
    }

    fn desk(&self) -> &Client {
        &self.hotel.manager
    }

    async fn number(&self, booking: &Reply) -> String {
        number(&read(self.desk(), booking).await, 0).to_owned()
    }

    /// Asserts that the first in line has this room now, on the record too, and nobody else anything.
    async fn assert_served(&self, room: &str) {
        assert_eq!(self.number(&self.waiting[0]).await, room);
        for booking in &self.waiting[1..] {
            assert_eq!(self.number(booking).await, "none");
        }
        let assigned = self.app.rows("SELECT entity_id, actor_kind, changes FROM outbox WHERE kind = 'stay.assigned'").await;
        assert_eq!(
            (assigned.len(), &assigned[0]["entity_id"], &assigned[0]["actor_kind"]),
            (1, &stay(&self.waiting[0], 0)["id"], &json!("system"))
        );
        assert_eq!(assigned[0]["changes"]["room_id"]["before"], Value::Null);
        assert_eq!(read(self.desk(), &self.waiting[0]).await.header("etag"), "\"2\"");
        self.app.assert_consistent().await;
    }
}

async fn put_room(client: &Client, booking: &Reply, body: &Value) -> Reply {
    let path = format!("/v1/bookings/{}/stays/{}/room", booking.id(), stay(booking, 0)["id"].as_str().expect("an id"));
    let etag = read(client, booking).await.header("etag").to_owned();
    client.with("If-Match", etag).put(&path, body).await
}

fn block(hotel: &Hotel, from: &str, to: &str) -> Value {
    json!({"property_id": hotel.id, "room_id": hotel.rooms[0], "kind": "out_of_order", "reason": "Burst pipe", "from": from, "to": to})
}

/// F17: a room that comes free goes to whoever has waited longest for one, not to who books next.
#[tokio::test]
async fn a_cancellation_gives_the_room_to_who_has_waited_longest() {
    let full = Full::new(2, 2).await;
    act(full.desk(), &full.first, "cancel").await.expect(200);
    full.assert_served("101").await;
    assert_eq!(full.app.event_kinds().await.last().map(String::as_str), Some("stay.assigned"), "after what it is due to");
    // A later booking takes nothing from those who wait.
    let later = full.hotel.book(full.desk(), NIGHTS[0], NIGHTS[1]).await;
    assert_eq!(number(&later, 0), "none");
    act(full.desk(), &full.waiting[0], "cancel").await.expect(200);
    assert_eq!([full.number(&full.waiting[1]).await, full.number(&later).await], ["101", "none"]);
    full.app.assert_consistent().await;
}

#[tokio::test]
async fn a_later_booking_leaves_nights_to_who_waits_for_them() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let first = hotel.book(desk, "2026-12-10", "2026-12-11").await;
    let waiting = hotel.book(desk, "2026-12-10", "2026-12-12").await;
    // Nobody has the room on its night yet. But somebody was sold it before.
    let later = hotel.book(desk, "2026-12-11", "2026-12-12").await;
    assert_eq!([&first, &waiting, &later].map(|booking| number(booking, 0)), ["101", "none", "none"]);
    act(desk, &first, "cancel").await.expect(200);
    let now = async |booking: &Reply| number(&read(desk, booking).await, 0).to_owned();
    assert_eq!([now(&waiting).await, now(&later).await], ["101", "none"]);
    act(desk, &waiting, "cancel").await.expect(200);
    assert_eq!(now(&later).await, "101");
    app.assert_consistent().await;
}

#[tokio::test]
async fn who_gives_up_waiting_makes_way_for_those_behind() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    hotel.book(desk, "2026-12-10", "2026-12-11").await;
    let waiting = hotel.book(desk, "2026-12-10", "2026-12-12").await;
    let later = hotel.book(desk, "2026-12-11", "2026-12-12").await;
    act(desk, &waiting, "cancel").await.expect(200);
    assert_eq!(number(&read(desk, &later).await, 0), "101");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_hold_that_expires_and_one_that_is_confirmed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
    let mut hold = hotel.request(NIGHTS[0], NIGHTS[1]);
    hold["hold_minutes"] = 10.into();
    let held = book(&hotel.manager, &hold).await.expect(201);
    let waiting = book(&hotel.manager, &hold).await.expect(201);
    act(&hotel.manager, &waiting, "confirm").await.expect(200);
    app.set_clock("2026-12-01T12:11:00Z");
    hbs::jobs::run_due(&app.app, &hbs::server::jobs()).await.expect("the jobs");
    assert_eq!(read(&hotel.manager, &held).await.body["status"], "expired");
    let now = read(&hotel.manager, &waiting).await;
    assert_eq!((number(&now, 0), &now.body["status"]), ("101", &json!("confirmed")));
    app.assert_consistent().await;
}

#[tokio::test]
async fn no_shows_and_guests_who_leave_early_make_room() {
    for action in ["no-show", "check-out"] {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
        let desk = &hotel.manager;
        let first = hotel.book(desk, "2026-12-01", "2026-12-05").await;
        let waiting = hotel.book(desk, "2026-12-02", "2026-12-05").await;
        assert_eq!(number(&waiting, 0), "none");
        if action == "check-out" {
            act(desk, &first, "check-in").await.expect(200);
            app.set_clock("2026-12-02T10:00:00Z");
        } else {
            app.set_clock("2026-12-01T23:30:00Z");
        }
        act(desk, &first, action).await.expect(200);
        assert_eq!(number(&read(desk, &waiting).await, 0), "101", "{action}");
        app.assert_consistent().await;
    }
}

#[tokio::test]
async fn nights_that_are_given_back_make_room() {
    // Sooner or later than it was, in another type, one night less: for those whom that is enough.
    for change in [json!({"check_in": "2026-12-20", "check_out": "2026-12-22"}), json!({"check_out": "2026-12-11"}), Value::Null]
    {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 1, suites: 1, overbooking: 1, ..HotelSpec::default() }).await;
        let desk = &hotel.manager;
        let first = hotel.book(desk, "2026-12-10", "2026-12-12").await;
        let waiting = hotel.book(desk, "2026-12-11", "2026-12-13").await;
        assert_eq!(number(&waiting, 0), "none");
        let other_type = json!({"stays": [{"stay_id": stay(&first, 0)["id"], "room_type_id": hotel.suite}]});
        let change = if change.is_null() { other_type } else { change };
        amend(desk, &first, &change).await.expect(200);
        assert_eq!(number(&read(desk, &waiting).await, 0), "101", "{change}");
        app.assert_consistent().await;
    }
}

#[tokio::test]
async fn an_upgrade_makes_room() {
    let full = Full::new(1, 1).await;
    let suite = full.app.rows(&format!("SELECT id FROM rooms WHERE room_type_id = '{}'", full.hotel.suite)).await;
    put_room(full.desk(), &full.first, &json!({"room_id": suite[0]["id"], "upgrade": true})).await.expect(200);
    assert_eq!(full.number(&full.first).await, "201");
    full.assert_served("101").await;
}

#[tokio::test]
async fn a_move_to_another_room_makes_room_for_a_longer_stay() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, overbooking: 1, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let early = desk.post("/v1/bookings", &hotel.request_for(0, "2026-12-10", "2026-12-11")).await.expect(201);
    desk.post("/v1/bookings", &hotel.request_for(1, "2026-12-11", "2026-12-12")).await.expect(201);
    let short = hotel.book(desk, "2026-12-10", "2026-12-11").await;
    let waiting = hotel.book(desk, "2026-12-10", "2026-12-12").await;
    act(desk, &short, "cancel").await.expect(200);
    assert_eq!(number(&read(desk, &waiting).await, 0), "none", "neither room has both nights");
    put_room(desk, &early, &json!({"room_id": hotel.rooms[1]})).await.expect(200);
    assert_eq!(number(&read(desk, &waiting).await, 0), "101");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_block_that_ends_or_shrinks_makes_room() {
    for shrinks in [false, true] {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
        let desk = &hotel.manager;
        let made = desk.post("/v1/room-blocks", &block(&hotel, "2026-12-08", "2026-12-14")).await.expect(201);
        let waiting = hotel.book(desk, NIGHTS[0], NIGHTS[1]).await;
        assert_eq!(number(&waiting, 0), "none");
        let path = made.header("location");
        // What leaves its nights alone does nothing for it.
        desk.patch(path, "\"1\"", &json!({"reason": "Two burst pipes"})).await.expect(200);
        desk.patch(path, "\"2\"", &json!({"to": "2026-12-11"})).await.expect(200);
        assert_eq!(number(&read(desk, &waiting).await, 0), "none");
        match shrinks {
            true => drop(desk.patch(path, "\"3\"", &json!({"to": "2026-12-10"})).await.expect(200)),
            false => drop(desk.delete(path, "\"3\"").await.expect(204)),
        }
        assert_eq!(number(&read(desk, &waiting).await, 0), "101", "shrinks: {shrinks}");
        app.assert_consistent().await;
    }
}

#[tokio::test]
async fn a_new_room_and_one_of_another_type_make_room() {
    let full = Full::new(2, 2).await;
    let room = json!({"property_id": full.hotel.id, "room_type_id": full.hotel.double, "number": "102"});
    full.desk().post("/v1/rooms", &room).await.expect(201);
    full.assert_served("102").await;

    let suite = full.app.rows(&format!("SELECT id FROM rooms WHERE room_type_id = '{}'", full.hotel.suite)).await;
    let path = format!("/v1/rooms/{}", suite[0]["id"].as_str().expect("an id"));
    full.desk().patch(&path, "\"1\"", &json!({"room_type_id": full.hotel.double})).await.expect(200);
    assert_eq!(full.number(&full.waiting[1]).await, "201");
    full.app.assert_consistent().await;
}

#[tokio::test]
async fn rooms_of_a_spreadsheet_make_room() {
    let full = Full::new(3, 3).await;
    let path = format!("/v1/rooms/import?property_id={}", full.hotel.id);
    let rooms = b"number,room_type\n102,DBL\n202,STE\n103,DBL\n";
    full.desk().upload(Method::POST, &path, "text/csv", rooms).await.expect(200);
    let now = [&full.waiting[0], &full.waiting[1], &full.waiting[2]];
    let mut numbers = Vec::new();
    for booking in now {
        numbers.push(full.number(booking).await);
    }
    numbers[..2].sort();
    assert_eq!(numbers, ["102", "103", "none"]);
    full.app.assert_consistent().await;
}

#[tokio::test]
async fn others_move_for_who_waits() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, overbooking: 1, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let one = desk.post("/v1/bookings", &hotel.request_for(0, "2026-12-10", "2026-12-11")).await.expect(201);
    let other = desk.post("/v1/bookings", &hotel.request_for(1, "2026-12-11", "2026-12-12")).await.expect(201);
    for booking in [&one, &other] {
        put_room(desk, booking, &json!({"is_pinned": false})).await.expect(200);
    }
    let short = hotel.book(desk, "2026-12-10", "2026-12-11").await;
    let waiting = hotel.book(desk, "2026-12-10", "2026-12-12").await;
    assert_eq!([number(&short, 0), number(&waiting, 0)], ["102", "none"]);
    act(desk, &short, "cancel").await.expect(200);
    let now = async |booking: &Reply| number(&read(desk, booking).await, 0).to_owned();
    assert_eq!(now(&one).await, now(&other).await, "in one room now");
    assert!(!["none".to_owned(), now(&one).await].contains(&now(&waiting).await));
    app.assert_consistent().await;
}

/// F17: who has no room yet gets one at check-in at the latest, if any is free.
#[tokio::test]
async fn guests_at_the_desk_get_any_room_that_is_free() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let booking = hotel.book(desk, "2026-12-01", "2026-12-03").await;
    // As if it had come to that by whatever way there is.
    app.sql(&format!(
        "DELETE FROM room_nights; UPDATE stays SET room_id = NULL; UPDATE rooms SET housekeeping = 'dirty' WHERE id = '{}'",
        hotel.rooms[0]
    ))
    .await;
    let checked_in = act(desk, &booking, "check-in").await.expect(200);
    assert_eq!((number(&checked_in, 0), &checked_in.body["status"]), ("102", &json!("checked_in")), "the one that is ready");
    let events = app.rows("SELECT changes FROM outbox WHERE kind = 'stay.checked_in'").await;
    assert_eq!(events[0]["changes"]["room_id"], json!({"before": null, "after": hotel.rooms[1]}));
    app.assert_consistent().await;

    // Where none is ready, that is said; and who may ignore it does.
    let other = hotel.book(desk, "2026-12-01", "2026-12-03").await;
    app.sql(&format!(
        "DELETE FROM room_nights WHERE stay_id = '{id}'; UPDATE stays SET room_id = NULL WHERE id = '{id}'",
        id = stay(&other, 0)["id"].as_str().expect("an id")
    ))
    .await;
    let dirty = act(desk, &other, "check-in").await.expect(409);
    assert_eq!(dirty.code(), "booking.room_not_ready");
    assert!(dirty.body["detail"].as_str().is_some_and(|text| text.contains("101")), "{}", dirty.body);
    let path = format!("/v1/bookings/{}/check-in", other.id());
    let ignoring = json!({"ignore_housekeeping": true, "reason": "they do not mind"});
    assert_eq!(number(&desk.post(&path, &ignoring).await.expect(200), 0), "101");
    app.assert_consistent().await;
}

#[tokio::test]
async fn who_waits_is_not_in_the_way_of_guests_who_come_first() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let first = hotel.book(desk, "2026-12-01", "2026-12-02").await;
    let waiting = hotel.book(desk, "2026-12-01", "2026-12-03").await;
    let later = hotel.book(desk, "2026-12-02", "2026-12-03").await;
    assert_eq!([&first, &waiting, &later].map(|booking| number(booking, 0)), ["101", "none", "none"]);
    act(desk, &first, "check-in").await.expect(200);
    assert_eq!(act(desk, &waiting, "check-in").await.expect(409).code(), "booking.no_room_assigned");
    app.set_clock("2026-12-02T10:00:00Z");
    act(desk, &first, "check-out").await.expect(200);
    app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
    // Who was to come yesterday had no room then. Who comes today has one.
    assert_eq!(number(&act(desk, &later, "check-in").await.expect(200), 0), "101");
    app.assert_consistent().await;
}

#[tokio::test]
async fn however_many_wait_for_other_nights_a_room_is_given_to_who_waits_for_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 120, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let mut five = hotel.request("2026-12-10", "2026-12-12");
    five["rooms"] = json!(vec![five["rooms"][0].clone(); 5]);
    for _ in 0..21 {
        book(desk, &five).await.expect(201);
    }
    let there = hotel.book(desk, "2026-12-20", "2026-12-22").await;
    let waiting = hotel.book(desk, "2026-12-20", "2026-12-22").await;
    assert_eq!([&there, &waiting].map(|booking| number(booking, 0)), ["101", "none"]);
    act(desk, &there, "cancel").await.expect(200);
    assert_eq!(number(&read(desk, &waiting).await, 0), "101");
    app.assert_consistent().await;
}
