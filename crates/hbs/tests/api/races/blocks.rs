//! Rooms that are blocked while guests want them.
use super::{BOOKINGS, Race, assert_tally, count, noon};
use crate::support::{Hotel, HotelSpec, act, day, post, size, together};
use serde_json::{Value, json};

fn block_of(hotel: &Hotel, room: usize, from: u64, to: u64) -> Value {
    json!({"property_id": hotel.id, "room_id": hotel.rooms[room], "kind": "out_of_order", "reason": "paint",
           "from": day(from), "to": day(to)})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_room_is_sold_or_blocked_but_not_both() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guests = race.guests(3).await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(12, 120)).expect("a number") {
        let (from, to) = (3 * round, 3 * round + 3);
        let request = hotel.request(day(from), day(to));
        let blocking = tokio::spawn(post(&hotel.manager, "/v1/room-blocks", block_of(&hotel, 0, from + 1, to)));
        let answered = together(guests.iter().map(|guest| post(guest, BOOKINGS, request.clone()))).await;
        let blocking = blocking.await.expect("a task that does not panic");
        match blocking.status {
            201 => assert_eq!(count(&answered, 201, ""), 0, "sold and blocked"),
            409 => {
                assert_eq!(count(&answered, 201, ""), 1, "neither sold nor blocked: {}", blocking.body);
                assert_eq!(blocking.code(), "room_blocks.no_capacity");
                assert_eq!(blocking.body["nights"], json!([day(from + 1), day(from + 2)]));
            }
            _ => panic!("{}", blocking.body),
        }
        replies.extend(answered);
        replies.push(blocking);
    }
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_checked_in_or_loses_the_room_but_not_both() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let guests = race.guests(2).await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(10, 100)).expect("a number") {
        race.app.app.clock.set(noon(round));
        let mut bookings = Vec::new();
        for guest in &guests {
            bookings.push(hotel.book(guest, day(round), day(round + 1)).await);
        }
        let seen = hotel.manager.get(&format!("{BOOKINGS}/{}", bookings[0].id())).await.expect(200);
        let room = usize::from(seen.body["stays"][0]["room_id"] != hotel.rooms[0].as_str());
        let mut block = block_of(&hotel, room, round, round + 1);
        block["force"] = true.into();
        block["force_reason"] = "the ceiling came down".into();
        let answered = together([
            post(&hotel.manager, "/v1/room-blocks".to_owned(), block),
            post(&hotel.manager, format!("{BOOKINGS}/{}/check-in", bookings[0].id()), json!({})),
        ])
        .await;
        let [blocking, arrival] = answered.as_slice() else { panic!("two answers") };
        match (blocking.status, arrival.status) {
            (201, 409) => {
                assert_eq!(arrival.code(), "booking.no_room_assigned");
                assert_eq!(blocking.body["unassigned"][0]["booking_id"], bookings[0].id());
                assert_eq!(blocking.body["overbooked"], json!([day(round)]));
            }
            (409, 200) => {
                assert_eq!(blocking.code(), "room_blocks.stays_in_the_way");
                assert_eq!(blocking.body["stays"][0]["why"], "checked_in");
                act(&hotel.manager, &bookings[0], "check-out").await.expect(200);
                race.app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
            }
            _ => panic!("{} and {}", blocking.body, arrival.body),
        }
        replies.extend(answered);
    }
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_blocked_once_a_night() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(6, 60)).expect("a number") {
        let first = 6 * round;
        let spans = [(0, 3), (2, 4), (1, 6), (2, 3)];
        let blocks =
            spans.map(|(from, to)| post(&hotel.manager, "/v1/room-blocks", block_of(&hotel, 0, first + from, first + to)));
        let answered = together(blocks).await;
        assert_tally(&answered, &[(201, "", 1), (409, "room_blocks.overlap", 3)]);
        replies.extend(answered);
    }
    race.end(&replies).await;
}
