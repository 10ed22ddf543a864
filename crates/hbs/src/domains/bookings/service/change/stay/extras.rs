//! Extras of stays, added and removed after the sale.
use super::Changing;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::repository;
use crate::domains::bookings::rules;
use crate::domains::bookings::rules::exemption::without_exempt;
use crate::domains::bookings::rules::extras::{SoldExtra, removable};
use crate::domains::bookings::service::attempts::Setback;
use crate::domains::bookings::service::letters;
use crate::domains::catalogue::Catalogues;
use crate::domains::extras::{self, ExtraError, ExtraWish, StayExtra};
use crate::domains::folios::{self, NewFolioEntry};
use crate::domains::rates::engine::Party;
use crate::domains::stays::{Action, Status};
use crate::error::Or404;
use crate::outbox::{self, Event};
use crate::{Error, Result, stamps};
use uuid::Uuid;

pub(super) async fn add(changing: &Changing<'_>, wish: &ExtraWish) -> Result<(), Setback> {
    let Changing { app, desk, booking, stay, .. } = *changing;
    check_stay(changing)?;
    let offered = extras::offered(desk.conn, booking.property_id, &[wish.extra_id]).await?;
    let offered = extras::rules::wished(wish, &offered, stay.nights(), |field| format!("/{field}"))?;
    let version = stamps::version(desk.conn, booking.property_id).await?;
    let catalogue = Catalogues::of(app).get(desk.conn, booking.property_id, version).await?.or_404("booking")?;
    let children_ages: Vec<i32> = stay.children_ages.iter().flatten().copied().collect();
    let heads = catalogue.rates.tariff.heads(Party { adults: stay.adults, children_ages: &children_ages });
    let sold = SoldExtra::new(wish, offered, stay.nights(), &heads, desk.today);
    if sold.services.is_empty() {
        let field = if wish.date.is_some() { "/date" } else { "/extra_id" };
        return Err(ExtraError::NothingLeft { pointer: field.into() }.into());
    }
    let row = sold.row(Uuid::now_v7(), (booking.property_id, booking.id, stay.id), desk.now());
    let exemption = repository::exemptions_of(desk.conn, &[(booking.property_id, stay.id)]).await?.pop();
    let lines = without_exempt(exemption.as_ref(), sold.charges(stay.id, row.id));
    changing.add_to_total(sum(&lines)).await?;
    extras::insert_sold(desk.conn, std::slice::from_ref(&row)).await?;
    post(changing, "booking.extra_added", &row, &lines).await
}

/// Removes an extra, by the id of its sale.
pub(super) async fn remove(changing: &Changing<'_>, id: Uuid) -> Result<(), Setback> {
    let Changing { desk, booking, stay, .. } = *changing;
    let sold = extras::sold_of(desk.conn, booking.property_id, booking.id).await?;
    let is_meant = |sold: &&StayExtra| sold.id == id && sold.stay_id == stay.id && sold.removed_on.is_none();
    let sold = sold.iter().find(is_meant).or_404("extra")?;
    check_stay(changing)?;
    let folio = folios::entries(desk.conn, booking.property_id, booking.id).await?;
    let taken = removable(sold, stay, &folios::open(&folio), desk.today).ok_or(ExtraError::Served)?;
    let lines: Vec<NewFolioEntry> = taken.iter().map(folios::reversal).collect();
    changing.add_to_total(sum(&lines)).await?;
    extras::remove(desk.conn, sold, desk.today, desk.now()).await?;
    post(changing, "booking.extra_removed", sold, &lines).await
}

/// Checks that the stay has not ended, and for guests that it is still to come.
fn check_stay(changing: &Changing<'_>) -> Result<()> {
    let Changing { desk, booking, stay, reach, .. } = *changing;
    changing.check_is_live()?;
    if reach.scope.covers(booking.property_id) {
        return Ok(());
    }
    if stay.status == Status::CheckedIn {
        return Err(BookingError::NotAmendable(stay.status).into());
    }
    Ok(rules::check_to_come(Action::Cancel, stay.check_in, desk.today)?)
}

fn sum(lines: &[NewFolioEntry]) -> i64 {
    lines.iter().map(|line| line.amount_minor).sum()
}

/// Posts the lines, and tells of them.
async fn post(changing: &Changing<'_>, kind: &'static str, sold: &StayExtra, lines: &[NewFolioEntry]) -> Result<(), Setback> {
    let Changing { desk, booking, .. } = *changing;
    let (conn, before) = (desk.conn, booking.total_minor);
    let posted = folios::append(conn, booking.property_id, booking.id, lines, desk.now()).await.map_err(Setback::of_folio)?;
    let StayExtra { id, stay_id, extra_id, quantity, date, .. } = sold;
    let mut event = Event::of(kind, booking)
        .and("total", changing.money(before), changing.money(before + sum(lines)))
        .with("stay_id", stay_id)
        .with("stay_extra_id", id)
        .with("extra_id", extra_id)
        .with("quantity", quantity);
    if let Some(date) = date {
        event = event.with("date", date);
    }
    if !posted.is_empty() {
        event = event.with("lines", posted);
    }
    outbox::publish(conn, desk.cause, [event]).await.map_err(Error::from)?;
    let letter = letters::of_amendment(booking.status);
    letters::queue(conn, letter, (booking.property_id, booking.id), booking.contact_email.as_deref()).await?;
    Ok(())
}
