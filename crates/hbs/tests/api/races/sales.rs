//! The last rooms: sold once, and to one of those who want them.
use super::{BOOKINGS, Race, assert_tally, cart, count, tally};
use crate::support::{Client, Hotel, HotelSpec, Reply, act, day, post, size, together};
use futures_util::future::BoxFuture;
use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn the_last_room_goes_to_one_of_many() {
    let clients = size(100, 500);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guests = race.guests(8).await;
    let request = hotel.request(day(9), day(12));
    let replies = together((0..clients).map(|n| post(&guests[n % guests.len()], BOOKINGS, request.clone()))).await;

    assert_tally(&replies, &[(201, "", 1), (409, "booking.no_availability", clients - 1)]);
    for refused in replies.iter().filter(|reply| reply.status == 409) {
        let night = |n| json!({"date": day(n), "room_type_id": hotel.double, "reason": "sold_out", "available": 0});
        assert_eq!(refused.body["nights"], json!([night(9), night(10), night(11)]));
    }
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_in_the_middle_is_sold_once() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guests = race.guests(4).await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(4, 40)).expect("a number") {
        // All of them want the fourth night; none wants the same nights as its neighbours.
        let first = round * 8;
        let spans = [(3, 4), (2, 4), (3, 5), (0, 4), (3, 7), (0, 7), (1, 6), (2, 5)];
        let requests = spans.map(|(from, to)| hotel.request(day(first + from), day(first + to)));
        let sent = requests.into_iter().zip(guests.iter().cycle());
        let answered = together(sent.map(|(request, guest)| post(guest, BOOKINGS, request))).await;
        assert_tally(&answered, &[(201, "", 1), (409, "booking.no_availability", 7)]);
        // Those who were refused hold no part of their nights.
        let sold = race.app.number("SELECT sum(sold) FROM inventory").await;
        let nights = race.app.number("SELECT sum(check_out - check_in) FROM stays").await;
        assert_eq!(sold, nights);
        replies.extend(answered);
    }
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_a_cart_are_sold_together_or_not_at_all() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 3, suites: 3, ..HotelSpec::default() }).await;
    let guests = race.guests(4).await;
    let (double, suite) = (hotel.double.as_str(), hotel.suite.as_str());
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(4, 40)).expect("a number") {
        let (from, to) = (round * 3, round * 3 + 3);
        // Two of three rooms each: one gets them, and nobody else gets a part.
        let two = cart(&hotel, &[double, double], from, to);
        let answered = together(guests.iter().cycle().take(6).map(|guest| post(guest, BOOKINGS, two.clone()))).await;
        assert_tally(&answered, &[(201, "", 1), (409, "booking.no_availability", 5)]);
        assert_eq!(answered.iter().find(|reply| reply.status == 409).expect("one").body["nights"][0]["available"], 1);
        replies.extend(answered);

        // Both types, in both orders: one double is left, so one cart of them.
        let carts = [cart(&hotel, &[double, suite], from, to), cart(&hotel, &[suite, double], from, to)];
        let sent = carts.iter().cycle().zip(guests.iter().cycle()).take(6);
        let answered = together(sent.map(|(request, guest)| post(guest, BOOKINGS, request.clone()))).await;
        assert_tally(&answered, &[(201, "", 1), (409, "booking.no_availability", 5)]);
        replies.extend(answered);

        let left = cart(&hotel, &[suite, suite], from, to);
        replies.push(guests[0].post(BOOKINGS, &left).await.expect(201));
    }
    let full = race.app.number("SELECT count(*) FROM inventory WHERE capacity > 0 AND sold = capacity").await;
    let nights = race.app.number("SELECT count(DISTINCT night) FROM room_nights").await;
    assert_eq!(full, 2 * nights, "every room of both types is sold on these nights");
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overbooking_allowance_is_used_up_and_not_exceeded() {
    let race = Race::begin().await;
    let hotel = Arc::new(race.app.hotel(HotelSpec { rooms: 3, overbooking: 2, ..HotelSpec::default() }).await);
    let guests = race.guests(4).await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(3, 30)).expect("a number") {
        let request = hotel.request(day(40 + round * 3), day(43 + round * 3));
        let answered = together(guests.iter().cycle().take(20).map(|guest| post(guest, BOOKINGS, request.clone()))).await;
        assert_tally(&answered, &[(201, "", 5), (409, "booking.no_availability", 15)]);
        let with_room = format!("SELECT count(room_id) FROM stays WHERE check_in = '{}'", day(40 + round * 3));
        assert_eq!(race.app.number(&with_room).await, 3);
        replies.extend(answered);
    }
    let wanderers = (0..8).map(|seed| book_and_cancel(guests[0].clone(), Arc::clone(&hotel), seed, size(12, 120)));
    replies.extend(together(wanderers).await.into_iter().flatten());
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pick_ups_sales_and_the_release_of_a_group_share_the_rooms() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let guests = race.guests(6).await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(3, 30)).expect("a number") {
        let (from, to) = (9 + round * 4, 12 + round * 4);
        let group = json!({
            "property_id": hotel.id, "name": "Tour", "code": format!("TOUR-{round}"), "cut_off": day(5),
            "block": [{"room_type_id": hotel.double, "from": day(from), "to": day(to), "rooms": 3}],
        });
        let group = hotel.manager.post("/v1/groups", &group).await.expect(201);
        let sale = hotel.request(day(from), day(to));
        let mut pick_up = sale.clone();
        pick_up["group_code"] = group.body["code"].clone();

        // Six of the group and six others at once: three rooms for the ones, two for the others.
        let sent = guests.iter().flat_map(|guest| [post(guest, BOOKINGS, pick_up.clone()), post(guest, BOOKINGS, sale.clone())]);
        let answered = together(sent).await;
        let booked = |of_group: bool| {
            answered.iter().filter(|reply| reply.status == 201 && reply.body["group_id"].is_string() == of_group).count()
        };
        assert_eq!((booked(true), booked(false)), (3, 2), "{:?}", tally(&answered));

        // Guests of the group leave and others want their rooms, while what is left is released.
        let leaving = answered.iter().filter(|reply| reply.status == 201 && reply.body["group_id"].is_string());
        let mut sent: Vec<BoxFuture<'static, Reply>> = Vec::new();
        for booking in leaving {
            sent.push(Box::pin(act(&hotel.manager, booking, "cancel")));
            sent.push(Box::pin(post(&guests[0], BOOKINGS, pick_up.clone())));
            sent.push(Box::pin(post(&guests[1], BOOKINGS, sale.clone())));
        }
        sent.push(Box::pin(post(&hotel.manager, format!("/v1/groups/{}/release", group.id()), json!({}))));
        let after = together(sent).await;
        for reply in &after {
            let is_expected = matches!(
                (reply.status, reply.code()),
                (200 | 201, _) | (409, "booking.no_availability" | "booking.no_single_room" | "groups.released")
            );
            assert!(is_expected, "{}: {}", reply.status, reply.body);
        }
        replies.extend(answered);
        replies.extend(after);
    }
    assert_eq!(race.app.number("SELECT sum(allotted) FROM inventory").await, 0);
    race.end(&replies).await;
}

/// Books and cancels at random. What it keeps is returned with the answers.
async fn book_and_cancel(client: Client, hotel: Arc<Hotel>, seed: u64, steps: usize) -> Vec<Reply> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut kept: Vec<Reply> = Vec::new();
    let mut replies = Vec::new();
    for _ in 0..steps {
        if !kept.is_empty() && random.random_range(0..3) == 0 {
            let booking = kept.swap_remove(random.random_range(0..kept.len()));
            replies.push(act(&client, &booking, "cancel").await.expect(200));
            continue;
        }
        let rooms = random.random_range(1..=3);
        let types: Vec<&str> = (0..rooms)
            .map(|_| if random.random_range(0..3) == 0 { hotel.suite.as_str() } else { hotel.double.as_str() })
            .collect();
        let from = random.random_range(0..28);
        let nights = random.random_range(1..=7);
        let reply = client.post(BOOKINGS, &cart(&hotel, &types, from, from + nights)).await;
        match (reply.status, reply.code()) {
            (201, _) => kept.push(reply.clone()),
            (409, "booking.no_availability" | "booking.no_single_room") => {}
            _ => panic!("{}: {}", reply.status, reply.body),
        }
        replies.push(reply);
    }
    replies
}

#[tokio::test(flavor = "multi_thread")]
async fn overlapping_bookings_and_cancellations_never_oversell() {
    const CLIENTS: usize = 32;
    let steps = size(400, 10_000).div_ceil(CLIENTS);
    let race = Race::with_background().await;
    let spec = HotelSpec { rooms: 8, suites: 4, taxes: &[("VAT", "6")], ..HotelSpec::default() };
    let hotel = Arc::new(race.app.hotel(spec).await);
    let guests = race.guests(8).await;
    let wanderers = (0..CLIENTS).map(|n| {
        let seed = u64::try_from(n).expect("a number");
        book_and_cancel(guests[n % guests.len()].clone(), Arc::clone(&hotel), seed, steps)
    });
    let replies: Vec<Reply> = together(wanderers).await.into_iter().flatten().collect();

    let (booked, cancelled) = (count(&replies, 201, ""), count(&replies, 200, ""));
    let refused = count(&replies, 409, "booking.no_availability");
    assert!(booked > 0 && cancelled > 0 && refused > 0, "not much of a race: {:?}", tally(&replies));
    let on_record = |sql: &'static str| async { usize::try_from(race.app.number(sql).await).expect("a count") };
    assert_eq!(on_record("SELECT count(*) FROM bookings").await, booked);
    assert_eq!(on_record("SELECT count(*) FROM bookings WHERE status = 'cancelled'").await, cancelled);
    let roomless = "SELECT count(*) FROM stays WHERE status = 'confirmed' AND room_id IS NULL";
    assert_eq!(on_record(roomless).await, 0, "stays without a room although nothing is sold beyond capacity");
    race.end(&replies).await;
}
