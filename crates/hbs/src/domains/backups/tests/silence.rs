//! T-bak-outbox by kind: of all that is due in what was restored, nothing is done before it is resumed, and all of it afterwards.
use super::words;
use crate::support::{HotelSpec, TestApp, TestGateway, eur, eventually};
use axum::extract::State;
use axum::routing::{get, post};
use hbs::clock::Clock;
use hbs::config::Config;
use hbs::domains::payments::{Difference, PaymentStatus};
use hbs::domains::{ALL, backups};
use hbs::gateways::{Capture, Checkout, GatewayStatus, PaymentGateway, Purpose};
use hbs::jobs::Runs;
use hbs::language::Language;
use hbs::money::Money;
use hbs::outbox::{relay, sinks};
use hbs::server::{self, Begun};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(60);
/// When everything that the test prepares is overdue.
const LATER: &str = "2026-12-03T12:00:00Z";
/// Address at which no gateway is.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Others on the internet, who count what comes to them.
#[derive(Clone, Default)]
struct Outside {
    hooks: Arc<AtomicI64>,
    pulls: Arc<AtomicI64>,
}

impl Outside {
    /// Returns it, and its address.
    async fn start() -> (Self, String) {
        let outside = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let host = format!("http://{}", listener.local_addr().expect("an address"));
        let router = axum::Router::new()
            .route("/hook", post(async |State(outside): State<Self>| outside.hooks.fetch_add(1, Ordering::Relaxed).to_string()))
            .route("/calendar.ics", get(calendar))
            .with_state(outside.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        (outside, host)
    }
}

async fn calendar(State(outside): State<Outside>) -> &'static str {
    outside.pulls.fetch_add(1, Ordering::Relaxed);
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Holiday site//EN\r\nEND:VCALENDAR\r\n"
}

/// Numbers that move when one of each kind of work is done, by the kind.
const KINDS: [(&str, &str); 9] = [
    ("events are numbered", "SELECT count(*) FROM outbox WHERE position IS NOT NULL"),
    ("events are consumed", "SELECT coalesce(sum(position), 0) FROM outbox_sinks"),
    ("mails are sent", "SELECT -count(*) FROM mail_queue"),
    ("notifications are pushed", "SELECT count(*) FROM notifications"),
    ("rooms are held for those who wait", "SELECT count(*) FROM waitlist_entries WHERE status = 'offered'"),
    ("gateways are asked, and payments captured", "SELECT count(*) FROM payments WHERE status = 'captured'"),
    ("days are closed", "SELECT count(*) FROM night_audits"),
    ("holds expire", "SELECT count(*) FROM stays WHERE status = 'expired'"),
    ("webhooks are attempted", "SELECT count(*) FROM webhook_attempts"),
];

/// The numbers of all kinds, and what others have seen.
async fn done(app: &TestApp, outside: &Outside) -> Vec<(&'static str, i64)> {
    let mut done = Vec::new();
    for (kind, sql) in KINDS {
        done.push((kind, app.number(sql).await));
    }
    done.push(("webhooks are posted", outside.hooks.load(Ordering::Relaxed)));
    done.push(("calendars are fetched", outside.pulls.load(Ordering::Relaxed)));
    done
}

/// Every name under which work beside requests begins: whatever a domain registers is in it.
fn all_work() -> BTreeSet<String> {
    let tasks = ALL.iter().flat_map(|domain| (0..domain.tasks.len()).map(|n| format!("{}.{n}", domain.name)));
    let consumers = server::consumers().map(|consumer| consumer.name.to_owned());
    let sinks = sinks::ALL.iter().map(|sink| sink.name.to_owned());
    let others = ["jobs", "mail", "person_keys", "refusals", relay::LOCK].map(String::from);
    tasks.chain(consumers).chain(sinks).chain(others).collect()
}

/// An order of a page for a payment that HBS does not have, as one that was made after the backup.
fn order_of_a_lost_time() -> Checkout {
    Checkout {
        payment_id: Uuid::now_v7(),
        purpose: Purpose::Pay {
            amount: Money::parse("70.00", "EUR".parse().expect("EUR")).expect("an amount"),
            capture: Capture::Manual,
            stores_guarantee: false,
        },
        description: "Booking of a lost time".into(),
        email: None,
        language: Language::English,
        return_url: "https://hotel.example/paid".into(),
        cancel_url: "https://hotel.example/not-paid".into(),
        expires_at: Clock::real_now() + chrono::TimeDelta::hours(1),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_due_is_done_in_quarantine_and_all_of_it_afterwards() {
    let gateway = TestGateway::start().await;
    let (outside, host) = Outside::start().await;
    let app = TestApp::with(|config| {
        gateway.configure(config);
        config.outgoing_unguarded = true;
    })
    .await;

    // One of each kind is due.
    let hotel = app
        .hotel(HotelSpec { settings: json!({"night_audit_time": "03:00", "open_arrivals": "no_show"}), ..HotelSpec::default() })
        .await;
    let hook = json!({"property_id": hotel.id, "url": format!("{host}/hook"), "kinds": ["booking.created"]});
    hotel.manager.post("/v1/webhooks", &hook).await.expect(201);
    let feed = json!({"property_id": hotel.id, "room_id": hotel.rooms[0], "name": "Holiday site",
                      "url": format!("{host}/calendar.ics")});
    hotel.manager.post("/v1/feed-imports", &feed).await.expect(201);
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let mut hold = hotel.request("2026-12-20", "2026-12-21");
    hold["hold_minutes"] = 10.into();
    guest.post("/v1/bookings", &hold).await.expect(201);
    let pays = json!({"booking_id": booking.id(), "method": "gateway", "amount": eur("200.00")});
    let payment = guest.post("/v1/payments", &pays).await.expect(201);
    let page = |payment: &Value| payment["next_action"]["url"].as_str().expect("a page").to_owned();
    gateway.choose(&page(&payment.body), "succeeds").await;
    let full = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let sold = full.book(&guest, "2026-12-10", "2026-12-12").await;
    let wish = json!({"property_id": full.id, "room_type_id": full.double, "check_in": "2026-12-10", "check_out": "2026-12-12",
                      "adults": 2, "contact": {"full_name": "Ana Sousa", "email": "ana@example.com"}});
    app.guest().await.post("/v1/waitlist", &wish).await.expect(201);
    full.manager.post(&format!("/v1/bookings/{}/cancel", sold.id()), &json!({})).await.expect(200);
    // Somebody pays after the moment that is restored, and the money is held.
    let lost = order_of_a_lost_time();
    let there = gateway.client().checkout(Uuid::now_v7(), &lost).await.expect("a page");
    gateway.choose(there.page.as_deref().expect("a page"), "succeeds").await;

    app.sql("UPDATE installation SET quarantined_since = now(), restored_as_of = now() - interval '1 hour'").await;
    let mut restored = TestApp::on(app.app.config.clone()).await;
    restored.app.quarantine.look(&restored.app.db).await.expect("a look");
    let before = done(&restored, &outside).await;
    assert!(
        before.contains(&("webhooks are posted", 0)) && app.number("SELECT count(*) FROM mail_queue").await > 0,
        "{before:?}"
    );
    restored.start_background();
    restored.move_clock(LATER).await;
    // Others of its tasks go on, and look again and again whether it is over.
    let looks = restored.app.quarantine.looks();
    eventually(PATIENCE, async || restored.app.quarantine.looks() >= looks + 2).await;
    assert_eq!(done(&restored, &outside).await, before, "something was done in quarantine");
    let (begun, runs) = (restored.app.memory.of::<Begun>(), restored.app.memory.of::<Runs>());
    assert_eq!(begun.names(), BTreeSet::new(), "work has begun in quarantine");
    for job in server::jobs().iter() {
        assert_eq!(runs.of(job.name), 0, "{} has run in quarantine", job.name);
    }

    // Without its gateway, or without an answer of it, nobody knows what became of the payment: the quarantine goes on.
    for (url, told) in [(None, "demo is not set up, and 1 payments through"), (Some(NOWHERE), "demo does not say how payment")] {
        let config = Config { demo_gateway_url: url.map(String::from), ..app.app.config.clone() };
        let refused = words(backups::resume(&TestApp::on_nothing(config).await.app).await);
        assert!(refused.contains(told), "{refused}");
    }
    assert_eq!(app.number("SELECT count(*) FROM installation WHERE quarantined_since IS NOT NULL").await, 1);

    // The gateway is asked first: what it knows of the known payment, and the one that is not in the backup.
    let resumed = backups::resume(&app.app).await.expect("resumed");
    let [
        Difference::Settled { payment_id, before: was, after },
        Difference::Unknown { payment_id: unknown, status, captured, capturable, .. },
    ] = &resumed.differences[..]
    else {
        panic!("{:?}", resumed.differences);
    };
    assert_eq!(payment_id.to_string(), payment.id());
    assert_eq!((*was, *after), (PaymentStatus::RequiresAction, PaymentStatus::Captured));
    assert_eq!((*unknown, *status), (lost.payment_id, GatewayStatus::Authorized));
    assert_eq!((captured.to_string().as_str(), capturable.to_string().as_str()), ("0.00 EUR", "70.00 EUR"));

    eventually(PATIENCE, async || begun.names() == all_work()).await;
    for job in server::jobs().iter() {
        eventually(PATIENCE, async || runs.of(job.name) > 0).await;
    }
    for (n, (kind, number)) in before.into_iter().enumerate() {
        println!("waiting until {kind}");
        eventually(PATIENCE, async || done(&restored, &outside).await[n].1 > number).await;
    }
    assert!(backups::resume(&app.app).await.is_err(), "there is nothing to resume any more");
}
