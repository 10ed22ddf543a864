//! Payments and refunds: of many who pay one balance and pay one payment back at once, no cent is taken or given twice.
use super::{Race, count, tally};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, TestGateway, act, day, eur, post, size, together};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

fn cash(booking: &Reply, amount: &str) -> Value {
    json!({"booking_id": booking.id(), "method": "cash", "amount": eur(amount)})
}

async fn balance(client: &Client, folio: &str) -> Value {
    client.get(&format!("/v1/folios/{folio}")).await.expect(200).body["balance"].clone()
}

async fn paid(hotel: &Hotel, nights: u64) -> (Reply, Reply) {
    let booking = hotel.book(&hotel.manager, day(10), day(10 + nights)).await;
    let all = format!("{}.00", 100 * nights);
    let payment = hotel.manager.post("/v1/payments", &cash(&booking, &all)).await.expect(201);
    (booking, payment)
}

/// Lets HBS have an event of the gateway: signature and body.
pub(super) fn tell(app: &TestApp, (signature, body): &(String, String)) -> BoxFuture<'static, Reply> {
    let gateway = app.anonymous().with(hbs::gateways::SIGNATURE_HEADER, signature.clone());
    let body = body.clone();
    Box::pin(async move {
        gateway.upload(http::Method::POST, "/v1/payments/webhooks/demo", "application/json", body.as_bytes()).await
    })
}

/// T-pay-over: of many who take the whole balance, one does.
#[tokio::test(flavor = "multi_thread")]
async fn one_clerk_takes_a_balance() {
    let clerks = size(12, 50);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, day(10), day(12)).await;
    let replies = together((0..clerks).map(|_| post(&hotel.manager, "/v1/payments", cash(&booking, "200.00")))).await;
    assert_eq!(count(&replies, 201, ""), 1, "{:?}", tally(&replies));
    assert_eq!(count(&replies, 409, "payments.exceeds_balance"), clerks - 1, "{:?}", tally(&replies));
    let refused = replies.iter().filter(|reply| reply.status == 409);
    assert!(refused.into_iter().all(|reply| reply.body["balance"] == eur("0.00")));
    assert_eq!(balance(&hotel.manager, booking.id()).await, eur("0.00"));
    race.end(&replies).await;
}

/// T-ref-cap: never more is asked for than was captured.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_refunds_no_more_than_was_captured_is_set_aside() {
    let clerks = size(15, 100);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec::default()).await;
    let (_, payment) = paid(&hotel, 1).await;
    let amounts = ["60.00", "50.00", "40.00", "30.00", "30.00"];
    let refund = |n: usize| json!({"payment_id": payment.id(), "amount": eur(amounts[n % amounts.len()]), "reason": "Noise"});
    let replies = together((0..clerks).map(|n| post(&hotel.manager, "/v1/refunds", refund(n)))).await;
    let minor = |amount: &str| -> i64 { amount.replace('.', "").parse().expect("minor units") };
    let asked = |reply: &Reply| minor(reply.body["amount"]["amount"].as_str().expect("an amount"));
    let sum: i64 = replies.iter().filter(|reply| reply.status == 201).map(asked).sum();
    for (reply, wanted) in replies.iter().zip(amounts.iter().cycle()).filter(|(reply, _)| reply.status == 409) {
        let left = reply.body["refundable"]["amount"].as_str().expect("the rest");
        assert!((0..minor(wanted)).contains(&minor(left)), "{wanted} of {left}");
    }
    // A refused one asked for more than was left: the least is 30.00.
    assert!((7_001..=10_000).contains(&sum), "{sum}: {:?}", tally(&replies));
    assert!(
        replies.iter().all(|reply| reply.status == 201 || reply.code() == "refunds.exceeds_refundable"),
        "{:?}",
        tally(&replies)
    );
    race.end(&replies).await;
}

/// Of approving, rejecting and voiding at once, one happens.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_decided_once() {
    let people = size(8, 40);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec::default()).await;
    let (booking, payment) = paid(&hotel, 1).await;
    let refund = json!({"payment_id": payment.id(), "reason": "Noise"});
    let refund = hotel.manager.post("/v1/refunds", &refund).await.expect(201);
    let other = race.app.staff(&["refunds:approve", "payments:write"], Some(&hotel.id)).await;
    let path = |deed: &str| format!("/v1/refunds/{}/{deed}", refund.id());
    let requests = (0..people).map(|n| match n % 3 {
        0 => post(&other, path("approve"), json!({})),
        1 => post(&other, path("reject"), json!({"reason": "It was quiet"})),
        _ => post(&other, format!("/v1/payments/{}/void", payment.id()), json!({})),
    });
    let replies = together(requests).await;
    let decided = replies.iter().filter(|reply| reply.status == 200 && !reply.body["decided_at"].is_null()).count();
    assert_eq!(decided, 1, "{:?}", tally(&replies));
    let has_gone = replies.iter().any(|reply| reply.status == 200 && reply.body["status"] == "completed");
    let was_voided = replies.iter().any(|reply| reply.status == 200 && reply.body["status"] == "voided");
    assert!(!(has_gone && was_voided), "{:?}", tally(&replies));
    let expected = if has_gone || was_voided { "100.00" } else { "0.00" };
    assert_eq!(balance(&hotel.manager, booking.id()).await, eur(expected));
    race.end(&replies).await;
}

/// Money that is paid while the booking is amended, moved and cancelled is on a folio, and what is left of it comes back once.
#[tokio::test(flavor = "multi_thread")]
async fn payments_beside_amendments_moves_and_cancellations_lose_nothing() {
    let bookings = size(6, 40);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 60, ..HotelSpec::default() }).await;
    let mut requests: Vec<BoxFuture<'static, Reply>> = Vec::new();
    let mut booked = Vec::new();
    for n in 0..bookings {
        let (booking, payment) = paid(&hotel, 3).await;
        let company = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company"});
        let company = hotel.manager.post("/v1/folios", &company).await.expect(201);
        let folio = format!("/v1/folios/{}", booking.id());
        requests.push(Box::pin(post(
            &hotel.manager,
            format!("/v1/bookings/{}/amend", booking.id()),
            json!({"check_out": day(12)}),
        )));
        requests.push(Box::pin(post(&hotel.manager, format!("{folio}/move"), json!({"to_folio_id": company.id()}))));
        let refund = json!({"payment_id": payment.id(), "amount": eur("10.00"), "reason": "Noise"});
        requests.push(Box::pin(post(&hotel.manager, "/v1/refunds", refund)));
        let more = json!({"booking_id": booking.id(), "method": "cash", "amount": eur("5.00"), "overpay": true});
        requests.push(Box::pin(post(&hotel.manager, "/v1/payments", more)));
        if n % 2 == 0 {
            requests.push(Box::pin(act(&hotel.manager, &booking, "cancel")));
        }
        booked.push(booking);
    }
    let replies = together(requests).await;
    race.app.consume().await;
    for (n, booking) in booked.iter().enumerate() {
        let all = hotel.manager.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
        let expected = if n % 2 == 0 { "-305.00" } else { "-105.00" };
        assert_eq!(all.body["balance"], eur(expected), "booking {n}");
        let asked = format!("SELECT coalesce(sum(refunding_minor), 0) FROM payments WHERE booking_id = '{}'", booking.id());
        let expected = if n % 2 == 0 { 30_500 } else { 1_000 };
        assert_eq!(race.app.number(&asked).await, expected, "a cancellation asks for all that was paid, booking {n}");
    }
    race.end(&replies).await;
}

/// Guests pay while the night audit closes the date: each payment is in the books of this date or of the next.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_as_a_date_closes_is_in_its_books_or_in_the_next() {
    let clerks = size(16, 200);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, day(0), day(4)).await;
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    let path = format!("/v1/properties/{}/night-audit", hotel.id);
    race.app.set_clock(&format!("{}T02:00:00Z", day(1)));
    let mut requests: Vec<BoxFuture<'static, Reply>> = Vec::new();
    for n in 0..clerks {
        if n == clerks / 2 {
            requests.push(Box::pin(post(&hotel.manager, path.clone(), json!({"business_date": day(0)}))));
        }
        requests.push(Box::pin(post(&hotel.manager, "/v1/payments", cash(&booking, "1.00"))));
    }
    let replies = together(requests).await;
    assert!(replies.iter().all(|reply| reply.status < 300), "{:?}", tally(&replies));
    let other_date =
        "SELECT count(*) FROM payments p JOIN folio_entries e ON e.payment_id = p.id WHERE e.posted_on <> p.business_date";
    assert_eq!(race.app.number(other_date).await, 0);
    let verified = hbs::domains::folios::verify(&race.app.app).await.expect("verified");
    assert_eq!((verified.closed_dates, verified.faults), (1, Vec::new()));
    race.end(&replies).await;
}

/// Whoever pays at the desk and whoever pays on a page at the same time: the balance is taken once, and what is told of it in
/// many ways at once counts once.
#[tokio::test(flavor = "multi_thread")]
async fn a_balance_is_paid_at_the_desk_or_on_a_page() {
    let clerks = size(10, 50);
    let gateway = TestGateway::start().await;
    let app = TestApp::with(|config| gateway.configure(config)).await;
    let race = Race { deadlocks: app.deadlocks().await, app };
    let hotel = race.app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, day(10), day(12)).await;
    let online = json!({"booking_id": booking.id(), "method": "gateway", "amount": eur("200.00")});
    let body = |n: usize| if n.is_multiple_of(2) { online.clone() } else { cash(&booking, "200.00") };
    let replies = together((0..clerks).map(|n| post(&hotel.manager, "/v1/payments", body(n)))).await;
    assert_eq!(count(&replies, 201, ""), 1, "{:?}", tally(&replies));
    assert_eq!(count(&replies, 409, "payments.exceeds_balance"), clerks - 1, "{:?}", tally(&replies));
    let taken = replies.iter().find(|reply| reply.status == 201).expect("one");
    if let Some(page) = taken.body["next_action"]["url"].as_str() {
        gateway.choose(page, "succeeds").await;
        let events = gateway.take_events();
        let told = events.iter().cycle().take(clerks.min(events.len() * clerks)).map(|event| tell(&race.app, event));
        let told = together(told.collect::<Vec<_>>()).await;
        assert!(told.iter().all(|reply| reply.status == 204), "{:?}", tally(&told));
    }
    assert_eq!(balance(&hotel.manager, booking.id()).await, eur("0.00"));
    assert_eq!(race.app.number("SELECT count(*) FROM folio_entries WHERE kind = 'payment'").await, 1);
    race.end(&replies).await;
}

/// Money that is paid on a page while the booking changes, and told of twice, counts once, and what is owed is the price
/// as it is then, less what was paid.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_on_a_page_while_a_booking_is_amended_counts_once() {
    let bookings = size(8, 60);
    let gateway = TestGateway::start().await;
    let app = TestApp::with(|config| gateway.configure(config)).await;
    let race = Race { deadlocks: app.deadlocks().await, app };
    let hotel = race.app.hotel(HotelSpec { rooms: 60, ..HotelSpec::default() }).await;
    let (mut booked, mut requests) = (Vec::new(), Vec::<BoxFuture<'static, Reply>>::new());
    for n in 0..bookings {
        let booking = hotel.book(&hotel.manager, day(10), day(12)).await;
        let online = json!({"booking_id": booking.id(), "method": "gateway", "amount": eur("200.00")});
        let begun = hotel.manager.post("/v1/payments", &online).await.expect(201);
        gateway.choose(begun.body["next_action"]["url"].as_str().expect("a page"), "succeeds").await;
        let (check_out, owed) = if n % 2 == 0 { (day(13), "100.00") } else { (day(11), "-100.00") };
        let amend = format!("/v1/bookings/{}/amend", booking.id());
        requests.push(Box::pin(post(&hotel.manager, amend, json!({"check_out": check_out}))));
        booked.push((booking, owed));
    }
    let events = gateway.take_events();
    requests.extend(events.iter().chain(&events).map(|event| tell(&race.app, event)));
    let replies = together(requests).await;
    let (amended, told) = replies.split_at(bookings);
    assert!(amended.iter().all(|reply| reply.status == 200), "{:?}", tally(amended));
    assert!(told.iter().all(|reply| reply.status == 204), "{:?}", tally(told));
    for (booking, owed) in &booked {
        assert_eq!(balance(&hotel.manager, booking.id()).await, eur(owed));
    }
    let lines = "SELECT count(*) FROM folio_entries WHERE kind = 'payment' AND amount_minor = -20000";
    assert_eq!(race.app.number(lines).await, i64::try_from(bookings).expect("a count"));
    race.end(&replies).await;
}

/// T-ref-auto: payments that arrive as their holds expire, some of which are cancelled at the same time and some of whose rooms
/// others want. Each has its room, or all of it goes back, once.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_as_a_hold_ends_counts_or_goes_back_once() {
    let holds = size(6, 60);
    let gateway = TestGateway::start().await;
    let app = TestApp::with(|config| gateway.configure(config)).await;
    let race = Race { deadlocks: app.deadlocks().await, app };
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let plan = hotel.plan(&race.app, "NOW", &[("payment_policy", "'pay_now'")]).await;
    let mut booked = Vec::new();
    let mut requests: Vec<BoxFuture<'static, Reply>> = Vec::new();
    for (n, guest) in (0..).zip(race.guests(holds).await) {
        let mut request = hotel.request(day(10 + n), day(11 + n));
        request["rooms"][0]["rate_plan_id"] = json!(plan);
        let booking = guest.post("/v1/bookings", &request).await.expect(201);
        let online = json!({"booking_id": booking.id(), "method": "gateway", "amount": eur("100.00")});
        let begun = guest.post("/v1/payments", &online).await.expect(201);
        gateway.choose(begun.body["next_action"]["url"].as_str().expect("a page"), "succeeds").await;
        match n % 3 {
            0 => requests.push(Box::pin(act(&guest, &booking, "cancel"))),
            1 => requests.push(Box::pin(post(&hotel.manager, "/v1/bookings", hotel.request(day(10 + n), day(11 + n))))),
            _ => {}
        }
        booked.push(booking);
    }
    race.app.consume().await;
    let events = gateway.take_events();
    requests.extend(events.iter().chain(&events).map(|event| tell(&race.app, event)));
    race.app.set_clock("2026-12-01T18:00:00Z");
    let jobs = hbs::server::jobs();
    let (replies, ran) = futures_util::join!(together(requests), hbs::jobs::run_due(&race.app.app, &jobs));
    ran.expect("jobs");
    race.app.consume().await;
    for booking in &booked {
        let seen = hotel.manager.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200).body;
        let refunds = hotel.manager.get(&format!("/v1/refunds?booking_id={}", booking.id())).await.expect(200).body;
        let amounts: Vec<Value> =
            refunds["items"].as_array().expect("refunds").iter().map(|refund| refund["amount"].clone()).collect();
        match seen["status"].as_str() {
            Some("confirmed") => assert_eq!((amounts.len(), &seen["balance"]), (0, &eur("0.00")), "{seen}"),
            Some("expired" | "cancelled") => assert_eq!(amounts, [eur("100.00")], "{seen}: {refunds}"),
            other => panic!("a booking is {other:?}"),
        }
    }
    let completed = race.app.number("SELECT count(*) FROM refunds WHERE status = 'completed'").await;
    let gone = gateway.books().await["refunds"].as_array().map_or(0, Vec::len);
    assert_eq!(usize::try_from(completed).expect("a count"), gone, "what went back here went back at the gateway");
    race.end(&replies).await;
}
