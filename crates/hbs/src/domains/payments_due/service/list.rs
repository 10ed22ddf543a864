//! Reading of dues.
use crate::Result;
use crate::app::App;
use crate::domains::folios;
use crate::domains::payments_due::dto::{DueFilter, PaymentDueOut};
use crate::domains::payments_due::model::PaymentDueId;
use crate::domains::payments_due::repository;
use crate::error::Or404;
use crate::page::{Page, PageQuery};
use crate::security::permission::PaymentsRead;
use crate::security::{OwnOr, Staff};
use uuid::Uuid;

/// Number of things that can be charged among which a list looks.
const MOST_CHARGEABLE: i64 = 10_000;

pub async fn list(app: &App, staff: &Staff<PaymentsRead>, filter: &DueFilter, page: &PageQuery) -> Result<Page<PaymentDueOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let chargeable = match filter.is_chargeable {
        Some(_) => Some(repository::chargeable(&conn, false, app.clock.now(), MOST_CHARGEABLE).await?),
        None => None,
    };
    let chargeable: Option<Vec<PaymentDueId>> = chargeable.map(|rows| rows.into_iter().map(|(.., id)| id).collect());
    let rows = repository::list(&conn, &staff.scope, filter, chargeable.as_deref(), after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |(row, _)| (row.due_on, row.id))?;
    Ok(Page { items: items.iter().map(|(row, currency)| PaymentDueOut::new(row, *currency)).collect(), next_cursor })
}

pub async fn of_booking(app: &App, who: &OwnOr<PaymentsRead>, booking_id: Uuid) -> Result<Page<PaymentDueOut>> {
    let conn = app.db.conn().await?;
    let of = folios::find_of_booking(&conn, &who.reach, booking_id).await?.or_404("booking")?;
    let booking = repository::booking(&conn, of.property_id, of.id).await?.or_404("booking")?;
    let rows = repository::of_booking(&conn, of.property_id, of.id).await?;
    let shown = rows.iter().filter(|row| row.amount_minor > 0).map(|row| PaymentDueOut::new(row, booking.currency));
    Ok(Page::whole(shown.collect()))
}
