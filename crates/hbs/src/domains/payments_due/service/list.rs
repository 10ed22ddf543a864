//! Reading of dues.
use crate::app::App;
use crate::domains::folios;
use crate::domains::payments_due::dto::{DueFilter, PaymentDueOut};
use crate::domains::payments_due::model::PaymentDueId;
use crate::domains::payments_due::repository;
use crate::error::{FieldError, Or404};
use crate::page::{Page, PageQuery};
use crate::security::permission::PaymentsRead;
use crate::security::{OwnOr, Scope, Staff};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Most amounts that can be charged among which a list looks.
const MOST_CHARGEABLE: i64 = 10_000;

pub async fn list(app: &App, staff: &Staff<PaymentsRead>, filter: &DueFilter, page: &PageQuery) -> Result<Page<PaymentDueOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let chargeable = match filter.is_chargeable {
        Some(_) => Some(chargeable(&conn, &staff.scope, filter.property_id, app.clock.now()).await?),
        None => None,
    };
    let rows = repository::list(&conn, &staff.scope, filter, chargeable.as_deref(), after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |(row, _)| (row.due_on, row.id))?;
    Ok(Page { items: items.iter().map(|(row, currency)| PaymentDueOut::new(row, *currency)).collect(), next_cursor })
}

/// What can be charged now, at a hotel or within the scope. Where that is too much to tell it from the rest, nothing is told.
async fn chargeable(conn: &Conn, scope: &Scope, property_id: Option<Uuid>, now: DateTime<Utc>) -> Result<Vec<PaymentDueId>> {
    let hotels = property_id.map(|id| vec![id]).or_else(|| (!scope.is_all()).then(|| scope.ids()));
    let rows = repository::chargeable(conn, hotels.as_deref(), false, None, now, MOST_CHARGEABLE + 1).await?;
    if i64::try_from(rows.len()).is_ok_and(|count| count <= MOST_CHARGEABLE) {
        return Ok(rows.into_iter().map(|row| row.id).collect());
    }
    let detail = format!("is for lists of hotels at which at most {MOST_CHARGEABLE} amounts can be charged");
    Err(Error::invalid_fields(vec![FieldError::query("is_chargeable", detail)]))
}

pub async fn of_booking(app: &App, who: &OwnOr<PaymentsRead>, booking_id: Uuid) -> Result<Page<PaymentDueOut>> {
    let conn = app.db.conn().await?;
    let of = folios::find_of_booking(&conn, &who.reach, booking_id).await?.or_404("booking")?;
    let booking = repository::booking(&conn, of.property_id, of.id).await?.or_404("booking")?;
    let rows = repository::of_booking(&conn, of.property_id, of.id).await?;
    let shown = rows.iter().filter(|row| row.amount_minor > 0).map(|row| PaymentDueOut::new(row, booking.currency));
    Ok(Page::whole(shown.collect()))
}
