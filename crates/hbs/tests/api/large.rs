//! A large hotel: what is free there is found, however many stays there are, and nobody moves who need not.
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, book};
use serde_json::{Value, json};

/// Rooms of the hotel. The first one is there from the beginning.
const ROOMS: u32 = 1000;
/// Rooms that stays follow each other in, six nights each with one between them.
const BUSY: u32 = 910;
/// Stays of each busy room.
const STAYS: u32 = 11;

/// Makes a hotel of 1,000 rooms with 10,010 stays to come, all of them copies of one.
async fn crowded(app: &TestApp) -> Hotel {
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let first = hotel.book(&hotel.manager, "2027-05-01", "2027-05-02").await;
    let busy = format!("generate_series(1, {BUSY}) room, generate_series(0, {STAYS} - 1) n");
    let arrival = "'2026-12-02'::date + 7 * n + room % 7";
    let (booking_id, key) = ("md5('booking' || room || '-' || n)::uuid", first.id());
    let dates = format!("'check_in', {arrival}, 'check_out', {arrival} + 6, 'total_minor', 0");
    app.sql(&format!(
        "INSERT INTO rooms SELECT (jsonb_populate_record(t, jsonb_build_object('id', md5('room' || n)::uuid, 'number', (1000 + n)::text))).*
         FROM rooms t, generate_series(1, {ROOMS} - 1) n WHERE t.property_id = '{hotel}';
         INSERT INTO bookings SELECT (jsonb_populate_record(t, jsonb_build_object('id', {booking_id}, 'reference', 'CROWD-' || room || '-' || n, {dates}))).*
         FROM bookings t, {busy} WHERE t.id = '{key}';
         INSERT INTO stays SELECT (jsonb_populate_record(t, jsonb_build_object('id', md5('stay' || room || '-' || n)::uuid,
             'booking_id', {booking_id}, 'room_id', md5('room' || room)::uuid, {dates}))).*
         FROM stays t, {busy} WHERE t.booking_id = '{key}';
         INSERT INTO room_nights (property_id, room_id, night, stay_id, created_at, updated_at)
         SELECT property_id, room_id, night::date, id, created_at, updated_at
         FROM stays, generate_series(check_in::timestamp, check_out::timestamp - interval '1 day', interval '1 day') night
         WHERE property_id = '{hotel}' AND booking_id <> '{key}';
         UPDATE inventory i SET capacity = {ROOMS}, sold = (SELECT count(*) FROM room_nights n WHERE n.property_id = i.property_id AND n.night = i.night)
         WHERE room_type_id = '{double}';
         INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, booking_id, actor_kind, actor_id, changes, occurred_at)
         SELECT b.id, o.stream_id, o.kind, o.entity, b.id, b.id, o.actor_kind, o.actor_id, o.changes, o.occurred_at
         FROM outbox o, bookings b WHERE o.kind = 'booking.created' AND o.entity_id = '{key}' AND b.id <> '{key}';
         ANALYZE rooms, bookings, stays, room_nights, inventory",
        hotel = hotel.id,
        double = hotel.double,
    ))
    .await;
    hotel
}

/// The id that SQL made of a name.
async fn id(app: &TestApp, name: &str) -> String {
    app.rows(&format!("SELECT md5('{name}')::uuid AS id")).await[0]["id"].as_str().expect("an id").to_owned()
}

async fn moves(app: &TestApp) -> i64 {
    app.number("SELECT count(*) FROM outbox WHERE kind = 'stay.moved'").await
}

/// A request for one double in a room.
async fn in_room(app: &TestApp, hotel: &Hotel, room: &str, dates: [&str; 2]) -> Reply {
    let mut request = hotel.request(dates[0], dates[1]);
    request["rooms"][0]["room_id"] = json!(id(app, room).await);
    book(&hotel.manager, &request).await.expect(201)
}

#[tokio::test]
async fn what_is_free_is_found_among_ten_thousand_stays() {
    let app = TestApp::new().await;
    let hotel = crowded(&app).await;
    assert!(app.number("SELECT count(*) FROM stays").await > 10_000);

    // Out of order: those in the room move to rooms that are free, and nobody else does.
    let block = json!({"property_id": hotel.id, "room_id": id(&app, "room5").await, "kind": "out_of_order", "reason": "Burst pipe",
                       "from": "2026-12-10", "to": "2027-01-20"});
    let hit = app
        .number("SELECT count(*) FROM stays WHERE room_id = md5('room5')::uuid AND check_in < '2027-01-20' AND check_out > '2026-12-10'")
        .await;
    let made = hotel.manager.post("/v1/room-blocks", &block).await.expect(201);
    let moved = made.body["moved"].as_array().expect("a list");
    assert_eq!((moved.len(), moves(&app).await), (usize::try_from(hit).expect("a number"), hit));
    for stay in moved {
        assert_eq!(stay["guest"], "Ana Sousa");
        assert!(stay["room_number"].as_str().is_some_and(|number| number != "1005"), "{stay}");
    }

    // Guests who stay on keep their room, and the next ones in it get another.
    let before = moves(&app).await;
    let guests = in_room(&app, &hotel, "room7", ["2026-12-01", "2026-12-02"]).await;
    act(&hotel.manager, &guests, "check-in").await.expect(200);
    let amend = format!("/v1/bookings/{}/amend", guests.id());
    let longer = hotel.manager.post(&amend, &json!({"check_out": "2026-12-04"})).await.expect(200);
    assert_eq!(longer.body["booking"]["stays"][0]["room_number"], "1007");
    assert_eq!(moves(&app).await, before + 1);

    // A long stay has a room that is free throughout, by itself and where dates are amended.
    let long = book(&hotel.manager, &hotel.request("2026-12-05", "2027-02-20")).await.expect(201);
    assert!(long.body["stays"][0]["room_number"].is_string());
    let short = in_room(&app, &hotel, "room14", ["2026-12-08", "2026-12-09"]).await;
    app.sql(&format!("UPDATE stays SET is_pinned = false WHERE booking_id = '{}'", short.id())).await;
    let amend = format!("/v1/bookings/{}/amend", short.id());
    let longer = hotel.manager.post(&amend, &json!({"check_out": "2027-01-08"})).await.expect(200);
    assert_ne!(longer.body["booking"]["stays"][0]["room_number"], Value::Null);
    assert_eq!(moves(&app).await, before + 1, "nobody else had to move");
    app.assert_consistent().await;
}
