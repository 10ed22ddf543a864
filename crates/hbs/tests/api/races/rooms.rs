//! Rooms and types that come and go.
use super::{BOOKINGS, Race, assert_tally, cart, count};
use crate::support::{HotelSpec, act, day, post, size, together};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_sold_or_removed_but_not_both() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 0, ..HotelSpec::default() }).await;
    let guests = race.guests(2).await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(12, 120)).expect("a number") {
        let room = json!({"property_id": hotel.id, "room_type_id": hotel.double, "number": format!("R{round}")});
        let room = hotel.manager.post("/v1/rooms", &room).await.expect(201);
        let request = hotel.request(day(round % 20), day(round % 20 + 2));
        let (manager, path, etag) = (hotel.manager.clone(), format!("/v1/rooms/{}", room.id()), room.header("etag").to_owned());
        let removal = tokio::spawn(async move { manager.delete(&path, &etag).await });
        let answered = together(guests.iter().map(|guest| post(guest, BOOKINGS, request.clone()))).await;
        let removal = removal.await.expect("a task that does not panic");

        let sold = count(&answered, 201, "");
        match removal.status {
            204 => assert_eq!(sold, 0, "sold and removed"),
            409 => {
                assert_eq!(sold, 1, "neither sold nor removed: {}", removal.body);
                // So that the next round begins without a room.
                let booking = answered.iter().find(|reply| reply.status == 201).expect("one");
                act(&hotel.manager, booking, "cancel").await.expect(200);
                let path = format!("/v1/rooms/{}", room.id());
                hotel.manager.delete(&path, room.header("etag")).await.expect(204);
            }
            _ => panic!("{}", removal.body),
        }
        replies.extend(answered);
        replies.push(removal);
    }
    assert_eq!(race.app.number("SELECT sum(capacity) FROM inventory").await, 0);
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_is_sold_or_removed_but_not_both() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 0, ..HotelSpec::default() }).await;
    let guest = race.app.guest().await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(12, 120)).expect("a number") {
        // Only sold beyond capacity, so that no room stands in the way of its removal.
        let kind = json!({
            "property_id": hotel.id, "code": format!("T{round}"), "name": "Attic", "max_adults": 2, "max_children": 0,
            "max_guests": 2, "base_price": {"amount": "50.00", "currency": "EUR"}, "overbooking": 1,
        });
        let kind = hotel.manager.post("/v1/room-types", &kind).await.expect(201);
        let (manager, path, etag) =
            (hotel.manager.clone(), format!("/v1/room-types/{}", kind.id()), kind.header("etag").to_owned());
        let removal = tokio::spawn(async move { manager.delete(&path, &etag).await });
        let sale = post(&guest, BOOKINGS, cart(&hotel, &[kind.id()], 3, 5)).await;
        let removal = removal.await.expect("a task that does not panic");
        match (sale.status, removal.status) {
            (201, 409) | (422, 204) => {}
            both => panic!("{both:?}: {}, {}", sale.body, removal.body),
        }
        replies.extend([sale, removal]);
    }
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_swapped_without_waiting_in_a_circle() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let rooms = [&hotel.rooms[0], &hotel.rooms[1]].map(|id| format!("/v1/rooms/{id}"));
    let types = [&hotel.double, &hotel.suite].map(|id| format!("/v1/room-types/{id}"));
    let mut replies = Vec::new();
    for _ in 0..size(10, 100) {
        let mut work = Vec::new();
        for (paths, field) in [(&rooms, "number"), (&types, "code")] {
            let [one, other] = [hotel.manager.get(&paths[0]).await.expect(200), hotel.manager.get(&paths[1]).await.expect(200)];
            for (path, seen, wanted) in [(&paths[0], &one, &other), (&paths[1], &other, &one)] {
                let (manager, path, etag) = (hotel.manager.clone(), path.clone(), seen.header("etag").to_owned());
                let patch = json!({field: wanted.body[field]});
                work.push(async move { manager.patch(&path, &etag, &patch).await });
            }
        }
        // Each name is taken until the other has changed, and the other waits for the same.
        let answered = together(work).await;
        assert_tally(&answered, &[(409, "room.number_taken", 2), (409, "room_type.code_taken", 2)]);
        replies.extend(answered);
    }
    race.end(&replies).await;
}
