//! The demo gateway through the client that HBS has: all choices, keys, events and the page.
use super::{eur, guarantee_order, order};
use crate::faults::free_address;
use crate::support::{TestGateway, eventually};
use hbs::app::gateways;
use hbs::clock::Clock;
use hbs::config::Config;
use hbs::gateways::{
    Capture, Charge, Checkout, Decline, DemoGateway, DisputeStatus, EventFault, GatewayError, GatewayEvent, GatewayIds,
    GatewayPayment, GatewayRefundStatus, GatewayStatus, PaymentGateway, Provider, Purpose, RefundOrder,
};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// A gateway, its client, and a payment on whose page nobody has chosen yet.
struct Begun {
    gateway: TestGateway,
    client: DemoGateway,
    key: Uuid,
    order: Checkout,
    payment: GatewayPayment,
}

impl Begun {
    async fn new(order: Checkout) -> Self {
        let gateway = TestGateway::start().await;
        let (client, key) = (gateway.client(), Uuid::now_v7());
        let payment = client.checkout(key, &order).await.expect("a page");
        assert_eq!((payment.status, payment.captured), (GatewayStatus::Open, eur("0.00")));
        Self { gateway, client, key, order, payment }
    }

    /// A payment that has gone as it was chosen.
    async fn chosen(choice: &str, capture: Capture) -> Self {
        let mut begun = Self::new(order(capture)).await;
        begun.gateway.choose(begun.page(), choice).await;
        begun.payment = begun.now().await;
        begun
    }

    fn page(&self) -> &str {
        self.payment.page.as_deref().expect("a page")
    }

    fn ids(&self) -> &GatewayIds {
        &self.payment.ids
    }

    async fn now(&self) -> GatewayPayment {
        self.client.payment(self.ids()).await.expect("a payment")
    }

    fn refund(&self, amount: &str) -> RefundOrder {
        RefundOrder { ids: self.ids().clone(), refund_id: Uuid::now_v7(), amount: eur(amount) }
    }

    /// The kinds of the events that are sent now, each of which the client can read.
    fn events(&self) -> Vec<GatewayEvent> {
        let read = |(signature, body): (String, String)| {
            self.client.event(Some(&signature), body.as_bytes(), Clock::real_now()).expect("a genuine event")
        };
        self.gateway.take_events().into_iter().map(read).collect()
    }

    fn kinds(&self) -> Vec<String> {
        self.events().into_iter().map(|event| event.kind).collect()
    }
}

async fn text(response: reqwest::Response) -> String {
    response.text().await.expect("a page")
}

fn is_ambiguous(error: &GatewayError) -> bool {
    matches!(error, GatewayError::Unclear(_) | GatewayError::Stuck)
}

fn refused(code: &str) -> GatewayError {
    GatewayError::Refused { code: code.into() }
}

#[tokio::test]
async fn a_payment_that_goes_well_is_captured_and_told() {
    let begun = Begun::new(order(Capture::Automatic)).await;
    assert_eq!(begun.kinds(), [""; 0], "nothing is told before somebody pays");
    let answer = begun.gateway.choose(begun.page(), "succeeds").await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (303, &begun.order.return_url.parse().expect("a value"))
    );

    let paid = begun.now().await;
    assert_eq!((paid.status, paid.captured, paid.capturable), (GatewayStatus::Captured, eur("100.00"), eur("0.00")));
    assert_eq!((paid.page, paid.guarantee, paid.decline), (None, None, None));
    let events = begun.events();
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!(
        (event.kind.as_str(), event.payment_id, event.refund_id),
        ("payment.captured", Some(begun.order.payment_id), None)
    );
    assert_eq!((&event.ids, event.amount), (&vec![begun.ids().id.clone()], Some(eur("100.00"))));
    assert_eq!(begun.kinds(), [""; 0], "once");

    // Whoever answers the page again pays nothing more.
    let again = begun.gateway.choose(begun.page(), "declined").await;
    assert_eq!(again.status(), 409);
    assert!(text(again).await.contains("This is paid."));
    assert_eq!(begun.now().await.captured, eur("100.00"));
}

#[tokio::test]
async fn authorized_money_is_captured_in_part_or_given_up() {
    let begun = Begun::chosen("succeeds", Capture::Manual).await;
    assert_eq!((begun.payment.status, begun.payment.capturable), (GatewayStatus::Authorized, eur("100.00")));
    assert!(begun.payment.capture_before.is_some_and(|before| before > Clock::real_now()));
    let (client, ids) = (&begun.client, begun.ids());
    for amount in ["100.01", "0.00"] {
        let error = client.capture(Uuid::now_v7(), ids, eur(amount)).await.expect_err("too much or nothing");
        assert_eq!(error, refused("amount_too_large"));
    }
    let captured = client.capture(Uuid::now_v7(), ids, eur("60.00")).await.expect("captured");
    assert_eq!((captured.status, captured.captured, captured.capturable), (GatewayStatus::Captured, eur("60.00"), eur("0.00")));
    let error = client.capture(Uuid::now_v7(), ids, eur("40.00")).await.expect_err("the rest is free");
    assert_eq!(error, refused("payment_not_authorized"));
    assert_eq!(client.void(Uuid::now_v7(), ids).await.expect_err("captured"), refused("payment_cannot_be_voided"));
    assert_eq!(begun.kinds(), ["payment.authorized", "payment.captured"]);

    let begun = Begun::chosen("succeeds", Capture::Manual).await;
    let voided = begun.client.void(Uuid::now_v7(), begun.ids()).await.expect("voided");
    assert_eq!((voided.status, voided.capturable), (GatewayStatus::Voided, eur("0.00")));
    begun.client.void(Uuid::now_v7(), begun.ids()).await.expect("nothing more to do");
    let error = begun.client.capture(Uuid::now_v7(), begun.ids(), eur("1.00")).await.expect_err("voided");
    assert_eq!(error, refused("payment_not_authorized"));
    assert_eq!(begun.kinds(), ["payment.authorized", "payment.voided"]);

    // A page that nobody has answered is closed.
    let begun = Begun::new(order(Capture::Manual)).await;
    assert_eq!(begun.client.void(Uuid::now_v7(), begun.ids()).await.expect("voided").status, GatewayStatus::Voided);
    assert_eq!(begun.gateway.choose(begun.page(), "succeeds").await.status(), 409);
    assert_eq!(begun.now().await.status, GatewayStatus::Voided);
}

#[tokio::test]
async fn a_declined_payment_has_a_reason() {
    let begun = Begun::new(order(Capture::Automatic)).await;
    let answer = begun.gateway.choose(begun.page(), "declined").await;
    assert_eq!(answer.status(), 200);
    let text = text(answer).await;
    assert!(text.contains("The bank declined this payment.") && text.contains("https://hotel.example/not-paid"), "{text}");
    let failed = begun.now().await;
    assert_eq!(
        (failed.status, failed.decline, failed.captured),
        (GatewayStatus::Failed, Some(Decline::CardDeclined), eur("0.00"))
    );
    assert_eq!(begun.kinds(), ["payment.failed"]);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_on_a_further_page() {
    for (factor, status, decline) in
        [("confirmed", GatewayStatus::Captured, None), ("refused", GatewayStatus::Failed, Some(Decline::AuthenticationFailed))]
    {
        let begun = Begun::new(order(Capture::Automatic)).await;
        let answer = begun.gateway.choose(begun.page(), "second_factor").await;
        assert_eq!(answer.status(), 303);
        assert!(answer.headers()["location"].to_str().is_ok_and(|location| begun.page().ends_with(location)));
        let asking = text(begun.gateway.show(begun.page()).await).await;
        assert!(asking.contains("Your bank asks: is it you?") && !asking.contains("name=\"choice\""), "{asking}");
        assert_eq!(begun.now().await.status, GatewayStatus::Open, "not before it is answered");
        // The choice is made already.
        assert_eq!(begun.gateway.choose(begun.page(), "succeeds").await.status(), 400);
        begun.gateway.answer(begun.page(), &format!("factor={factor}")).await;
        let after = begun.now().await;
        assert_eq!((after.status, after.decline), (status, decline));
    }
    let begun = Begun::new(order(Capture::Automatic)).await;
    assert_eq!(begun.gateway.answer(begun.page(), "factor=confirmed").await.status(), 400, "nobody asked for a factor");
    assert_eq!(begun.now().await.status, GatewayStatus::Open);
}

#[tokio::test]
async fn lost_answers_are_of_orders_that_were_done() {
    let begun = Begun::new(order(Capture::Manual)).await;
    assert_eq!(begun.gateway.choose(begun.page(), "lost_answers").await.status(), 504);
    let (client, ids) = (&begun.client, begun.ids());
    assert_eq!(begun.now().await.status, GatewayStatus::Authorized);

    let key = Uuid::now_v7();
    let error = client.capture(key, ids, eur("70.00")).await.expect_err("no answer");
    assert!(is_ambiguous(&error) && error.keeps_key(), "{error}");
    assert_eq!(begun.now().await.captured, eur("70.00"), "it was done");
    let again = client.capture(key, ids, eur("70.00")).await.expect("the answer that was lost");
    assert_eq!((again.status, again.captured), (GatewayStatus::Captured, eur("70.00")));

    let (key, refund) = (Uuid::now_v7(), begun.refund("20.00"));
    client.refund(key, &refund).await.expect_err("no answer");
    let found = client.find_refund(key, ids).await.expect("looked up").expect("it was done");
    assert_eq!((found.refund_id, found.amount), (Some(refund.refund_id), eur("20.00")));
    assert_eq!(client.refund(key, &refund).await.expect("the answer that was lost"), found);
    assert_eq!(begun.now().await.refunded, eur("20.00"), "once");
    eventually(Duration::from_secs(5), async || begun.kinds().contains(&"payment.authorized".into())).await;
}

#[tokio::test]
async fn late_banks_say_yes_later() {
    let begun = Begun::new(order(Capture::Automatic)).await;
    assert_eq!(begun.gateway.choose(begun.page(), "late").await.status(), 303);
    eventually(Duration::from_secs(5), async || begun.now().await.status == GatewayStatus::Captured).await;
    assert_eq!(begun.now().await.captured, eur("100.00"));
    assert_eq!(begun.kinds(), ["payment.processing", "payment.captured"]);
}

#[tokio::test]
async fn refunds_are_at_most_what_was_captured() {
    let begun = Begun::chosen("succeeds", Capture::Automatic).await;
    let client = &begun.client;
    for (amount, refunded) in [("30.00", "30.00"), ("0.01", "30.01"), ("69.99", "100.00")] {
        let order = begun.refund(amount);
        let refund = client.refund(Uuid::now_v7(), &order).await.expect("refunded");
        assert_eq!((refund.status, refund.amount), (GatewayRefundStatus::Succeeded, eur(amount)));
        assert_eq!(client.refund_by_id(&refund.id).await.expect("looked up"), refund);
        assert_eq!(begun.now().await.refunded, eur(refunded));
    }
    for amount in ["0.01", "0.00"] {
        let error = client.refund(Uuid::now_v7(), &begun.refund(amount)).await.expect_err("too much or nothing");
        assert_eq!(error, refused("amount_too_large"));
    }
    let nowhere = RefundOrder { ids: GatewayIds { id: "dp_0".into(), transaction_id: None }, ..begun.refund("1.00") };
    assert_eq!(client.refund(Uuid::now_v7(), &nowhere).await.expect_err("no payment"), refused("not_found"));
    assert_eq!(begun.kinds(), ["payment.captured", "refund.succeeded", "refund.succeeded", "refund.succeeded"]);
}

#[tokio::test]
async fn refunds_that_come_back_days_later_can_be_made_again() {
    let begun = Begun::chosen("refunds_fail_later", Capture::Automatic).await;
    let client = &begun.client;
    let refund = client.refund(Uuid::now_v7(), &begun.refund("100.00")).await.expect("refunded");
    assert_eq!(refund.status, GatewayRefundStatus::Succeeded);
    begun.gateway.let_days_pass(3).await;
    assert_eq!(client.refund_by_id(&refund.id).await.expect("a refund").status, GatewayRefundStatus::Failed);
    assert_eq!(begun.now().await.refunded, eur("0.00"));
    let events = begun.events();
    let last = events.last().expect("an event");
    assert_eq!((last.kind.as_str(), last.refund_id, last.amount), ("refund.failed", refund.refund_id, Some(eur("100.00"))));
    client.refund(Uuid::now_v7(), &begun.refund("100.00")).await.expect("the money is there again");
}

#[tokio::test]
async fn disputed_payments_are_not_refunded_as_well() {
    let begun = Begun::chosen("disputed_later", Capture::Automatic).await;
    assert_eq!(begun.now().await.dispute, None);
    begun.gateway.let_days_pass(3).await;
    let dispute = begun.now().await.dispute.expect("a dispute");
    assert_eq!((dispute.status, dispute.amount), (DisputeStatus::Open, eur("100.00")));
    assert!(dispute.answer_before.is_some());
    assert_eq!(begun.kinds(), ["payment.captured", "payment.disputed"]);
    let error = begun.client.refund(Uuid::now_v7(), &begun.refund("10.00")).await.expect_err("disputed");
    assert_eq!(error, refused("payment_disputed"));
}

#[tokio::test]
async fn events_come_twice_and_the_latest_first() {
    let begun = Begun::chosen("unordered_events", Capture::Manual).await;
    begun.client.capture(Uuid::now_v7(), begun.ids(), eur("100.00")).await.expect("captured");
    begun.client.refund(Uuid::now_v7(), &begun.refund("10.00")).await.expect("refunded");
    let events = begun.events();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    let expected = ["refund.succeeded", "payment.captured", "payment.authorized"];
    assert_eq!(kinds, expected.iter().flat_map(|kind| [*kind; 2]).collect::<Vec<_>>());
    assert!(events.chunks(2).all(|twice| twice[0] == twice[1]), "the same event under the same id");
}

#[tokio::test]
async fn a_guarantee_is_charged_later() {
    for (choice, is_charged) in [("succeeds", true), ("charges_declined", false)] {
        let begun = Begun::new(guarantee_order()).await;
        let page = text(begun.gateway.show(begun.page()).await).await;
        assert!(page.contains("Nothing is charged now."), "{page}");
        begun.gateway.choose(begun.page(), choice).await;
        let stored = begun.now().await;
        assert_eq!((stored.status, stored.captured), (GatewayStatus::Stored, eur("0.00")));
        let charge = Charge {
            payment_id: Uuid::now_v7(),
            guarantee: stored.guarantee.expect("a guarantee"),
            amount: eur("80.00"),
            capture: Capture::Automatic,
            description: "No-show fee".into(),
        };
        let key = Uuid::now_v7();
        let charged = begun.client.charge(key, &charge).await;
        let found = begun.client.find_payment(key, Clock::real_now()).await.expect("looked up").expect("kept either way");
        if is_charged {
            let charged = charged.expect("charged");
            assert_eq!((charged.status, charged.captured), (GatewayStatus::Captured, eur("80.00")));
            assert_eq!(found, charged);
        } else {
            assert_eq!(charged.expect_err("declined"), GatewayError::Declined(Decline::InsufficientFunds));
            assert_eq!((found.status, found.decline), (GatewayStatus::Failed, Some(Decline::InsufficientFunds)));
        }
    }
    // With a payment, where the order says so.
    let Purpose::Pay { amount, capture, .. } = order(Capture::Automatic).purpose else { panic!("a payment") };
    let purpose = Purpose::Pay { amount, capture, stores_guarantee: true };
    let begun = Begun::new(Checkout { purpose, ..order(Capture::Automatic) }).await;
    begun.gateway.choose(begun.page(), "succeeds").await;
    assert!(begun.now().await.guarantee.is_some());
}

#[tokio::test]
async fn an_order_is_done_once_however_often_it_comes() {
    let begun = Begun::new(order(Capture::Manual)).await;
    let (client, key) = (&begun.client, begun.key);
    let at_once = futures_util::future::join_all((0..8).map(|_| client.checkout(key, &begun.order))).await;
    assert!(at_once.iter().all(|answer| answer.as_ref() == Ok(&begun.payment)), "{at_once:?}");
    let payments = |books: Value| books["payments"].as_array().map(Vec::len);
    assert_eq!(payments(begun.gateway.books().await), Some(1));

    // Other words under the key: nobody knows what the first ones came to.
    let error = client.checkout(key, &order(Capture::Manual)).await.expect_err("another order");
    assert!(is_ambiguous(&error), "{error}");
    // A refusal is given again, too.
    let key = Uuid::now_v7();
    for _ in 0..2 {
        assert_eq!(client.capture(key, begun.ids(), eur("1.00")).await.expect_err("open"), refused("payment_not_authorized"));
    }
    begun.gateway.choose(begun.page(), "succeeds").await;
    let error = client.capture(key, begun.ids(), eur("1.00")).await.expect_err("decided");
    assert_eq!(error, refused("payment_not_authorized"), "a definite end needs another key");
    let captures =
        futures_util::future::join_all((0..8).map(|_| client.capture(Uuid::now_v7(), begun.ids(), eur("60.00")))).await;
    assert_eq!(captures.iter().filter(|answer| answer.is_ok()).count(), 1, "{captures:?}");
}

#[tokio::test]
async fn faults_are_ambiguous_or_not_as_they_should_be() {
    let gateway = TestGateway::start().await;
    let (client, order) = (gateway.client(), order(Capture::Automatic));

    let key = Uuid::now_v7();
    gateway.fail_next("lost_answer", 1).await;
    let error = client.checkout(key, &order).await.expect_err("no answer");
    assert_eq!(error, GatewayError::Unclear("the gateway did not answer in time"));
    let found = client.find_payment(key, Clock::real_now()).await.expect("looked up").expect("it was done");
    assert!(found.page.is_some());
    assert_eq!(client.checkout(key, &order).await, Ok(found));

    let key = Uuid::now_v7();
    gateway.fail_next("error", 1).await;
    assert_eq!(client.checkout(key, &order).await, Err(GatewayError::Unclear("the gateway failed")));
    assert_eq!(client.find_payment(key, Clock::real_now()).await, Ok(None));
    client.checkout(key, &order).await.expect("done now");

    let key = Uuid::now_v7();
    gateway.fail_next("lasting_error", 1).await;
    assert_eq!(client.checkout(key, &order).await, Err(GatewayError::Unclear("the gateway failed")));
    assert_eq!(client.checkout(key, &order).await, Err(GatewayError::Stuck));
    assert_eq!(client.find_payment(key, Clock::real_now()).await, Ok(None));

    gateway.fail_next("late_answer", 1).await;
    client.checkout(Uuid::now_v7(), &order).await.expect("late, but in time");

    let nobody = DemoGateway::new(&format!("http://{}", free_address()), "secret", Duration::from_secs(1)).expect("a client");
    let error = nobody.checkout(Uuid::now_v7(), &order).await.expect_err("nobody is there");
    assert_eq!(error, GatewayError::NotDone("the gateway cannot be reached"));
    let stranger = DemoGateway::new(&gateway.url, "another secret", Duration::from_secs(1)).expect("a client");
    assert_eq!(stranger.checkout(Uuid::now_v7(), &order).await.expect_err("a stranger"), refused("unauthorized"));
}

#[tokio::test]
async fn pages_and_authorizations_end() {
    let begun = Begun::new(order(Capture::Manual)).await;
    begun.gateway.let_days_pass(1).await;
    let shown = begun.gateway.show(begun.page()).await;
    assert!(text(shown).await.contains("The time to pay is over."));
    assert_eq!(begun.gateway.choose(begun.page(), "succeeds").await.status(), 409);
    assert_eq!((begun.now().await.status, begun.kinds()), (GatewayStatus::Expired, vec!["payment.expired".into()]));

    let begun = Begun::chosen("succeeds", Capture::Manual).await;
    begun.gateway.let_days_pass(7).await;
    let error = begun.client.capture(Uuid::now_v7(), begun.ids(), eur("1.00")).await.expect_err("too late");
    assert_eq!(error, refused("payment_not_authorized"));
    let expired = begun.now().await;
    assert_eq!((expired.status, expired.capturable), (GatewayStatus::Expired, eur("0.00")));
}

#[tokio::test]
async fn orders_that_make_no_sense_are_refused() {
    let gateway = TestGateway::start().await;
    let client = gateway.client();
    let pay = |amount| Purpose::Pay { amount: eur(amount), capture: Capture::Automatic, stores_guarantee: false };
    for (wrong, code) in [
        (Checkout { purpose: pay("0.00"), ..order(Capture::Automatic) }, "amount_too_small"),
        (Checkout { purpose: pay("-1.00"), ..order(Capture::Automatic) }, "amount_too_small"),
        (Checkout { return_url: "javascript:alert(1)".into(), ..order(Capture::Automatic) }, "address_not_supported"),
        (Checkout { cancel_url: "/back".into(), ..order(Capture::Automatic) }, "address_not_supported"),
        (Checkout { expires_at: Clock::real_now(), ..order(Capture::Automatic) }, "page_would_be_over"),
    ] {
        assert_eq!(client.checkout(Uuid::now_v7(), &wrong).await.expect_err(code), refused(code));
    }
    assert_eq!(gateway.books().await["payments"], serde_json::json!([]));
}

#[tokio::test]
async fn forged_events_are_not_read() {
    let begun = Begun::chosen("succeeds", Capture::Automatic).await;
    let (signature, body) = begun.gateway.take_events().pop().expect("an event");
    let now = Clock::real_now();
    let read = |signature: Option<&str>, body: &str, now| begun.client.event(signature, body.as_bytes(), now);
    read(Some(&signature), &body, now).expect("genuine");
    assert_eq!(read(None, &body, now), Err(EventFault::Missing));
    assert_eq!(read(Some("yes"), &body, now), Err(EventFault::Malformed));
    let more = body.replace("10000", "90000");
    assert_ne!(more, body);
    assert_eq!(read(Some(&signature), &more, now), Err(EventFault::Forged));
    assert_eq!(read(Some(&signature), &body, now + chrono::TimeDelta::minutes(6)), Err(EventFault::TooOld));
    assert_eq!(read(Some(&signature), &body, now - chrono::TimeDelta::minutes(6)), Err(EventFault::TooEarly));
    let nothing = hbs_demo_gateway::sign(&begun.gateway.secret, b"[]", now.timestamp());
    assert_eq!(read(Some(&nothing), "[]", now), Err(EventFault::Unreadable));
}

#[tokio::test]
async fn the_page_is_plain_and_safe() {
    let hostile = Checkout {
        description: "<script>alert('1')</script> & \"more\"".into(),
        email: Some("<b>@x.example".into()),
        ..order(Capture::Automatic)
    };
    let begun = Begun::new(hostile).await;
    let response = begun.gateway.show(begun.page()).await;
    let header = |name: &str| response.headers()[name].to_str().expect("text").to_owned();
    assert_eq!((response.status().as_u16(), header("content-type").as_str()), (200, "text/html; charset=utf-8"));
    assert_eq!(
        header("content-security-policy"),
        "default-src 'none'; style-src 'self'; form-action 'self' https://hotel.example https://hotel.example; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    assert_eq!((header("cache-control").as_str(), header("referrer-policy").as_str()), ("no-store", "no-referrer"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    let text = text(response).await;
    assert!(text.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;more&quot;"), "{text}");
    assert!(!text.contains("<script") && !text.contains("<b>") && !text.contains("style="), "{text}");
    assert!(text.contains("100.00 EUR") && text.contains("no money moves"), "{text}");
    for choice in hbs_demo_gateway::Choice::ALL {
        assert!(text.contains(&format!("value=\"{}\"", choice.word())) && text.contains(choice.title()), "{text}");
    }
    assert!(text.contains("<html lang=\"en\">") && text.contains("<legend>"), "{text}");
    let style = begun.gateway.show(&format!("{}/style.css", begun.gateway.url)).await;
    assert_eq!(style.headers()["content-type"], "text/css");
    assert_eq!(begun.gateway.choose(begun.page(), "nonsense").await.status(), 400);
    assert_eq!(begun.gateway.show(&format!("{}/pages/dp_0", begun.gateway.url)).await.status(), 404);

    // The list of all payments, which leads to open pages.
    let list = self::text(begun.gateway.show(&format!("{}/", begun.gateway.url)).await).await;
    assert!(list.contains(&format!("/pages/{}", begun.ids().id)) && !list.contains("<script"), "{list}");

    for (amount, currency, shown) in [("5000", "JPY", "5000 JPY"), ("1.250", "KWD", "1.250 KWD"), ("0.05", "EUR", "0.05 EUR")] {
        let amount = hbs::money::Money::parse(amount, currency.parse().expect(currency)).expect(amount);
        let purpose = Purpose::Pay { amount, capture: Capture::Automatic, stores_guarantee: false };
        let payment = begun.client.checkout(Uuid::now_v7(), &Checkout { purpose, ..order(Capture::Automatic) }).await;
        let payment = payment.expect("a page");
        assert_eq!(payment.amount, amount);
        let page = self::text(begun.gateway.show(payment.page.as_deref().expect("a page")).await).await;
        assert!(page.contains(shown), "{page}");
    }
}

#[tokio::test]
async fn settings_name_the_gateways() {
    let mut config = Config::defaults().expect("defaults");
    assert!(gateways(&config).expect("no gateway").current().is_none());
    let gateway = TestGateway::start().await;
    gateway.configure(&mut config);
    let named = gateways(&config).expect("a gateway");
    let current = named.current().expect("a gateway");
    assert_eq!(current.provider(), Provider::Demo);
    assert!(named.of(Provider::Stripe).is_none());
    current.checkout(Uuid::now_v7(), &order(Capture::Automatic)).await.expect("a page");

    // New payments go through Stripe, and those that went through the demo gateway are still known.
    config.stripe_secret_key = Some("sk_test_1".into());
    let named = gateways(&config).expect("two gateways");
    assert_eq!(named.current().map(|gateway| gateway.provider()), Some(Provider::Stripe));
    assert!(named.of(Provider::Demo).is_some());
}
