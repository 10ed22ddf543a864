//! HBS is killed on the way of its orders to a gateway, and started again: then the gateway's books are ours, with nobody's help.
use crate::faults::{Installed, NOON, Server, eventually};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, TestGateway, day, eur, unique};
use hbs::gateways::SIGNATURE_HEADER;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::task::JoinHandle;

const PAYMENTS: &str = "/v1/payments";
/// Orders that are given at the same time: a page, a capture and a refund.
const ORDERS: usize = 3;
/// Longer than it takes to kill a process that waits for an answer.
const LATE: Duration = Duration::from_secs(3);

/// Point at which HBS is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    /// A pause in HBS.
    Pause(&'static str),
    /// The gateway has the orders, and has not done them. It does them when HBS is gone.
    Sent,
    /// The gateway has done the orders, and its answers have not come.
    Done,
}

const POINTS: [Point; 6] = [
    Point::Pause("before_claim"),
    Point::Pause("after_claim"),
    Point::Sent,
    Point::Done,
    Point::Pause("before_commit"),
    Point::Pause("after_commit"),
];

/// HBS as it is installed, a gateway, and an app on the same data that the killing does not reach.
struct House {
    installed: Installed,
    gateway: TestGateway,
    app: TestApp,
    hotel: Hotel,
}

/// A booking of which nothing is paid, a payment that is authorized and one that is captured.
struct Prepared {
    booking: Reply,
    authorized: Reply,
    captured: Reply,
}

impl House {
    async fn new() -> Self {
        let (installed, gateway) = (Installed::new().await, TestGateway::start_late(LATE).await);
        let mut config = installed.config.clone();
        gateway.configure(&mut config);
        let app = TestApp::on(config).await;
        app.set_clock(NOON);
        let hotel = app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
        let settings = format!("/v1/properties/{}/payment-settings", hotel.id);
        let etag = hotel.manager.get(&settings).await.expect(200).header("etag").to_owned();
        let nobody_else = json!({"refund_approval_above": eur("1000.00")});
        hotel.manager.patch(&settings, &etag, &nobody_else).await.expect(200);
        Self { installed, gateway, app, hotel }
    }

    async fn serve(&self, pause_at: Option<&str>) -> Server {
        let mut settings = vec![
            ("HBS_DEMO_GATEWAY_URL", self.gateway.url.as_str()),
            ("HBS_DEMO_GATEWAY_SECRET", self.gateway.secret.as_str()),
            ("HBS_GATEWAY_TIMEOUT_SECONDS", "1"),
        ];
        settings.extend(pause_at.map(|point| ("HBS_PAUSE_AT", point)));
        self.installed.serve_with(&settings).await
    }

    async fn prepare(&self, nights: u64) -> Prepared {
        let book = async || self.hotel.book(&self.hotel.manager, day(nights), day(nights + 1)).await;
        let (booking, first, second) = (book().await, book().await, book().await);
        let authorized = self.pay(&first, "manual").await;
        let captured = self.pay(&second, "automatic").await;
        assert_eq!((&authorized.body["status"], &captured.body["status"]), (&json!("authorized"), &json!("captured")));
        Prepared { booking, authorized, captured }
    }

    /// Pays a booking on the page of the gateway, and lets HBS know.
    async fn pay(&self, booking: &Reply, capture: &str) -> Reply {
        let order = json!({"booking_id": booking.id(), "method": "gateway", "amount": eur("100.00"), "capture": capture});
        let payment = self.hotel.manager.post(PAYMENTS, &order).await.expect(201);
        self.gateway.choose(payment.body["next_action"]["url"].as_str().expect("a page"), "succeeds").await;
        for (signature, body) in self.gateway.take_events() {
            let gateway = self.app.anonymous().with(SIGNATURE_HEADER, signature);
            gateway.send(http::Method::POST, &format!("{PAYMENTS}/webhooks/demo"), Some(body)).await.expect(204);
        }
        self.hotel.manager.get(&format!("{PAYMENTS}/{}", payment.id())).await.expect(200)
    }

    /// Gives the three orders, which nobody waits for.
    fn order(&self, server: &Server, prepared: &Prepared) -> Vec<JoinHandle<()>> {
        let Prepared { booking, authorized, captured } = prepared;
        let page = json!({"booking_id": booking.id(), "method": "gateway", "amount": eur("100.00"), "capture": "manual"});
        let refund = json!({"payment_id": captured.id(), "amount": eur("30.00"), "reason": "Noise"});
        let orders = [
            (PAYMENTS.to_owned(), page),
            (format!("{PAYMENTS}/{}/capture", authorized.id()), json!({"amount": eur("60.00")})),
            ("/v1/refunds".to_owned(), refund),
        ];
        let sent = orders.map(|(path, body)| {
            let request = server.http.post(server.url(&path)).bearer_auth(self.hotel.manager.access_token());
            let request = request.header("idempotency-key", unique("key")).json(&body);
            tokio::spawn(async move { drop(request.send().await) })
        });
        sent.into()
    }

    /// Kills HBS when all three orders have come to the point.
    async fn kill_at(&self, point: Point, prepared: &Prepared) {
        let pauses = || self.installed.output().matches("paused for good").count();
        let (paused_before, done_before) = (pauses(), self.done().await);
        let fault = match point {
            Point::Pause(_) => None,
            Point::Sent => Some("slow_order"),
            Point::Done => Some("lost_answer"),
        };
        if let Some(fault) = fault {
            self.gateway.fail_next(fault, ORDERS).await;
        }
        let pause_at = if let Point::Pause(name) = point { Some(name) } else { None };
        let mut server = self.serve(pause_at).await;
        let sent = self.order(&server, prepared);
        eventually("all orders are at the point", async || match point {
            Point::Pause(_) => pauses() >= paused_before + ORDERS,
            Point::Sent => self.gateway.faults_to_come() == 0,
            Point::Done => self.done().await >= done_before + ORDERS,
        })
        .await;
        server.child.kill().await.expect("killed");
        assert_eq!(self.gateway.faults_to_come(), 0);
        for request in sent {
            request.abort();
        }
    }

    /// How many orders the gateway has done: pages, captures and refunds.
    async fn done(&self) -> usize {
        let books = self.gateway.books().await;
        let payments = books["payments"].as_array().expect("payments");
        let captured = payments.iter().filter(|payment| payment["captured"] != 0).count();
        payments.len() + captured + books["refunds"].as_array().expect("refunds").len()
    }

    /// Asserts that the gateway's books are ours, within the time that it may take.
    async fn assert_one_truth(&self) {
        let (mut theirs, mut ours) = (BTreeMap::new(), BTreeMap::new());
        let open = "SELECT count(*) FROM payment_attempts WHERE status = 'open'";
        let is_one = async || {
            (theirs, ours) = (self.theirs().await, self.ours().await);
            theirs == ours && self.app.number(open).await == 0
        };
        let in_time = tokio::time::timeout(Duration::from_secs(55), eventually("one truth", is_one)).await;
        assert!(in_time.is_ok(), "theirs {theirs:#?}, ours {ours:#?}");
    }

    /// Each payment of the gateway: its state, what was captured and what was refunded.
    async fn theirs(&self) -> BTreeMap<String, [Value; 3]> {
        let books = self.gateway.books().await;
        let payments = books["payments"].as_array().expect("payments").iter();
        let told = payments.map(|payment| {
            let status = if payment["status"] == "open" { json!("requires_action") } else { payment["status"].clone() };
            let id = payment["id"].as_str().expect("an id").to_owned();
            (id, [status, payment["captured"].clone(), payment["refunded"].clone()])
        });
        told.collect()
    }

    async fn ours(&self) -> BTreeMap<String, [Value; 3]> {
        let sql = "SELECT coalesce(gateway_id, 'not known: ' || id) AS id, status, captured_minor, refunded_minor
                   FROM payments WHERE method = 'gateway'";
        let rows = self.app.rows(sql).await.into_iter().map(|row| {
            let id = row["id"].as_str().expect("an id").to_owned();
            (id, [row["status"].clone(), row["captured_minor"].clone(), row["refunded_minor"].clone()])
        });
        rows.collect()
    }
}

/// T-pay-kill: killed at each of six points of a page, a capture and a refund, HBS agrees with the gateway within a minute
/// after it is started again.
#[tokio::test(flavor = "multi_thread")]
async fn hbs_killed_on_the_way_of_an_order_agrees_with_the_gateway_afterwards() {
    let house = Box::pin(House::new()).await;
    for (point, nights) in POINTS.into_iter().zip(0..) {
        let prepared = house.prepare(nights).await;
        house.kill_at(point, &prepared).await;
        // An order is looked up when it cannot be under way any more. Started then, HBS does so at once.
        let may_be_under_way = "SELECT count(*) FROM payment_attempts WHERE status = 'open'
                                AND ordered_at > clock_timestamp() - interval '3 seconds'";
        eventually("the orders are old", async || house.app.number(may_be_under_way).await == 0).await;
        let mut server = house.serve(None).await;
        house.assert_one_truth().await;

        // Whatever was committed is done, and once.
        let is_ordered = point != Point::Pause("before_claim");
        let see = async |path: String| house.hotel.manager.get(&path).await.expect(200).body;
        let captured = see(format!("{PAYMENTS}/{}", prepared.authorized.id())).await;
        let refunded = see(format!("{PAYMENTS}/{}", prepared.captured.id())).await;
        let paid = see(format!("{PAYMENTS}?booking_id={}", prepared.booking.id())).await;
        let pages = paid["items"].as_array().expect("payments");
        if is_ordered {
            assert_eq!((&captured["status"], &captured["captured"]), (&json!("captured"), &eur("60.00")), "{point:?}");
            assert_eq!(refunded["refunded"], eur("30.00"), "{point:?}");
            assert_eq!((pages.len(), &pages[0]["status"]), (1, &json!("requires_action")), "{point:?}");
            assert!(pages[0]["next_action"]["url"].is_string(), "{point:?}: {}", pages[0]);
        } else {
            assert_eq!((&captured["status"], &captured["captured"]), (&json!("authorized"), &eur("0.00")), "{point:?}");
            assert_eq!((&refunded["refunded"], pages.len()), (&eur("0.00"), 0), "{point:?}");
        }
        server.child.kill().await.expect("killed");
    }
    house.app.assert_consistent().await;
    house.installed.stack.stop().await.expect("stopped");
}
