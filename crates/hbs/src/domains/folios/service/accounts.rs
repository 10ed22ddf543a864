//! Accounts of companies and agents: what goes to them from other folios, and what comes back.
use super::charges::{Charged, charged};
use super::posting::{new_folio, off_closed};
use super::{Posting, check_of_payer, check_open, hold, lock_open, positive, post};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::accounts;
use crate::domains::folios::dto::{AdjustFolio, AdjustmentKind, ChargeAccount, SendToAccount, WhatIsCharged};
use crate::domains::folios::error::FolioError;
use crate::domains::folios::model::{Due, Folio, FolioEntry, FolioKind, Ledger, NewFolio, NewLine, PayerKind, Posted};
use crate::domains::folios::repository;
use crate::domains::folios::rules::charge::{self, Charge};
use crate::domains::folios::rules::credit::{self, Transfer};
use crate::domains::folios::rules::open;
use crate::domains::properties::Property;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::outbox::Cause;
use crate::security::Staff;
use crate::security::permission::AccountsCharge;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Guests who leave something to be paid by an account.
#[derive(Debug, Clone, Copy)]
pub enum Departure<'a> {
    /// The last of the booking, but for stays that are to come: all that is due.
    Last { to_come: &'a [Uuid] },
    /// Some of the booking, while others stay: what is due for their stays.
    Some(&'a [Uuid]),
}

/// Account that pays what is due.
#[derive(Debug, Clone, Copy)]
pub struct PayingAccount {
    pub account_id: Uuid,
    /// Pointer to what names the account in the request.
    pub pointer: &'static str,
}

/// Sends to an account what guests who leave have not paid, on all folios of their booking.
pub async fn send_to_account(
    conn: &Conn,
    property: &Property,
    (booking_id, reference): (Uuid, &str),
    departure: Departure<'_>,
    payer: PayingAccount,
    now: DateTime<Utc>,
) -> Result<Posted> {
    repository::lock_of(conn, property.id, booking_id).await?;
    let dues = repository::dues(conn, property.id, booking_id, property.business_date(now)).await?;
    let parts = match departure {
        Departure::Last { to_come } => credit::of_all(&dues, to_come),
        Departure::Some(stays) => credit::of_stays(&dues, stays),
    };
    let lines = to_payer(conn, property, payer, (Some(booking_id), reference), &parts, now).await?;
    repository::insert_lines(conn, property.id, &lines, now).await?;
    Ok(Posted::of(&lines))
}

/// Makes the lines that bring parts of what is due to an account, within its limit. It locks the account's folio, the last of
/// all folios, so that nobody else counts on the same credit.
async fn to_payer(
    conn: &Conn,
    property: &Property,
    payer: PayingAccount,
    (booking_id, from): (Option<Uuid>, &str),
    parts: &[Due],
    now: DateTime<Utc>,
) -> Result<Vec<NewLine>> {
    let unknown = || Error::invalid(payer.pointer, "is not an account of the property");
    // Its limit stays as it is until then.
    let account = accounts::share(conn, property.id, payer.account_id).await?.ok_or_else(unknown)?;
    if !account.is_active {
        return Err(FolioError::AccountInactive.into());
    }
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let new = new_folio(property.id, property.currency, now);
    let new = NewFolio { kind: PayerKind::Account, account_id: Some(account.id), ..new };
    let folio = repository::lock_account(conn, &new).await?;
    let amount: i64 = parts.iter().map(|part| part.amount_minor).sum();
    let money = |minor| Money::new(minor, folio.currency);
    if let Some(limit) = account.credit_limit_minor.filter(|limit| folio.balance_minor + amount > *limit) {
        let (balance, amount) = (money(folio.balance_minor), money(amount));
        return Err(FolioError::CreditLimit { limit: money(limit), balance, amount }.into());
    }
    let today = property.business_date(now);
    let transfer = |part: &Due| {
        credit::pair(Transfer { part: *part, booking_id, account_folio_id: folio.id, today, to: &account.name, from })
    };
    Ok(parts.iter().flat_map(transfer).collect())
}

/// Sends to an account what is due on a folio, or a part of it.
pub async fn to_account(
    app: &App,
    staff: &Staff<AccountsCharge>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
    request: SendToAccount,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.scope, id).await?.or_404("folio")?;
        let property = hold(conn, found.property_id).await?;
        let wanted = request.amount.map(|amount| positive(amount, found.currency, "/amount")).transpose()?;
        let folio = lock_open(conn, &found).await?;
        seen.check(folio.version)?;
        check_of_payer(&folio)?;
        let amount_minor = part_of(&folio, repository::due_on(conn, &folio, property.business_date(cause.at)).await?, wanted)?;
        let part = Due { folio_id: folio.id, stay_id: None, amount_minor };
        let payer = PayingAccount { account_id: request.account_id, pointer: "/account_id" };
        let from = name_of(conn, &folio).await?;
        let lines = to_payer(conn, &property, payer, (folio.booking_id, &from), &[part], cause.at).await?;
        let to_folio_id = lines.iter().map(|line| line.folio_id).find(|id| *id != folio.id);
        post(conn, Posting { folio: &folio, kind: "folio.sent_to_account", to_folio_id, lines }, &cause).await
    })
    .await
}

/// Charges a company or agent for what no guest had: on a folio of the house that it pays, and from there to its account, in one
/// posting. So what is sold and its taxes stand where they do for all others, and the account takes nothing but transfers.
pub async fn charge_account(
    app: &App,
    staff: &Staff<AccountsCharge>,
    key: &IdempotencyKey,
    account_id: Uuid,
    request: ChargeAccount,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let what = WhatIsCharged::from(request);
    app.change(key, async |conn| {
        let (account, _) = accounts::find(conn, &staff.scope, account_id).await?.or_404("account")?;
        let property = hold(conn, account.property_id).await?;
        let Charged { description, amount_minor, taxes, extra } = charged(conn, &property, &what).await?;
        let new = new_folio(property.id, property.currency, cause.at);
        let new = NewFolio { kind: PayerKind::House, name: Some(&account.name), account_id: Some(account.id), ..new };
        let house = repository::lock_house_of_account(conn, &new).await?;
        let charge = Charge {
            booking_id: None,
            stay_id: None,
            description: &description,
            amount_minor,
            service_date: property.business_date(cause.at),
            taxes: &taxes,
            extra,
        };
        let mut lines = charge::charge(charge, house.id);
        let part =
            Due { folio_id: house.id, stay_id: None, amount_minor: lines.iter().map(|line| line.amount_minor).sum::<i64>() };
        let payer = PayingAccount { account_id: account.id, pointer: "/id" };
        lines.extend(to_payer(conn, &property, payer, (None, &description), &[part], cause.at).await?);
        let its_own = lines.iter().map(|line| line.folio_id).find(|id| *id != house.id);
        let its_own = its_own.ok_or_else(|| Error::internal("a charge that goes to no account"))?;
        let folio = repository::find_in(conn, property.id, its_own).await?.or_404("folio")?;
        post(conn, Posting { folio: &folio, kind: "folio.charged", to_folio_id: Some(house.id), lines }, &cause).await
    })
    .await
}

/// Returns how much goes to the account, if there is as much.
fn part_of(folio: &Folio, due_minor: i64, wanted: Option<i64>) -> Result<i64> {
    let money = |minor| Money::new(minor, folio.currency);
    match wanted {
        _ if due_minor <= 0 => Err(FolioError::NothingDue(money(due_minor)).into()),
        Some(amount) if amount > due_minor => Err(FolioError::TooMuch(money(due_minor)).into()),
        wanted => Ok(wanted.unwrap_or(due_minor)),
    }
}

/// Returns how a folio is called on that of an account: by the reference of its booking, else by its name.
async fn name_of(conn: &Conn, folio: &Folio) -> Result<String> {
    match folio.booking_id {
        Some(booking_id) => Ok(repository::reference(conn, folio.property_id, booking_id).await?),
        None => Ok(folio.name.clone().unwrap_or_else(|| folio.kind.to_string())),
    }
}

/// Takes back a transfer to an account, on both folios.
pub async fn correct(
    conn: &Conn,
    property: &Property,
    found: &Folio,
    seen: IfMatch,
    entry: &FolioEntry,
    request: &AdjustFolio,
    cause: &Cause,
) -> Result<Answer> {
    match (request.kind, request.amount) {
        (AdjustmentKind::Allowance, _) => return Err(FolioError::TooMuch(Money::new(0, found.currency)).into()),
        (AdjustmentKind::Correction, Some(_)) => {
            return Err(Error::invalid("/amount", "is for allowances: a correction takes back all of the entry"));
        }
        (AdjustmentKind::Correction, None) => {}
    }
    let lines = back(conn, property.id, entry.booking_id, &[entry.root()], Some(&request.reason), cause.at).await?;
    if !lines.iter().any(|line| line.reverses_id == Some(entry.id)) {
        return Err(FolioError::NotOpen(vec![entry.id]).into());
    }
    let folio = repository::find_in(conn, property.id, found.id).await?.or_404("folio")?;
    seen.check(folio.version)?;
    let to_folio_id = lines.iter().map(|line| line.folio_id).find(|id| *id != folio.id);
    post(conn, Posting { folio: &folio, kind: "folio.correction_posted", to_folio_id, lines }, cause).await
}

/// Takes back what went to accounts today as guests left, who have not left after all: for their stays, and for the booking as
/// a whole.
pub async fn take_back_from_accounts(
    conn: &Conn,
    property: &Property,
    booking_id: Uuid,
    stays: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Posted> {
    let today = property.business_date(now);
    let is_meant = |line: &&FolioEntry| {
        let of_stays = line.stay_id.is_none_or(|stay_id| stays.contains(&stay_id));
        line.kind == FolioKind::Transfer && line.root() == line.id && line.posted_on == today && of_stays
    };
    let lines = open(&repository::entries(conn, property.id, booking_id).await?);
    let roots: Vec<Uuid> = lines.iter().filter(is_meant).map(|line| line.id).collect();
    if roots.is_empty() {
        return Ok(Posted::default());
    }
    let lines = back(conn, property.id, Some(booking_id), &roots, None, now).await?;
    repository::insert_lines(conn, property.id, &lines, now).await?;
    Ok(Posted::of(&lines))
}

/// Makes the lines that take back transfers, each named by its line on an account's folio. It locks their folios, those of
/// accounts last. What left a folio that is closed by now comes back on another one of its booking.
async fn back(
    conn: &Conn,
    property_id: Uuid,
    booking_id: Option<Uuid>,
    roots: &[Uuid],
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<NewLine>> {
    let (of_accounts, others): (Vec<FolioEntry>, Vec<FolioEntry>) =
        repository::transfers(conn, property_id, roots).await?.into_iter().partition(|line| line.ledger == Ledger::City);
    let folios = |lines: &[FolioEntry]| lines.iter().map(|line| line.folio_id).collect::<Vec<Uuid>>();
    let locked = match booking_id {
        Some(booking_id) => repository::lock_for(conn, property_id, booking_id, &folios(&others)).await?,
        None => {
            for folio in repository::lock_each(conn, property_id, &folios(&others)).await? {
                check_open(&folio)?;
            }
            Vec::new()
        }
    };
    repository::lock_each(conn, property_id, &folios(&of_accounts)).await?;
    let lines = credit::taken_back(&open(&repository::transfers(conn, property_id, roots).await?), reason);
    match booking_id {
        Some(booking_id) => Ok(off_closed(conn, property_id, booking_id, &locked, lines, now).await?),
        None => Ok(lines),
    }
}
