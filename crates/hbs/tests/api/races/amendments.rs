//! Stays that are amended beside others that are sold and given up.
use super::{BOOKINGS, Race, cart, changes_nothing, count, tally};
use crate::support::{Client, Hotel, HotelSpec, Reply, act, day, post, size, together};
use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::json;
use std::sync::Arc;

/// Books, amends, cancels and takes that back at random; the answers.
async fn wander(client: Client, staff: Client, hotel: Arc<Hotel>, seed: u64, steps: usize) -> Vec<Reply> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut kept: Vec<Reply> = Vec::new();
    let mut replies = Vec::new();
    for _ in 0..steps {
        let (from, nights) = (random.random_range(0..20), random.random_range(1..=6));
        let kind = if random.random_range(0..3) == 0 { &hotel.suite } else { &hotel.double };
        let one = kept.choose(&mut random).cloned();
        let reply = match (random.random_range(0..6), one) {
            (0..=2, _) | (_, None) => {
                let reply = client.post(BOOKINGS, &cart(&hotel, &[kind, &hotel.double], from, from + nights)).await;
                kept.extend(Some(reply.clone()).filter(|reply| reply.status == 201));
                reply
            }
            (3, Some(booking)) => {
                let dates = json!({"check_in": day(from), "check_out": day(from + nights)});
                post(&staff, format!("{BOOKINGS}/{}/amend", booking.id()), dates).await
            }
            (4, Some(booking)) => {
                let stay = json!({"stay_id": booking.body["stays"][0]["id"], "room_type_id": kind});
                post(&staff, format!("{BOOKINGS}/{}/amend", booking.id()), json!({"stays": [stay]})).await
            }
            (_, Some(booking)) => {
                let done = act(&client, &booking, "cancel").await;
                replies.push(act(&staff, &booking, "reinstate").await);
                done
            }
        };
        match (reply.status, reply.code()) {
            (200 | 201, _) => {}
            (422, "request.invalid") if changes_nothing(&reply) => {}
            (409, "booking.no_availability" | "booking.no_single_room" | "booking.illegal_move" | "booking.not_amendable") => {}
            _ => panic!("{}: {}", reply.status, reply.body),
        }
        replies.push(reply);
    }
    replies
}

#[tokio::test(flavor = "multi_thread")]
async fn amendments_among_bookings_and_cancellations_never_oversell() {
    const CLIENTS: usize = 16;
    let steps = size(400, 10_000).div_ceil(CLIENTS);
    let race = Race::with_background().await;
    let spec = HotelSpec { rooms: 8, suites: 4, taxes: &[("VAT", "6")], ..HotelSpec::default() };
    let hotel = Arc::new(race.app.hotel(spec).await);
    let guests = race.guests(8).await;
    let wanderers = (0..CLIENTS).map(|n| {
        let seed = u64::try_from(n).expect("a number");
        wander(guests[n % guests.len()].clone(), hotel.manager.clone(), Arc::clone(&hotel), seed, steps)
    });
    let replies: Vec<Reply> = together(wanderers).await.into_iter().flatten().collect();
    let amended = race.app.number("SELECT count(*) FROM outbox WHERE kind = 'booking.amended'").await;
    let back = race.app.number("SELECT count(*) FROM outbox WHERE kind = 'stay.reinstated'").await;
    assert!(amended > 10 && back > 10, "not much of a race: {:?}", tally(&replies));
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_amendments_of_one_booking_follow_each_other() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 2, suites: 1, ..HotelSpec::default() }).await;
    let mut replies = Vec::new();
    for round in 0..size(8, 100) {
        let booking = hotel.book(&hotel.manager, day(5), day(8)).await;
        let path = format!("{BOOKINGS}/{}/amend", booking.id());
        let sends = [("3", "9"), ("6", "12")].map(|(from, to)| {
            let body = json!({"check_in": day(from.parse().expect("a day")), "check_out": day(to.parse().expect("a day"))});
            let client = if round % 2 == 0 { hotel.manager.with("If-Match", "\"1\"") } else { hotel.manager.clone() };
            post(&client, path.clone(), body)
        });
        let answered = together(sends).await;
        let done = count(&answered, 200, "");
        assert_eq!(done, if round % 2 == 0 { 1 } else { 2 }, "{:?}", tally(&answered));
        let now = hotel.manager.get(&format!("{BOOKINGS}/{}", booking.id())).await.expect(200);
        let last =
            answered.iter().filter(|reply| reply.status == 200).max_by_key(|reply| reply.body["booking"]["version"].as_i64());
        assert_eq!(now.body, last.expect("one that was done").body["booking"]);
        act(&hotel.manager, &booking, "cancel").await.expect(200);
        replies.extend(answered);
    }
    race.end(&replies).await;
}
