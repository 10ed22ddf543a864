//! Payments of the demo hotels through the demo gateway, in each state that one can have there, and what is paid back of them.
//! All of it is ordered from the gateway, whose pages are answered as a browser does. So it is in the gateway's books, too, and
//! goes on by itself: a page ends, and what nobody knew the end of is looked up. Without a demo gateway there is nothing of it.
use super::days::{self, Guest, guest_to_come};
use super::payments::owed;
use crate::app::App;
use crate::domains::payments::{self, DemoPage, Payment, PaymentStatus};
use crate::domains::{properties, refunds};
use crate::error::Or404;
use crate::gateways::{Capture, Provider};
use crate::outbox::Cause;
use crate::{Error, Result, tls};
use chrono::TimeDelta;
use diesel_async::AsyncConnection;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use std::time::Duration;
use uuid::Uuid;

/// What becomes of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nobody goes on, and the page ends: the first, since that takes its time.
    Ends,
    Captured,
    Authorized,
    /// The page is open.
    Open,
    /// The bank takes its time.
    Processing,
    Declined,
    /// Staff give it up.
    GivenUp,
    /// The gateway fails, so that nobody knows whether its page is there.
    Unknown,
    PaidBack,
    /// The gateway fails, so that nobody knows whether it is paid back.
    BackUnknown,
    /// The gateway does not pay it back.
    BackRefused,
}

const ONLINE: &[(Guest, Fate)] = &[
    (guest_to_come("Tomas Silva", "DBL", 10, 2, 2), Fate::Ends),
    (guest_to_come("Ines Ribeiro", "DBL", 10, 2, 2), Fate::Captured),
    (guest_to_come("Mark Jensen", "TWN", 10, 3, 2), Fate::Authorized),
    (guest_to_come("Yuki Mori", "DBL", 11, 3, 1), Fate::Open),
    (guest_to_come("Olga Nowak", "SGL", 11, 2, 1), Fate::Processing),
    (guest_to_come("Ali Demir", "TWN", 11, 2, 2), Fate::Declined),
    (guest_to_come("Hanna Koch", "SGL", 12, 2, 1), Fate::GivenUp),
    (guest_to_come("Luca Moretti", "DBL", 12, 2, 2), Fate::Unknown),
    (guest_to_come("Sofia Lima", "FAM", 12, 4, 2), Fate::PaidBack),
    (guest_to_come("Piet Visser", "TWN", 13, 2, 2), Fate::BackUnknown),
    (guest_to_come("Emma Laurent", "DBL", 13, 3, 2), Fate::BackRefused),
];

/// Time for which pages are open, but for the one that ends.
const PAGE_LASTS: TimeDelta = TimeDelta::hours(2);
const ENDS_AFTER: TimeDelta = TimeDelta::seconds(1);
/// Time between two looks at the page that ends, and number of them.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS: usize = 100;

/// Reason of what is paid back, and its amount in minor units.
const BACK: (i64, &str) = (2_000, "One guest fewer comes for dinner");

/// The demo gateway, and a browser on its pages.
struct Online<'a> {
    app: &'a App,
    url: &'a str,
    browser: Client,
}

/// Loads guests who pay on pages of the demo gateway. What the gateway does not do keeps nobody from the rest of the demo.
pub async fn load(app: &App, property_id: Uuid) -> Result<()> {
    let is_demo = app.gateways.current().is_some_and(|gateway| gateway.provider() == Provider::Demo);
    let Some(url) = app.config.demo_gateway_url.as_deref().filter(|_| is_demo) else { return Ok(()) };
    tls::use_ring();
    let browser = Client::builder().no_proxy().redirect(Policy::none()).build().map_err(Error::internal)?;
    let online = Online { app, url: url.trim_end_matches('/'), browser };
    let mut ending = None;
    for (fate, page) in book(app, property_id).await? {
        match online.pay(fate, page).await {
            Ok(payment) if fate == Fate::Ends => ending = Some(payment),
            Ok(_) => {}
            Err(error) => tracing::warn!(?fate, ?error, "a payment of the demo was not made"),
        }
    }
    if let Some(payment) = ending
        && let Err(error) = online.await_end(&payment).await
    {
        tracing::warn!(?error, "the page of a payment of the demo did not end");
    }
    Ok(())
}

/// Books the guests, each of whom pays half of what they owe.
async fn book(app: &App, property_id: Uuid) -> Result<Vec<(Fate, DemoPage)>> {
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let property = properties::find(conn, property_id).await?.or_404("property")?;
        let guests: Vec<(i64, &Guest)> = ONLINE.iter().map(|(guest, _)| (0, guest)).collect();
        let booked = days::book(app, conn, property_id, property.business_date(cause.at), &guests, &cause).await?;
        let mut pages = Vec::with_capacity(booked.len());
        for (guest, booking_id) in booked {
            let Some((_, fate)) = ONLINE.iter().find(|(other, _)| other.name == guest.name) else { continue };
            let amount_minor = owed(conn, &property, booking_id).await? / 2;
            let capture = if *fate == Fate::Authorized { Capture::Manual } else { Capture::Automatic };
            let lasts = if *fate == Fate::Ends { ENDS_AFTER } else { PAGE_LASTS };
            pages.push((*fate, DemoPage { property_id, booking_id, amount_minor, capture, lasts }));
        }
        Ok(pages)
    })
    .await
}

impl Online<'_> {
    /// Pays on a page, or does not. Returns the payment as it is then.
    async fn pay(&self, fate: Fate, page: DemoPage) -> Result<Payment> {
        if fate == Fate::Unknown {
            self.fail_next("error").await?;
        }
        let payment = payments::begin_for_demo(self.app, page).await?;
        match fate {
            Fate::Ends | Fate::Open | Fate::Unknown => Ok(payment),
            Fate::Captured | Fate::Authorized => self.choose(payment, "succeeds").await,
            Fate::Processing => self.choose(payment, "late").await,
            Fate::Declined => self.choose(payment, "declined").await,
            Fate::GivenUp => payments::give_up_for_demo(self.app, &payment).await,
            Fate::PaidBack => self.pay_back(payment, None).await,
            Fate::BackUnknown => self.pay_back(payment, Some("error")).await,
            Fate::BackRefused => self.pay_back(payment, Some("lasting_error")).await,
        }
    }

    /// Chooses on the page of a payment how it goes, and lets the payment follow.
    async fn choose(&self, payment: Payment, choice: &str) -> Result<Payment> {
        let Some(page) = payment.page.as_deref() else { return Ok(payment) };
        let form = self.browser.post(page).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        form.body(format!("choice={choice}")).send().await.map_err(Error::internal)?;
        payments::follow_for_demo(self.app, &payment).await
    }

    /// Pays, and has some of it paid back, in which the gateway fails or does not. A failure that lasts is looked up.
    async fn pay_back(&self, payment: Payment, fault: Option<&str>) -> Result<Payment> {
        let payment = self.choose(payment, "succeeds").await?;
        if let Some(fault) = fault {
            self.fail_next(fault).await?;
        }
        refunds::order_for_demo(self.app, &payment, BACK, fault == Some("lasting_error")).await?;
        Ok(payment)
    }

    /// Lets the gateway fail in the order that comes next.
    async fn fail_next(&self, fault: &str) -> Result<()> {
        let address = format!("{}/faults?fault={fault}", self.url);
        self.browser.post(address).send().await.and_then(reqwest::Response::error_for_status).map_err(Error::internal)?;
        Ok(())
    }

    /// Waits until the page of a payment has ended.
    async fn await_end(&self, payment: &Payment) -> Result<()> {
        for _ in 0..LOOKS {
            if payments::follow_for_demo(self.app, payment).await?.status == PaymentStatus::Expired {
                break;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }
}
