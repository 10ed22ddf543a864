mod accounts;
mod books;
mod charges;
mod demo;
mod invoicing;
mod ledgers;
mod openings;
mod payments;
mod posting;
mod routings;
mod transfers;

pub use accounts::{Departure, PayingAccount, charge_account, send_to_account, take_back_from_accounts, to_account};
pub use books::{close, create, get, list, of_booking, of_booking_each, translate, update};
pub use charges::{adjust, charge, charge_room};
pub use demo::{DemoFolio, open_for_demo, send_to_account_for_demo};
pub use invoicing::{LateFolios, Rounding, ToInvoice, allow, lock_to_invoice, round};
pub use ledgers::{close_date, return_deposits, take_deposits, trial_balance, verify};
pub use openings::bring_in;
pub use payments::{
    LockedShares, Named, Paid, charged, lock_paid, lock_to_pay, lose, pay, pay_back, pay_brought_in, pay_late, take_payment_back,
    take_refund_back,
};
pub use posting::{append, append_brought_in, append_drafts, draft};
pub use routings::{add_routing, end_routing, list_routings};
pub use transfers::{move_entries, split};

use super::dto::{FolioSummary, PostingOut};
use super::error::FolioError;
use super::model::{Folio, NewLine, PayerKind, Posted};
use super::repository;
use crate::answer::Answer;
use crate::domains::properties::{self, Property};
use crate::error::{OnConstraint, Or404};
use crate::money::{Currency, Money};
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The property of a folio, on whose business date is posted until the transaction ends.
async fn hold(conn: &Conn, property_id: Uuid) -> Result<Property> {
    properties::hold(conn, property_id).await?.or_404("folio")
}

/// The folio as it is once it is locked.
async fn lock_open(conn: &Conn, folio: &Folio) -> Result<Folio> {
    let folio = repository::lock(conn, folio.property_id, folio.id).await?.or_404("folio")?;
    check_open(&folio)?;
    Ok(folio)
}

fn check_open(folio: &Folio) -> Result<()> {
    if folio.closed_at.is_some() { Err(FolioError::Closed(folio.id).into()) } else { Ok(()) }
}

/// Checks that a folio is not that of an account, to which things only go from other folios.
fn check_of_payer(folio: &Folio) -> Result<()> {
    if folio.kind == PayerKind::Account { Err(FolioError::OfAccount.into()) } else { Ok(()) }
}

/// Returns an amount in minor units, if it is one that can be posted.
fn positive(amount: Money, currency: Currency, pointer: &'static str) -> Result<i64> {
    if amount.currency != currency {
        return Err(FolioError::OtherCurrency { pointer, expected: currency }.into());
    }
    if amount.minor <= 0 {
        return Err(FolioError::NotPositive { pointer }.into());
    }
    Ok(amount.minor)
}

/// A posting by hand: its lines, and the folio that it is about.
struct Posting<'a> {
    folio: &'a Folio,
    kind: &'static str,
    /// Other folio that it touches.
    to_folio_id: Option<Uuid>,
    lines: Vec<NewLine>,
}

/// Writes a posting with its event, and makes the answer: its lines as they stand, and the folio then.
async fn post(conn: &Conn, posting: Posting<'_>, cause: &Cause) -> Result<Answer> {
    let Posting { folio, kind, to_folio_id, lines } = posting;
    let property_id = folio.property_id;
    let inserted = repository::insert_lines(conn, property_id, &lines, cause.at).await;
    inserted.on_constraint("folio_entries_invoiced", || FolioError::Invoiced)?;
    let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    let entries = repository::posted(conn, property_id, &ids).await?;
    let posting_id = entries.first().map(|entry| entry.posting_id).ok_or_else(|| Error::internal("a posting without lines"))?;
    let amount: i64 = lines.iter().filter(|line| line.folio_id == folio.id).map(|line| line.amount_minor).sum();
    let event =
        Event::of(kind, folio).with("posting_id", posting_id).with("amount_minor", amount).with("lines", Posted::of(&lines));
    let event = match to_folio_id {
        Some(id) => event.with("to_folio_id", id),
        None => event,
    };
    outbox::publish(conn, cause, [event]).await?;
    let after = repository::find_in(conn, property_id, folio.id).await?.or_404("folio")?;
    let (version, currency) = (after.version, after.currency);
    Answer::ok(version, &PostingOut::new(posting_id, entries, currency, summary(conn, after, cause.at).await?))
}

/// The folio with what is due on it.
async fn summary(conn: &Conn, folio: Folio, now: DateTime<Utc>) -> Result<FolioSummary> {
    let standings = repository::standings(conn, &[(folio.property_id, folio.id)], now).await?;
    let due_minor = standings.get(&folio.id).copied();
    Ok(FolioSummary::new(folio, due_minor))
}
