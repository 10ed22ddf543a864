//! Payments that another system took: reservations that are imported bring them along.
use super::record::{Asked, recorded};
use crate::Result;
use crate::domains::folios::{self, Folio, Ledger};
use crate::domains::payments::dto::CreatePayment;
use crate::domains::payments::model::{PaidBefore, Payment};
use crate::domains::payments::repository;
use crate::domains::properties::Property;
use crate::error::Or404;
use crate::money::Money;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use std::collections::HashMap;
use uuid::Uuid;

/// Records what was paid of new bookings at another system, on their main folios, which have their ids. It counts as paid before
/// the business date: it is in no drawer, and no money of today.
pub async fn bring_in(conn: &Conn, property: &Property, paid: &[PaidBefore], cause: &Cause) -> Result<()> {
    if paid.is_empty() {
        return Ok(());
    }
    let today = property.business_date(cause.at);
    let booking_ids: Vec<Uuid> = paid.iter().map(|paid| paid.booking_id).collect();
    let folios = folios::lock_each(conn, property.id, &booking_ids).await?;
    let folios: HashMap<Uuid, Folio> = folios.into_iter().map(|folio| (folio.id, folio)).collect();
    let mut payments = Vec::with_capacity(paid.len());
    for PaidBefore { booking_id, method, amount_minor, .. } in paid.iter().copied() {
        let folio = folios.get(&booking_id).or_404("folio")?;
        let request = CreatePayment::of_method(method, Money::new(amount_minor, folio.currency));
        let asked = Asked { amount_minor, value_date: None, today };
        payments.push(Payment { is_brought_in: true, ..recorded(folio, &request, asked, cause.at) });
    }
    repository::insert_each(conn, &payments).await?;
    let on_folios: Vec<_> = payments
        .iter()
        .zip(paid)
        .map(|(payment, paid)| {
            let ledger = if paid.is_deposit { Ledger::Deposits } else { Ledger::Guest };
            (payment.on_folio(today, cause.at), ledger, paid.amount_minor)
        })
        .collect();
    let posted = folios::pay_brought_in(conn, property.id, &on_folios, today, cause.at).await?;
    let told = payments.iter().zip(&posted).map(|(payment, lines)| Event::created(payment).with("lines", lines));
    outbox::publish_many(conn, cause, told).await?;
    Ok(())
}
