//! Postings by hand: charges at the desk and by points of sale, allowances and corrections.
use super::posting::{off_closed, open_late};
use super::{Posting, accounts, check_of_payer, check_open, hold, lock_open, positive, post};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::extras::{self, ExtraTax, Offered};
use crate::domains::folios::dto::{AdjustFolio, AdjustmentKind, ChargeFolio, ChargeRoom, WhatIsCharged};
use crate::domains::folios::error::FolioError;
use crate::domains::folios::model::{ChargeTax, Folio, FolioEntry, FolioKind, InRoom, NewLine, OfExtra};
use crate::domains::folios::repository;
use crate::domains::folios::rules::charge::{self, Allowance, Charge};
use crate::domains::folios::rules::{open, routing};
use crate::domains::properties::Property;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::outbox::Cause;
use crate::security::Staff;
use crate::security::permission::{AdjustmentsWrite, FoliosWrite};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

/// Posts a charge to a folio. What comes to a settled folio when all guests have left goes to one of its own.
pub async fn charge(
    app: &App,
    staff: &Staff<FoliosWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
    request: ChargeFolio,
) -> Result<Answer> {
    let ChargeFolio { description, amount, tax_rule_id, service_date, stay_id, extra_id, quantity } = request;
    let what = WhatIsCharged { description, amount, tax_rule_id, extra_id, quantity };
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.scope, id).await?.or_404("folio")?;
        let property = hold(conn, found.property_id).await?;
        let today = property.business_date(cause.at);
        let service_date = service_date.unwrap_or(today);
        check_date(&property, service_date, today)?;
        let Charged { description, amount_minor, taxes, extra } = charged(conn, &property, &what).await?;
        check_stay(conn, &found, stay_id).await?;
        let charge = Charge {
            booking_id: found.booking_id,
            stay_id,
            description: &description,
            amount_minor,
            service_date,
            taxes: &taxes,
            extra,
        };
        let lines = charge::charge(charge, found.id);
        count(conn, &property, &lines, &cause).await?;
        let folio = lock_open(conn, &found).await?;
        seen.check(folio.version)?;
        check_of_payer(&folio)?;
        let (folio, lines) = after_departure(conn, folio, lines, &cause).await?;
        post(conn, Posting { folio: &folio, kind: "folio.charged", to_folio_id: None, lines }, &cause).await
    })
    .await
}

/// A charge as it comes from the desk: an extra of the hotel, or a text and an amount.
pub(super) struct Charged {
    pub description: String,
    pub amount_minor: i64,
    pub taxes: Vec<ChargeTax>,
    pub extra: Option<OfExtra>,
}

pub(super) async fn charged(conn: &Conn, property: &Property, what: &WhatIsCharged) -> Result<Charged> {
    let WhatIsCharged { description, amount, tax_rule_id, extra_id, quantity } = what;
    let Some(extra_id) = *extra_id else {
        if quantity.is_some() {
            return Err(Error::invalid("/quantity", "is for extras: give the `extra_id` with it"));
        }
        let missing = |pointer| Error::invalid(pointer, "is needed, unless an `extra_id` is given");
        return Ok(Charged {
            description: description.clone().ok_or_else(|| missing("/description"))?,
            amount_minor: positive(amount.ok_or_else(|| missing("/amount"))?, property.currency, "/amount")?,
            taxes: tax(conn, property.id, *tax_rule_id).await?.into_iter().collect(),
            extra: None,
        });
    };
    for (pointer, is_given) in [("/amount", amount.is_some()), ("/tax_rule_id", tax_rule_id.is_some())] {
        if is_given {
            return Err(Error::invalid(pointer, "is not for extras, which have their own"));
        }
    }
    let offered = extras::offered(conn, property.id, &[extra_id]).await?;
    let Offered { extra, taxes } = extras::rules::sold(extra_id, &offered, || "/extra_id".into())?;
    let units = quantity.unwrap_or(1);
    // Fewer than are sold with a stay may be served.
    extra.check_quantity(units.max(extra.min_quantity), || "/quantity".into())?;
    let tax = |tax: &ExtraTax| {
        let ExtraTax { id, name, rate_ppm, is_included } = tax.clone();
        ChargeTax { id, name, rate_ppm: Some(rate_ppm), is_included }
    };
    Ok(Charged {
        description: description.clone().unwrap_or_else(|| extra.name.clone()),
        amount_minor: extra.price_minor.saturating_mul(units.into()),
        taxes: taxes.iter().map(tax).collect(),
        extra: Some(OfExtra { extra_id, stay_extra_id: None, units, in_price: false }),
    })
}

/// Posts a charge to the guests in a room, as points of sale do: by the rules of their booking.
pub async fn charge_room(app: &App, staff: &Staff<FoliosWrite>, key: &IdempotencyKey, request: ChargeRoom) -> Result<Answer> {
    let ChargeRoom { property_id, room_number, description, amount, tax_rule_id, extra_id, quantity } = request;
    let what = WhatIsCharged { description, amount, tax_rule_id, extra_id, quantity };
    staff.at(property_id)?;
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let property = hold(conn, property_id).await?;
        let today = property.business_date(cause.at);
        let Charged { description, amount_minor, taxes, extra } = charged(conn, &property, &what).await?;
        let nobody = || FolioError::NobodyInRoom(room_number.clone());
        let InRoom { booking_id, stay_id } = repository::in_room(conn, property_id, &room_number).await?.ok_or_else(nobody)?;
        let charge = Charge {
            booking_id: Some(booking_id),
            stay_id: Some(stay_id),
            description: &description,
            amount_minor,
            service_date: today,
            taxes: &taxes,
            extra,
        };
        let lines = charge::charge(charge, booking_id);
        count(conn, &property, &lines, &cause).await?;
        // They may have left before the booking was locked.
        if !repository::is_in_house(conn, property_id, stay_id).await? {
            return Err(nobody().into());
        }
        let folios = repository::lock_for(conn, property_id, booking_id, &[]).await?;
        let mut routings = repository::live_routings(conn, property_id, booking_id).await?;
        let lines = off_closed(conn, property_id, booking_id, &folios, routing::route(lines, &mut routings), cause.at).await?;
        let folio = check_limits(conn, &property, &lines).await?;
        post(conn, Posting { folio: &folio, kind: "folio.charged", to_folio_id: None, lines }, &cause).await
    })
    .await
}

/// Counts lines into the total of the booking that they are for, which locks it.
pub async fn count(conn: &Conn, property: &Property, lines: &[NewLine], cause: &Cause) -> Result<()> {
    let Some(booking_id) = lines.first().and_then(|line| line.booking_id) else { return Ok(()) };
    let amount = lines.iter().map(|line| line.amount_minor).sum();
    repository::add_to_total(conn, property.id, booking_id, amount, cause.at).await?;
    Ok(())
}

/// Checks that each folio takes charges by room number, and no more than it may. Returns the folio of the first line.
async fn check_limits(conn: &Conn, property: &Property, lines: &[NewLine]) -> Result<Folio> {
    let ids: Vec<Uuid> = lines.iter().map(|line| line.folio_id).collect();
    let folios = repository::lock_each(conn, property.id, &ids).await?;
    for folio in &folios {
        check_open(folio)?;
        if folio.no_post {
            return Err(FolioError::NoPost.into());
        }
        let more: i64 = lines.iter().filter(|line| line.folio_id == folio.id).map(|line| line.amount_minor).sum();
        let would_be = folio.balance_minor + more;
        if let Some(limit) = folio.charge_limit_minor.filter(|limit| would_be > *limit) {
            let money = |minor| Money::new(minor, folio.currency);
            return Err(FolioError::LimitReached { would_be: money(would_be), limit: money(limit) }.into());
        }
    }
    let first = ids.first();
    folios.into_iter().find(|folio| Some(&folio.id) == first).ok_or_else(|| Error::internal("a charge without a folio"))
}

/// Sends a charge to a folio of its own where the folio is settled, and all guests of its booking have left: nobody looks
/// at it any more.
async fn after_departure(conn: &Conn, folio: Folio, lines: Vec<NewLine>, cause: &Cause) -> Result<(Folio, Vec<NewLine>)> {
    let Some(booking_id) = folio.booking_id else { return Ok((folio, lines)) };
    let is_over = folio.balance_minor == 0
        && !repository::is_live(conn, folio.property_id, booking_id).await?
        && !repository::entries_on(conn, folio.property_id, &[folio.id]).await?.is_empty();
    if !is_over {
        return Ok((folio, lines));
    }
    let id = open_late(conn, folio.property_id, booking_id, cause.at).await?;
    let late = repository::lock(conn, folio.property_id, id).await?.or_404("folio")?;
    Ok((late, lines.into_iter().map(|line| NewLine { folio_id: id, ..line }).collect()))
}

fn check_date(property: &Property, service_date: NaiveDate, today: NaiveDate) -> Result<()> {
    if service_date < today {
        return Err(FolioError::DateClosed { date: service_date, business_date: today }.into());
    }
    // What lies beyond what the hotel sells is a slip, and would never fall due.
    let last = today + TimeDelta::days(property.settings.horizon_nights.into());
    if service_date > last {
        return Err(Error::invalid("/service_date", format!("is after {last}, the last date that the hotel sells")));
    }
    Ok(())
}

async fn tax(conn: &Conn, property_id: Uuid, id: Option<Uuid>) -> Result<Option<ChargeTax>> {
    let Some(id) = id else { return Ok(None) };
    match repository::tax(conn, property_id, id).await? {
        Some(tax) if tax.rate_ppm.is_some() => Ok(Some(tax)),
        Some(_) => Err(Error::invalid("/tax_rule_id", "must be a percentage: other taxes are on nights")),
        None => Err(Error::invalid("/tax_rule_id", "is not a tax rule of the property")),
    }
}

async fn check_stay(conn: &Conn, folio: &Folio, stay_id: Option<Uuid>) -> Result<()> {
    let Some(stay_id) = stay_id else { return Ok(()) };
    let is_known = match folio.booking_id {
        Some(booking_id) => repository::has_stay(conn, folio.property_id, booking_id, stay_id).await?,
        None => false,
    };
    if is_known { Ok(()) } else { Err(Error::invalid("/stay_id", "is not a stay of the folio's booking")) }
}

/// Posts an allowance on what was charged, or takes back what was posted by hand.
pub async fn adjust(
    app: &App,
    staff: &Staff<AdjustmentsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
    request: AdjustFolio,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.scope, id).await?.or_404("folio")?;
        let property = hold(conn, found.property_id).await?;
        let today = property.business_date(cause.at);
        // The booking is locked before its folios.
        let entry = repository::posted(conn, property.id, &[request.entry_id]).await?.pop();
        if let Some(entry) = entry.as_ref().filter(|entry| entry.kind == FolioKind::Transfer && entry.folio_id == found.id) {
            return accounts::correct(conn, &property, &found, seen, entry, &request, &cause).await;
        }
        // What was brought in is part of no booking's total, and may be an account's.
        let was_brought_in = entry.as_ref().is_some_and(|entry| entry.kind == FolioKind::Opening);
        if let Some(booking_id) = entry.and_then(|entry| entry.booking_id) {
            repository::lock_booking(conn, property.id, booking_id).await?;
        }
        let folio = lock_open(conn, &found).await?;
        seen.check(folio.version)?;
        let lines = adjustment(&folio, &repository::entries_on(conn, property.id, &[folio.id]).await?, &request, today)?;
        if !was_brought_in {
            check_of_payer(&folio)?;
            count(conn, &property, &lines, &cause).await?;
        }
        let kind = match request.kind {
            AdjustmentKind::Allowance => "folio.allowance_posted",
            AdjustmentKind::Correction => "folio.correction_posted",
        };
        post(conn, Posting { folio: &folio, kind, to_folio_id: None, lines }, &cause).await
    })
    .await
}

/// The lines of an adjustment. `lines` are all of the folio.
pub fn adjustment(folio: &Folio, lines: &[FolioEntry], request: &AdjustFolio, today: NaiveDate) -> Result<Vec<NewLine>> {
    if lines.iter().all(|line| line.id != request.entry_id) {
        return Err(Error::invalid("/entry_id", "is not an entry of the folio"));
    }
    let open = open(lines);
    let goes_with_price = |id| FolioError::GoesWithPrice { pointer: "/entry_id", entry_ids: vec![id] };
    let not_open = || FolioError::NotOpen(vec![request.entry_id]);
    let entry = open.iter().find(|line| line.id == request.entry_id).ok_or_else(not_open)?;
    if entry.kind.is_money() && entry.kind != FolioKind::Opening {
        return Err(FolioError::OfPayment.into());
    }
    match (request.kind, request.amount) {
        (AdjustmentKind::Allowance, Some(amount)) => {
            if entry.kind == FolioKind::Opening {
                return Err(FolioError::TooMuch(Money::new(0, folio.currency)).into());
            }
            if matches!(entry.kind, FolioKind::Tax | FolioKind::Discount | FolioKind::Adjustment) {
                return Err(goes_with_price(entry.id).into());
            }
            let amount_minor = positive(amount, folio.currency, "/amount")?;
            let most = charge::allowable(&open, entry).max(0);
            if amount_minor > most {
                return Err(FolioError::TooMuch(Money::new(most, folio.currency)).into());
            }
            Ok(charge::allowance(&open, entry, Allowance { amount_minor, today, reason: &request.reason }))
        }
        (AdjustmentKind::Allowance, None) => Err(Error::invalid("/amount", "is needed for an allowance")),
        (AdjustmentKind::Correction, Some(_)) => {
            Err(Error::invalid("/amount", "is for allowances: a correction takes back all of the entry"))
        }
        (AdjustmentKind::Correction, None) if entry.is_of_price() => Err(FolioError::OfStay.into()),
        (AdjustmentKind::Correction, None) if entry.kind == FolioKind::Tax => Err(goes_with_price(entry.id).into()),
        (AdjustmentKind::Correction, None) => Ok(charge::correction(&open, entry, &request.reason)),
    }
}
