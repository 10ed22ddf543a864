//! Balances of another system: what a hotel begins with.
use super::check_open;
use super::posting::new_folio;
use crate::Result;
use crate::domains::folios::model::{Folio, FolioKind, Ledger, NewFolio, NewLine, Opening, OpeningOf, PayerKind, Posted};
use crate::domains::folios::repository;
use crate::domains::properties::Property;
use crate::error::Or404;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Brings balances to the main folios of bookings and to those of accounts, each by a line against the ledger `opening`. The
/// caller holds the property alone.
pub async fn bring_in(conn: &Conn, property: &Property, openings: Vec<Opening>, cause: &Cause) -> Result<()> {
    let folios = lock(conn, property, &openings, cause).await?;
    let mut lines: HashMap<Uuid, Vec<NewLine>> = HashMap::new();
    for opening in openings {
        let folio = folios.get(&opening.of.id()).or_404("folio")?;
        lines.entry(folio.id).or_default().push(line(opening, folio));
    }
    let all: Vec<NewLine> = lines.values().flatten().cloned().collect();
    repository::insert_lines(conn, property.id, &all, cause.at).await?;
    let told = |folio: &Folio| {
        let lines = lines.get(&folio.id).map(Vec::as_slice).unwrap_or_default();
        Event::of("folio.balance_brought_in", folio).with("lines", Posted::of(lines))
    };
    outbox::publish_many(conn, cause, folios.values().map(told)).await?;
    Ok(())
}

/// Locks the folios, those of accounts last, and returns each by the booking or account that it is of.
async fn lock(conn: &Conn, property: &Property, openings: &[Opening], cause: &Cause) -> Result<HashMap<Uuid, Folio>> {
    let (of_accounts, of_bookings): (BTreeSet<OpeningOf>, BTreeSet<OpeningOf>) =
        openings.iter().map(|opening| opening.of).partition(|of| matches!(of, OpeningOf::Account(_)));
    let bookings: Vec<Uuid> = of_bookings.into_iter().map(OpeningOf::id).collect();
    let mut folios = HashMap::new();
    for folio in repository::lock_each(conn, property.id, &bookings).await? {
        check_open(&folio)?;
        folios.insert(folio.id, folio);
    }
    for account_id in of_accounts.into_iter().map(OpeningOf::id) {
        let new = new_folio(property.id, property.currency, cause.at);
        let new = NewFolio { kind: PayerKind::Account, account_id: Some(account_id), ..new };
        folios.insert(account_id, repository::lock_account(conn, &new).await?);
    }
    Ok(folios)
}

fn line(opening: Opening, folio: &Folio) -> NewLine {
    let Opening { id, of, date, amount_minor, description } = opening;
    NewLine {
        id,
        folio_id: folio.id,
        booking_id: folio.booking_id,
        stay_id: None,
        kind: FolioKind::Opening,
        service_date: date,
        amount_minor,
        description,
        tax_rule_id: None,
        tax_terms: None,
        reverses_id: None,
        origin_id: None,
        price_id: None,
        routing_id: None,
        reason: None,
        ledger: match of {
            OpeningOf::Folio(_) => Ledger::Guest,
            OpeningOf::Deposit(_) => Ledger::Deposits,
            OpeningOf::Account(_) => Ledger::City,
        },
        extra: None,
        payment_id: None,
        method: None,
    }
}
