//! Exemption of a stay from taxes: what is to come is taken back, and what comes to the stay is charged without. Withdrawn, what
//! is to come is charged with them again.
use super::Changing;
use crate::domains::bookings::dto::{ExemptStay, WithdrawExemption};
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Stay, TaxExemption};
use crate::domains::bookings::repository;
use crate::domains::bookings::rules::exemption::BorneAgain;
use crate::domains::bookings::service::attempts::Setback;
use crate::domains::catalogue::Catalogues;
use crate::domains::extras;
use crate::domains::folios::{self, NewFolioEntry};
use crate::domains::rates::pricing;
use crate::error::Or404;
use crate::outbox::{self, Event};
use crate::{Error, Result, stamps};
use chrono::NaiveDate;
use uuid::Uuid;

pub(super) async fn exempt(changing: &Changing<'_>, body: &ExemptStay) -> Result<(), Setback> {
    let exemption = granted(changing, body).await?;
    let (conn, property_id) = (changing.conn(), changing.property_id());
    let folio = folios::entries(conn, property_id, changing.booking.id).await?;
    let taxes = pricing::load_dated_taxes(conn, property_id).await?;
    let lines = exemption.relief(&folios::open(&folio), &taxes, changing.desk.today);
    let told = Event::of("booking.tax_exempted", changing.booking)
        .with("stay_id", changing.stay.id)
        .with("exempt_from", exemption.from_date)
        .with("tax_rule_ids", &exemption.tax_rule_ids)
        .with("reason", &exemption.reason)
        .with("exemption_reference", &exemption.reference);
    write(changing, &exemption, lines, told).await
}

/// The exemption as it is to be stored, if the stay can be exempt.
async fn granted(changing: &Changing<'_>, body: &ExemptStay) -> Result<TaxExemption> {
    let Changing { app, desk, stay, .. } = *changing;
    let (conn, property_id) = (desk.conn, desk.property_id());
    let ExemptStay { from, tax_rule_ids, reason, reference } = body.clone();
    changing.check_is_live()?;
    check_from(from, stay)?;
    if repository::exemptions_of(conn, &[(property_id, stay.id)]).await?.iter().any(|there| !there.is_over(desk.today)) {
        return Err(BookingError::ExemptAlready.into());
    }
    let version = stamps::version(conn, property_id).await?;
    let catalogue = Catalogues::of(app).get(conn, property_id, version).await?.or_404("booking")?;
    let is_known = |id: &Uuid| catalogue.rates.has_tax(*id);
    if let Some(place) = tax_rule_ids.iter().flatten().position(|id| !is_known(id)) {
        return Err(Error::invalid(format!("/tax_rule_ids/{place}"), "is not a tax rule of the property"));
    }
    Ok(TaxExemption {
        property_id,
        stay_id: stay.id,
        from_date: from,
        tax_rule_ids: tax_rule_ids.map(|ids| ids.into_iter().map(Some).collect()),
        reason,
        reference,
        created_at: desk.now(),
        updated_at: desk.now(),
        until_date: None,
        withdrawal_reason: None,
    })
}

/// Lets a stay that is exempt bear its taxes again, on nights that are to come.
pub(super) async fn withdraw(changing: &Changing<'_>, body: &WithdrawExemption) -> Result<(), Setback> {
    let (conn, property_id, stay) = (changing.conn(), changing.property_id(), changing.stay);
    let (exemption, from) = withdrawable(changing, body.from).await?;
    let folio = folios::entries(conn, property_id, changing.booking.id).await?;
    let taxes = pricing::load_dated_taxes(conn, property_id).await?;
    let sold: Vec<Uuid> = folio.iter().filter(|line| line.stay_id == Some(stay.id)).filter_map(|line| line.extra_id).collect();
    let offered = extras::offered(conn, property_id, &sold).await?;
    let again = BorneAgain { exemption: &exemption, from, stay, taxes: &taxes, offered: &offered, folio: &folio };
    let lines = again.lines();
    let told = Event::of("booking.tax_exemption_withdrawn", changing.booking)
        .with("stay_id", stay.id)
        .with("exempt_until", from)
        .with("reason", &body.reason);
    let withdrawn = TaxExemption {
        until_date: Some(from),
        withdrawal_reason: Some(body.reason.clone()),
        updated_at: changing.desk.now(),
        ..exemption
    };
    write(changing, &withdrawn, lines, told).await
}

/// The exemption of the stay, and the first date without it, if it can be withdrawn from a date on.
async fn withdrawable(changing: &Changing<'_>, from: NaiveDate) -> Result<(TaxExemption, NaiveDate)> {
    let Changing { desk, stay, .. } = *changing;
    changing.check_is_live()?;
    check_from(from, stay)?;
    if from < desk.today {
        let today = desk.today;
        return Err(Error::invalid("/from", format!("must not be before today, {today} at the hotel: dates that are over stay")));
    }
    let exemption = repository::exemptions_of(desk.conn, &[(desk.property_id(), stay.id)]).await?.pop();
    let exemption = exemption.ok_or(BookingError::NotExempt)?;
    let from = from.max(exemption.from_date);
    if exemption.until_date.is_some_and(|until| until <= from) {
        return Err(BookingError::NotExempt.into());
    }
    Ok((exemption, from))
}

fn check_from(from: NaiveDate, stay: &Stay) -> Result<()> {
    match from < stay.check_out {
        true => Ok(()),
        false => Err(Error::invalid("/from", format!("must be before the day of departure, {}", stay.check_out))),
    }
}

/// Stores the exemption, and posts what it comes to.
async fn write(changing: &Changing<'_>, exemption: &TaxExemption, lines: Vec<NewFolioEntry>, told: Event) -> Result<(), Setback> {
    let Changing { desk, booking, stay, .. } = *changing;
    let (conn, now, before) = (desk.conn, desk.now(), booking.total_minor);
    let amount: i64 = lines.iter().map(|line| line.amount_minor).sum();
    let of_price: i64 = lines.iter().filter(|line| line.is_of_price()).map(|line| line.amount_minor).sum();
    changing.add_to_total(amount).await?;
    let after = Stay { total_minor: stay.total_minor + of_price, ..stay.clone() };
    if !repository::amend_stay(conn, stay, &after, now).await? {
        return Err(Setback::Changed);
    }
    repository::put_exemption(conn, exemption).await?;
    let posted = folios::append(conn, booking.property_id, booking.id, &lines, now).await.map_err(Setback::of_folio)?;
    let mut told = told.and("total", changing.money(before), changing.money(before + amount));
    if !posted.is_empty() {
        told = told.with("lines", posted);
    }
    let of_stay = Event::changed(stay, &after).named("stay.amended");
    let told = [told].into_iter().chain(Some(of_stay).filter(|event| !event.is_empty()));
    outbox::publish(conn, desk.cause, told).await?;
    Ok(())
}
