//! Payment links, as staff make and read them.
use super::end::{end, over};
use super::letters;
use super::token::url;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios::{self, Folio};
use crate::domains::payment_links::dto::{CreatePaymentLink, PaymentLinkFilter, PaymentLinkOut};
use crate::domains::payment_links::error::PaymentLinkError;
use crate::domains::payment_links::model::{LinkStatus, PaymentLink, PaymentLinkId};
use crate::domains::payment_links::repository;
use crate::domains::payments::{self, PaymentError};
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::outbox::{self, Cause, Event};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{PaymentsRead, PaymentsWrite};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Time for which a link works where nobody says.
const LASTS: TimeDelta = TimeDelta::days(7);
/// Longest time for which a link works.
const LASTS_AT_MOST: TimeDelta = TimeDelta::days(90);

pub async fn list(
    app: &App,
    staff: &Staff<PaymentsRead>,
    filter: &PaymentLinkFilter,
    page: &PageQuery,
) -> Result<Page<PaymentLinkOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &staff.scope, filter, app.clock.now(), before, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |link| link.id)?;
    let items = items.into_iter().map(|link| shown(app, link)).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor })
}

pub async fn get(app: &App, staff: &Staff<PaymentsRead>, id: PaymentLinkId) -> Result<PaymentLinkOut> {
    let found = repository::find(&*app.db.conn().await?, &staff.scope, id).await?.or_404("payment link")?;
    shown(app, found)
}

/// A link as staff see it, with its address while it works.
pub fn shown(app: &App, link: PaymentLink) -> Result<PaymentLinkOut> {
    let now = app.clock.now();
    let url = if link.status_at(now) == LinkStatus::Open { Some(url(app, &link)?) } else { None };
    Ok(PaymentLinkOut::new(link, url, now))
}

/// Makes a link for a folio that has none.
pub async fn create(app: &App, staff: &Staff<PaymentsWrite>, key: &IdempotencyKey, request: CreatePaymentLink) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let expires_at = expiry(request.expires_at, cause.at)?;
    if app.gateways.current().is_none() {
        return Err(PaymentError::NoGateway.into());
    }
    let answer = app
        .change(key, async |conn| {
            let (property_id, folio_id) = target(conn, staff, &request).await?;
            let property = properties::hold(conn, property_id).await?.or_404("folio")?;
            payments::check_method(conn, &property, payments::PaymentMethod::Gateway).await?;
            let folio = folios::lock_to_pay(conn, property_id, folio_id).await?;
            make_room(conn, &folio, &cause).await?;
            let amount_minor = amount(conn, &property, &folio, request.amount).await?;
            let link = PaymentLink {
                property_id,
                id: PaymentLinkId::now_v7(),
                folio_id,
                booking_id: folio.booking_id,
                status: LinkStatus::Open,
                currency: folio.currency,
                amount_minor,
                email: request.email.clone(),
                expires_at,
                payment_id: None,
                created_by: staff.caller.user_id(),
                version: 1,
                created_at: cause.at,
                updated_at: cause.at,
            };
            repository::insert(conn, &link).await?;
            outbox::publish(conn, &cause, [Event::created(&link)]).await?;
            letters::queue(conn, &link).await?;
            let (location, version) = (format!("/v1/payment-links/{}", link.id), link.version);
            Ok(Answer::created(location, version, &shown(app, link)?)?.secret())
        })
        .await?;
    app.mailer.wake();
    Ok(answer)
}

fn expiry(asked: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    match asked {
        None => Ok(now + LASTS),
        Some(at) if at <= now => Err(Error::invalid("/expires_at", "must be in the future")),
        Some(at) if at > now + LASTS_AT_MOST => Err(Error::invalid("/expires_at", "must be at most 90 days from now")),
        Some(at) => Ok(at),
    }
}

/// The folio that a link is for, with its property.
async fn target(conn: &Conn, staff: &Staff<PaymentsWrite>, request: &CreatePaymentLink) -> Result<(Uuid, Uuid)> {
    match (request.folio_id, request.booking_id) {
        (Some(folio_id), None) => {
            let folio = folios::find(conn, &staff.scope, folio_id).await?.or_404("folio")?;
            Ok((folio.property_id, folio.id))
        }
        // The main folio of a booking has its id.
        (None, Some(booking_id)) => {
            let booking = folios::find_of_booking(conn, &staff.reach(), booking_id).await?.or_404("booking")?;
            Ok((booking.property_id, booking.id))
        }
        _ => Err(Error::invalid("/folio_id", "give exactly one of `folio_id` and `booking_id`")),
    }
}

/// Ends the link of a folio whose time is over, or that asks for nothing any more, so that another one can be made. One that works
/// is in the way.
async fn make_room(conn: &Conn, folio: &Folio, cause: &Cause) -> Result<()> {
    let Some(open) = repository::open_of(conn, folio.property_id, folio.id).await? else { return Ok(()) };
    let status = match open.status_at(cause.at) {
        LinkStatus::Open => over(conn, &open, folio.balance_minor).await?,
        status => Some(status),
    };
    match status {
        Some(status) => end(conn, &open, status, cause).await.map(drop),
        None => Err(PaymentLinkError::OpenExists(open.id).into()),
    }
}

/// The amount of a link, if it has one: at most what is left to be paid. A link asks for something.
async fn amount(conn: &Conn, property: &Property, folio: &Folio, asked: Option<Money>) -> Result<Option<i64>> {
    let left_minor = folio.balance_minor - payments::under_way(conn, property.id, folio.id).await?;
    match asked {
        Some(amount) if amount.currency != folio.currency => {
            Err(PaymentError::OtherCurrency { pointer: "/amount", expected: folio.currency }.into())
        }
        Some(amount) if amount.minor <= 0 => Err(PaymentError::NotPositive.into()),
        _ if left_minor <= 0 => Err(PaymentLinkError::NothingOwed.into()),
        Some(amount) if amount.minor > left_minor => {
            Err(PaymentLinkError::ExceedsBalance(Money::new(left_minor, folio.currency)).into())
        }
        asked => Ok(asked.map(|amount| amount.minor)),
    }
}
