//! The books: closing a date, reading its ledgers, and proving that they say what the lines say.
use crate::app::App;
use crate::domains::folios::dto::{TrialBalance, TrialBalanceQuery};
use crate::domains::folios::model::{FolioEntry, FolioKind, Ledger, LedgerFault, NewLine, Posted, Verified};
use crate::domains::folios::repository;
use crate::domains::folios::rules::open;
use crate::domains::properties;
use crate::error::Or404;
use crate::outbox::{self, Numbered, retention};
use crate::security::Staff;
use crate::security::permission::ReportsRead;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use futures_util::try_join;
use uuid::Uuid;

/// Closes the books of a date, in the transaction that closes it: whoever posts waits, and posts on the next date.
pub async fn close_date(conn: &Conn, property_id: Uuid, date: NaiveDate, now: DateTime<Utc>) -> Result<()> {
    repository::stop_posting(conn, property_id).await?;
    repository::close_date(conn, property_id, date, now).await?;
    Ok(())
}

pub async fn trial_balance(app: &App, staff: &Staff<ReportsRead>, query: &TrialBalanceQuery) -> Result<TrialBalance> {
    let TrialBalanceQuery { property_id, date } = *query;
    staff.at(property_id)?;
    let conn = app.db.conn().await?;
    let ids = [property_id];
    let (property, closed, methods, names) = try_join!(
        properties::find(&conn, property_id),
        repository::ledger_day(&conn, property_id, date),
        repository::methods(&conn, property_id, date),
        properties::names_on(&conn, &ids, date),
    )?;
    let hotels = names.into_values().collect();
    let property = property.or_404("property")?;
    if !closed.is_empty() {
        return Ok(TrialBalance::new(&property, (date, true), &closed, methods, hotels));
    }
    if date != property.business_date(app.clock.now()) {
        return Err(Error::not_found("closed date"));
    }
    let days = repository::open_day(&conn, property_id, date).await?;
    Ok(TrialBalance::new(&property, (date, false), &days, methods, hotels))
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
