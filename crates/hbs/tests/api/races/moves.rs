//! Holds and states: of two moves one is made.
use super::{BOOKINGS, Race, assert_tally, cart, noon};
use crate::support::{HotelSpec, act, day, post, size, together};
use chrono::TimeDelta;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_confirmed_or_expires_but_not_both() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guests = race.guests(3).await;
    let mut replies = Vec::new();
    for round in 0..u64::try_from(size(12, 120)).expect("a number") {
        let held_at = noon(0) + TimeDelta::minutes(20 * i64::try_from(round).expect("a number"));
        race.app.app.clock.set(held_at);
        let request = hotel.request(day(10 + 2 * round), day(12 + 2 * round));
        let mut hold = request.clone();
        hold["hold_minutes"] = 10.into();
        let held = guests[0].post(BOOKINGS, &hold).await.expect(201);
        race.app.app.clock.set(held_at + TimeDelta::minutes(11));

        let app = race.app.app.clone();
        let job = tokio::spawn(async move { hbs::jobs::run_due(&app, &hbs::server::jobs()).await.expect("the jobs") });
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
        let request = hotel.request(day(10 + 2 * round), day(12 + 2 * round));
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
                hbs::jobs::run_due(&app, &hbs::server::jobs()).await.expect("the jobs");
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
    let mut hold = hotel.request(day(3), day(5));
    hold["hold_minutes"] = 30.into();
    let replies = together((0..8).map(|_| post(&guest, BOOKINGS, hold.clone()))).await;
    assert_tally(&replies, &[(201, "", 3), (409, "booking.too_many_holds", 5)]);
    race.end(&replies).await;
}
