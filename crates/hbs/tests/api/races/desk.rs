//! The desk's day: stays that are split, guests who move, and dates that are closed while guests come.
use super::{BOOKINGS, Race, count, noon, tally};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, day, post, size, together};
use chrono::TimeDelta;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

fn stay_of(booking: &Reply) -> String {
    booking.body["stays"][0]["id"].as_str().expect("a stay").to_owned()
}

fn rounds(small: usize, full: usize) -> u64 {
    u64::try_from(size(small, full)).expect("a number")
}

/// Counts the nights that two parts of one stay have in the same room.
async fn parts_that_overlap(app: &TestApp) -> i64 {
    app.number(
        "SELECT count(*) FROM stays a JOIN stays b ON b.property_id = a.property_id AND b.split_from = a.id
         JOIN room_nights m ON m.property_id = a.property_id AND m.stay_id = a.id
         JOIN room_nights n ON n.property_id = b.property_id AND n.stay_id = b.id AND n.night = m.night AND n.room_id = m.room_id",
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stay_that_is_split_while_it_is_amended_keeps_each_night_once() {
    let race = Race::begin().await;
    let spec = HotelSpec { rooms: 3, suites: 1, taxes: &[("VAT", "6")], ..HotelSpec::default() };
    let hotel = race.app.hotel(spec).await;
    let manager = &hotel.manager;
    let mut replies = Vec::new();
    for round in 0..rounds(6, 80) {
        let booking = hotel.book(manager, day(5), day(10)).await;
        let stay = format!("{BOOKINGS}/{}/stays/{}", booking.id(), stay_of(&booking));
        let amend = |body: Value| post(manager, format!("{BOOKINGS}/{}/amend", booking.id()), body);
        let answered = together([
            post(manager, format!("{stay}/split"), json!({"night": day(7)})),
            post(manager, format!("{stay}/split"), json!({"night": day(8)})),
            amend(json!({"check_out": day(if round % 2 == 0 { 12 } else { 8 })})),
            amend(json!({"stays": [{"stay_id": stay_of(&booking), "room_type_id": hotel.suite}]})),
            post(manager, BOOKINGS.to_owned(), hotel.request(day(6), day(9))),
        ])
        .await;
        for reply in &answered[..4] {
            assert!([200, 409, 422].contains(&reply.status), "{}: {}", reply.status, reply.body);
        }
        assert!(answered[..2].iter().any(|reply| reply.status == 200), "{:?}", tally(&answered));
        let now = manager.get(&format!("{BOOKINGS}/{}", booking.id())).await.expect(200);
        let stays = now.body["stays"].as_array().expect("stays").len();
        assert_eq!(stays, 1 + answered[..2].iter().filter(|reply| reply.status == 200).count());
        assert_eq!(parts_that_overlap(&race.app).await, 0);
        race.app.assert_consistent().await;
        act(manager, &booking, "cancel").await.expect(200);
        if answered[4].status == 201 {
            act(manager, &answered[4], "cancel").await.expect(200);
        }
        replies.extend(answered);
    }
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_move_in_the_house_and_a_sale_one_gets_the_room() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, suites: 1, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let suites = race.app.rows(&format!("SELECT id FROM rooms WHERE room_type_id = '{}'", hotel.suite)).await;
    let suite = suites[0]["id"].as_str().expect("an id").to_owned();
    let mut replies = Vec::new();
    for round in 0..rounds(8, 100) {
        race.app.app.clock.set(noon(round));
        let mut sale = hotel.request(day(round), day(round + 3));
        sale["rooms"][0]["room_type_id"] = json!(hotel.suite);
        let booking = hotel.book(manager, day(round), day(round + 3)).await;
        act(manager, &booking, "check-in").await.expect(200);
        let path = format!("{BOOKINGS}/{}", booking.id());
        let (client, stay) = (manager.with("If-Match", "\"2\""), stay_of(&booking));
        let (room, body) = (format!("{path}/stays/{stay}/room"), json!({"room_id": suite, "upgrade": true}));
        let paid = json!({"stays": [{"stay_id": stay, "room_type_id": hotel.suite}]});
        let (amended, manager_too) = (format!("{path}/amend"), manager.clone());
        let moved =
            async move { if round % 2 == 0 { client.put(&room, &body).await } else { manager_too.post(&amended, &paid).await } };
        let moving = tokio::spawn(moved);
        let sold =
            together([post(manager, BOOKINGS.to_owned(), sale.clone()), post(manager, BOOKINGS.to_owned(), sale.clone())]).await;
        let moved = moving.await.expect("a task that does not panic");
        let got = usize::from(moved.status == 200) + count(&sold, 201, "");
        assert_eq!(got, 1, "{} {}, {:?}", moved.status, moved.body, tally(&sold));
        if moved.status != 200 {
            assert_eq!(moved.status, 409, "{}", moved.body);
        }
        race.app.assert_consistent().await;
        act(manager, &booking, "check-out").await.expect(200);
        for reply in sold.iter().filter(|reply| reply.status == 201) {
            act(manager, reply, "cancel").await.expect(200);
        }
        race.app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
        replies.extend(sold);
        replies.push(moved);
    }
    race.end(&replies).await;
}

/// Closes the date of a round at two in the morning after it.
fn audit(hotel: &Hotel, round: u64) -> impl Future<Output = Reply> + Send + use<> {
    post(&hotel.manager, format!("/v1/properties/{}/night-audit", hotel.id), json!({"business_date": day(round)}))
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_who_come_while_the_date_is_closed_are_in_the_house_or_a_no_show() {
    let race = Race::begin().await;
    let settings = json!({"open_arrivals": "no_show"});
    let hotel = race.app.hotel(HotelSpec { rooms: 2, settings, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let mut replies = Vec::new();
    for round in 0..rounds(6, 60) {
        race.app.app.clock.set(noon(round));
        let mut guests = Vec::new();
        for _ in 0..2 {
            guests.push(hotel.book(manager, day(round), day(round + 2)).await);
        }
        race.app.app.clock.set(noon(round) + TimeDelta::hours(14));
        let [one, other] = guests.as_slice() else { panic!("two bookings") };
        let answered = together([
            audit(&hotel, round).boxed(),
            act(manager, one, "check-in").boxed(),
            act(manager, other, "check-in").boxed(),
            audit(&hotel, round).boxed(),
        ])
        .await;
        let closed = [&answered[0], &answered[3]].map(|reply| reply.clone().expect(200).body);
        assert_eq!(closed[0], closed[1]);
        let came = count(&answered[1..3], 200, "");
        for (guest, reply) in guests.iter().zip(&answered[1..3]) {
            let now = manager.get(&format!("{BOOKINGS}/{}", guest.id())).await.expect(200);
            let expected = if reply.status == 200 { "checked_in" } else { "no_show" };
            assert_eq!(now.body["status"], expected, "{} {}", reply.status, reply.body);
        }
        assert_eq!((&closed[0]["arrivals"], &closed[0]["no_shows"]), (&json!(came), &json!(2 - came)));
        race.app.assert_consistent().await;

        // Who was late is taken back while others want the night that is left.
        let body = json!({"first_night": "charged", "reason": "they came after all"});
        let is_late = |guest: &&Reply| answered[1..3].iter().all(|reply| reply.body["id"] != guest.id());
        let late: Vec<&Reply> = guests.iter().filter(is_late).collect();
        let back = late.iter().map(|guest| post(manager, format!("{BOOKINGS}/{}/reinstate", guest.id()), body.clone()));
        let others = (0..late.len()).map(|_| post(manager, BOOKINGS.to_owned(), hotel.request(day(round + 1), day(round + 2))));
        let requests: Vec<BoxFuture<'static, Reply>> = back.map(FutureExt::boxed).chain(others.map(FutureExt::boxed)).collect();
        let answered_late = together(requests).await;
        let done = answered_late.iter().filter(|reply| [200, 201].contains(&reply.status)).count();
        assert_eq!(done, late.len(), "{:?}", tally(&answered_late));
        race.app.assert_consistent().await;

        for booking in answered_late.iter().filter(|reply| reply.status == 201) {
            act(manager, booking, "cancel").await.expect(200);
        }
        for booking in answered_late.iter().filter(|reply| reply.status == 200) {
            act(manager, booking, "check-in").await.expect(200);
        }
        for guest in &guests {
            let now = manager.get(&format!("{BOOKINGS}/{}", guest.id())).await.expect(200);
            if now.body["status"] == "checked_in" {
                act(manager, guest, "check-out").await.expect(200);
            }
        }
        race.app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
        replies.extend(answered);
        replies.extend(answered_late);
    }
    race.end(&replies).await;
}
