//! Cash drawers, through the API: cash goes to the drawer of whoever takes it, and is counted blind.
use crate::every_route::Exception::AnswersWith;
use crate::every_route::{Call, Request, World};
use crate::payments::{PAYMENTS, pay};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, eur};
use serde_json::{Value, json};

const DRAWERS: &str = "/v1/drawers";

async fn open(client: &Client, hotel: &Hotel, amount: &str) -> Reply {
    client.post(DRAWERS, &json!({"property_id": hotel.id, "float": eur(amount)})).await
}

async fn moved(client: &Client, drawer: &Reply, kind: &str, amount: &str) -> Reply {
    let body = json!({"kind": kind, "amount": eur(amount), "reason": "To the safe"});
    client.post(&format!("{DRAWERS}/{}/movements", drawer.id()), &body).await
}

async fn count(client: &Client, drawer: &Reply, amount: &str) -> Reply {
    client.post(&format!("{DRAWERS}/{}/close", drawer.id()), &json!({"counted": eur(amount), "note": "Counted twice"})).await
}

/// A hotel where refunds are paid back at once, with a booking of 400.00.
async fn hotel(app: &TestApp) -> (Hotel, Reply) {
    let hotel = app.hotel(HotelSpec::default()).await;
    let path = format!("/v1/properties/{}/payment-settings", hotel.id);
    hotel.manager.patch(&path, "\"1\"", &json!({"refund_approval_above": eur("1000.00")})).await.expect(200);
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-14").await;
    (hotel, booking)
}

#[tokio::test]
async fn cash_goes_to_the_drawer_of_whoever_takes_it_and_is_counted_blind() {
    let app = TestApp::new().await;
    let (hotel, booking) = hotel(&app).await;
    let permissions = ["payments:write", "payments:read", "refunds:request", "drawers:count", "bookings:read"];
    let (ana, rui) = (app.staff(&permissions, Some(&hotel.id)).await, app.staff(&permissions, Some(&hotel.id)).await);
    let drawer = open(&ana, &hotel, "100.00").await.expect(201);
    assert_eq!(
        (&drawer.body["status"], &drawer.body["float"], &drawer.body["expected"], &drawer.body["user_id"], drawer.header("etag")),
        (&json!("open"), &eur("100.00"), &Value::Null, &json!(ana.user_id()), "\"1\"")
    );
    let second = open(&ana, &hotel, "1.00").await.expect(409);
    assert_eq!((second.code(), &second.body["drawer_id"]), ("drawers.open_exists", &json!(drawer.id())));

    let cash = pay(&ana, booking.id(), "120.00").await.expect(201);
    let wrong = pay(&ana, booking.id(), "50.00").await.expect(201);
    ana.post(&format!("{PAYMENTS}/{}/void", wrong.id()), &json!({})).await.expect(200);
    let card = json!({"booking_id": booking.id(), "method": "card_terminal", "amount": eur("30.00")});
    ana.post(PAYMENTS, &card).await.expect(201);
    pay(&rui, booking.id(), "70.00").await.expect(201);
    ana.post("/v1/refunds", &json!({"payment_id": cash.id(), "amount": eur("20.00"), "reason": "Noise"})).await.expect(201);
    assert_eq!(moved(&ana, &drawer, "drop", "80.00").await.expect(200).header("etag"), "\"2\"");
    moved(&ana, &drawer, "paid_out", "5.50").await.expect(200);
    moved(&ana, &drawer, "paid_in", "10.00").await.expect(200);

    // Nobody is told what should be there, and nobody else counts it.
    let path = format!("{DRAWERS}/{}", drawer.id());
    let seen = hotel.manager.get(&path).await.expect(200);
    assert_eq!((&seen.body["drawer"]["expected"], seen.body["entries"].as_array().map(Vec::len)), (&Value::Null, Some(3)));
    assert_eq!(count(&rui, &drawer, "1.00").await.expect(403).code(), "drawers.of_somebody_else");
    let closed = count(&ana, &drawer, "124.00").await.expect(200);
    assert_eq!(
        (&closed.body["status"], &closed.body["counted"], &closed.body["expected"], &closed.body["difference"]),
        (&json!("closed"), &eur("124.00"), &eur("124.50"), &eur("-0.50"))
    );
    assert_eq!(count(&ana, &drawer, "124.50").await.expect(409).code(), "drawers.closed");
    assert_eq!(moved(&ana, &drawer, "drop", "1.00").await.expect(409).code(), "drawers.closed");

    let shift = hotel.manager.get(&path).await.expect(200).body;
    let entries = shift["entries"].as_array().expect("entries");
    let told: Vec<(&Value, &Value)> = entries.iter().map(|entry| (&entry["kind"], &entry["amount"])).collect();
    for expected in [
        (&json!("payment"), &eur("120.00")),
        (&json!("refund"), &eur("-20.00")),
        (&json!("drop"), &eur("-80.00")),
        (&json!("paid_out"), &eur("-5.50")),
        (&json!("paid_in"), &eur("10.00")),
    ] {
        assert!(told.contains(&expected), "{expected:?} in {told:?}");
    }
    assert_eq!(told.len(), 5);

    // What was counted stays: a payment of it is refunded, and not voided as if it had never been.
    let void = ana.post(&format!("{PAYMENTS}/{}/void", cash.id()), &json!({})).await.expect(409);
    assert!(matches!(void.code(), "payments.drawer_counted" | "payments.has_refunds"), "{}", void.body);
    let list = async |query: &str| {
        let found = hotel.manager.get(&format!("{DRAWERS}?property_id={}{query}", hotel.id)).await.expect(200);
        found.body["items"].as_array().map(Vec::len)
    };
    assert_eq!((list("&status=closed").await, list("&status=open").await), (Some(1), Some(0)));
    assert_eq!((list(&format!("&user_id={}", rui.user_id())).await, list("&from=2026-12-02").await), (Some(0), Some(0)));
    assert_eq!(app.number("SELECT count(*) FROM payments WHERE drawer_id IS NOT NULL").await, 2, "Rui has no drawer");
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_was_counted_is_not_voided() {
    let app = TestApp::new().await;
    let (hotel, booking) = hotel(&app).await;
    let drawer = open(&hotel.manager, &hotel, "0.00").await.expect(201);
    let cash = pay(&hotel.manager, booking.id(), "60.00").await.expect(201);
    count(&hotel.manager, &drawer, "60.00").await.expect(200);
    let void = hotel.manager.post(&format!("{PAYMENTS}/{}/void", cash.id()), &json!({})).await.expect(409);
    assert_eq!(void.code(), "payments.drawer_counted");
    let counted = app.try_sql("UPDATE drawers SET counted_minor = 1").await.expect_err("it is counted once");
    assert!(counted.contains("counted once"), "{counted}");
}

/// While cash is taken, a drawer is not counted without it; whatever comes first, the count is right.
#[tokio::test(flavor = "multi_thread")]
async fn cash_that_is_taken_while_a_drawer_is_counted_is_in_it_or_not() {
    let app = TestApp::new().await;
    let (hotel, booking) = hotel(&app).await;
    let drawer = open(&hotel.manager, &hotel, "0.00").await.expect(201);
    let paid = (0..6).map(|_| pay(&hotel.manager, booking.id(), "10.00"));
    let (paid, closed) = futures_util::join!(futures_util::future::join_all(paid), count(&hotel.manager, &drawer, "0.00"));
    assert!(paid.iter().all(|reply| reply.status == 201));
    let closed = closed.expect(200);
    let sum = "SELECT coalesce(sum(captured_minor), 0) FROM payments WHERE drawer_id IS NOT NULL";
    let minor = app.number(sum).await;
    assert_eq!(closed.body["expected"], eur(&format!("{}.{:02}", minor / 100, minor % 100)));
    assert_eq!(app.deadlocks().await, 0);
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name() {
    let app = TestApp::new().await;
    let (hotel, _) = hotel(&app).await;
    let dollars = json!({"amount": "1.00", "currency": "USD"});
    let float = json!({"property_id": hotel.id, "float": dollars});
    assert_eq!(hotel.manager.post(DRAWERS, &float).await.expect(422).pointers(), ["/float/currency"]);
    assert_eq!(open(&hotel.manager, &hotel, "-1.00").await.expect(422).pointers(), ["/float"]);
    let drawer = open(&hotel.manager, &hotel, "10.00").await.expect(201);
    assert_eq!(moved(&hotel.manager, &drawer, "drop", "0.00").await.expect(422).pointers(), ["/amount/amount"]);
    assert_eq!(moved(&hotel.manager, &drawer, "stolen", "1.00").await.expect(422).pointers(), ["/kind"]);
    let path = format!("{DRAWERS}/{}/close", drawer.id());
    let stale = hotel.manager.with("if-match", "\"9\"").post(&path, &json!({"counted": eur("1.00")})).await;
    assert_eq!(stale.expect(412).code(), "request.precondition_failed");
    let clerk = app.staff(&["payments:write"], Some(&hotel.id)).await;
    assert_eq!(open(&clerk, &hotel, "1.00").await.expect(403).body["permission"], "drawers:count");
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_drawers", async |w| {
            a_drawer(w).await;
            Call::plain()
        }),
        Request::new("open_drawer", async |w| {
            Call::plain().json(&json!({"property_id": w.property().await, "float": eur("50.00")}))
        }),
        Request::new("get_drawer", async |w| Call::to(&a_drawer(w).await)),
        Request::new("move_cash", async |w| {
            let body = json!({"kind": "drop", "amount": eur("5.00"), "reason": "To the safe"});
            Call::to(&a_drawer(w).await).json(&body)
        })
        .but(AnswersWith(403), "who opened the drawer answers for it, and this is somebody else's"),
        Request::new("close_drawer", async |w| Call::to(&a_drawer(w).await).json(&json!({"counted": eur("50.00")})))
            .but(AnswersWith(403), "who opened the drawer answers for it, and this is somebody else's"),
    ]
}

/// The open drawer of the manager.
async fn a_drawer(w: &World) -> String {
    let float = json!({"property_id": w.property().await, "float": eur("50.00")});
    let opened = w.admin.post(DRAWERS, &float).await;
    let id = if opened.status == 201 { &opened.body["id"] } else { &opened.body["drawer_id"] };
    id.as_str().expect("a drawer").to_owned()
}
