//! Guests who wait for rooms that others buy.
use super::{BOOKINGS, Race, noon};
use crate::support::{HotelSpec, Reply, TestApp, act, day, eventually, post, size, together};
use futures_util::future::BoxFuture;
use serde_json::json;
use std::time::Duration;

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
    let mut taken = hotel.book(&guests[0], day(9), day(12)).await;
    let waiters = size(6, 40);
    for n in 0..waiters {
        let n = u64::try_from(n).expect("a number");
        let wish = json!({"property_id": hotel.id, "room_type_id": hotel.double, "check_in": day(9), "check_out": day(12), "adults": 1,
                          "contact": {"full_name": "Ana", "email": format!("guest{n}@example.com")}});
        hotel.manager.post("/v1/waitlist", &wish).await.expect(201);
    }
    let request = hotel.request(day(9), day(12));
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
        sold.push(hotel.book(&hotel.manager, day(9), day(11)).await);
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
