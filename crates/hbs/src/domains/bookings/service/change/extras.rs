//! Extras of stays, added and removed after the sale.
//!
//! No room changes hands, so no nights are locked: the booking is changed on the condition that it is still as it was read, which
//! is what all others do who change it.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::repository::{self, NewState};
use crate::domains::bookings::rules;
use crate::domains::bookings::rules::exemption::without_exempt;
use crate::domains::bookings::rules::extras::{SoldExtra, removable};
use crate::domains::bookings::service::attempts::{Ended, Setback, UseCase, until_done};
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::letters;
use crate::domains::bookings::service::read::answer;
use crate::domains::extras::{self, ExtraError, ExtraWish, StayExtra};
use crate::domains::folios::{self, NewFolioEntry};
use crate::domains::properties;
use crate::domains::stays::{Action, Status};
use crate::error::Or404;
use crate::idempotency::{self, IdempotencyKey};
use crate::money::Money;
use crate::outbox::{self, Cause, Event};
use crate::security::Reach;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::convert::Infallible;
use uuid::Uuid;

/// A change of the extras of a stay.
pub struct ExtrasRequest<'a> {
    pub booking_id: Uuid,
    pub stay_id: Uuid,
    pub change: ExtrasChange,
    pub seen: IfMatch,
    pub reach: &'a Reach,
    pub cause: &'a Cause,
}

/// Addition of an extra to a stay, or its removal.
#[derive(Debug, Clone, Copy)]
pub enum ExtrasChange {
    Add(ExtraWish),
    /// Removes an extra, by the id of its sale.
    Remove(Uuid),
}

/// Adds an extra to a stay or removes one, for somebody who may change the booking.
pub async fn change_extras(app: &App, key: &IdempotencyKey, request: &ExtrasRequest<'_>) -> Result<Answer> {
    match until_done(app, key, request, request.cause.at).await? {
        Ended::Done(answer) => Ok(answer),
        Ended::Rehearsed(never) => match never {},
    }
}

impl UseCase for ExtrasRequest<'_> {
    type Rehearsed = Infallible;

    fn attempt<'a>(
        &'a self,
        _: &'a App,
        conn: &'a Conn,
        key: &'a IdempotencyKey,
        _: bool,
    ) -> BoxFuture<'a, Result<Ended<Infallible>, Setback>> {
        async move {
            if let Some(answer) = idempotency::claim(conn, key).await? {
                return Ok(Ended::Done(answer));
            }
            let booking = self.find(conn).await?;
            self.seen.check(booking.version)?;
            let property = properties::hold(conn, booking.property_id).await?.or_404("booking")?;
            let desk = Desk::new(conn, &property, self.cause, false);
            let stays = repository::stays_of(conn, &[&booking]).await?;
            let stay = stays.iter().find(|stay| stay.id == self.stay_id).or_404("stay")?;
            match self.change {
                ExtrasChange::Add(wish) => self.add(&desk, &booking, stay, &wish).await?,
                ExtrasChange::Remove(id) => self.remove(&desk, &booking, stay, id).await?,
            }
            let answer = answer(conn, self.reach, self.find(conn).await?).await?;
            idempotency::store(conn, key, &answer).await?;
            Ok(Ended::Done(answer))
        }
        .boxed()
    }
}

impl ExtrasRequest<'_> {
    async fn find(&self, conn: &Conn) -> Result<Booking> {
        repository::find(conn, self.reach, self.booking_id).await?.or_404("booking")
    }

    /// Checks that the stay has not ended, and for guests that it is still to come.
    fn check_stay(&self, desk: &Desk<'_>, booking: &Booking, stay: &Stay) -> Result<()> {
        let is_staff = self.reach.scope.covers(booking.property_id);
        if !stay.status.is_live() || (!is_staff && stay.status == Status::CheckedIn) {
            return Err(BookingError::NotAmendable(stay.status).into());
        }
        if !is_staff {
            rules::check_to_come(Action::Cancel, stay.check_in, desk.today)?;
        }
        Ok(())
    }

    async fn add(&self, desk: &Desk<'_>, booking: &Booking, stay: &Stay, wish: &ExtraWish) -> Result<(), Setback> {
        self.check_stay(desk, booking, stay)?;
        let offered = extras::offered(desk.conn, booking.property_id, &[wish.extra_id]).await?;
        let offered = extras::rules::wished(wish, &offered, stay.nights(), |field| format!("/{field}"))?;
        let sold = SoldExtra::new(wish, offered, stay.nights(), stay.guests(), desk.today);
        if sold.services.is_empty() {
            let field = if wish.date.is_some() { "/date" } else { "/extra_id" };
            return Err(ExtraError::NothingLeft { pointer: field.into() }.into());
        }
        let row = sold.row(Uuid::now_v7(), (booking.property_id, booking.id, stay.id), desk.now());
        let exemption = repository::exemptions_of(desk.conn, &[(booking.property_id, stay.id)]).await?.pop();
        let lines = without_exempt(exemption.as_ref(), sold.charges(stay.id, row.id));
        self.move_booking(desk, booking, lines.iter().map(|line| line.amount_minor).sum()).await?;
        extras::insert_sold(desk.conn, std::slice::from_ref(&row)).await?;
        self.post(desk, booking, "booking.extra_added", &row, &lines).await
    }

    async fn remove(&self, desk: &Desk<'_>, booking: &Booking, stay: &Stay, id: Uuid) -> Result<(), Setback> {
        let sold = extras::sold_of(desk.conn, booking.property_id, booking.id).await?;
        let is_meant = |sold: &&StayExtra| sold.id == id && sold.stay_id == stay.id && sold.removed_on.is_none();
        let sold = sold.iter().find(is_meant).or_404("extra")?;
        self.check_stay(desk, booking, stay)?;
        let folio = folios::entries(desk.conn, booking.property_id, booking.id).await?;
        let taken = removable(sold, stay, &folios::open(&folio), desk.today).ok_or(ExtraError::Served)?;
        let lines: Vec<NewFolioEntry> = taken.iter().map(folios::reversal).collect();
        self.move_booking(desk, booking, lines.iter().map(|line| line.amount_minor).sum()).await?;
        extras::remove(desk.conn, sold, desk.today, desk.now()).await?;
        self.post(desk, booking, "booking.extra_removed", sold, &lines).await
    }

    /// Counts an amount into the booking's total, which makes a new version of it; starts over if it is not as it was read.
    async fn move_booking(&self, desk: &Desk<'_>, booking: &Booking, amount_minor: i64) -> Result<(), Setback> {
        let state = NewState {
            status: booking.status,
            total_minor: booking.total_minor + amount_minor,
            hold_expires_at: booking.hold_expires_at,
            nights: booking.nights(),
        };
        match repository::move_booking(desk.conn, booking, &state, desk.now()).await? {
            true => Ok(()),
            false => Err(Setback::Changed),
        }
    }

    /// Posts the lines, and tells of them.
    async fn post(
        &self,
        desk: &Desk<'_>,
        booking: &Booking,
        kind: &'static str,
        sold: &StayExtra,
        lines: &[NewFolioEntry],
    ) -> Result<(), Setback> {
        let (conn, money) = (desk.conn, |minor| Money::new(minor, booking.currency));
        let posted = folios::append(conn, booking.property_id, booking.id, lines, desk.now()).await.map_err(Setback::of_folio)?;
        let amount: i64 = lines.iter().map(|line| line.amount_minor).sum();
        let StayExtra { id, stay_id, extra_id, quantity, date, .. } = sold;
        let mut event = Event::of(kind, booking)
            .and("total", money(booking.total_minor), money(booking.total_minor + amount))
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
        outbox::publish(conn, self.cause, [event]).await.map_err(Error::from)?;
        let letter = letters::of_amendment(booking.status);
        letters::queue(conn, letter, (booking.property_id, booking.id), booking.contact_email.as_deref()).await?;
        Ok(())
    }
}
