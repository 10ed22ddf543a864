//! Folios that are invoiced: their lines, the cents of rounding, and allowances that a credit note brings along.
use super::charges::{adjustment, count};
use super::posting::{lock_alone, off_closed, off_closed_alone};
use super::{check_of_payer, check_open};
use crate::domains::folios::dto::{AdjustFolio, AdjustmentKind};
use crate::domains::folios::model::{Folio, FolioEntry, FolioKind, Ledger, NewLine, PayerKind, Posted, TaxTerms};
use crate::domains::folios::repository::{self, Locked};
use crate::domains::properties::Property;
use crate::error::Or404;
use crate::money::Money;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Cents by which the tax of a document differs from that of its lines: so much more is tax, and less is revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounding {
    pub amount_minor: i64,
    pub tax_rule_id: Uuid,
    pub terms: TaxTerms,
}

/// Folio that is invoiced, locked against postings.
pub struct ToInvoice {
    pub folio: Folio,
    /// All of its lines.
    pub lines: Vec<FolioEntry>,
    pub late: LateFolios,
}

/// Folios that are locked together with one that is closed: its cents of rounding go to one of them, if any is open.
#[derive(Debug, Clone, Default)]
pub struct LateFolios(Vec<Locked>);

/// Locks a folio that is invoiced against postings, with the bookings of lines on which something will be allowed. It may be
/// closed: then it locks those with it to which its cents can go, in the order in which everybody locks them.
pub async fn lock_to_invoice(conn: &Conn, found: &Folio, allowed_on: &[Uuid]) -> Result<ToInvoice> {
    let property_id = found.property_id;
    let prices = repository::posted(conn, property_id, allowed_on).await?;
    let bookings: BTreeSet<Uuid> = prices.into_iter().filter_map(|line| line.booking_id).collect();
    for booking_id in bookings {
        repository::lock_booking(conn, property_id, booking_id).await?;
    }
    let late = match (found.closed_at, found.booking_id) {
        (None, _) => Vec::new(),
        (Some(_), Some(booking_id)) => repository::lock_for(conn, property_id, booking_id, &[found.id]).await?,
        (Some(_), None) => lock_alone(conn, property_id, &[found.id]).await?,
    };
    let folio = repository::lock(conn, property_id, found.id).await?.or_404("folio")?;
    // Those to which its cents would go are not locked, and now must not be: folios are locked in one order.
    if found.closed_at.is_none() && folio.closed_at.is_some() {
        return Err(Error::unavailable("The folio was closed at the same moment: send the request again.").with_retry_after(1));
    }
    let lines = repository::entries_on(conn, property_id, &[folio.id]).await?;
    Ok(ToInvoice { folio, lines, late: LateFolios(late) })
}

/// Posts a pair of lines for the cents of each tax: they come to nothing. Where the folio is closed, they go to another one of
/// its booking or its payer. Returns their ids. The caller holds the folio, and those that are locked with it.
pub async fn round(
    conn: &Conn,
    property: &Property,
    (folio, late): (&Folio, &LateFolios),
    roundings: &[Rounding],
    cause: &Cause,
) -> Result<Vec<Uuid>> {
    let today = property.business_date(cause.at);
    let pair = |rounding: &Rounding| {
        let ledger = if folio.kind == PayerKind::Account { Ledger::City } else { Ledger::Guest };
        let (of_folio, kind) = ((folio.id, folio.booking_id), FolioKind::Rounding);
        let revenue = NewLine::alone(of_folio, kind, ledger, today, -rounding.amount_minor, "Rounding of taxes");
        let tax = NewLine {
            id: Uuid::now_v7(),
            amount_minor: rounding.amount_minor,
            tax_rule_id: Some(rounding.tax_rule_id),
            tax_terms: Some(rounding.terms),
            ..revenue.clone()
        };
        [revenue, tax]
    };
    let lines: Vec<NewLine> = roundings.iter().filter(|rounding| rounding.amount_minor != 0).flat_map(pair).collect();
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let lines = off_closed_folio(conn, folio, &late.0, lines, cause).await?;
    repository::insert_lines(conn, property.id, &lines, cause.at).await?;
    let event = Event::of("folio.rounded", folio).with("lines", Posted::of(&lines));
    outbox::publish(conn, cause, [event]).await?;
    Ok(lines.into_iter().map(|line| line.id).collect())
}

async fn off_closed_folio(
    conn: &Conn,
    folio: &Folio,
    late: &[Locked],
    lines: Vec<NewLine>,
    cause: &Cause,
) -> Result<Vec<NewLine>> {
    match (folio.closed_at, folio.booking_id) {
        (None, _) => Ok(lines),
        (Some(_), None) => off_closed_alone(conn, folio.property_id, late, lines, cause.at).await,
        (Some(_), Some(booking_id)) => Ok(off_closed(conn, folio.property_id, booking_id, late, lines, cause.at).await?),
    }
}

/// Posts an allowance on a price, and returns its lines. `lines` are all of the folio, which the caller holds, as the booking of
/// the price.
pub async fn allow(
    conn: &Conn,
    property: &Property,
    (folio, lines): (&Folio, &[FolioEntry]),
    entry_id: Uuid,
    (amount_minor, reason): (i64, &str),
    cause: &Cause,
) -> Result<Vec<FolioEntry>> {
    check_open(folio)?;
    check_of_payer(folio)?;
    let amount = Some(Money::new(amount_minor, folio.currency));
    let request = AdjustFolio { kind: AdjustmentKind::Allowance, entry_id, amount, reason: reason.to_owned() };
    let new = adjustment(folio, lines, &request, property.business_date(cause.at))?;
    count(conn, property, &new, cause).await?;
    repository::insert_lines(conn, property.id, &new, cause.at).await?;
    let event = Event::of("folio.allowance_posted", folio).with("lines", Posted::of(&new));
    outbox::publish(conn, cause, [event]).await?;
    let ids: Vec<Uuid> = new.iter().map(|line| line.id).collect();
    Ok(repository::posted(conn, property.id, &ids).await?)
}
