//! Requests that are sent more than once.
use super::{BOOKINGS, Race, assert_tally, cart, count, noon, tally};
use crate::support::{Client, HotelSpec, Reply, TestApp, act, day, post, size, together};
use serde_json::json;

/// Asserts that all replies tell of one booking, with the same bytes.
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
    let request = hotel.request(day(3), day(5));
    let first = hotel.book(&guests[0], day(4), day(6)).await;
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
        let booking = hotel.book(&guest, day(3), day(5)).await;
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
async fn a_refresh_token_used_at_once_by_one_device_has_one_successor() {
    let race = Race::with_background().await;
    let mut replies = Vec::new();
    for _ in 0..size(4, 40) {
        let guest = race.app.guest().await;
        let body = json!({"refresh_token": guest.refresh_token()});
        let answered = together((0..5).map(|_| post(&race.app.anonymous(), "/v1/auth/refresh", body.clone()))).await;
        for reply in &answered {
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(reply.body["refresh_token"], answered[0].body["refresh_token"]);
        }
        guest.get("/v1/me").await.expect(200);
        replies.extend(answered);
    }
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_used_at_once_by_several_devices_ends_its_session() {
    let race = Race::with_background().await;
    let mut replies = Vec::new();
    for _ in 0..size(4, 40) {
        let guest = race.app.guest().await;
        guest.get("/v1/me").await.expect(200);
        let body = json!({"refresh_token": guest.refresh_token()});
        let device = |number: usize| race.app.anonymous().from(&format!("192.0.2.{number}"));
        let answered = together((1..6).map(|number| post(&device(number), "/v1/auth/refresh", body.clone()))).await;
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
