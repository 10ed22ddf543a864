//! Money on folios: the lines of payments, of those that are taken back, and of what is paid back.
use super::check_open;
use super::posting::{lock_alone, off_closed, off_closed_alone};
use crate::domains::folios::error::FolioError;
use crate::domains::folios::model::{Folio, FolioEntry, FolioKind, Ledger, NewLine, PayerKind, Posted};
use crate::domains::folios::repository::{self, Locked};
use crate::domains::folios::rules::transfer::{belongs_to, with_belongings};
use crate::domains::folios::rules::{balance, open, payment};
use crate::error::Or404;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Payment whose money counts on folios.
#[derive(Debug, Clone, Copy)]
pub struct Paid<'a> {
    pub property_id: Uuid,
    pub payment_id: Uuid,
    /// Folio that was paid.
    pub folio_id: Uuid,
    /// Booking of the folio, if it has one.
    pub booking_id: Option<Uuid>,
    /// Text of the lines.
    pub description: &'a str,
    /// `true` if another system took it before the business date.
    pub is_brought_in: bool,
    /// Method by which it is paid back, where that is another one than its own.
    pub method: Option<&'static str>,
    /// Business date, on which the lines are posted.
    pub today: NaiveDate,
    pub now: DateTime<Utc>,
}

impl Paid<'_> {
    fn line(&self, folio_id: Uuid, kind: FolioKind, ledger: Ledger, amount_minor: i64) -> NewLine {
        NewLine {
            payment_id: Some(self.payment_id),
            method: self.method,
            ..NewLine::alone((folio_id, self.booking_id), kind, ledger, self.today, amount_minor, self.description)
        }
    }

    /// The line of what another system took: it counts before the business date.
    fn line_before(&self, folio_id: Uuid, kind: FolioKind, ledger: Ledger, amount_minor: i64) -> NewLine {
        NewLine { service_date: self.today - Days::new(1), ..self.line(folio_id, kind, ledger, amount_minor) }
    }

    /// Posts lines where they are to go; what would go to a closed folio, to another one of its booking, or one like it.
    async fn post_open(&self, conn: &Conn, folios: &[Locked], lines: Vec<NewLine>) -> Result<Posted> {
        if let Some(booking_id) = self.booking_id {
            let lines = off_closed(conn, self.property_id, booking_id, folios, lines, self.now).await?;
            return self.post(conn, lines).await;
        }
        let lines = off_closed_alone(conn, self.property_id, folios, lines, self.now).await?;
        self.post(conn, lines).await
    }

    /// Posts lines, which stand in the ledger of the city if an account is paid: its money is nowhere else.
    async fn post(&self, conn: &Conn, mut lines: Vec<NewLine>) -> Result<Posted> {
        if self.is_of_account(conn).await? {
            for line in &mut lines {
                line.ledger = Ledger::City;
            }
        }
        repository::insert_lines(conn, self.property_id, &lines, self.now).await?;
        Ok(Posted::of(&lines))
    }

    async fn is_of_account(&self, conn: &Conn) -> Result<bool> {
        if self.booking_id.is_some() {
            return Ok(false);
        }
        let folio = repository::find_in(conn, self.property_id, self.folio_id).await?;
        Ok(folio.is_some_and(|folio| folio.kind == PayerKind::Account))
    }
}

/// Locks a folio that is paid against others who pay it and post to it. It must not be closed.
pub async fn lock_to_pay(conn: &Conn, property_id: Uuid, folio_id: Uuid) -> Result<Folio> {
    let folio = repository::lock(conn, property_id, folio_id).await?.or_404("folio")?;
    check_open(&folio)?;
    Ok(folio)
}

/// Posts what was paid to the folio, which the caller holds. While the guests are to come, it is a deposit.
pub async fn pay(conn: &Conn, paid: &Paid<'_>, amount_minor: i64) -> Result<Posted> {
    let ledger = ledger(conn, paid).await?;
    paid.post(conn, vec![paid.line(paid.folio_id, FolioKind::Payment, ledger, -amount_minor)]).await
}

/// Posts what another system took for bookings, as one posting, to their folios, which the caller holds: the other side is the
/// ledger `opening`. Each payment comes with its ledger and amount; returns the line of each.
pub async fn pay_brought_in(
    conn: &Conn,
    property_id: Uuid,
    paid: &[(Paid<'_>, Ledger, i64)],
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Vec<Posted>> {
    let line = |(paid, ledger, amount_minor): &(Paid<'_>, Ledger, i64)| {
        paid.line_before(paid.folio_id, FolioKind::Payment, *ledger, -*amount_minor)
    };
    let lines: Vec<NewLine> = paid.iter().map(line).collect();
    repository::insert_brought_in(conn, property_id, &lines, today, now).await?;
    Ok(lines.iter().map(|line| Posted::of(std::slice::from_ref(line))).collect())
}

/// Posts what was paid later than it was asked for: if the folio is closed by now, to another one of its booking or its payer.
pub async fn pay_late(conn: &Conn, paid: &Paid<'_>, locked: LockedShares, amount_minor: i64) -> Result<Posted> {
    let ledger = ledger(conn, paid).await?;
    let line = paid.line(paid.folio_id, FolioKind::Payment, ledger, -amount_minor);
    paid.post_open(conn, &locked.folios, vec![line]).await
}

/// Posts that what was paid back is not paid back after all.
pub async fn take_refund_back(conn: &Conn, paid: &Paid<'_>, locked: LockedShares, amount_minor: i64) -> Result<Posted> {
    let ledger = ledger(conn, paid).await?;
    let line = paid.line(paid.folio_id, FolioKind::Refund, ledger, -amount_minor);
    paid.post_open(conn, &locked.folios, vec![line]).await
}

/// The ledger of what is paid now: that of deposits while the guests are to come.
async fn ledger(conn: &Conn, paid: &Paid<'_>) -> Result<Ledger> {
    let is_deposit = match paid.booking_id {
        Some(booking_id) => repository::is_awaited(conn, paid.property_id, booking_id).await?,
        None => false,
    };
    Ok(if is_deposit { Ledger::Deposits } else { Ledger::Guest })
}

/// The folios on which the money of a payment lies by now, locked.
pub struct LockedShares {
    folios: Vec<Locked>,
    lines: Vec<FolioEntry>,
}

/// Locks the folio that was paid, those on which the money of the payment lies by now, and those to which its lines can go where
/// these are closed.
pub async fn lock_paid(
    conn: &Conn,
    property_id: Uuid,
    payment_id: Uuid,
    (folio_id, booking_id): (Uuid, Option<Uuid>),
) -> Result<LockedShares> {
    let before = repository::lines_of_payment(conn, property_id, payment_id).await?;
    let named: BTreeSet<Uuid> = before.iter().map(|line| line.folio_id).chain([folio_id]).collect();
    let named: Vec<Uuid> = named.into_iter().collect();
    let folios = match booking_id {
        Some(booking_id) => repository::lock_for(conn, property_id, booking_id, &named).await?,
        None => lock_alone(conn, property_id, &named).await?,
    };
    let lines = repository::lines_of_payment(conn, property_id, payment_id).await?;
    // Somebody moved the money to a folio that is not locked, and now must not be: folios are locked in one order.
    if lines.iter().any(|line| folios.iter().all(|folio| folio.id != line.folio_id)) {
        let detail = "The payment was moved to another folio at the same moment: send the request again.";
        return Err(Error::unavailable(detail).with_retry_after(1));
    }
    Ok(LockedShares { folios, lines })
}

/// Takes a payment back as if it had not been recorded: each of its lines where it is by now.
pub async fn take_payment_back(conn: &Conn, paid: &Paid<'_>, locked: LockedShares, reason: Option<&str>) -> Result<Posted> {
    let LockedShares { folios, lines } = locked;
    let mut back = Vec::new();
    for line in open(&lines) {
        if folios.iter().any(|folio| folio.id == line.folio_id && folio.is_closed) {
            return Err(FolioError::Closed(line.folio_id).into());
        }
        let deposits = repository::deposits_on(conn, paid.property_id, line.folio_id).await?;
        let is_deposit = line.ledger == Ledger::Deposits && -deposits >= -line.amount_minor;
        let ledger = if line.ledger == Ledger::Deposits && !is_deposit { Ledger::Guest } else { line.ledger };
        let (folio_id, amount_minor) = (line.folio_id, -line.amount_minor);
        let new = if paid.is_brought_in {
            paid.line_before(folio_id, line.kind, ledger, amount_minor)
        } else {
            paid.line(folio_id, line.kind, ledger, amount_minor)
        };
        back.push(NewLine { reverses_id: Some(line.id), reason: reason.map(str::to_owned), ..new });
    }
    if paid.is_brought_in {
        // As it came: out of the ledger `opening`, since no money of HBS goes back.
        repository::insert_brought_in(conn, paid.property_id, &back, paid.today, paid.now).await?;
        return Ok(Posted::of(&back));
    }
    paid.post(conn, back).await
}

/// Posts what is paid back of a payment: where its money lies by now, out of the ledger that has it.
pub async fn pay_back(conn: &Conn, paid: &Paid<'_>, locked: LockedShares, amount_minor: i64) -> Result<Posted> {
    leave(conn, paid, locked, FolioKind::Refund, amount_minor).await
}

/// Posts that what was paid has not come after all: where the money lies by now, out of the ledger that has it.
pub async fn lose(conn: &Conn, paid: &Paid<'_>, locked: LockedShares, amount_minor: i64) -> Result<Posted> {
    leave(conn, paid, locked, FolioKind::Payment, amount_minor).await
}

async fn leave(conn: &Conn, paid: &Paid<'_>, locked: LockedShares, kind: FolioKind, amount_minor: i64) -> Result<Posted> {
    let LockedShares { folios, lines } = locked;
    let taken = payment::take(amount_minor, &payment::shares(&lines, paid.folio_id));
    let taken = taken.ok_or_else(|| Error::internal("more leaves the folios than they have of a payment"))?;
    let mut back = Vec::new();
    for (folio_id, amount) in taken {
        let deposits = repository::deposits_on(conn, paid.property_id, folio_id).await?;
        let parts = payment::by_ledger(amount, deposits);
        back.extend(parts.into_iter().map(|(ledger, part)| paid.line(folio_id, kind, ledger, part)));
    }
    paid.post_open(conn, &folios, back).await
}

/// Entries that are named, open ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Amount that they come to with their taxes and allowances, in minor units.
    pub amount_minor: i64,
    /// Ids by which they can have been named before: as they are, as they were before they were moved or split, with their price.
    pub ids: BTreeSet<Uuid>,
}

/// Returns what some open entries of a folio, or of any folio of its booking, come to.
pub async fn charged(
    conn: &Conn,
    property_id: Uuid,
    (folio_id, booking_id): (Uuid, Option<Uuid>),
    entry_ids: &[Uuid],
) -> Result<Named> {
    let lines = match booking_id {
        Some(booking_id) => repository::entries_in(conn, property_id, booking_id).await?,
        None => repository::entries_on(conn, property_id, &[folio_id]).await?,
    };
    let open = open(&lines);
    let of_id = |id: &Uuid| open.iter().find(|line| line.id == *id);
    let missing: Vec<Uuid> = entry_ids.iter().filter(|id| of_id(id).is_none()).copied().collect();
    if !missing.is_empty() {
        return Err(FolioError::NotOpen(missing).into());
    }
    if entry_ids.iter().filter_map(of_id).any(|line| line.kind.is_money()) {
        return Err(FolioError::OfPayment.into());
    }
    let all = with_belongings(&open, &entry_ids.iter().copied().collect());
    // Who names a price means its taxes as well.
    let prices = open.iter().filter(|price| all.iter().any(|line| belongs_to(line, price)));
    let roots: BTreeSet<Uuid> = all.iter().chain(prices).map(FolioEntry::root).collect();
    let ids = lines.iter().filter(|line| roots.contains(&line.root())).map(|line| line.id).collect();
    Ok(Named { amount_minor: balance(&all), ids })
}
