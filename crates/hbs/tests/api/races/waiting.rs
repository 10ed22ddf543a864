//! Rooms that come free while some wait for them, and guests who stay on.
use super::{BOOKINGS, Race, cart, changes_nothing, count, noon, tally};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, day, post, size, together};
use futures_util::future::BoxFuture;
use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};
use std::sync::Arc;

async fn room(hotel: &Hotel, booking: &Reply) -> Value {
    hotel.manager.get(&format!("{BOOKINGS}/{}", booking.id())).await.expect(200).body["stays"][0]["room_id"].clone()
}

/// Asserts that nobody waits who could have a room, or whose room somebody has who came later.
async fn assert_in_turn(app: &TestApp) {
    let waiting = "w.status IN ('held', 'confirmed') AND w.room_id IS NULL AND w.check_in >= '2026-12-01'";
    for (what, sql) in [
        (
            "stays without a room that are first in line for one that is free",
            format!(
                "SELECT count(*) FROM stays w JOIN rooms r ON r.property_id = w.property_id AND r.room_type_id = w.room_type_id AND NOT r.is_deleted
                 WHERE {waiting}
                   AND NOT EXISTS (SELECT FROM room_nights n WHERE n.property_id = r.property_id AND n.room_id = r.id
                                   AND n.night >= w.check_in AND n.night < w.check_out)
                   AND NOT EXISTS (SELECT FROM stays o WHERE o.property_id = w.property_id AND o.room_type_id = w.room_type_id
                                   AND o.status IN ('held', 'confirmed') AND o.room_id IS NULL AND o.id < w.id
                                   AND o.check_in < w.check_out AND w.check_in < o.check_out)"
            ),
        ),
        (
            "stays without a room of which somebody later has one for all of their nights",
            format!(
                "SELECT count(*) FROM stays w JOIN stays l ON l.property_id = w.property_id AND l.room_type_id = w.room_type_id
                 WHERE {waiting} AND l.id > w.id AND l.status IN ('held', 'confirmed') AND l.room_id IS NOT NULL AND NOT l.is_pinned
                   AND l.check_in <= w.check_in AND w.check_out <= l.check_out
                   AND NOT EXISTS (SELECT FROM outbox e WHERE e.entity_id = w.id AND e.kind IN ('stay.amended', 'stay.reinstated'))"
            ),
        ),
    ] {
        assert_eq!(app.number(&sql).await, 0, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_neighbours_stay_on_while_a_room_is_sold() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let guest = race.app.guest().await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(6, 60)).expect("a number") {
        let today = 4 * round;
        race.app.app.clock.set(noon(today));
        let mut there = Vec::new();
        for place in 0..2 {
            let booking = hotel.manager.post(BOOKINGS, &hotel.request_for(place, day(today), day(today + 1))).await.expect(201);
            there.push(act(&hotel.manager, &booking, "check-in").await.expect(200));
        }
        // Those who come next have their rooms, and may move.
        let mut next = Vec::new();
        for _ in 0..2 {
            next.push(hotel.book(&guest, day(today + 1), day(today + 3)).await);
        }
        let before = [room(&hotel, &next[0]).await, room(&hotel, &next[1]).await];
        assert!(before.contains(&json!(hotel.rooms[0])) && before.contains(&json!(hotel.rooms[1])), "{before:?}");

        // Two rooms are left on that night, and three want them.
        let longer = json!({"check_out": day(today + 2)});
        let answered = together([
            post(&hotel.manager, format!("{BOOKINGS}/{}/amend", there[0].id()), longer.clone()),
            post(&hotel.manager, format!("{BOOKINGS}/{}/amend", there[1].id()), longer),
            post(&guest, BOOKINGS.to_owned(), hotel.request(day(today + 1), day(today + 2))),
        ])
        .await;
        let done = answered.iter().filter(|reply| reply.status < 300).count();
        assert_eq!((done, count(&answered, 409, "booking.no_availability")), (2, 1), "{:?}", tally(&answered));
        for (place, booking) in there.iter().enumerate() {
            assert_eq!(room(&hotel, booking).await, hotel.rooms[place], "guests in the house stay where they are");
            act(&hotel.manager, booking, "check-out").await.expect(200);
        }
        race.app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
        replies.extend(answered);
    }
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_comes_free_goes_to_the_first_of_those_who_wait() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, overbooking: 3, ..HotelSpec::default() }).await;
    let guest = race.app.guest().await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(8, 80)).expect("a number") {
        let (from, to) = (3 * round, 3 * round + 2);
        let mut bookings = Vec::new();
        for _ in 0..3 {
            bookings.push(hotel.book(&guest, day(from), day(to)).await);
        }
        let answered = together([
            post(&guest, format!("{BOOKINGS}/{}/cancel", bookings[0].id()), json!({})),
            post(&guest, BOOKINGS.to_owned(), hotel.request(day(from), day(to))),
            post(&guest, BOOKINGS.to_owned(), hotel.request(day(from), day(from + 1))),
            post(&hotel.manager, format!("{BOOKINGS}/{}/amend", bookings[2].id()), json!({"check_out": day(from + 1)})),
        ])
        .await;
        assert_eq!(room(&hotel, &bookings[1]).await, hotel.rooms[0], "{:?}", tally(&answered));
        assert_eq!(room(&hotel, &bookings[2]).await, Value::Null);
        replies.extend(answered);
    }
    assert_in_turn(&race.app).await;
    race.end(&replies).await;
}

/// Books beyond the rooms, cancels, gives nights back, blocks rooms and ends that.
async fn wander(guest: Client, hotel: Arc<Hotel>, seed: u64, steps: usize) -> Vec<Reply> {
    let mut random = StdRng::seed_from_u64(seed);
    let (mut kept, mut blocks, mut replies): (Vec<Reply>, Vec<Reply>, Vec<Reply>) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..steps {
        let (from, nights) = (random.random_range(0..8), random.random_range(1..=4));
        let one = kept.choose(&mut random).cloned();
        let reply = match (random.random_range(0..10), one) {
            (0..=4, _) | (_, None) => {
                let reply = guest.post(BOOKINGS, &cart(&hotel, &[&hotel.double], from, from + nights)).await;
                kept.extend(Some(reply.clone()).filter(|reply| reply.status == 201));
                reply
            }
            (5 | 6, Some(booking)) => act(&guest, &booking, "cancel").await,
            (7, Some(booking)) => {
                let dates = json!({"check_in": day(from), "check_out": day(from + nights)});
                post(&hotel.manager, format!("{BOOKINGS}/{}/amend", booking.id()), dates).await
            }
            (8, _) => {
                let place = random.random_range(0..hotel.rooms.len());
                let body = json!({"property_id": hotel.id, "room_id": hotel.rooms[place], "kind": "out_of_order", "reason": "paint",
                                  "from": day(from), "to": day(from + nights)});
                let reply = hotel.manager.post("/v1/room-blocks", &body).await;
                blocks.extend(Some(reply.clone()).filter(|reply| reply.status == 201));
                reply
            }
            _ => match blocks.pop() {
                Some(made) => hotel.manager.delete(made.header("location"), "\"1\"").await,
                None => continue,
            },
        };
        replies.push(reply);
    }
    for made in blocks {
        replies.push(hotel.manager.delete(made.header("location"), "\"1\"").await);
    }
    replies
}

/// F17: whatever comes free, and however much at once, nobody who waits is passed over.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_passed_over_whatever_comes_free() {
    let race = Race::with_background().await;
    let hotel = Arc::new(race.app.hotel(HotelSpec { rooms: 4, overbooking: 2, ..HotelSpec::default() }).await);
    let guests = race.guests(4).await;
    let wanderers = (0..8_u64).map(|seed| {
        let guest = guests[usize::from(seed % 2 == 0)].clone();
        wander(guest, Arc::clone(&hotel), seed, size(25, 400))
    });
    let replies: Vec<Reply> = together(wanderers).await.into_iter().flatten().collect();
    let assigned = race.app.number("SELECT count(*) FROM outbox WHERE kind = 'stay.assigned'").await;
    assert!(assigned > 0, "nobody waited: {:?}", tally(&replies));
    assert_in_turn(&race.app).await;
    race.end(&replies).await;
}

/// Each attempt reads the booking, waits for its nights and finds it changed: once it was given up after eight.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_overtaken_again_and_again_comes_through() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, day(5), day(8)).await;
    let path = format!("{BOOKINGS}/{}/amend", booking.id());
    let mut sends: Vec<BoxFuture<'static, Reply>> = Vec::new();
    for n in 0..u64::try_from(size(24, 60)).expect("a number") {
        let body = json!({"check_in": day(3 + n % 4), "check_out": day(8 + n % 5)});
        sends.push(Box::pin(post(&hotel.manager, path.clone(), body)));
    }
    let replies = together(sends).await;
    assert!(replies.iter().all(|reply| reply.status == 200 || changes_nothing(reply)), "{:?}", tally(&replies));
    assert!(count(&replies, 200, "") > replies.len() / 2, "{:?}", tally(&replies));
    race.end(&replies).await;
}
