//! Offers with limits: however many book, cancel, confirm and let holds expire at once, no more is counted than there is, and
//! what is counted is what is live.
use super::payments::tell;
use super::{BOOKINGS, Race, count, noon, tally};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, TestGateway, act, day, eur, post, size, together};
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const MOST: usize = 7;

async fn offer(hotel: &Hotel, limit: &Value) -> String {
    let mut body =
        json!({"property_id": hotel.id, "name": "Seven", "kind": "percent", "percent": "10", "access": "code", "code": "SEVEN"});
    for (name, value) in limit.as_object().expect("an object") {
        body[name] = value.clone();
    }
    hotel.manager.post("/v1/offers", &body).await.expect(201).id().to_owned()
}

/// Acts as a client: holds or books a night with the code, and then confirms, cancels, or leaves the hold to its end.
async fn client(manager: Client, n: usize, request: Value) -> Vec<Reply> {
    let mut request = request;
    let is_hold = !n.is_multiple_of(3);
    if is_hold {
        request["hold_minutes"] = json!(5);
    }
    let booked = manager.post(BOOKINGS, &request).await;
    if booked.status != 201 {
        return vec![booked];
    }
    let done = match n % 5 {
        0 | 1 => act(&manager, &booked, "cancel").await,
        2 | 3 if is_hold => act(&manager, &booked, "confirm").await,
        _ => return vec![booked],
    };
    vec![booked, done]
}

/// Looks again and again whether more is counted, or live, than there is.
async fn watch(app: Arc<TestApp>, is_over: Arc<AtomicBool>) -> i64 {
    let mut most = 0;
    while !is_over.load(Ordering::Relaxed) {
        let live = app.number(
            "SELECT greatest((SELECT count(*) FROM offer_redemptions WHERE is_live), (SELECT max(used) FROM offer_counters))",
        );
        most = most.max(live.await);
        tokio::task::yield_now().await;
    }
    most
}

/// T-off-limit: of many clients at once, no more get the offer than there is, at any instant, and in the end what is counted is
/// live.
async fn no_more_than_there_is(limit: Value, is_one_guest: bool) {
    let clients = size(24, 200);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 12, ..HotelSpec::default() }).await;
    offer(&hotel, &limit).await;
    let Race { app, deadlocks } = race;
    let (app, is_over) = (Arc::new(app), Arc::new(AtomicBool::new(false)));
    let watching = tokio::spawn(watch(Arc::clone(&app), Arc::clone(&is_over)));
    let mut replies = Vec::new();
    for round in 0..3_i64 {
        app.app.clock.set(noon(0) + TimeDelta::minutes(6 * round));
        let job = tokio::spawn({
            let app = Arc::clone(&app);
            async move { hbs::jobs::run_due(&app.app, &hbs::server::jobs()).await.expect("the jobs") }
        });
        let request = |n: usize| {
            let from = 10 + u64::try_from(n % 40).expect("a number");
            let mut request = hotel.request(day(from), day(from + 1));
            request["code"] = json!("SEVEN");
            let email = if is_one_guest { "ana@example.com".to_owned() } else { format!("guest{n}@example.com") };
            request["contact"] = json!({"full_name": "Ana Sousa", "email": email});
            request
        };
        let all = together((0..clients).map(|n| client(hotel.manager.clone(), n, request(n)))).await;
        job.await.expect("a task that does not panic");
        replies.extend(all.into_iter().flatten());
    }
    is_over.store(true, Ordering::Relaxed);
    let most = watching.await.expect("a task that does not panic");
    let limit = i64::try_from(MOST).expect("few");
    assert!(most <= limit, "{most} at an instant: {:?}", tally(&replies));
    assert!(count(&replies, 201, "") >= MOST, "{:?}", tally(&replies));
    assert!(count(&replies, 409, "offers.exhausted") > 0, "{:?}", tally(&replies));
    let app = Arc::into_inner(app).expect("nobody else has it");
    let live = app.number("SELECT count(*) FROM offer_redemptions WHERE is_live").await;
    assert_eq!(app.number("SELECT used::bigint FROM offer_counters").await, live);
    assert_eq!(app.number("SELECT spent_minor FROM offer_counters").await, live * 1_000);
    Race { app, deadlocks }.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_limit_of_seven_is_never_exceeded() {
    no_more_than_there_is(json!({"max_redemptions": MOST}), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_limit_of_seven_a_day_is_never_exceeded() {
    no_more_than_there_is(json!({"max_per_day": MOST}), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_limit_of_seven_a_guest_is_never_exceeded() {
    no_more_than_there_is(json!({"max_per_guest": MOST}), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_budget_for_seven_is_never_exceeded() {
    no_more_than_there_is(json!({"budget": eur("70.00")}), false).await;
}

/// A limit that is set while others book counts them, too.
#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_is_limited_while_it_is_booked_counts_all() {
    let clients = size(12, 60);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 12, ..HotelSpec::default() }).await;
    let offer = offer(&hotel, &json!({})).await;
    let limit = {
        let (manager, path) = (hotel.manager.clone(), format!("/v1/offers/{offer}"));
        async move { vec![manager.patch(&path, "\"1\"", &json!({"max_redemptions": 1000})).await] }
    };
    let request = |n: usize| {
        let mut request = hotel.request(day(10 + u64::try_from(n % 20).expect("a number")), day(30));
        request["check_out"] = json!(day(11 + u64::try_from(n % 20).expect("a number")).to_string());
        request["code"] = json!("SEVEN");
        request
    };
    let limit = tokio::spawn(limit);
    let all = together((0..clients).map(|n| client(hotel.manager.clone(), n, request(n)))).await;
    let mut replies: Vec<Reply> = all.into_iter().flatten().collect();
    replies.extend(limit.await.expect("a task that does not panic"));
    let live = race.app.number("SELECT count(*) FROM offer_redemptions WHERE is_live").await;
    assert_eq!(race.app.number("SELECT used::bigint FROM offer_counters").await, live, "{:?}", tally(&replies));
    race.end(&replies).await;
}

/// Late payments take their offers again for the day on which they were booked, while others book on the next one: no day has more
/// than its limit, and what finds nothing left of its day goes back.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_late_counts_for_the_day_on_which_it_was_booked() {
    let holds = size(6, 40);
    let gateway = TestGateway::start().await;
    let app = TestApp::with(|config| gateway.configure(config)).await;
    let race = Race { deadlocks: app.deadlocks().await, app };
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let plan = hotel.plan(&race.app, "NOW", &[("payment_policy", "'pay_now'")]).await;
    let daily = json!({
        "property_id": hotel.id, "name": "So many a day", "kind": "percent", "percent": "10", "access": "automatic",
        "max_per_day": holds,
    });
    hotel.manager.post("/v1/offers", &daily).await.expect(201);
    let mut pages = Vec::new();
    for (n, guest) in (0..).zip(race.guests(holds).await) {
        let mut request = hotel.request(day(10 + n), day(11 + n));
        request["rooms"][0]["rate_plan_id"] = json!(plan);
        let booking = guest.post(BOOKINGS, &request).await.expect(201);
        let online = json!({"booking_id": booking.id(), "method": "gateway", "amount": eur("90.00")});
        let begun = guest.post("/v1/payments", &online).await.expect(201);
        pages.push(begun.body["next_action"]["url"].as_str().expect("a page").to_owned());
    }
    race.app.consume().await;
    race.app.set_clock("2026-12-01T18:00:00Z");
    for job in hbs::server::jobs().iter().filter(|job| job.name == "bookings.expire_holds") {
        (job.run)(race.app.app.clone()).await.expect(job.name);
    }
    let of_day = |day: &str| format!("SELECT count(*) FROM offer_redemptions WHERE is_live AND sold_on = '{day}'");
    assert_eq!(race.app.number(&of_day("2026-12-01")).await, 0, "holds that expired give back");
    let others = holds / 2;
    let book = |n: usize| {
        let from = 60 + u64::try_from(n).expect("a number");
        let request: BoxFuture<'static, Reply> =
            Box::pin(post(&hotel.manager, BOOKINGS, hotel.request(day(from), day(from + 1))));
        request
    };
    let first = together((0..others).map(book)).await;
    assert_eq!(count(&first, 201, ""), others, "{:?}", tally(&first));
    race.app.set_clock("2026-12-02T12:00:00Z");
    let second = book(others).await.expect(201);
    assert_eq!(second.body["total"], eur("90.00"), "a new day");

    for page in &pages {
        gateway.choose(page, "succeeds").await;
    }
    let events = gateway.take_events();
    let told = events.iter().map(|event| tell(&race.app, event));
    let requests: Vec<BoxFuture<'static, Reply>> = told.chain((others + 1..others + 1 + holds).map(book)).collect();
    let (replies, ()) = futures_util::join!(together(requests), race.app.consume());
    race.app.consume().await;
    let (told, booked) = replies.split_at(events.len());
    assert!(told.iter().all(|reply| reply.status == 204), "{:?}", tally(told));
    assert_eq!(count(booked, 201, ""), holds, "{:?}", tally(booked));
    let limit = i64::try_from(holds).expect("few");
    for date in ["2026-12-01", "2026-12-02"] {
        assert_eq!(race.app.number(&of_day(date)).await, limit, "{date}");
    }
    let refunds = "SELECT count(*) FROM refunds WHERE status = 'completed'";
    assert_eq!(race.app.number(refunds).await, i64::try_from(others).expect("few"));
    race.end(&replies).await;
}
