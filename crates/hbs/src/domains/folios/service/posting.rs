//! Posting lines of bookings: to the folios that rules name, and to none that is closed.
use crate::domains::folios::model::{Draft, Ledger, LiveRouting, NewFolio, NewFolioEntry, NewLine, PayerKind, Posted};
use crate::domains::folios::repository::{self, Locked};
use crate::domains::folios::rules::routing::route;
use crate::error::Or404;
use crate::money::Currency;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use futures_util::try_join;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Name of a folio that is opened by itself, because those that there are are closed or settled for good.
pub const LATE_CHARGES: &str = "Late charges";

/// Adds lines of a booking's stays, as one posting: where they say, else by the rules of the booking and its group, else to
/// its main folio. It locks folios, so bookings and stays are locked before.
pub async fn append(
    conn: &Conn,
    property_id: Uuid,
    booking_id: Uuid,
    lines: &[NewFolioEntry],
    now: DateTime<Utc>,
) -> QueryResult<Posted> {
    if lines.is_empty() {
        return Ok(Posted::default());
    }
    let named: Vec<Uuid> = lines.iter().filter_map(|line| line.folio_id).collect();
    let (folios, mut routings) = try_join!(
        repository::lock_for(conn, property_id, booking_id, &named),
        repository::live_routings(conn, property_id, booking_id),
    )?;
    let lines = placed(booking_id, lines, &mut routings);
    let lines = off_closed(conn, property_id, booking_id, &folios, lines, now).await?;
    repository::insert_lines(conn, property_id, &lines, now).await?;
    Ok(Posted::of(&lines))
}

/// Makes the lines of the stays of a new booking, by rules that were read before.
pub fn draft(booking_id: Uuid, lines: &[NewFolioEntry], routings: &mut [LiveRouting]) -> Draft {
    Draft(placed(booking_id, lines, routings))
}

/// Adds the lines of new bookings, as one posting: nothing is read for it.
pub async fn append_drafts(conn: &Conn, property_id: Uuid, drafts: Vec<Draft>, now: DateTime<Utc>) -> QueryResult<usize> {
    let lines: Vec<NewLine> = drafts.into_iter().flat_map(|draft| draft.0).collect();
    repository::insert_lines(conn, property_id, &lines, now).await
}

/// Adds the lines of bookings of another system, as one posting: nights before a date are owed, and are no revenue of HBS.
pub async fn append_brought_in(
    conn: &Conn,
    property_id: Uuid,
    drafts: Vec<Draft>,
    before: NaiveDate,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let lines: Vec<NewLine> = drafts.into_iter().flat_map(|draft| draft.0).collect();
    repository::insert_brought_in(conn, property_id, &lines, before, now).await
}

/// Places lines on folios: those that name one stay there.
fn placed(booking_id: Uuid, lines: &[NewFolioEntry], routings: &mut [LiveRouting]) -> Vec<NewLine> {
    let (fixed, free): (Vec<&NewFolioEntry>, Vec<&NewFolioEntry>) = lines.iter().partition(|line| line.folio_id.is_some());
    let new = |lines: Vec<&NewFolioEntry>| lines.into_iter().map(|line| new_line(booking_id, line)).collect::<Vec<_>>();
    let (mut placed, free) = (new(fixed), new(free));
    placed.extend(route(free, routings));
    placed
}

fn new_line(booking_id: Uuid, line: &NewFolioEntry) -> NewLine {
    let NewFolioEntry {
        stay_id,
        kind,
        service_date,
        amount_minor,
        description,
        tax_rule_id,
        tax_terms,
        reverses_id,
        restores_id,
        folio_id,
        id,
        price_id,
        extra,
    } = line.clone();
    NewLine {
        id: id.unwrap_or_else(Uuid::now_v7),
        folio_id: folio_id.unwrap_or(booking_id),
        booking_id: Some(booking_id),
        stay_id: Some(stay_id),
        kind,
        service_date,
        amount_minor,
        description,
        tax_rule_id,
        tax_terms,
        reverses_id,
        restores_id,
        origin_id: None,
        price_id,
        routing_id: None,
        reason: None,
        ledger: Ledger::Guest,
        extra,
        payment_id: None,
        method: None,
    }
}

/// Sends lines elsewhere that would go to a closed folio: to the main one, else to the newest of the booking that is open,
/// else to a new one.
pub async fn off_closed(
    conn: &Conn,
    property_id: Uuid,
    booking_id: Uuid,
    folios: &[Locked],
    mut lines: Vec<NewLine>,
    now: DateTime<Utc>,
) -> QueryResult<Vec<NewLine>> {
    let is_closed = |id: Uuid| folios.iter().any(|folio| folio.id == id && folio.is_closed);
    if !lines.iter().any(|line| is_closed(line.folio_id)) {
        return Ok(lines);
    }
    let open = || folios.iter().filter(|folio| folio.booking_id == Some(booking_id) && folio.is_of_guest && !folio.is_closed);
    let other = open().find(|folio| folio.id == booking_id).or_else(|| open().max_by_key(|folio| folio.id)).map(|folio| folio.id);
    let other = match other {
        Some(id) => id,
        None => open_late(conn, property_id, booking_id, now).await?,
    };
    for line in lines.iter_mut().filter(|line| is_closed(line.folio_id)) {
        line.folio_id = other;
    }
    Ok(lines)
}

/// Opens a folio for what comes when the others of a booking are done.
pub async fn open_late(conn: &Conn, property_id: Uuid, booking_id: Uuid, now: DateTime<Utc>) -> QueryResult<Uuid> {
    let main = repository::find_in(conn, property_id, booking_id).await?.ok_or(diesel::result::Error::NotFound)?;
    let new = new_folio(property_id, main.currency, now);
    let folio = NewFolio { booking_id: Some(booking_id), name: Some(LATE_CHARGES), ..new };
    Ok(repository::insert(conn, &folio).await?.id)
}

/// Locks folios without a booking, and those to which goes what comes to them once they are closed.
pub async fn lock_alone(conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<Locked>> {
    let mut named = repository::open_instead(conn, property_id, ids).await?;
    named.extend(ids);
    Ok(repository::lock_each(conn, property_id, &named).await?.iter().map(Locked::of).collect())
}

/// Sends lines elsewhere that would go to a closed folio and are for no booking: to a folio like it that is locked, else to a
/// new one.
pub async fn off_closed_alone(
    conn: &Conn,
    property_id: Uuid,
    folios: &[Locked],
    mut lines: Vec<NewLine>,
    now: DateTime<Utc>,
) -> Result<Vec<NewLine>> {
    let is_closed = |id: Uuid| folios.iter().any(|folio| folio.id == id && folio.is_closed);
    let closed: BTreeSet<Uuid> = lines.iter().map(|line| line.folio_id).filter(|id| is_closed(*id)).collect();
    for id in closed {
        let other = open_like(conn, property_id, id, folios, now).await?;
        for line in lines.iter_mut().filter(|line| line.folio_id == id) {
            line.folio_id = other;
        }
    }
    Ok(lines)
}

/// Returns a folio of the same kind and payer as a closed one: one of those that are locked, else a new one.
async fn open_like(conn: &Conn, property_id: Uuid, closed: Uuid, folios: &[Locked], now: DateTime<Utc>) -> Result<Uuid> {
    let closed = repository::find_in(conn, property_id, closed).await?.or_404("folio")?;
    for open in folios.iter().filter(|folio| !folio.is_closed) {
        let open = repository::find_in(conn, property_id, open.id).await?.or_404("folio")?;
        if open.is_like(&closed) {
            return Ok(open.id);
        }
    }
    let new = NewFolio {
        booking_id: closed.booking_id,
        group_id: closed.group_id,
        kind: closed.kind,
        name: Some(LATE_CHARGES),
        guest_id: closed.guest_id,
        account_id: closed.account_id,
        ..new_folio(property_id, closed.currency, now)
    };
    // A group has one open folio, and so has an account: whoever opens it at this moment has it locked, out of turn.
    let opened = repository::insert_unless_open(conn, &new).await?;
    let busy = || Error::unavailable("Another folio was opened at the same moment: send the request again.").with_retry_after(1);
    Ok(opened.ok_or_else(busy)?.id)
}

/// Makes an empty folio of guests.
pub fn new_folio<'a>(property_id: Uuid, currency: Currency, now: DateTime<Utc>) -> NewFolio<'a> {
    NewFolio {
        property_id,
        id: Uuid::now_v7(),
        booking_id: None,
        group_id: None,
        kind: PayerKind::Guest,
        name: None,
        currency,
        balance_minor: 0,
        no_post: false,
        charge_limit_minor: None,
        created_at: now,
        updated_at: now,
        guest_id: None,
        account_id: None,
    }
}
