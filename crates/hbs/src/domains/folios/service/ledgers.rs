//! The books: closing a date, reading its ledgers, and proving that they say what the lines say.
use crate::app::App;
use crate::domains::folios::dto::TrialBalance;
use crate::domains::folios::model::{FolioEntry, FolioKind, Ledger, LedgerFault, NewLine, Posted, Verified};
use crate::domains::folios::repository;
use crate::domains::folios::rules::open;
use crate::domains::properties::{Chosen, OfHotels};
use crate::outbox::{self, Numbered, retention};
use crate::security::Staff;
use crate::security::permission::ReportsRead;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use futures_util::try_join;
use std::collections::HashSet;
use uuid::Uuid;

/// Closes the books of a date, in the transaction that closes it: whoever posts waits, and posts on the next date.
pub async fn close_date(conn: &Conn, property_id: Uuid, date: NaiveDate, now: DateTime<Utc>) -> Result<()> {
    repository::stop_posting(conn, property_id).await?;
    repository::close_date(conn, property_id, date, now).await?;
    Ok(())
}

pub async fn trial_balance(app: &App, staff: &Staff<ReportsRead>, of: &OfHotels, date: NaiveDate) -> Result<TrialBalance> {
    let conn = app.db.conn().await?;
    let chosen = Chosen::find(&conn, staff, &of.property_id).await?.named_on(&conn, date).await?;
    let ids = chosen.ids();
    let (mut days, methods) = try_join!(repository::closed_books(&conn, &ids, date), repository::methods(&conn, &ids, date))?;
    let closed: HashSet<Uuid> = days.iter().map(|(property_id, _)| *property_id).collect();
    let mut open = Vec::new();
    for hotel in chosen.hotels.iter().filter(|hotel| !closed.contains(&hotel.id)) {
        if date != hotel.business_date(app.clock.now()) {
            return Err(Error::not_found("closed date"));
        }
        open.push(hotel.id);
    }
    if !open.is_empty() {
        days.extend(repository::open_books(&conn, &open, date).await?);
    }
    Ok(TrialBalance::new(&chosen, (date, open.is_empty()), &days, &methods))
}

/// Takes what was paid in advance to the ledger of the guests, who are there now: a pair of lines on each folio that comes
/// to nothing.
pub async fn take_deposits(
    conn: &Conn,
    property_id: Uuid,
    booking_id: Uuid,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> QueryResult<Posted> {
    repository::lock_of(conn, property_id, booking_id).await?;
    let deposits = repository::deposits(conn, property_id, booking_id).await?;
    let pair = |(folio_id, amount_minor): (Uuid, i64)| {
        let line = |ledger, amount_minor| deposit(booking_id, folio_id, today, ledger, amount_minor);
        [line(Ledger::Deposits, -amount_minor), line(Ledger::Guest, amount_minor)]
    };
    let lines: Vec<NewLine> = deposits.into_iter().flat_map(pair).collect();
    repository::insert_lines(conn, property_id, &lines, now).await?;
    Ok(Posted::of(&lines))
}

fn deposit(booking_id: Uuid, folio_id: Uuid, today: NaiveDate, ledger: Ledger, amount_minor: i64) -> NewLine {
    NewLine::alone((folio_id, Some(booking_id)), FolioKind::Deposit, ledger, today, amount_minor, "Deposit")
}

/// Gives back to the ledger of deposits what was taken from it when the guests came, who have not come after all.
pub async fn return_deposits(conn: &Conn, property_id: Uuid, booking_id: Uuid, now: DateTime<Utc>) -> QueryResult<Posted> {
    repository::lock_of(conn, property_id, booking_id).await?;
    let lines = repository::entries_in(conn, property_id, booking_id).await?;
    let taken = open(&lines).into_iter().filter(|line| line.kind == FolioKind::Deposit);
    let back = |line: FolioEntry| NewLine {
        reverses_id: Some(line.id),
        ..deposit(booking_id, line.folio_id, line.service_date, line.ledger, -line.amount_minor)
    };
    let lines: Vec<NewLine> = taken.map(back).collect();
    repository::insert_lines(conn, property_id, &lines, now).await?;
    Ok(Posted::of(&lines))
}

/// Number of events that are read at once.
const BATCH: i64 = 1000;

/// The first event that tells of lines and is not what it was when it was numbered. What lines are compared with, is proved by its
/// hash; that nobody has written all hashes anew, the chain and its checkpoints prove.
async fn changed_event(conn: &Conn) -> QueryResult<Option<LedgerFault>> {
    let mut position = 0;
    loop {
        let batch = outbox::telling_lines_after(conn, position, BATCH).await?;
        let Some(last) = batch.last() else { break };
        position = last.position;
        if let Some(fault) = first_changed(&batch) {
            return Ok(Some(fault));
        }
    }
    let mut after = (Uuid::nil(), 0);
    loop {
        let batch = retention::kept_after(conn, after, BATCH).await?;
        let Some(last) = batch.last() else { return Ok(None) };
        after = (last.event.stream_id, last.seq);
        if let Some(fault) = first_changed(&batch) {
            return Ok(Some(fault));
        }
    }
}

fn first_changed(batch: &[Numbered]) -> Option<LedgerFault> {
    let changed = batch.iter().find(|told| !retention::is_whole(told))?;
    Some(LedgerFault::Event { stream_id: changed.event.stream_id, seq: changed.seq })
}

/// Compares every line with its event, every event that tells of lines with its hash, and every closed date with its lines.
pub async fn verify(app: &App) -> Result<Verified> {
    let conn = app.db.conn().await?;
    let (lines, unrecorded, closed_dates) = repository::counts(&conn).await?;
    let mut faults: Vec<_> = repository::wrong_line(&conn).await?.into_iter().collect();
    faults.extend(changed_event(&conn).await?);
    for property_id in repository::with_books(&conn).await? {
        faults.extend(repository::wrong_day(&conn, property_id).await?);
    }
    Ok(Verified { lines, unrecorded, closed_dates, faults })
}
