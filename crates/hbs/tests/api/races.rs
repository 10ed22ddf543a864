//! Many clients at once. Whatever comes first: nothing is sold twice, every counter is right, nobody
//! waits for each other in a circle and nothing answers 5xx.
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, eventually, place_on, size, together};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use futures_util::future::BoxFuture;
use hbs::domains::inventory;
use hbs_devstack::{DevStack, Options};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const BOOKINGS: &str = "/v1/bookings";

/// A test with what all of them end with.
struct Race {
    app: TestApp,
    deadlocks: i64,
}

impl Race {
    async fn begin() -> Self {
        let app = TestApp::new().await;
        Self { deadlocks: app.deadlocks().await, app }
    }

    /// With jobs, relay and sinks running beside the requests.
    async fn with_background() -> Self {
        let app = TestApp::with_background().await;
        Self { deadlocks: app.deadlocks().await, app }
    }

    async fn guests(&self, count: usize) -> Vec<Client> {
        let mut guests = Vec::new();
        for _ in 0..count {
            guests.push(self.app.guest().await);
        }
        guests
    }

    async fn end(self, replies: &[Reply]) {
        for reply in replies {
            assert!(reply.status < 500, "{}: {}", reply.status, reply.body);
        }
        self.app.assert_consistent().await;
        for (what, sql) in [
            (
                "pairs of stays in one room on one night",
                "WITH s AS (SELECT property_id, id, room_id, check_in,
                                   CASE status WHEN 'no_show' THEN check_in + 1 ELSE check_out END AS leaves
                            FROM stays WHERE status NOT IN ('cancelled', 'expired') AND room_id IS NOT NULL)
                 SELECT count(*) FROM s a JOIN s b USING (property_id, room_id)
                 WHERE a.id < b.id AND a.check_in < b.leaves AND b.check_in < a.leaves",
            ),
            (
                "nights to come whose capacity is not the number of rooms that are not blocked",
                "SELECT count(*) FROM inventory i WHERE i.night >= '2026-12-01' AND i.capacity <>
                 (SELECT count(*) FROM rooms r
                  WHERE r.property_id = i.property_id AND r.room_type_id = i.room_type_id AND NOT r.is_deleted
                    AND NOT EXISTS (SELECT FROM room_nights n WHERE n.property_id = r.property_id AND n.room_id = r.id
                                    AND n.night = i.night AND n.block_id IS NOT NULL))",
            ),
            (
                "live stays in rooms that are gone or of another type",
                "SELECT count(*) FROM stays s JOIN rooms r ON r.property_id = s.property_id AND r.id = s.room_id
                 WHERE s.status IN ('held', 'confirmed', 'checked_in') AND (r.is_deleted OR r.room_type_id <> s.room_type_id)",
            ),
            (
                "live stays of types that are gone",
                "SELECT count(*) FROM stays s JOIN room_types t ON t.property_id = s.property_id AND t.id = s.room_type_id
                 WHERE s.status IN ('held', 'confirmed', 'checked_in') AND t.is_deleted",
            ),
            (
                "bookings that are not what their stays are",
                "SELECT count(*) FROM bookings b WHERE b.status NOT IN
                 (SELECT s.status FROM stays s WHERE s.property_id = b.property_id AND s.booking_id = b.id)",
            ),
        ] {
            assert_eq!(self.app.number(sql).await, 0, "{what}");
        }
        assert_eq!(self.app.deadlocks_at_the_end().await, self.deadlocks, "deadlocks");
    }
}

/// The n-th day from the hotel's first "today" on.
fn day(n: u64) -> String {
    let today = NaiveDate::from_ymd_opt(2026, 12, 1).expect("a date");
    (today + Days::new(n)).to_string()
}

fn noon(n: u64) -> DateTime<Utc> {
    format!("{}T12:00:00Z", day(n)).parse().expect("an instant")
}

/// A request of one room of each of the types.
fn cart(hotel: &Hotel, types: &[&str], from: u64, to: u64) -> Value {
    let mut request = hotel.request(&day(from), &day(to));
    request["rooms"] = types.iter().map(|id| json!({"room_type_id": id, "adults": 1})).collect();
    request
}

/// A request that can be sent on a task of its own.
fn post<P: Into<String>>(client: &Client, path: P, body: Value) -> impl Future<Output = Reply> + Send + use<P> {
    let (client, path) = (client.clone(), path.into());
    async move { client.post(&path, &body).await }
}

fn act(client: &Client, booking: &Reply, action: &str) -> impl Future<Output = Reply> + Send + use<> {
    post(client, format!("{BOOKINGS}/{}/{action}", booking.id()), json!({}))
}

/// How often each status was answered, for messages and for what must add up.
fn tally(replies: &[Reply]) -> BTreeMap<(u16, String), usize> {
    let mut tally = BTreeMap::new();
    for reply in replies {
        *tally.entry((reply.status, reply.code().to_owned())).or_insert(0) += 1;
    }
    tally
}

fn count(replies: &[Reply], status: u16, code: &str) -> usize {
    tally(replies).get(&(status, code.to_owned())).copied().unwrap_or(0)
}

/// All answers are these, each as often as it says.
#[track_caller]
fn assert_tally(replies: &[Reply], expected: &[(u16, &str, usize)]) {
    let expected: BTreeMap<_, _> = expected
        .iter()
        .filter(|(.., times)| *times > 0)
        .map(|(status, code, times)| ((*status, (*code).to_owned()), *times))
        .collect();
    assert_eq!(tally(replies), expected);
}

// What all of them rely on

#[tokio::test]
async fn a_deadlock_would_be_noticed() {
    // Stores of its own: the others expect that there is none in theirs.
    let stack = DevStack::start(Options::throw_away()).await.unwrap_or_else(|error| panic!("{error}"));
    let app = TestApp::on(place_on(&stack).await).await;
    let (mut one, mut other) = (app.connect().await, app.connect().await);
    one.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(1)").await.expect("locked");
    other.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(2)").await.expect("locked");
    let crossed = tokio::join!(
        one.batch_execute("SELECT pg_advisory_xact_lock(2)"),
        other.batch_execute("SELECT pg_advisory_xact_lock(1); COMMIT")
    );
    assert!(crossed.0.is_err() || crossed.1.is_err());
    assert_eq!(app.deadlocks_at_the_end().await, 1);
    stack.stop().await.expect("stopped");
}

// One room

#[tokio::test(flavor = "multi_thread")]
async fn the_last_room_goes_to_one_of_many() {
    let clients = size(100, 500);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guests = race.guests(8).await;
    let request = hotel.request(&day(9), &day(12));
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
        let requests = spans.map(|(from, to)| hotel.request(&day(first + from), &day(first + to)));
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
        let sale = hotel.request(&day(from), &day(to));
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

// Everything at once

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
        let booking = hotel.book(&hotel.manager, &day(5), &day(8)).await;
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

// Holds and states

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_confirmed_or_expires_but_not_both() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guests = race.guests(3).await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(12, 120)).expect("a number") {
        let held_at = noon(0) + TimeDelta::minutes(20 * i64::try_from(round).expect("a number"));
        race.app.app.clock.set(held_at);
        let request = hotel.request(&day(10 + 2 * round), &day(12 + 2 * round));
        let mut hold = request.clone();
        hold["hold_minutes"] = 10.into();
        let held = guests[0].post(BOOKINGS, &hold).await.expect(201);
        race.app.app.clock.set(held_at + TimeDelta::minutes(11));

        let app = race.app.app.clone();
        let job = tokio::spawn(async move { hbs::jobs::run_due(&app).await.expect("the jobs") });
        let answered = together([
            post(&guests[0], format!("{BOOKINGS}/{}/confirm", held.id()), json!({})),
            post(&guests[1], BOOKINGS.to_owned(), request.clone()),
            post(&guests[2], BOOKINGS.to_owned(), request),
        ])
        .await;
        job.await.expect("a task that does not panic");

        let [confirmed, first, second] = answered.as_slice() else { panic!("three answers") };
        let sold = [first, second].into_iter().filter(|reply| reply.status == 201).count();
        match confirmed.status {
            200 => assert_eq!(sold, 0, "confirmed, and sold to another"),
            _ => {
                assert_eq!((confirmed.status, confirmed.code()), (409, "booking.hold_expired"), "{}", confirmed.body);
            }
        }
        assert!(sold <= 1);
        let now = guests[0].get(&format!("{BOOKINGS}/{}", held.id())).await.expect(200);
        assert_eq!(now.body["status"], if confirmed.status == 200 { "confirmed" } else { "expired" });
        replies.extend(answered);
    }
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overdue_holds_never_refuse_a_sale() {
    // More than there are connections, so that some look for holds long after they found none free.
    const ROOMS: usize = 20;
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 20, ..HotelSpec::default() }).await;
    let guests = race.guests(6).await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(3, 30)).expect("a number") {
        let held_at = noon(0) + TimeDelta::minutes(20 * i64::try_from(round).expect("a number"));
        race.app.app.clock.set(held_at);
        let request = hotel.request(&day(10 + 2 * round), &day(12 + 2 * round));
        let mut hold = request.clone();
        hold["hold_minutes"] = 10.into();
        for _ in 0..ROOMS {
            replies.push(hotel.manager.post(BOOKINGS, &hold).await.expect(201));
        }
        race.app.app.clock.set(held_at + TimeDelta::minutes(11));
        // The job comes by at the same time, or does not.
        let app = race.app.app.clone();
        let job = tokio::spawn(async move {
            if round % 2 == 0 {
                hbs::jobs::run_due(&app).await.expect("the jobs");
            }
        });
        let answered = together(guests.iter().cycle().take(ROOMS).map(|guest| post(guest, BOOKINGS, request.clone()))).await;
        job.await.expect("a task that does not panic");
        assert_tally(&answered, &[(201, "", ROOMS)]);
        replies.extend(answered);
    }
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_is_cancelled_or_checked_in_but_not_both() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let guest = race.app.guest().await;
    let double = hotel.double.as_str();
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(10, 100)).expect("a number") {
        race.app.app.clock.set(noon(round * 3));
        let request = cart(&hotel, &[double, double], round * 3, round * 3 + 3);
        let booking = guest.post(BOOKINGS, &request).await.expect(201);
        let answered = together([
            act(&guest, &booking, "cancel"),
            act(&hotel.manager, &booking, "check-in"),
            act(&hotel.manager, &booking, "no-show"),
            act(&hotel.manager, &booking, "cancel"),
        ])
        .await;
        assert_tally(&answered, &[(200, "", 1), (409, "booking.illegal_move", 3)]);
        let winner = answered.iter().find(|reply| reply.status == 200).expect("one");
        let now = guest.get(&format!("{BOOKINGS}/{}", booking.id())).await.expect(200);
        assert_eq!(now.body["status"], winner.body["status"]);
        assert_eq!(now.body["version"], 2);
        if now.body["status"] == "checked_in" {
            act(&hotel.manager, &booking, "check-out").await.expect(200);
            race.app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
        }
        replies.extend(answered);
    }
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_gets_no_more_holds_than_allowed() {
    let race = Race::begin().await;
    let spec = HotelSpec { rooms: 10, settings: json!({"max_live_holds": 3}), ..HotelSpec::default() };
    let hotel = race.app.hotel(spec).await;
    let guest = race.app.guest().await;
    let mut hold = hotel.request(&day(3), &day(5));
    hold["hold_minutes"] = 30.into();
    let replies = together((0..8).map(|_| post(&guest, BOOKINGS, hold.clone()))).await;
    assert_tally(&replies, &[(201, "", 3), (409, "booking.too_many_holds", 5)]);
    race.end(&replies).await;
}

// Rooms that come and go

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_sold_or_removed_but_not_both() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 0, ..HotelSpec::default() }).await;
    let guests = race.guests(2).await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(12, 120)).expect("a number") {
        let room = json!({"property_id": hotel.id, "room_type_id": hotel.double, "number": format!("R{round}")});
        let room = hotel.manager.post("/v1/rooms", &room).await.expect(201);
        let request = hotel.request(&day(round % 20), &day(round % 20 + 2));
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

// Stays that move

/// A hotel of `rooms` doubles where each night has one free room, but each two nights another one.
/// Returns the bookings that are there.
async fn fragment(hotel: &Hotel, guest: &Client, rooms: usize, pairs: usize) -> Vec<Reply> {
    let mut left = Vec::new();
    for pair in 0..pairs {
        let from = 2 * u64::try_from(pair).expect("a number");
        let mut bookings = Vec::new();
        for _ in 0..rooms {
            bookings.push(hotel.book(guest, &day(from), &day(from + 2)).await);
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
    let requests = spans.iter().flat_map(|n| [8 * n; 3]).map(|from| hotel.request(&day(from), &day(from + 8)));
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
                2 if booking.body["check_in"] == day(0) => vec![act(&manager, &booking, "no-show").await.expect(200)],
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
                let reply = guest.post(BOOKINGS, &hotel.request(&day(from), &day(to))).await;
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
async fn an_overbooking_allowance_is_used_up_and_not_exceeded() {
    let race = Race::begin().await;
    let hotel = Arc::new(race.app.hotel(HotelSpec { rooms: 3, overbooking: 2, ..HotelSpec::default() }).await);
    let guests = race.guests(4).await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(3, 30)).expect("a number") {
        let request = hotel.request(&day(40 + round * 3), &day(43 + round * 3));
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

// The same request more than once

/// One booking for all of them, and the same bytes.
async fn assert_one_effect(app: &TestApp, replies: &[Reply], bookings: i64) {
    let replayed = replies.iter().filter(|reply| reply.header("idempotency-replayed") == "true").count();
    assert_eq!(replayed, replies.len() - 1, "{:?}", tally(replies));
    for reply in replies {
        assert_eq!(reply.status, 201, "{}", reply.body);
        assert_eq!(reply.bytes, replies[0].bytes);
        for header in ["location", "etag", "content-type"] {
            assert_eq!(reply.header(header), replies[0].header(header), "{header}");
        }
    }
    assert_eq!(app.number("SELECT count(*) FROM bookings").await, bookings);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_sent_five_times_at_once_books_once() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 5, suites: 5, ..HotelSpec::default() }).await;
    let guests = race.guests(2).await;
    let mut replies = Vec::new();
    let mut bookings = 0;
    for round in 0..size(6, 60) {
        let types = [hotel.double.as_str(), hotel.suite.as_str()];
        let from = 2 * u64::try_from(round).expect("a number");
        let request = cart(&hotel, &types, from, from + 2);
        let client = guests[0].with("idempotency-key", format!("key {round}"));
        // Every other time as the first requests that a process gets: no connection, nothing prepared.
        let cold = TestApp::on(race.app.app.config.clone()).await;
        cold.app.clock.set(noon(0));
        let client = if round % 2 == 0 { client } else { client.at(cold.router.clone()) };
        let answered = together((0..5).map(|_| post(&client, BOOKINGS, request.clone()))).await;
        bookings += 1;
        assert_one_effect(&race.app, &answered, bookings).await;
        replies.extend(answered);

        // Another person's key is another key, whatever it says.
        let other = guests[1].with("idempotency-key", format!("key {round}"));
        let theirs = other.post(BOOKINGS, &request).await.expect(201);
        assert_eq!(theirs.header("idempotency-replayed"), "");
        assert_ne!(theirs.id(), replies[replies.len() - 1].id());
        bookings += 1;

        let mut changed = request.clone();
        changed["rooms"][0]["adults"] = 2.into();
        let reused = client.post(BOOKINGS, &changed).await.expect(409);
        assert_eq!(reused.code(), "idempotency.key_reused");
        replies.extend([theirs, reused]);
    }
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_leaves_its_key_free() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guests = race.guests(2).await;
    let request = hotel.request(&day(3), &day(5));
    let first = hotel.book(&guests[0], &day(4), &day(6)).await;
    let client = guests[1].with("idempotency-key", "again");
    let mut replies = together((0..5).map(|_| post(&client, BOOKINGS, request.clone()))).await;
    assert_tally(&replies, &[(409, "booking.no_availability", 5)]);
    act(&guests[0], &first, "cancel").await.expect(200);
    let answered = together((0..5).map(|_| post(&client, BOOKINGS, request.clone()))).await;
    assert_one_effect(&race.app, &answered, 2).await;
    replies.extend(answered);
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_sent_five_times_at_once_happens_once() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guest = race.app.guest().await;
    let mut replies = Vec::new();
    for round in 0..size(4, 40) {
        let booking = hotel.book(&guest, &day(3), &day(5)).await;
        let client = guest.with("idempotency-key", format!("cancel {round}"));
        let answered = together((0..5).map(|_| act(&client, &booking, "cancel"))).await;
        assert_tally(&answered, &[(200, "", 5)]);
        assert_eq!(answered.iter().filter(|reply| reply.header("idempotency-replayed") == "true").count(), 4);
        assert!(answered.iter().all(|reply| reply.bytes == answered[0].bytes));
        replies.extend(answered);
    }
    let ended = "SELECT count(*) FROM outbox WHERE kind = 'booking.status_changed'";
    assert_eq!(race.app.number(ended).await, i64::try_from(size(4, 40)).expect("a number"));
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_used_at_once_by_several_ends_its_session() {
    let race = Race::with_background().await;
    let mut replies = Vec::new();
    for _ in 0..size(4, 40) {
        let guest = race.app.guest().await;
        guest.get("/v1/me").await.expect(200);
        let body = json!({"refresh_token": guest.refresh_token()});
        let answered = together((0..5).map(|_| post(&race.app.anonymous(), "/v1/auth/refresh", body.clone()))).await;
        let won: Vec<&Reply> = answered.iter().filter(|reply| reply.status == 200).collect();
        let [winner] = won.as_slice() else { panic!("{:?}", tally(&answered)) };
        assert_eq!(count(&answered, 401, "auth.wrong_refresh_token"), 4, "{:?}", tally(&answered));

        // Somebody has stolen a token, and nobody knows who: neither the old nor the new one is good.
        let renewed = Client::new(race.app.router.clone(), Some(winner.body.clone()));
        for client in [&guest, &renewed] {
            client.get("/v1/me").await.expect(401);
        }
        let body = json!({"refresh_token": renewed.refresh_token()});
        race.app.anonymous().post("/v1/auth/refresh", &body).await.expect(401);
        replies.extend(answered);
    }
    race.end(&replies).await;
}

// Blocks

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
        let request = hotel.request(&day(from), &day(to));
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
            bookings.push(hotel.book(guest, &day(round), &day(round + 1)).await);
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

// Everybody's locks

/// Somebody at work in the hotel where everything happens at once.
struct Worker {
    client: Client,
    hotel: Arc<Hotel>,
    random: StdRng,
    replies: Vec<Reply>,
}

impl Worker {
    async fn post(&mut self, path: &str, body: &Value) -> Reply {
        let reply = self.client.post(path, body).await;
        self.replies.push(reply.clone());
        reply
    }

    /// Changes or removes a thing as it is now, unless it has been removed.
    async fn change(&mut self, path: &str, patch: Option<&Value>) {
        let seen = self.client.get(path).await;
        if seen.status == 200 {
            let etag = seen.header("etag").to_owned();
            let reply = match patch {
                Some(patch) => self.client.patch(path, &etag, patch).await,
                None => self.client.delete(path, &etag).await,
            };
            self.replies.push(reply);
        }
        self.replies.push(seen);
    }

    fn a_type(&mut self) -> String {
        let types = [&self.hotel.double, &self.hotel.suite];
        (*types.choose(&mut self.random).expect("a type")).clone()
    }

    /// Other dates for all stays, and another type for the first.
    fn amendment(&mut self, booking: &Reply) -> Value {
        let from = self.random.random_range(0..4);
        let dates = json!({"check_in": day(from), "check_out": day(from + self.random.random_range(1..=4))});
        if self.random.random_range(0..2) == 0 {
            return dates;
        }
        json!({"stays": [{"stay_id": booking.body["stays"][0]["id"], "room_type_id": self.a_type(), "check_out": dates["check_out"]}]})
    }

    /// Books both types in any order, and then does whatever can be done with a booking.
    async fn book(&mut self, steps: usize) {
        for _ in 0..steps {
            let mut types = vec![self.a_type(), self.a_type(), self.a_type()];
            types.truncate(self.random.random_range(1..=3));
            types.shuffle(&mut self.random);
            let types: Vec<&str> = types.iter().map(String::as_str).collect();
            let from = self.random.random_range(0..4);
            let mut request = cart(&self.hotel, &types, from, from + self.random.random_range(1..=4));
            if self.random.random_range(0..3) == 0 {
                request["hold_minutes"] = 30.into();
            }
            let booking = self.post(BOOKINGS, &request).await;
            if booking.status != 201 {
                continue;
            }
            let path = format!("{BOOKINGS}/{}", booking.id());
            for action in
                ["confirm", "check-in", "undo-check-in", "no-show", "reinstate", "check-out", "undo-check-out", "cancel"]
            {
                if self.random.random_range(0..2) == 0 {
                    self.post(&format!("{path}/{action}"), &json!({})).await;
                }
                if self.random.random_range(0..4) == 0 {
                    let amendment = self.amendment(&booking);
                    self.post(&format!("{path}/amend"), &amendment).await;
                }
            }
            self.change(&path, Some(&json!({"special_requests": "a view"}))).await;
            self.post(&format!("{path}/cancel"), &json!({})).await;
        }
    }

    async fn move_rooms(&mut self, steps: usize) {
        for step in 0..steps {
            let room = self.hotel.rooms[step % self.hotel.rooms.len()].clone();
            let room_type_id = self.a_type();
            self.change(&format!("/v1/rooms/{room}"), Some(&json!({"room_type_id": room_type_id}))).await;
        }
    }

    async fn add_and_remove_rooms(&mut self, steps: usize, name: usize) {
        for step in 0..steps {
            let room_type_id = self.a_type();
            let room = json!({"property_id": self.hotel.id, "room_type_id": room_type_id, "number": format!("{name}-{step}")});
            let room = self.post("/v1/rooms", &room).await;
            if room.status == 201 && self.random.random_range(0..4) > 0 {
                self.change(&format!("/v1/rooms/{}", room.id()), None).await;
            }
        }
    }

    async fn change_types(&mut self, steps: usize) {
        for _ in 0..steps {
            let path = format!("/v1/room-types/{}", self.a_type());
            let patch = json!({"overbooking": self.random.random_range(0..4), "name": "Room"});
            self.change(&path, Some(&patch)).await;
        }
    }

    /// Two of these give each other's numbers and codes to the same two rooms and types.
    async fn rename(&mut self, steps: usize) {
        for _ in 0..steps {
            let [a, b] = [0, 1].map(|n| format!("/v1/rooms/{}", self.hotel.rooms[n]));
            let [c, d] = [&self.hotel.double, &self.hotel.suite].map(|id| format!("/v1/room-types/{id}"));
            for (path, patch) in [
                (&a, json!({"number": "A"})),
                (&b, json!({"number": "B"})),
                (&a, json!({"number": "B"})),
                (&b, json!({"number": "A"})),
                (&c, json!({"code": "STE"})),
                (&d, json!({"code": "DBL"})),
                (&c, json!({"code": "X"})),
                (&d, json!({"code": "Y"})),
            ] {
                self.change(path, Some(&patch)).await;
            }
        }
    }

    /// Blocks rooms, by force or not, changes the dates and releases most of them.
    async fn block_rooms(&mut self, steps: usize) {
        for step in 0..steps {
            let room = self.hotel.rooms[(2 * step) % self.hotel.rooms.len()].clone();
            let from = self.random.random_range(0..4);
            let to = from + self.random.random_range(1..=4);
            let mut block = json!({
                "property_id": self.hotel.id, "room_id": room, "kind": "out_of_order", "reason": "paint",
                "from": day(from), "to": day(to),
            });
            if self.random.random_range(0..2) == 0 {
                block["force"] = true.into();
                block["force_reason"] = "wet paint".into();
            }
            let block = self.post("/v1/room-blocks", &block).await;
            if block.status == 201 {
                let path = format!("/v1/room-blocks/{}", block.id());
                self.change(&path, Some(&json!({"to": day(to + 2)}))).await;
                self.change(&path, Some(&json!({"to": day(from + 1)}))).await;
                if self.random.random_range(0..4) > 0 {
                    self.change(&path, None).await;
                }
            }
        }
    }

    async fn change_the_hotel(&mut self, steps: usize) {
        for step in 0..steps {
            let path = format!("/v1/properties/{}", self.hotel.id);
            let horizon = 20 + u64::try_from(step % 20).expect("a number");
            self.change(&path, Some(&json!({"settings": {"horizon_nights": horizon, "max_live_holds": 100}}))).await;
            let kind = json!({
                "property_id": self.hotel.id, "code": format!("N{step}"), "name": "New", "max_adults": 2, "max_children": 0,
                "max_guests": 2, "base_price": {"amount": "50.00", "currency": "EUR"},
            });
            let kind = self.post("/v1/room-types", &kind).await;
            if kind.status == 201 {
                self.change(&format!("/v1/room-types/{}", kind.id()), None).await;
            }
            let tax = json!({"property_id": self.hotel.id, "name": format!("Tax {step}"), "percent": "1"});
            self.post("/v1/tax-rules", &tax).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_locks_in_one_order() {
    let steps = size(8, 150);
    let race = Race::with_background().await;
    let spec =
        HotelSpec { rooms: 6, suites: 4, settings: json!({"horizon_nights": 20, "max_live_holds": 100}), ..HotelSpec::default() };
    let hotel = Arc::new(race.app.hotel(spec).await);
    let guests = race.guests(3).await;
    let work = (0..18_usize).map(|n| {
        let client = if n < 3 { guests[n].clone() } else { hotel.manager.clone() };
        let random = StdRng::seed_from_u64(u64::try_from(n).expect("a number"));
        let mut worker = Worker { client, hotel: Arc::clone(&hotel), random, replies: Vec::new() };
        let app = race.app.app.clone();
        async move {
            match n {
                0..=6 => worker.book(steps).await,
                7 | 8 => worker.move_rooms(2 * steps).await,
                9 | 10 => worker.add_and_remove_rooms(steps, n).await,
                11 | 12 => worker.change_types(2 * steps).await,
                13 | 14 => worker.rename(steps / 4 + 1).await,
                15 | 16 => worker.block_rooms(2 * steps).await,
                _ => {
                    worker.change_the_hotel(steps / 2).await;
                    for _ in 0..steps {
                        inventory::extend_horizon(&app).await.expect("the horizon");
                        hbs::jobs::run_due(&app).await.expect("the jobs");
                    }
                }
            }
            worker.replies
        }
    });
    let replies: Vec<Reply> = together(work).await.into_iter().flatten().collect();
    for status in [200, 201, 204, 409] {
        assert!(replies.iter().any(|reply| reply.status == status), "no {status}: {:?}", tally(&replies));
    }
    race.end(&replies).await;
}

// Who waits

/// Rooms that came back, as a buyer and whoever waits see it: who has them, in the order of the line.
async fn line(app: &TestApp) -> Vec<String> {
    let rows = app.rows("SELECT status FROM waitlist_entries ORDER BY id").await;
    rows.iter().map(|row| row["status"].as_str().expect("a status").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_races_a_sale_and_stays_first_if_it_loses() {
    let race = Race::with_background().await;
    let second = race.app.second().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, settings: json!({"max_live_holds": 100}), ..HotelSpec::default() }).await;
    second.app.clock.set(noon(0));
    let guests = race.guests(4).await;
    let (mut replies, mut sold, mut offered) = (Vec::new(), 0, 0);
    let mut taken = hotel.book(&guests[0], &day(9), &day(12)).await;
    let waiters = size(6, 40);
    for n in 0..waiters {
        let n = u64::try_from(n).expect("a number");
        let wish = json!({"property_id": hotel.id, "room_type_id": hotel.double, "check_in": day(9), "check_out": day(12), "adults": 1,
                          "contact": {"full_name": "Ana", "email": format!("guest{n}@example.com")}});
        hotel.manager.post("/v1/waitlist", &wish).await.expect(201);
    }
    let request = hotel.request(&day(9), &day(12));
    for round in 0..waiters * 2 {
        // Each other time nobody else wants it, so that both sides win.
        let buyers = if round % 2 == 0 { 6 } else { 0 };
        let mut work: Vec<BoxFuture<'static, Reply>> = vec![Box::pin(act(&hotel.manager, &taken, "cancel"))];
        for n in 0..buyers {
            work.push(Box::pin(post(&guests[n % guests.len()], BOOKINGS, request.clone())));
        }
        let answered = together(work).await;
        answered[0].clone().expect(200);
        let bought = answered[1..].iter().find(|reply| reply.status == 201).cloned();
        replies.extend(answered);
        let holds = "SELECT count(*) FROM bookings WHERE status IN ('held', 'confirmed')";
        let has_taker = || async { race.app.number(holds).await == 1 };
        eventually(Duration::from_secs(20), has_taker).await;
        let line = line(&race.app).await;
        let served = line.iter().position(|status| status == "waiting").unwrap_or(line.len());
        assert!(line[served..].iter().all(|status| status == "waiting"), "somebody was passed over: {line:?}");
        taken = match bought {
            Some(bought) => {
                sold += 1;
                bought
            }
            None => {
                offered += 1;
                let held = race.app.rows("SELECT id FROM bookings WHERE status = 'held'").await;
                hotel.manager.get(&format!("{BOOKINGS}/{}", held[0]["id"].as_str().expect("an id"))).await.expect(200)
            }
        };
        if line.iter().all(|status| status != "waiting") {
            break;
        }
    }
    assert!(offered > 0, "nobody who waits got a room: {sold} sales");
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_wait_are_served_once_each_by_many_who_serve() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let mut sold = Vec::new();
    for _ in 0..3 {
        sold.push(hotel.book(&hotel.manager, &day(9), &day(11)).await);
    }
    for n in 0..size(12, 100) {
        let wish = json!({"property_id": hotel.id, "room_type_id": hotel.double, "check_in": day(9), "check_out": day(11), "adults": 1,
                          "contact": {"full_name": "Ana", "email": format!("guest{n}@example.com")}});
        hotel.manager.post("/v1/waitlist", &wish).await.expect(201);
    }
    let mut replies = Vec::new();
    for booking in &sold[..2] {
        replies.push(act(&hotel.manager, booking, "cancel").await.expect(200));
    }
    let mut processes = Vec::new();
    for _ in 0..4 {
        let process = TestApp::on(race.app.app.config.clone()).await;
        process.app.clock.set(noon(0));
        processes.push(process);
    }
    let serving = processes.iter().map(|process| {
        let app = process.app.clone();
        async move { hbs::domains::waitlist::serve(&app, None).await.expect("served") }
    });
    together(serving).await;
    let line = line(&race.app).await;
    let expected: Vec<&str> = (0..line.len()).map(|n| if n < 2 { "offered" } else { "waiting" }).collect();
    assert_eq!(line, expected, "the first two, and nobody twice");
    assert_eq!(race.app.number("SELECT count(*) FROM bookings WHERE status = 'held'").await, 2);
    assert_eq!(race.app.number("SELECT count(*) FROM mail_queue WHERE kind = 'waitlist_offered'").await, 2);
    race.end(&replies).await;
}

// What guests are proposed

/// A guest's booking of one night, and a proposal of the night after, for which the last room is set aside.
async fn proposal(hotel: &Hotel, guest: &Client, from: u64) -> (Reply, Reply) {
    let booking = hotel.book(guest, &day(from), &day(from + 1)).await;
    let wanted = json!({"amendment": {"check_out": day(from + 3)}, "message": "Longer, please"});
    let path = format!("{BOOKINGS}/{}/change-requests", booking.id());
    let request = hotel.manager.post(&path, &wanted).await.expect(201);
    (booking, request)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_races_sales_and_its_own_end() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guests = race.guests(4).await;
    let (mut replies, mut accepted, mut lapsed) = (Vec::new(), 0, 0);
    for round in 0..u64::try_from(size(8, 60)).expect("a number") {
        let from = 5 + round * 4;
        let (booking, request) = proposal(&hotel, &guests[0], from).await;
        let path = format!("/v1/change-requests/{}", request.id());
        let buy = hotel.request(&day(from + 1), &day(from + 2));
        let propose = json!({"amendment": {"check_out": day(from + 2)}});

        // One gets the night: the proposal or a buyer.
        let mut work: Vec<BoxFuture<'static, Reply>> =
            vec![Box::pin(post(&hotel.manager, format!("{path}/propose"), propose.clone()))];
        for guest in &guests[1..] {
            work.push(Box::pin(post(guest, BOOKINGS, buy.clone())));
        }
        let answered = together(work).await;
        assert_eq!(answered.iter().filter(|reply| reply.status < 300).count(), 1, "{:?}", tally(&answered));
        if answered[0].status != 200 {
            let bought = answered.iter().find(|reply| reply.status == 201).expect("a buyer").clone();
            act(&hotel.manager, &bought, "cancel").await.expect(200);
            replies.push(hotel.manager.post(&format!("{path}/propose"), &propose).await.expect(200));
        }
        replies.extend(answered);

        // Its time is over while the guest accepts, others want the room, and jobs come by.
        race.app.app.clock.set(noon(0) + TimeDelta::hours(i64::try_from(round).expect("a number")) + TimeDelta::minutes(29));
        let mut work: Vec<BoxFuture<'static, Reply>> = vec![Box::pin(post(&guests[0], format!("{path}/accept"), json!({})))];
        for guest in &guests[1..] {
            work.push(Box::pin(post(guest, BOOKINGS, buy.clone())));
        }
        let app = race.app.app.clone();
        let late = noon(0) + TimeDelta::hours(i64::try_from(round).expect("a number") + 1);
        let lapse = tokio::spawn(async move {
            if round % 2 == 0 {
                app.clock.set(late);
            }
            hbs::domains::change_requests::lapse_overdue(&app).await.expect("lapsed")
        });
        let answered = together(work).await;
        lapse.await.expect("no panic");
        assert!(answered.iter().filter(|reply| reply.status < 300).count() <= 1, "{:?}", tally(&answered));
        race.app.app.clock.set(late);
        hbs::domains::change_requests::lapse_overdue(&race.app.app).await.expect("lapsed");
        let status = hotel.manager.get(&path).await.expect(200).body["status"].clone();
        let is_longer =
            hotel.manager.get(&format!("{BOOKINGS}/{}", booking.id())).await.expect(200).body["check_out"] == day(from + 2);
        match status.as_str() {
            Some("accepted") => accepted += 1,
            Some("lapsed") => lapsed += 1,
            other => panic!("{other:?}"),
        }
        assert_eq!((status == "accepted", answered[0].status == 200), (is_longer, is_longer));
        assert_eq!(race.app.number("SELECT sum(allotted) FROM inventory").await, 0);
        replies.extend(answered);
    }
    assert!(accepted > 0, "{lapsed} lapsed, and none was accepted");
    race.end(&replies).await;
}
