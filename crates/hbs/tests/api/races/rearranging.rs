//! Stays that change rooms to make room for another one.
use super::{BOOKINGS, Race, assert_tally, cart, tally};
use crate::support::{Client, Hotel, HotelSpec, Reply, act, day, post, size, together};
use futures_util::future::BoxFuture;
use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use std::sync::Arc;

/// A hotel of `rooms` doubles where each night has one free room, but each two nights another one.
/// Returns the bookings that are there.
async fn fragment(hotel: &Hotel, guest: &Client, rooms: usize, pairs: usize) -> Vec<Reply> {
    let mut left = Vec::new();
    for pair in 0..pairs {
        let from = 2 * u64::try_from(pair).expect("a number");
        let mut bookings = Vec::new();
        for _ in 0..rooms {
            bookings.push(hotel.book(guest, day(from), day(from + 2)).await);
        }
        for booking in bookings {
            let seen = hotel.manager.get(&format!("{BOOKINGS}/{}", booking.id())).await.expect(200);
            if seen.body["stays"][0]["room_id"] == hotel.rooms[pair % rooms] {
                act(guest, &booking, "cancel").await.expect(200);
            } else {
                left.push(booking);
            }
        }
    }
    left
}

#[tokio::test(flavor = "multi_thread")]
async fn stays_are_rearranged_for_one_at_a_time() {
    const ROOMS: usize = 4;
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let guests = race.guests(4).await;
    let mut replies = Vec::new();
    fragment(&hotel, &guests[0], ROOMS, size(8, 40)).await;
    // Eight nights each: none of them has one room, and one room a night is what there is.
    let spans: Vec<u64> = (0..u64::try_from(size(8, 40) / 4).expect("a number")).collect();
    let requests = spans.iter().flat_map(|n| [8 * n; 3]).map(|from| hotel.request(day(from), day(from + 8)));
    let sent = requests.zip(guests.iter().cycle());
    let answered = together(sent.map(|(request, guest)| post(guest, BOOKINGS, request))).await;

    assert_tally(&answered, &[(201, "", spans.len()), (409, "booking.no_availability", 2 * spans.len())]);
    assert!(race.app.number("SELECT count(*) FROM outbox WHERE kind = 'stay.moved'").await > 0, "nobody had to move");
    let full = "SELECT count(*) FROM inventory WHERE capacity > 0 AND sold = capacity";
    assert_eq!(race.app.number(full).await, 8 * i64::try_from(spans.len()).expect("a number"));
    replies.extend(answered);
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stays_are_rearranged_while_others_change_them() {
    const ROOMS: usize = 5;
    let race = Race::with_background().await;
    let hotel = Arc::new(race.app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await);
    let guests = race.guests(4).await;
    let bookings = fragment(&hotel, &guests[0], ROOMS, size(8, 30)).await;
    let last = u64::try_from(2 * size(8, 30)).expect("a number");
    let changes = bookings.into_iter().enumerate().map(|(n, booking)| {
        let (guest, manager) = (guests[0].clone(), hotel.manager.clone());
        let path = format!("{BOOKINGS}/{}", booking.id());
        async move {
            match n % 4 {
                0 => vec![act(&guest, &booking, "cancel").await.expect(200)],
                1 => vec![guest.patch(&path, booking.header("etag"), &json!({"special_requests": "quiet"})).await],
                2 if booking.body["check_in"] == json!(day(0)) => vec![act(&manager, &booking, "no-show").await.expect(200)],
                _ => vec![manager.get(&path).await.expect(200)],
            }
        }
    });
    let storms = (0..8_u64).map(|seed| {
        let (guest, hotel) = (guests[usize::from(seed % 2 == 0) + 1].clone(), Arc::clone(&hotel));
        async move {
            let mut random = StdRng::seed_from_u64(seed);
            let mut replies = Vec::new();
            for _ in 0..size(6, 60) {
                let from = random.random_range(0..last - 5);
                let to = from + random.random_range(3..=8);
                let reply = guest.post(BOOKINGS, &hotel.request(day(from), day(to))).await;
                if reply.status == 201 && random.random_range(0..2) == 0 {
                    replies.push(act(&guest, &reply, "cancel").await.expect(200));
                }
                replies.push(reply);
            }
            replies
        }
    });
    let mut all: Vec<BoxFuture<'static, Vec<Reply>>> = Vec::new();
    for storm in storms {
        all.push(Box::pin(storm));
    }
    for change in changes {
        all.push(Box::pin(change));
    }
    let replies: Vec<Reply> = together(all).await.into_iter().flatten().collect();
    let moved = race.app.number("SELECT count(*) FROM outbox WHERE kind = 'stay.moved'").await;
    assert!(moved > 0, "nobody had to move: {:?}", tally(&replies));
    let roomless = "SELECT count(*) FROM stays WHERE status = 'confirmed' AND room_id IS NULL";
    assert_eq!(race.app.number(roomless).await, 0);
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_can_need_a_rearrangement_and_an_allowance() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 2, overbooking: 1, ..HotelSpec::default() }).await;
    let guests = race.guests(4).await;
    fragment(&hotel, &guests[0], 2, 2).await;
    // No double is free throughout, and there are no suites: one can be sold all the same.
    let request = cart(&hotel, &[&hotel.suite, &hotel.double], 0, 4);
    let replies = together(guests.iter().map(|guest| post(guest, BOOKINGS, request.clone()))).await;
    assert_tally(&replies, &[(201, "", 1), (409, "booking.no_availability", 3)]);
    let with_room = "SELECT count(*) FROM stays WHERE check_out - check_in = 4 AND (room_id IS NOT NULL) = (room_type_id = ";
    assert_eq!(race.app.number(&format!("{with_room}'{}')", hotel.double)).await, 2);
    race.end(&replies).await;
}
