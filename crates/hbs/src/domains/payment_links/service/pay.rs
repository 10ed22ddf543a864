//! Paying by a link: whoever has it sees what is asked for, and is sent to a page of the gateway.
use super::end::lock;
use super::token::read;
use crate::Result;
use crate::app::App;
use crate::domains::folios::{self, Folio};
use crate::domains::payment_links::dto::AskedOut;
use crate::domains::payment_links::error::PaymentLinkError;
use crate::domains::payment_links::model::{LinkStatus, PaymentLink};
use crate::domains::payment_links::repository;
use crate::domains::payment_links::rules::{asks_for, is_under_way};
use crate::domains::payments::{self, Payment};
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::outbox::{self, Cause, Event};
use crate::security::Scope;
use crate::stores::postgres::Conn;
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;

/// Shows the amount that a link asks for, if it works.
pub async fn open(app: &App, token: &str) -> Result<AskedOut> {
    let named = read(app, token)?;
    let conn = app.db.conn().await?;
    let link = repository::find_in(&conn, named.property_id, named.id).await?.or_404("payment link")?;
    check_open(&link, app.clock.now())?;
    let property = properties::find(&conn, link.property_id).await?.or_404("payment link")?;
    let folio = folios::find(&conn, &Scope::All, link.folio_id).await?.or_404("payment link")?;
    let begun = begun(&conn, &link).await?;
    let amount_minor = match &begun {
        Some(payment) => payment.amount_minor,
        None => wanted(&conn, &link, &folio).await?,
    };
    shown(&conn, &property, &link, (amount_minor, begun.and_then(|payment| payment.page))).await
}

/// Begins to pay by a link, or goes on with what was begun. The payment and its order are committed before the gateway is called.
pub async fn pay(app: &App, token: &str, cause: &Cause) -> Result<AskedOut> {
    let named = read(app, token)?;
    let mut conn = app.db.conn().await?;
    let (link, payment) = conn
        .transaction(async |conn| {
            let found = repository::find_in(conn, named.property_id, named.id).await?.or_404("payment link")?;
            let link = lock(conn, &found).await?.or_404("payment link")?;
            check_open(&link, cause.at)?;
            if let Some(payment) = begun(conn, &link).await? {
                return Ok((link, payment));
            }
            begin(app, conn, link, cause).await
        })
        .await?;
    drop(conn);
    app.relay.wake();
    let payment = payments::go_on(app, payment.id).await?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, link.property_id).await?.or_404("payment link")?;
    shown(&conn, &property, &link, (payment.amount_minor, payment.page)).await
}

/// Begins a payment with what a link asks for, of its folio, which is locked.
async fn begin(app: &App, conn: &Conn, link: PaymentLink, cause: &Cause) -> Result<(PaymentLink, Payment)> {
    let property = properties::find(conn, link.property_id).await?.or_404("payment link")?;
    let folio = folios::lock_to_pay(conn, link.property_id, link.folio_id).await?;
    let amount_minor = wanted(conn, &link, &folio).await?;
    let return_url = format!("{}/pay", app.config.public_url.trim_end_matches('/'));
    let payment = payments::begin_page(app, conn, &property, &folio, (amount_minor, return_url), cause).await?;
    let after = repository::set_payment(conn, &link, payment.id, cause.at).await?;
    outbox::publish(conn, cause, [Event::changed(&link, &after).named("payment_link.used")]).await?;
    Ok((after, payment))
}

fn check_open(link: &PaymentLink, now: DateTime<Utc>) -> Result<()> {
    match link.status_at(now) {
        LinkStatus::Open => Ok(()),
        status => Err(PaymentLinkError::Over(status).into()),
    }
}

/// The payment that was begun by a link and has no end yet.
async fn begun(conn: &Conn, link: &PaymentLink) -> Result<Option<Payment>> {
    let Some(id) = link.payment_id else { return Ok(None) };
    let payment = payments::find_in(conn, link.property_id, id).await?;
    Ok(payment.filter(|payment| is_under_way(payment.status)))
}

/// Returns the amount that a link asks for now, in minor units: less payments that are under way.
async fn wanted(conn: &Conn, link: &PaymentLink, folio: &Folio) -> Result<i64> {
    let left_minor = folio.balance_minor - payments::under_way(conn, link.property_id, folio.id).await?;
    Ok(asks_for(link, left_minor).ok_or(PaymentLinkError::NothingOwed)?)
}

async fn shown(
    conn: &Conn,
    property: &Property,
    link: &PaymentLink,
    (amount_minor, page): (i64, Option<String>),
) -> Result<AskedOut> {
    let booking = match link.booking_id {
        Some(booking_id) => repository::booking(conn, link.property_id, booking_id).await?,
        None => None,
    };
    let reference = booking.map(|(reference, _)| reference);
    let (hotel, amount, expires_at) = (property.name.clone(), link.money(amount_minor), link.expires_at);
    Ok(AskedOut { hotel, reference, amount, expires_at, page })
}
