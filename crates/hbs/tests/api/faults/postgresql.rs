//! PostgreSQL goes away under requests.
use super::record::assert_record_is_whole;
use super::{READY, book, delivered, eventually, own_stack};
use crate::support::{HotelSpec, TestApp, day, place_on, size, together};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Clone, Copy)]
enum End {
    Orderly,
    Killed,
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_may_be_restarted() {
    postgresql_comes_back(End::Orderly).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_may_be_killed() {
    postgresql_comes_back(End::Killed).await;
}

/// Restarts PostgreSQL under requests, which get either what they asked for or 503, and then all work again.
async fn postgresql_comes_back(end: End) {
    let stack = own_stack().await;
    let mut app = TestApp::on(place_on(&stack).await).await;
    app.start_background();
    let hotel = Arc::new(app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await);
    let guest = app.guest().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..8_usize)
        .map(|worker| {
            let (guest, hotel, is_over) = (guest.clone(), Arc::clone(&hotel), Arc::clone(&is_over));
            tokio::spawn(async move {
                let (mut replies, mut booked) = (Vec::new(), 0);
                while !is_over.load(Ordering::SeqCst) {
                    // What was not answered is asked again with the same key, until it is.
                    let n = 8 * booked + worker;
                    let reply = book(&guest.with("idempotency-key", format!("{worker}-{booked}")), &hotel, n).await;
                    booked += usize::from(reply.status == 201);
                    replies.push(reply);
                    replies.push(guest.get("/v1/me").await);
                    let search = format!(
                        "/v1/availability?property_id={}&check_in={}&check_out={}&adults=1",
                        hotel.id,
                        day(700),
                        day(702)
                    );
                    replies.push(guest.get(&search).await);
                }
                (replies, booked)
            })
        })
        .collect();

    for _ in 0..size(2, 8) {
        let before = app.number("SELECT count(*) FROM bookings").await;
        eventually("some bookings", async || app.number("SELECT count(*) FROM bookings").await > before + 16).await;
        match end {
            End::Orderly => stack.postgres().stop().await.expect("stopped"),
            End::Killed => stack.postgres().kill().await.expect("killed"),
        }
        let health = app.anonymous().get(READY).await.expect(503).body;
        assert_eq!(health["status"], "down", "{health}");
        stack.postgres().start().await.expect("started");
        // Connections that died with the server are not handed out: everything works at once.
        let search = format!("/v1/availability?property_id={}&check_in={}&check_out={}&adults=1", hotel.id, day(700), day(702));
        let answers = together((0..64).map(|_| {
            let (guest, search) = (guest.clone(), search.clone());
            async move { guest.get(&search).await }
        }))
        .await;
        for answer in answers {
            answer.expect(200);
        }
    }
    is_over.store(true, Ordering::SeqCst);
    let mut booked = 0;
    for worker in workers {
        let (replies, count) = worker.await.expect("a task that does not panic");
        booked += count;
        for reply in replies {
            assert!(matches!(reply.status, 200 | 201 | 503), "{}: {}", reply.status, reply.body);
        }
    }
    // A request may have had its effect although its answer was lost with the connection.
    let on_record = app.number("SELECT count(*) FROM bookings").await;
    let unanswered = on_record - i64::try_from(booked).expect("a count");
    assert!((0..=8).contains(&unanswered), "{on_record} bookings, {booked} answered");
    delivered(&app).await;
    assert_record_is_whole(&app).await;
    app.assert_consistent().await;
    stack.stop().await.expect("stopped");
}
