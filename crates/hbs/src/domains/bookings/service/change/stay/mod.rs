//! Changes of one stay that leave its nights and its room to it: it is split, exempt from taxes, or has other extras.
//!
//! No night is sold or given back, so the booking is changed on the condition that it is still as it was read, which is what all
//! others do who change it.
mod exempt;
mod extras;
mod split;

use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{ExemptStay, WithdrawExemption};
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::repository::{self, NewState};
use crate::domains::bookings::service::attempts::{Ended, Setback, UseCase, until_done};
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::read::answer;
use crate::domains::extras::ExtraWish;
use crate::domains::properties;
use crate::error::Or404;
use crate::idempotency::{self, IdempotencyKey};
use crate::money::Money;
use crate::outbox::Cause;
use crate::security::Reach;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use chrono::NaiveDate;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::convert::Infallible;
use uuid::Uuid;

/// A change of a stay.
pub struct StayRequest<'a> {
    pub booking_id: Uuid,
    pub stay_id: Uuid,
    pub change: StayChange<'a>,
    pub seen: IfMatch,
    pub reach: &'a Reach,
    pub cause: &'a Cause,
}

/// The change that is asked for.
pub enum StayChange<'a> {
    /// Splits the stay: the night is the first of the second stay.
    Split(NaiveDate),
    Exempt(&'a ExemptStay),
    Withdraw(&'a WithdrawExemption),
    AddExtra(ExtraWish),
    /// Removes an extra, by the id of its sale.
    RemoveExtra(Uuid),
}

/// A stay that is being changed.
struct Changing<'a> {
    app: &'a App,
    desk: Desk<'a>,
    booking: &'a Booking,
    /// All stays of the booking.
    stays: &'a [Stay],
    stay: &'a Stay,
    reach: &'a Reach,
}

/// Changes a stay, for somebody who may do that.
pub async fn change_stay(app: &App, key: &IdempotencyKey, request: &StayRequest<'_>) -> Result<Answer> {
    match until_done(app, key, request, request.cause.at).await? {
        Ended::Done(answer) => Ok(answer),
        Ended::Rehearsed(never) => match never {},
    }
}

impl UseCase for StayRequest<'_> {
    type Rehearsed = Infallible;

    fn attempt<'a>(
        &'a self,
        app: &'a App,
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
            let stays = repository::stays_of(conn, &[&booking]).await?;
            let stay = stays.iter().find(|stay| stay.id == self.stay_id).or_404("stay")?;
            let desk = Desk::new(conn, &property, self.cause, false);
            self.carry_out(&Changing { app, desk, booking: &booking, stays: &stays, stay, reach: self.reach }).await?;
            let answer = answer(conn, self.reach, self.find(conn).await?).await?;
            idempotency::store(conn, key, &answer, &[]).await?;
            Ok(Ended::Done(answer))
        }
        .boxed()
    }
}

impl StayRequest<'_> {
    async fn find(&self, conn: &Conn) -> Result<Booking> {
        repository::find(conn, self.reach, self.booking_id).await?.or_404("booking")
    }

    async fn carry_out(&self, changing: &Changing<'_>) -> Result<(), Setback> {
        match &self.change {
            StayChange::Split(night) => split::split(changing, *night).await,
            StayChange::Exempt(body) => exempt::exempt(changing, body).await,
            StayChange::Withdraw(body) => exempt::withdraw(changing, body).await,
            StayChange::AddExtra(wish) => extras::add(changing, wish).await,
            StayChange::RemoveExtra(id) => extras::remove(changing, *id).await,
        }
    }
}

impl Changing<'_> {
    fn conn(&self) -> &Conn {
        self.desk.conn
    }

    fn property_id(&self) -> Uuid {
        self.desk.property_id()
    }

    /// Checks that the stay has not ended.
    fn check_is_live(&self) -> Result<()> {
        match self.stay.status.is_live() {
            true => Ok(()),
            false => Err(BookingError::NotAmendable(self.stay.status).into()),
        }
    }

    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.booking.currency)
    }

    /// Counts an amount into the booking's total.
    async fn add_to_total(&self, amount_minor: i64) -> Result<(), Setback> {
        let Booking { status, total_minor, hold_expires_at, .. } = *self.booking;
        let total_minor = total_minor + amount_minor;
        self.move_booking(&NewState { status, total_minor, hold_expires_at, nights: self.booking.nights() }).await
    }

    /// Makes a new version of the booking; starts over if it is not as it was read.
    async fn move_booking(&self, state: &NewState) -> Result<(), Setback> {
        match repository::move_booking(self.conn(), self.booking, state, self.desk.now()).await? {
            true => Ok(()),
            false => Err(Setback::Changed),
        }
    }
}
